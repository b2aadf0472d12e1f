/* Instructions and stack of one call, on an emulated board under `-icount shift=0`. */

#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>

/* Prints `instructions NAME N` and `stack NAME N`. The call is made once beforehand, so that what
 * it does to its objects for the first time is done. */
void measure(const char *name, void (*call)(void));

/* Prints `size NAME N`: memory that the program lends. */
void say_size(const char *name, uint32_t bytes);

/* The stack of one call in bytes, and its instructions. */
uint32_t stack_of(void (*call)(void));
uint32_t instructions_of(void (*call)(void));

void say(const char *what, const char *name, uint32_t number);

/* Ends the program if a step that is only preparation fails. */
void need(int holds);

#endif
