#include "semihosting.h"

#include <string.h>

enum {
    WRITE0 = 0x04,
    EXIT_EXTENDED = 0x20,
    APPLICATION_EXIT = 0x20026,
    SHOWN_BYTES_MAX = 64,
};

/* One call to the host: the operation in r0, its argument in r1 (Arm's semihosting
 * specification, T32 on the M profile). */
static void call(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void semihosting_print(const char *text)
{
    call(WRITE0, text);
}

void semihosting_print_bytes(const uint8_t *text, size_t length)
{
    char terminated[SHOWN_BYTES_MAX + 1];
    if (length > SHOWN_BYTES_MAX) {
        length = SHOWN_BYTES_MAX;
    }
    memcpy(terminated, text, length);
    terminated[length] = '\0';
    call(WRITE0, terminated);
}

void semihosting_print_number(uint32_t number)
{
    char digits[11];
    char *first = &digits[10];
    *first = '\0';
    do {
        first--;
        *first = (char)('0' + number % 10u);
        number /= 10u;
    } while (number != 0u);
    call(WRITE0, first);
}

void semihosting_exit(int status)
{
    const uint32_t block[2] = {APPLICATION_EXIT, (uint32_t)status};
    for (;;) {
        call(EXIT_EXTENDED, block);
    }
}
