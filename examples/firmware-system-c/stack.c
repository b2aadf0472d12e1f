#include "stack.h"

/* Placed by link.ld; only their addresses mean anything. */
extern uint8_t stack_bottom[], stack_top[], data_begin[], bss_end[];

#define PAINT 0xA5u

/* The memory protection unit of Armv7-M. */
#define MPU_CONTROL (*(volatile uint32_t *)0xE000ED94u)
#define MPU_REGION_NUMBER (*(volatile uint32_t *)0xE000ED98u)
#define MPU_REGION_ADDRESS (*(volatile uint32_t *)0xE000ED9Cu)
#define MPU_REGION_ATTRIBUTES (*(volatile uint32_t *)0xE000EDA0u)
#define MPU_ENABLE 1u
#define MPU_PRIVILEGED_DEFAULT 4u
/* 2 to the power of 15 bytes that nobody may touch or run. */
#define GUARD_BYTES 32768u
#define GUARD_ATTRIBUTES (1u << 28 | 14u << 1 | 1u)

static void forbid_below(const uint8_t *bottom)
{
    MPU_REGION_NUMBER = 0;
    MPU_REGION_ADDRESS = (uint32_t)(uintptr_t)bottom - GUARD_BYTES;
    MPU_REGION_ATTRIBUTES = GUARD_ATTRIBUTES;
    MPU_CONTROL = MPU_ENABLE | MPU_PRIVILEGED_DEFAULT;
    __asm volatile("dsb\n\tisb" ::: "memory");
}

void stack_begin(void)
{
    volatile uint8_t *pointer;
    __asm volatile("mov %0, sp" : "=r"(pointer));
    for (volatile uint8_t *at = stack_bottom; at < pointer; at++) {
        *at = PAINT;
    }
    forbid_below(stack_bottom);
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
