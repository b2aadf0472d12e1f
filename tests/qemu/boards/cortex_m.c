/* From reset to run() on any Cortex-M, printing and exiting through semihosting. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "port.h"

void reset_handler(void);
void fault_handler(void);

extern uint8_t data_begin[], data_end[], data_load[], bss_begin[], bss_end[], stack_top[];

static void call(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void port_print(const char *text)
{
    call(0x04, text);
}

void port_exit(int status)
{
    const uint32_t block[2] = {0x20026, (uint32_t)status};
    call(0x20, block);
}

void reset_handler(void)
{
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* coprocessors 10 and 11: the float unit */
    __asm volatile("dsb\n\tisb" ::: "memory");
#endif
    memcpy(data_begin, data_load, (size_t)(data_end - data_begin));
    memset(bss_begin, 0, (size_t)(bss_end - bss_begin));
    for (;;) {
        port_exit(run());
    }
}

void fault_handler(void)
{
    for (;;) {
        port_print("FAULT\n");
        port_exit(1);
    }
}

typedef union {
    void (*handler)(void);
    uint8_t *stack;
} vector;

__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
    {.stack = stack_top},       {.handler = reset_handler}, {.handler = fault_handler}, {.handler = fault_handler},
    {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler},
};
