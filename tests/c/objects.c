/* Objects that were never made, were ended, moved or copied: each use of them is noticed. */

#include "check.h"
#include "machine.h"

static blob root;
static blob file;

/* That the object serves for nothing. */
static void is_no_license(const hwl_license *license, const hwl_identity *identity)
{
    hwl_context context = context_at(1781136000u, "Northgate");
    hwl_terms terms;
    hwl_text text;
    hwl_report report;
    memset(&terms, 0, sizeof terms);
    terms.struct_size = (uint32_t)sizeof terms;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    STATUS(HWL_E_STATE, hwl_license_terms(license, &terms));
    STATUS(HWL_E_STATE, hwl_license_feature(license, 0, &text));
    STATUS(HWL_E_STATE, hwl_license_has_feature(license, (const uint8_t *)"analytics", 9));
    STATUS(HWL_E_STATE, hwl_license_check(license, identity, &context, &report));
    CHECK(hwl_report_grant(&report) != HWL_GRANTED);
}

static void licenses(const hwl_trust *trust, const hwl_identity *identity)
{
    static hwl_license license;
    static hwl_license copy;
    blob damaged = file;
    memset(&license, 0, sizeof license);
    is_no_license(&license, identity);
    memset(&license, 0xff, sizeof license);
    is_no_license(&license, identity);
    STATUS(HWL_OK, hwl_license_verify_binary(&license, trust, file.bytes, file.length));
    memcpy(&copy, &license, sizeof copy);
    is_no_license(&copy, identity);
    /* A failure leaves nothing of the licence that was there before. */
    damaged.bytes[damaged.length / 2] ^= 1;
    CHECK(hwl_license_verify_binary(&license, trust, damaged.bytes, damaged.length) != HWL_OK);
    is_no_license(&license, identity);
    STATUS(HWL_OK, hwl_license_verify_binary(&license, trust, file.bytes, file.length));
    STATUS(HWL_OK, hwl_license_deinit(&license));
    is_no_license(&license, identity);
    STATUS(HWL_OK, hwl_license_deinit(&license));
}

static void identities(const hwl_license *license, hwl_identity *identity)
{
    static hwl_identity copy;
    hwl_context context = context_at(1781136000u, "Northgate");
    hwl_report report;
    hwl_facts facts;
    hwl_hwid hwid;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    memset(&facts, 0, sizeof facts);
    facts.struct_size = (uint32_t)sizeof facts;
    memcpy(&copy, identity, sizeof copy);
    STATUS(HWL_E_STATE, hwl_identity_hwid(&copy, &hwid));
    STATUS(HWL_E_STATE, hwl_identity_facts(&copy, &facts));
    STATUS(HWL_E_STATE, hwl_license_check(license, &copy, &context, &report));
    STATUS(HWL_OK, hwl_license_check(license, identity, &context, &report));
    CHECK(hwl_report_grant(&report) == HWL_GRANTED);
    STATUS(HWL_OK, hwl_identity_deinit(identity));
    STATUS(HWL_E_STATE, hwl_license_check(license, identity, &context, &report));
    CHECK(hwl_report_grant(&report) != HWL_GRANTED);
}

void test_objects(const char *folder)
{
    static hwl_trust trust;
    static hwl_trust moved;
    static hwl_license license;
    static hwl_identity identity;
    machine described;
    hwl_trust_config config;
    uint64_t time;
    uint32_t admitted;
    if (!load(folder, "root.key", &root) || !load(folder, "strict.hwl", &file)) {
        return;
    }
    CHECK(hwl_trust_size() == sizeof(hwl_trust));
    CHECK(hwl_license_size() == sizeof(hwl_license));
    CHECK(hwl_identity_size() == sizeof(hwl_identity));
    memset(&trust, 0x55, sizeof trust);
    STATUS(HWL_E_STATE, hwl_trust_latest_signed(&trust, &time));
    STATUS(HWL_E_STATE, hwl_trust_admit(&trust, file.bytes, file.length, &admitted));
    STATUS(HWL_E_STATE, hwl_license_verify_binary(&license, &trust, file.bytes, file.length));
    config = config_of(&root, NULL, hwl_ed25519_verify);
    STATUS(HWL_OK, hwl_trust_init(&trust, &config));
    memcpy(&moved, &trust, sizeof moved);
    STATUS(HWL_E_STATE, hwl_license_verify_binary(&license, &moved, file.bytes, file.length));
    machine_describe(&described, MACHINE_ENROLLED);
    STATUS(HWL_OK, hwl_identity_read(&identity, &described.descriptor));
    licenses(&trust, &identity);
    STATUS(HWL_OK, hwl_license_verify_binary(&license, &trust, file.bytes, file.length));
    STATUS(HWL_OK, hwl_trust_deinit(&trust));
    STATUS(HWL_E_STATE, hwl_trust_latest_signed(&trust, &time));
    /* A licence outlives the trust that it was verified with. */
    identities(&license, &identity);
}
