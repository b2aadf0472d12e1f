/* Which engine verifies signatures. */

#ifndef ENGINE_H
#define ENGINE_H

#include "hwlicense.h"

/* The library's own verifier. A chip with one of its own puts its function here instead, and
 * then the library's is not linked:
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
 * fails. main.c runs the library's vectors through whatever stands here before it trusts it. */
#define ENGINE_VERIFY hwl_ed25519_verify
#define ENGINE_CTX NULL

#endif
