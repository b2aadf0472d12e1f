#include "engine.h"

#include <stddef.h>

#if defined(ENGINE_PINNED) || defined(ENGINE_PINNED_OR_ANY)
extern const hwl_pinned_key pinned_root, pinned_issuer;
static const hwl_pinned_key *const keys[] = {&pinned_root, &pinned_issuer};
const hwl_pinned_keys engine_keys = {sizeof engine_keys, sizeof keys / sizeof keys[0], keys};
#endif

hwl_status engine_test(void)
{
#ifdef ENGINE_PINNED
    /* The vectors were signed by keys that are not pinned here; the list is what can be wrong. */
    return hwl_pinned_keys_check(&engine_keys);
#else
    return hwl_self_test_verify(ENGINE_CTX, ENGINE_VERIFY);
#endif
}
