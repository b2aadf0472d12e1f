#include "measure.h"

#include "port.h"

extern uint8_t bss_end[];

/* How far below the stack pointer memory is painted: more than any call may use. */
#define PAINT_BYTES 32768u
#define PAINT 0xA5u
#ifdef __riscv
#define READ_STACK_POINTER "mv %0, sp"
#else
#define READ_STACK_POINTER "mov %0, sp"
#endif

void need(int holds)
{
    if (!holds) {
        port_print("FAILED\n");
        port_exit(1);
    }
}

void say(const char *what, const char *name, uint32_t number)
{
    char digits[11];
    char *first = &digits[10];
    *first = '\0';
    do {
        first--;
        *first = (char)('0' + number % 10u);
        number /= 10u;
    } while (number != 0u);
    port_print(what);
    port_print(" ");
    port_print(name);
    port_print(" ");
    port_print(first);
    port_print("\n");
}

void say_size(const char *name, uint32_t bytes)
{
    say("size", name, bytes);
}

#ifdef __riscv
static void start_timer(void)
{
}

static uint32_t ticks_since(uint32_t before)
{
    uint32_t now;
    __asm volatile("csrr %0, minstret" : "=r"(now));
    return now - before;
}

static uint32_t now_ticks(void)
{
    return ticks_since(0);
}
#else
#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xE000E018u)
#define SYSTICK_MAX 0x00FFFFFFu
#define SYSTICK_PROCESSOR_CLOCK 5u

static void start_timer(void)
{
    SYSTICK_RELOAD = SYSTICK_MAX;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = SYSTICK_PROCESSOR_CLOCK;
}

static uint32_t now_ticks(void)
{
    return SYSTICK_VALUE;
}

/* It counts down. */
static uint32_t ticks_since(uint32_t before)
{
    return (before - SYSTICK_VALUE) & SYSTICK_MAX;
}
#endif

uint32_t instructions_of(void (*call)(void))
{
    uint32_t before;
    start_timer();
    before = now_ticks();
    call();
    return ticks_since(before) * INSTRUCTIONS_PER_TICK;
}

/* Paints from the stack pointer down, calls, and looks how far the paint is gone. This function's
 * own frame lies above the stack pointer, and what a loop keeps, it keeps in registers. */
__attribute__((noinline)) uint32_t stack_of(void (*call)(void))
{
    volatile uint8_t *top;
    volatile uint8_t *bottom;
    volatile uint8_t *at;
    __asm volatile(READ_STACK_POINTER : "=r"(top));
    bottom = top - PAINT_BYTES;
    if (bottom < (volatile uint8_t *)bss_end) {
        bottom = (volatile uint8_t *)bss_end;
    }
    for (at = bottom; at < top; at++) {
        *at = PAINT;
    }
    call();
    for (at = bottom; at < top && *at == PAINT; at++) {
    }
    return (uint32_t)(top - at);
}

void measure(const char *name, void (*call)(void))
{
    call();
    say("instructions", name, instructions_of(call));
    say("stack", name, stack_of(call));
}
