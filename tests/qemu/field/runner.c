/* The assembly of the Ed25519 verifier against tables of big-integer arithmetic and of another
 * SHA-512: results, what is left alone, and the verifier that is made of it with its input at every
 * alignment. */

#include <string.h>

#include "../vectors/cases.h"
#include "field.h"
#include "port.h"

typedef void operation(void *self, uintptr_t a, uintptr_t b);

operation field_add, field_subtract, field_multiply, field_square, sha512_compress;
uint32_t call_watched(operation *function, void *self, uintptr_t a, uintptr_t b);

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

/* What stands for an argument that is the result's own place. */
#define SELF ((uintptr_t)0)

/* Calls an operation whose result lies between guards and holds `own` before; 4 * shift is its
 * address modulo 8. */
static void check(operation *function, const uint32_t *own, uintptr_t a, uintptr_t b, const uint32_t *expected,
                  unsigned shift, const char *name)
{
    static uint32_t aligned[2u * WORDS] __attribute__((aligned(8)));
    uint32_t *room = aligned + (shift ^ 1u);
    uintptr_t place = (uintptr_t)&room[1];
    room[0] = GUARD;
    memcpy(&room[1], own, WORDS * sizeof *own);
    room[WORDS + 1u] = GUARD;
    expect(call_watched(function, &room[1], a == SELF ? place : a, b == SELF ? place : b) == 0u,
           "a register that is to be preserved");
    expect(room[0] == GUARD && room[WORDS + 1u] == GUARD, "a word beside the number");
    reduce(&room[1]);
    expect(memcmp(&room[1], expected, WORDS * sizeof *own) == 0, name);
}

/* Two numbers at addresses that are 4 * shift modulo 8, with the result apart, in the place of
 * either, and of both where they are one. */
static void run_operation(operation *function, const pair_case *one, const uint32_t *expected, unsigned shift,
                          const char *name)
{
    static uint32_t aligned_a[2u * WORDS] __attribute__((aligned(8)));
    static uint32_t aligned_b[2u * WORDS] __attribute__((aligned(8)));
    uint32_t *a = aligned_a + (shift ^ 1u), *b = aligned_b + (shift & 1u);
    memcpy(a, one->a, sizeof one->a);
    memcpy(b, one->b, sizeof one->b);
    check(function, one->product, (uintptr_t)a, (uintptr_t)b, expected, shift, name);
    check(function, one->a, SELF, (uintptr_t)b, expected, shift, name);
    check(function, one->b, (uintptr_t)a, SELF, expected, shift, name);
    if (memcmp(one->a, one->b, sizeof one->b) == 0) {
        check(function, one->a, SELF, SELF, expected, shift, name);
    }
    expect(memcmp(a, one->a, sizeof one->a) == 0 && memcmp(b, one->b, sizeof one->b) == 0,
           "an argument is changed");
}

static void run_pair(const pair_case *one, unsigned shift)
{
    run_operation(field_add, one, one->sum, shift, "sum");
    run_operation(field_subtract, one, one->difference, shift, "difference");
    run_operation(field_multiply, one, one->product, shift, "product");
}

static void run_power(const power_case *one, unsigned shift)
{
    check(field_square, one->a, SELF, one->times, one->result, shift, "square");
    check(field_square, one->result, (uintptr_t)one->a, one->times, one->result, shift, "square of another");
}

/* A block between guards; the state behind it is one, too. */
static void run_hash(const hash_case *one)
{
    static struct {
        uint32_t before[2];
        uint64_t block[16];
        uint32_t between[2];
        uint64_t state[8];
        uint32_t after[2];
    } room;
    uint32_t guards = 0;
    memset(&room, 0, sizeof room);
    memcpy(room.block, one->block, sizeof one->block);
    memcpy(room.state, one->state, sizeof one->state);
    expect(call_watched(sha512_compress, room.state, (uintptr_t)room.block, (uintptr_t)hash_rounds) == 0u,
           "a register that is to be preserved");
    for (unsigned i = 0; i < 2u; i++) {
        guards |= room.before[i] | room.between[i] | room.after[i];
    }
    expect(guards == 0u, "a word beside the state or the block");
    expect(memcmp(room.state, one->result, sizeof one->result) == 0, "state of SHA-512");
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
        run_power(&power_cases[i], i & 1u);
    }
    for (uint32_t i = 0; i < hash_case_count; i++) {
        run_hash(&hash_cases[i]);
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
