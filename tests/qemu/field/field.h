/* What the field's operations should give, as tables in flash. xtask writes the tables. */

#ifndef FIELD_H
#define FIELD_H

#include <stdint.h>

/* A number of 256 bits, least significant word first. */
#define WORDS 8u

/* Two numbers, and what becomes of them modulo 2^255 - 19. */
typedef struct {
    uint32_t a[WORDS];
    uint32_t b[WORDS];
    uint32_t sum[WORDS];
    uint32_t difference[WORDS];
    uint32_t product[WORDS];
} pair_case;

/* A number squared some times, modulo 2^255 - 19. */
typedef struct {
    uint32_t a[WORDS];
    uint32_t times;
    uint32_t result[WORDS];
} power_case;

/* A state of SHA-512, a block, and the state afterwards. */
typedef struct {
    uint64_t state[8];
    uint64_t block[16];
    uint64_t result[8];
} hash_case;

/* The constants of SHA-512's rounds. */
extern const uint64_t hash_rounds[];

extern const hash_case hash_cases[];
extern const uint32_t hash_case_count;
extern const pair_case pair_cases[];
extern const uint32_t pair_case_count;
extern const power_case power_cases[];
extern const uint32_t power_case_count;

#endif
