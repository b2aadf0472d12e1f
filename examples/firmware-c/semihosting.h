/* Text and exit status through the emulator or a debug probe. A product has its own. */

#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#include <stddef.h>
#include <stdint.h>

void semihosting_print(const char *text);
/* Text that has no terminator, as the library gives it. At most 64 bytes are shown. */
void semihosting_print_bytes(const uint8_t *text, size_t length);
void semihosting_print_number(uint32_t number);
__attribute__((noreturn)) void semihosting_exit(int status);

#endif
