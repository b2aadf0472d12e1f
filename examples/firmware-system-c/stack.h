/* How much memory is used: what the linker placed, and how far the stack went down. */

#ifndef STACK_H
#define STACK_H

#include <stdint.h>

/* Paints what the stack has not used yet, and forbids what lies below it: whoever needs more than
 * there is faults at once. Call it first. */
void stack_begin(void);
/* The most that the stack has used since, in bytes. */
uint32_t stack_used(void);
/* Data that has a place of its own, in bytes. */
uint32_t static_used(void);

#endif
