/* The field's assembly against tables of big-integer arithmetic: results, what is left alone, and
 * the verifier that is made of it with its input at every alignment. */

#include <string.h>

#include "../vectors/cases.h"
#include "field.h"
#include "port.h"

typedef void operation(uint32_t *self, uintptr_t other);

operation field_add, field_subtract, field_multiply, field_square;
uint32_t call_watched(operation *function, uint32_t *self, uintptr_t other);

/* Around a number; an operation that writes beside it shows here. */
#define GUARD 0xA5C3F096u

static uint32_t wrong;

static void expect(int holds, const char *what)
{
    if (!holds) {
        wrong++;
        port_print("WRONG ");
        port_print(what);
        port_print("\n");
    }
}

/* Whether a is less than 2^255 - 19. */
static int is_reduced(const uint32_t *a)
{
    if (a[7] != 0x7FFFFFFFu) {
        return a[7] < 0x7FFFFFFFu;
    }
    for (unsigned i = 6; i > 0u; i--) {
        if (a[i] != UINT32_MAX) {
            return 1;
        }
    }
    return a[0] < UINT32_MAX - 18u;
}

/* Takes 2^255 - 19 away until no more goes: at most twice. */
static void reduce(uint32_t *a)
{
    while (!is_reduced(a)) {
        uint64_t carry = 19;
        for (unsigned i = 0; i < WORDS; i++) {
            carry += a[i];
            a[i] = (uint32_t)carry;
            carry >>= 32;
        }
        a[7] -= 0x80000000u;
    }
}

/* What stands for the other number where it is the first one itself. */
#define SELF ((uintptr_t)0)

/* Calls an operation with its number between guards; 4 * shift is its address modulo 8. */
static void check(operation *function, const uint32_t *a, uintptr_t other, const uint32_t *expected, unsigned shift,
                  const char *name)
{
    static uint32_t aligned[2u * WORDS] __attribute__((aligned(8)));
    uint32_t *room = aligned + (shift ^ 1u);
    if (other == SELF) {
        other = (uintptr_t)&room[1];
    }
    room[0] = GUARD;
    memcpy(&room[1], a, WORDS * sizeof *a);
    room[WORDS + 1u] = GUARD;
    expect(call_watched(function, &room[1], other) == 0u, "a register that is to be preserved");
    expect(room[0] == GUARD && room[WORDS + 1u] == GUARD, "a word beside the number");
    reduce(&room[1]);
    expect(memcmp(&room[1], expected, WORDS * sizeof *a) == 0, name);
}

static void run_pair(const pair_case *one, unsigned shift)
{
    static uint32_t aligned[2u * WORDS] __attribute__((aligned(8)));
    uint32_t *b = aligned + (shift ^ 1u);
    memcpy(b, one->b, sizeof one->b);
    check(field_add, one->a, (uintptr_t)b, one->sum, shift, "sum");
    check(field_subtract, one->a, (uintptr_t)b, one->difference, shift, "difference");
    check(field_multiply, one->a, (uintptr_t)b, one->product, shift, "product");
    if (memcmp(one->a, one->b, sizeof one->b) == 0) {
        check(field_add, one->a, SELF, one->sum, shift, "sum with itself");
    }
    expect(memcmp(b, one->b, sizeof one->b) == 0, "the other number is changed");
}

/* A signature that holds, with key, message and signature at every address modulo 4. */
static void run_misaligned(const signature_case *one)
{
    static uint8_t key[36], message[512], signature[68];
    uint32_t length = one->message.length;
    for (unsigned at = 0; at < 64u; at++) {
        unsigned of_key = at & 3u, of_message = at >> 2 & 3u, of_signature = at >> 4;
        memcpy(key + of_key, one->key, 32);
        memcpy(message + of_message, one->message.bytes, length);
        memcpy(signature + of_signature, one->signature, 64);
        expect(hwl_ed25519_verify(NULL, key + of_key, message + of_message, length, signature + of_signature) ==
                   HWL_SIGNATURE_HOLDS,
               "a good signature at an odd address");
        signature[of_signature] ^= 1u;
        expect(hwl_ed25519_verify(NULL, key + of_key, message + of_message, length, signature + of_signature) ==
                   HWL_SIGNATURE_FAILS,
               "a damaged signature at an odd address");
    }
}

/* The first signature that holds and has a message of some length. */
static const signature_case *good_signature(void)
{
    for (uint32_t i = 0; i < signature_case_count; i++) {
        const signature_case *one = &signature_cases[i];
        if (one->holds != 0u && one->message.length > 16u && one->message.length < 500u) {
            return one;
        }
    }
    return NULL;
}

/* The library met a defect of its own. */
void hwl_on_panic(void);
void hwl_on_panic(void)
{
    port_print("PANIC\n");
    for (;;) {
        port_exit(1);
    }
}

int run(void)
{
    const signature_case *good = good_signature();
    for (uint32_t i = 0; i < pair_case_count; i++) {
        run_pair(&pair_cases[i], i & 1u);
    }
    for (uint32_t i = 0; i < power_case_count; i++) {
        const power_case *one = &power_cases[i];
        check(field_square, one->a, one->times, one->result, i & 1u, "square");
    }
    expect(good != NULL, "no signature to verify");
    if (good != NULL) {
        run_misaligned(good);
    }
    if (wrong == 0u) {
        port_print("wrong 0\n");
    }
    return wrong == 0u ? 0 : 1;
}
