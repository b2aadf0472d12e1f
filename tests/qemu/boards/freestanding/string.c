#include "string.h"

#include <stdint.h>

/* The compiler must not see a call of memcpy in the loop that is memcpy. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

void *memcpy(void *to, const void *from, size_t length)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    /* Word by word where both lie on words, which is most of what the library copies. */
    if (((uintptr_t)out | (uintptr_t)in) % sizeof(uint32_t) == 0u) {
        for (; length >= sizeof(uint32_t); length -= sizeof(uint32_t)) {
            *(uint32_t *)(void *)out = *(const uint32_t *)(const void *)in;
            out += sizeof(uint32_t);
            in += sizeof(uint32_t);
        }
    }
    while (length-- > 0u) {
        *out++ = *in++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t length)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    if (out <= in) {
        while (length-- > 0u) {
            *out++ = *in++;
        }
    } else {
        while (length-- > 0u) {
            out[length] = in[length];
        }
    }
    return to;
}

void *memset(void *to, int value, size_t length)
{
    uint8_t *out = to;
    while (length-- > 0u) {
        *out++ = (uint8_t)value;
    }
    return to;
}

int memcmp(const void *one, const void *other, size_t length)
{
    const uint8_t *left = one;
    const uint8_t *right = other;
    for (; length > 0u; length--, left++, right++) {
        if (*left != *right) {
            return *left < *right ? -1 : 1;
        }
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

int strcmp(const char *one, const char *other)
{
    while (*one != '\0' && *one == *other) {
        one++;
        other++;
    }
    return (int)(uint8_t)*one - (int)(uint8_t)*other;
}
