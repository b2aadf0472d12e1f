/* Which engine verifies signatures: build.sh chooses it by VERIFIER. */

#ifndef ENGINE_H
#define ENGINE_H

#include "hwlicense.h"

/* Keys that are known when the firmware is built need not be decoded: `hwlicense key pin` wrote
 * their tables into pinned_root.c and pinned_issuer.c. */
extern const hwl_pinned_keys engine_keys;

#if defined(ENGINE_PINNED)
/* These keys and no other: the fastest. */
#define ENGINE_VERIFY hwl_ed25519_verify_pinned
#define ENGINE_CTX ((void *)&engine_keys)
#elif defined(ENGINE_PINNED_OR_ANY)
/* These keys fast, and whatever else a chain of certificates leads to. */
#define ENGINE_VERIFY hwl_ed25519_verify_pinned_or_any
#define ENGINE_CTX ((void *)&engine_keys)
#else
/* Any key. A chip with an engine of its own puts its function here instead, and then the library's
 * is not linked:
 *
 *     static uint32_t psa_verify(void *ctx, const uint8_t *key, const uint8_t *message,
 *                                size_t message_length, const uint8_t *signature)
 *     {
 *         ... import the 32 bytes of `key` as a twisted Edwards public key ...
 *         return psa_verify_message(id, PSA_ALG_PURE_EDDSA, message, message_length, signature,
 *                                   HWL_SIGNATURE_BYTES) == PSA_SUCCESS
 *                    ? (uint32_t)HWL_SIGNATURE_HOLDS
 *                    : (uint32_t)HWL_SIGNATURE_FAILS;
 *     }
 *     #define ENGINE_VERIFY psa_verify
 *
 * Either word must come from the engine's answer alone, and every error is a signature that
 * fails. engine_test runs the library's vectors through whatever stands here. */
#define ENGINE_VERIFY hwl_ed25519_verify
#define ENGINE_CTX NULL
#endif

/* Whether the engine can be trusted, as far as that can be told. */
hwl_status engine_test(void);

#endif
