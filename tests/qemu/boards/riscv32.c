/* From reset to run() on the emulated board `virt`, printing and exiting through semihosting. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "port.h"

void begin(void);
void reset_handler(void);
void trap_handler(void);

extern uint8_t data_begin[], data_end[], data_load[], bss_begin[], bss_end[];

/* Three instructions that no compiler writes tell a breakpoint from a call of the host. They must
 * be uncompressed and on one page. */
static void call(uint32_t operation, const void *argument)
{
    register uint32_t a0 __asm("a0") = operation;
    register const void *a1 __asm("a1") = argument;
    __asm volatile(".option push\n\t"
                   ".option norvc\n\t"
                   ".balign 16\n\t"
                   "slli x0, x0, 0x1f\n\t"
                   "ebreak\n\t"
                   "srai x0, x0, 7\n\t"
                   ".option pop"
                   : "+r"(a0)
                   : "r"(a1)
                   : "memory");
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

/* The emulator enters here, with nothing set up. */
__attribute__((naked, section(".vectors"), used)) void reset_handler(void)
{
    __asm volatile("la sp, stack_top\n\t"
                   "la t0, trap_handler\n\t"
                   "csrw mtvec, t0\n\t"
                   "j begin");
}

void begin(void)
{
    memcpy(data_begin, data_load, (size_t)(data_end - data_begin));
    memset(bss_begin, 0, (size_t)(bss_end - bss_begin));
    for (;;) {
        port_exit(run());
    }
}

__attribute__((aligned(4))) void trap_handler(void)
{
    for (;;) {
        port_print("FAULT\n");
        port_exit(1);
    }
}
