#include "stack.h"

/* Placed by link.ld; only their addresses mean anything. */
extern uint8_t stack_bottom[], stack_top[], data_begin[], bss_end[];

#define PAINT 0xA5u

void stack_paint(void)
{
    volatile uint8_t *pointer;
    __asm volatile("mov %0, sp" : "=r"(pointer));
    for (volatile uint8_t *at = stack_bottom; at < pointer; at++) {
        *at = PAINT;
    }
}

uint32_t stack_used(void)
{
    const volatile uint8_t *at = stack_bottom;
    while (at < stack_top && *at == PAINT) {
        at++;
    }
    return (uint32_t)(stack_top - at);
}

uint32_t static_used(void)
{
    return (uint32_t)(bss_end - data_begin);
}
