/* Verifiers of one's own: what they are given, and what becomes of what they answer. */

#include "check.h"

typedef struct engine {
    uint32_t calls;
    uint32_t failing_call; /* counted from 1; 0 for none */
    uint32_t answer;       /* what that call answers */
    size_t greatest_message;
} engine;

/* Strict, because it asks the built-in verifier; and it can be told to answer something else. */
static uint32_t verify(void *ctx, const uint8_t *key, const uint8_t *message, size_t message_length,
                       const uint8_t *signature)
{
    engine *own = (engine *)ctx;
    own->calls++;
    if (message_length > own->greatest_message) {
        own->greatest_message = message_length;
    }
    if (own->calls == own->failing_call) {
        return own->answer;
    }
    return hwl_ed25519_verify(NULL, key, message, message_length, signature);
}

static uint32_t constant(void *ctx, const uint8_t *key, const uint8_t *message, size_t message_length,
                         const uint8_t *signature)
{
    (void)key;
    (void)message;
    (void)message_length;
    (void)signature;
    return *(const uint32_t *)ctx;
}

/* Not strict: it never looks at the message, as an engine does that compares only a digest. */
static uint32_t careless(void *ctx, const uint8_t *key, const uint8_t *message, size_t message_length,
                         const uint8_t *signature)
{
    (void)message;
    (void)message_length;
    return hwl_ed25519_verify(ctx, key, NULL, 0, signature) == HWL_SIGNATURE_HOLDS ? HWL_SIGNATURE_HOLDS
                                                                                  : HWL_SIGNATURE_FAILS;
}

static void self_tests(void)
{
    static const uint32_t words[] = {0, 1, UINT32_MAX, HWL_SIGNATURE_FAILS, ~(uint32_t)HWL_SIGNATURE_HOLDS,
                                     HWL_SIGNATURE_HOLDS ^ 1u};
    engine own = {0, 0, 0, 0};
    uint32_t word = HWL_SIGNATURE_HOLDS;
    uint32_t calls;
    uint32_t i;
    STATUS(HWL_OK, hwl_self_test_verify(NULL, hwl_ed25519_verify));
    STATUS(HWL_OK, hwl_self_test_verify(&own, verify));
    calls = own.calls;
    CHECK(calls > 8);
    STATUS(HWL_OK, hwl_self_test(&own, verify));
    CHECK(own.calls > 2 * calls);
    STATUS(HWL_E_SELF_TEST_ACCEPTED, hwl_self_test_verify(&word, constant));
    CHECK(hwl_self_test(&word, constant) != HWL_OK);
    STATUS(HWL_E_SELF_TEST_REFUSED, hwl_self_test_verify(NULL, careless));
    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        word = words[i];
        STATUS(HWL_E_SELF_TEST_REFUSED, hwl_self_test_verify(&word, constant));
    }
    /* Whichever vector is answered wrongly, it is noticed. */
    for (i = 1; i <= calls; i++) {
        memset(&own, 0, sizeof own);
        own.failing_call = i;
        own.answer = HWL_SIGNATURE_HOLDS;
        if (hwl_self_test_verify(&own, verify) == HWL_OK) {
            memset(&own, 0, sizeof own);
            own.failing_call = i;
            own.answer = HWL_SIGNATURE_FAILS;
            STATUS(HWL_E_SELF_TEST_REFUSED, hwl_self_test_verify(&own, verify));
        }
    }
}

static void answers(const blob *root, const blob *file)
{
    static const uint32_t words[] = {0, 1, UINT32_MAX, HWL_SIGNATURE_FAILS, HWL_SIGNATURE_HOLDS ^ 0x80000000u};
    static hwl_trust trust;
    static hwl_license license;
    engine own = {0, 0, 0, 0};
    hwl_trust_config config = config_of(root, &own, verify);
    uint32_t call;
    size_t i;
    STATUS(HWL_OK, hwl_trust_init(&trust, &config));
    STATUS(HWL_OK, hwl_license_verify_binary(&license, &trust, file->bytes, file->length));
    /* Certificate and licence: two signatures, over messages shorter than the file. */
    CHECK(own.calls == 2 && own.greatest_message < file->length);
    for (call = 1; call <= 2; call++) {
        for (i = 0; i < sizeof words / sizeof words[0]; i++) {
            own.calls = 0;
            own.failing_call = call;
            own.answer = words[i];
            STATUS(HWL_E_BAD_SIGNATURE, hwl_license_verify_binary(&license, &trust, file->bytes, file->length));
        }
    }
}

void test_verifiers(const char *folder)
{
    static blob root;
    static blob file;
    if (!load(folder, "root.key", &root) || !load(folder, "strict.hwl", &file)) {
        return;
    }
    self_tests();
    answers(&root, &file);
}
