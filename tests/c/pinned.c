/* Keys that are pinned: tables as `hwlicense key pin` writes them in C, and what holds with them. */

#include "check.h"

extern const hwl_pinned_key pinned_root, pinned_issuer;

static const hwl_pinned_key *const both[] = {&pinned_root, &pinned_issuer};
static const hwl_pinned_keys keys = {sizeof keys, 2, both};

/* The context of a callback is not const, and is only read. */
static void *ctx_of(const hwl_pinned_keys *list)
{
    return (void *)(uintptr_t)list;
}

static hwl_status verified(const hwl_pinned_keys *list, hwl_verify_fn verify, const blob *root, const blob *file)
{
    static hwl_trust trust;
    static hwl_license license;
    hwl_trust_config config = config_of(root, ctx_of(list), verify);
    STATUS(HWL_OK, hwl_trust_init(&trust, &config));
    return hwl_license_verify_binary(&license, &trust, file->bytes, file->length);
}

static void lists(void)
{
    hwl_pinned_key key = pinned_root;
    const hwl_pinned_key *places[HWL_PINNED_KEYS_MAX];
    hwl_pinned_keys list = {sizeof list, HWL_PINNED_KEYS_MAX, places};
    size_t i;
    for (i = 0; i < HWL_PINNED_KEYS_MAX; i++) {
        places[i] = &key;
    }
    STATUS(HWL_OK, hwl_pinned_keys_check(&keys));
    STATUS(HWL_OK, hwl_pinned_keys_check(&list));
    STATUS(HWL_E_NULL, hwl_pinned_keys_check(NULL));
    places[HWL_PINNED_KEYS_MAX - 1] = NULL;
    STATUS(HWL_E_NULL, hwl_pinned_keys_check(&list));
    list.count--;
    STATUS(HWL_OK, hwl_pinned_keys_check(&list));
    key.entries = 12;
    STATUS(HWL_E_VALUE, hwl_pinned_keys_check(&list));
    key = pinned_root;
    key.words = NULL;
    STATUS(HWL_E_NULL, hwl_pinned_keys_check(&list));
    key = pinned_root;
    key.struct_size = 0;
    STATUS(HWL_E_SIZE, hwl_pinned_keys_check(&list));
}

static void signatures(const blob *root, const blob *file)
{
    hwl_pinned_keys one = keys;
    blob changed = *file;
    one.count = 1;
    STATUS(HWL_OK, verified(&keys, hwl_ed25519_verify_pinned, root, file));
    STATUS(HWL_OK, verified(&keys, hwl_ed25519_verify_pinned_or_any, root, file));
    STATUS(HWL_E_KEY_NOT_PINNED, verified(&one, hwl_ed25519_verify_pinned, root, file));
    STATUS(HWL_OK, verified(&one, hwl_ed25519_verify_pinned_or_any, root, file));
    STATUS(HWL_E_BAD_SIGNATURE, verified(NULL, hwl_ed25519_verify_pinned, root, file));
    changed.bytes[changed.length - 1] ^= 1u;
    STATUS(HWL_E_BAD_SIGNATURE, verified(&keys, hwl_ed25519_verify_pinned, root, &changed));
    STATUS(HWL_E_BAD_SIGNATURE, verified(&keys, hwl_ed25519_verify_pinned_or_any, root, &changed));
    STATUS(HWL_OK, hwl_self_test_verify(ctx_of(&keys), hwl_ed25519_verify_pinned_or_any));
    STATUS(HWL_E_SELF_TEST_REFUSED, hwl_self_test_verify(ctx_of(&keys), hwl_ed25519_verify_pinned));
}

void test_pinned(const char *folder)
{
    static blob root;
    static blob file;
    if (!load(folder, "root.key", &root) || !load(folder, "strict.hwl", &file)) {
        return;
    }
    lists();
    signatures(&root, &file);
}
