/* The whole check, from the licence in flash and the registers to a granted report.
 *
 * IDENTITY_READ   the HWID is computed from the full descriptor; else it is given
 * VERIFY_BUILTIN  signatures by the library, for any key
 * VERIFY_PINNED   signatures by the library, for the two keys of the fixture; without either, by a
 *                 stub
 * ADMIT           the certificate is verified beforehand, so that one signature is counted
 * QUIET           nothing is measured or printed: the image whose flash is read
 *
 * All objects are on the stack of check(), so that the stack printed includes them. */

#include <string.h>

#include "fixture.h"
#include "hwlicense.h"
#include "measure.h"
#include "port.h"
#ifdef IDENTITY_READ
#include "machine.h"
#endif

#define BRAND "northgate"
#define ISSUED_UNIX_S 1780272000u
#define NOW_UNIX_S (ISSUED_UNIX_S + 30u * 86400u)

#ifndef IDENTITY_READ
/* The HWID of the machine that the licence is for, as a factory would write it into OTP memory. */
static const hwl_hwid fixture_hwid = {
    HWL_SCHEME,
    {0x4B, 0x92, 0x9D, 0xC1, 0x70, 0x0B, 0xED, 0x72, 0xC6, 0x65, 0x78, 0xBF, 0x5C, 0x3A, 0x1D, 0xA8},
};
#endif

void hwl_on_panic(void)
{
    for (;;) {
        port_exit(1);
    }
}

#if defined(VERIFY_BUILTIN)
#define VERIFY hwl_ed25519_verify
#define VERIFY_CTX NULL
#elif defined(VERIFY_PINNED)
extern const hwl_pinned_key pinned_root, pinned_issuer;
static const hwl_pinned_key *const pinned[] = {&pinned_root, &pinned_issuer};
static const hwl_pinned_keys pinned_keys = {sizeof pinned_keys, sizeof pinned / sizeof pinned[0], pinned};
#define VERIFY hwl_ed25519_verify_pinned
#define VERIFY_CTX ((void *)&pinned_keys)
#else
/* Stands for a hardware engine, of which only the call costs flash here. It looks at no more than
 * whether S can be below the order of the base point. */
static uint32_t stub_verify(void *ctx, const uint8_t *key, const uint8_t *message, size_t length,
                            const uint8_t *signature)
{
    (void)ctx;
    (void)key;
    (void)message;
    (void)length;
    return signature[63] < 0x11u ? (uint32_t)HWL_SIGNATURE_HOLDS : (uint32_t)HWL_SIGNATURE_FAILS;
}
#define VERIFY stub_verify
#define VERIFY_CTX NULL
#endif

static void begin(hwl_trust *trust)
{
    hwl_trust_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.roots = fixture_root;
    config.root_count = 1;
    config.verify = VERIFY;
    config.verify_ctx = VERIFY_CTX;
    need(hwl_trust_init(trust, &config) == HWL_OK);
}

static uint32_t check_with(const hwl_trust *trust)
{
    hwl_license license;
    hwl_identity identity;
    hwl_context context;
    hwl_report report;
    memset(&report, 0, sizeof report);
    report.struct_size = sizeof report;
#ifdef IDENTITY_READ
    need(hwl_identity_read(&identity, &fixture_machine) == HWL_OK);
#else
    need(hwl_identity_from_hwid(&identity, &fixture_hwid, HWL_EVIDENCE_BOARD_SERIAL) == HWL_OK);
#endif
    need(hwl_license_verify_binary(&license, trust, fixture_license, fixture_license_length) == HWL_OK);
    memset(&context, 0, sizeof context);
    context.struct_size = sizeof context;
    context.wall_unix_s = NOW_UNIX_S;
    context.wall_state = HWL_READ;
    context.floor_unix_s = ISSUED_UNIX_S;
    context.brand.bytes = (const uint8_t *)BRAND;
    context.brand.length = sizeof BRAND - 1u;
    context.brand.state = HWL_READ;
    need(hwl_license_check(&license, &identity, &context, &report) == HWL_OK);
    (void)hwl_license_deinit(&license);
    (void)hwl_identity_deinit(&identity);
    return hwl_report_grant(&report);
}

/* From nothing: every object on the stack, every signature of the file verified. */
static void check(void)
{
    hwl_trust trust;
    begin(&trust);
    need(check_with(&trust) == HWL_GRANTED);
    (void)hwl_trust_deinit(&trust);
}

#ifdef ADMIT
static hwl_trust known;

static void check_again(void)
{
    need(check_with(&known) == HWL_GRANTED);
}
#endif

#ifdef QUIET
void need(int holds)
{
    if (!holds) {
        port_exit(1);
    }
}

int run(void)
{
    check();
    return 0;
}
#else
int run(void)
{
    measure("two-signatures", check);
#ifdef ADMIT
    {
        uint32_t what;
        begin(&known);
        need(hwl_trust_admit(&known, fixture_license, fixture_license_length, &what) == HWL_OK);
        need(what == HWL_ADMITTED_ISSUER);
        measure("one-signature", check_again);
    }
#endif
    say_size("hwl_trust", sizeof(hwl_trust));
    say_size("hwl_license", sizeof(hwl_license));
    say_size("hwl_identity", sizeof(hwl_identity));
    say_size("hwl_context", sizeof(hwl_context));
    say_size("hwl_report", sizeof(hwl_report));
    return 0;
}
#endif
