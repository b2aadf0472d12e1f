/* Chains of one to four envelopes: each step, and the bare verification of the same signature. */

#include <string.h>

#include "fixture.h"
#include "hwlicense.h"
#include "measure.h"
#include "port.h"

void hwl_on_panic(void)
{
    for (;;) {
        port_exit(1);
    }
}

/* The last signature that was verified, to be verified once more by itself. */
static struct {
    const uint8_t *message;
    size_t length;
    const uint8_t *signature;
    uint8_t key_bytes[HWL_PUBLIC_KEY_BYTES];
    uint32_t calls;
} last;

static uint32_t noting_verify(void *ctx, const uint8_t *key, const uint8_t *message, size_t length,
                              const uint8_t *signature)
{
    (void)ctx;
    memcpy(last.key_bytes, key, sizeof last.key_bytes);
    last.message = message;
    last.length = length;
    last.signature = signature;
    last.calls++;
    return hwl_ed25519_verify(NULL, key, message, length, signature);
}

static hwl_trust trust;
static hwl_license license;
static const chain_link *now;

static void step(void)
{
    if (now->is_license != 0u) {
        need(hwl_license_verify_binary(&license, &trust, now->bytes, now->length) == HWL_OK);
    } else {
        uint32_t what = 0;
        need(hwl_trust_admit(&trust, now->bytes, now->length, &what) == HWL_OK && what != 0u);
    }
}

static void bare(void)
{
    need(hwl_ed25519_verify(NULL, last.key_bytes, last.message, last.length, last.signature) == HWL_SIGNATURE_HOLDS);
}

int run(void)
{
    hwl_trust_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.roots = chain_root;
    config.root_count = 1;
    config.verify = noting_verify;
    need(hwl_trust_init(&trust, &config) == HWL_OK);
    for (now = chain_links; now < &chain_links[chain_link_count]; now++) {
        uint32_t whole;
        last.calls = 0;
        whole = instructions_of(step);
        need(last.calls == 1u);
        say("link", now->name, whole);
        say("bare", now->name, instructions_of(bare));
    }
    return 0;
}
