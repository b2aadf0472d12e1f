/* From reset to main on a Cortex-M4F: memory, floating-point unit, vectors. */

#include <stdint.h>
#include <string.h>

#include "semihosting.h"

int main(void);
void reset_handler(void);
void fault_handler(void);

/* Placed by link.ld; only their addresses mean anything. */
extern uint8_t data_begin[], data_end[], data_load[], bss_begin[], bss_end[], stack_top[];

/* Coprocessor access control: the library is built for hard float, so the unit must be on
 * before the first such instruction. */
#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define CPACR_FULL_CP10_CP11 (0xFu << 20)

void reset_handler(void)
{
    CPACR |= CPACR_FULL_CP10_CP11;
    __asm volatile("dsb\n\tisb" ::: "memory");
    memcpy(data_begin, data_load, (size_t)(data_end - data_begin));
    memset(bss_begin, 0, (size_t)(bss_end - bss_begin));
    semihosting_exit(main());
}

/* A fault is neither ignored nor waited out. A product would note it and reset. */
void fault_handler(void)
{
    semihosting_print("fault\n");
    semihosting_exit(1);
}

typedef union {
    void (*handler)(void);
    uint8_t *stack;
} vector;

__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
    {.stack = stack_top},        /* initial stack pointer */
    {.handler = reset_handler},  /* reset */
    {.handler = fault_handler},  /* NMI */
    {.handler = fault_handler},  /* hard fault */
    {.handler = fault_handler},  /* memory management */
    {.handler = fault_handler},  /* bus fault */
    {.handler = fault_handler},  /* usage fault */
};
