/* The whole way, as a program goes it: read the machine, enrol it, compare it later, trust,
 * verify, terms, check, grant, and what is said about it. */

#include "check.h"
#include "machine.h"

#define NOW 1781136000u

static const uint8_t salt[HWL_SALT_BYTES] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6};

static blob root;
static blob strict;
static blob tolerant;
static blob armored;
static hwl_trust trust;
static uint8_t scratch[HWL_BLOB_BYTES_MAX];

static uint32_t verdict_of(const hwl_license *license, uint32_t variant, const hwl_context *context, hwl_report *report)
{
    hwl_identity identity;
    machine described;
    machine_describe(&described, variant);
    STATUS(HWL_OK, hwl_identity_read(&identity, &described.descriptor));
    memset(report, 0, sizeof *report);
    report->struct_size = (uint32_t)sizeof *report;
    STATUS(HWL_OK, hwl_license_check(license, &identity, context, report));
    STATUS(HWL_OK, hwl_identity_deinit(&identity));
    return hwl_report_grant(report);
}

static void the_machine(void)
{
    hwl_identity identity;
    hwl_identity bare;
    machine described;
    hwl_facts facts;
    hwl_hwid hwid;
    hwl_hwid parsed;
    uint8_t text[HWL_HWID_TEXT_BYTES];
    size_t length = 0;
    machine_describe(&described, MACHINE_ENROLLED);
    STATUS(HWL_OK, hwl_identity_read(&identity, &described.descriptor));
    STATUS(HWL_OK, hwl_identity_hwid(&identity, &hwid));
    CHECK(hwid.scheme == HWL_SCHEME);
    STATUS(HWL_OK, hwl_hwid_format(&hwid, text, sizeof text, &length));
    CHECK(length == sizeof text && memcmp(text, "03", 2) == 0);
    STATUS(HWL_OK, hwl_hwid_parse(text, length, &parsed));
    STATUS(HWL_OK, hwl_hwid_equal(&hwid, &parsed));
    parsed.bytes[15] ^= 1;
    STATUS(HWL_E_DIFFERENT, hwl_hwid_equal(&hwid, &parsed));
    text[5] = 'g';
    STATUS(HWL_E_NOT_A_HWID, hwl_hwid_parse(text, length, &parsed));
    memset(&facts, 0, sizeof facts);
    facts.struct_size = (uint32_t)sizeof facts;
    STATUS(HWL_OK, hwl_identity_facts(&identity, &facts));
    CHECK((facts.evidence & HWL_EVIDENCE_BOARD_SERIAL) != 0 && facts.unreadable == 0);
    STATUS(HWL_OK, hwl_identity_from_hwid(&bare, &hwid, facts.evidence));
    STATUS(HWL_OK, hwl_identity_hwid(&bare, &parsed));
    STATUS(HWL_OK, hwl_hwid_equal(&hwid, &parsed));
    STATUS(HWL_E_VALUE, hwl_identity_from_hwid(&bare, &hwid, UINT32_C(1) << 31));
}

static void enrolment(void)
{
    hwl_identity identity;
    machine described;
    hwl_comparison comparison;
    hwl_hwid enrolled;
    hwl_hwid found;
    uint8_t page[HWL_ENROLLMENT_BYTES_MAX];
    size_t length = 0;
    machine_describe(&described, MACHINE_ENROLLED);
    STATUS(HWL_E_BUFFER, hwl_enroll(&described.descriptor, salt, page, 10, &length));
    CHECK(length > 10 && length <= sizeof page);
    STATUS(HWL_OK, hwl_enroll(&described.descriptor, salt, page, sizeof page, &length));
    STATUS(HWL_OK, hwl_enrollment_hwid(page, length, &enrolled));
    memset(&comparison, 0, sizeof comparison);
    comparison.struct_size = (uint32_t)sizeof comparison;
    STATUS(HWL_OK, hwl_compare(&described.descriptor, page, length, &comparison));
    CHECK(comparison.cause == HWL_CAUSE_UNCHANGED && comparison.nics_gone == 0);
    STATUS(HWL_OK, hwl_identity_read_enrolled(&identity, &described.descriptor, page, length));
    STATUS(HWL_OK, hwl_identity_hwid(&identity, &found));
    STATUS(HWL_OK, hwl_hwid_equal(&enrolled, &found));
    machine_describe(&described, MACHINE_OTHER_CPU);
    STATUS(HWL_OK, hwl_compare(&described.descriptor, page, length, &comparison));
    CHECK(comparison.cause == HWL_CAUSE_CPU_OR_MEMORY_ALTERED);
    CHECK(comparison.changes[1] == HWL_CHANGE_CHANGED && comparison.changes[0] == HWL_CHANGE_SAME);
    page[length / 2] ^= 1;
    CHECK(hwl_enrollment_hwid(page, length, &found) != HWL_OK);
    CHECK(hwl_compare(&described.descriptor, page, length, &comparison) != HWL_OK);
    STATUS(HWL_E_NOT_AN_ENROLLMENT, hwl_enrollment_hwid(page, 0, &found));
}

static void terms_of(const hwl_license *license)
{
    hwl_terms terms;
    hwl_text feature;
    memset(&terms, 0, sizeof terms);
    terms.struct_size = (uint32_t)sizeof terms;
    STATUS(HWL_OK, hwl_license_terms(license, &terms));
    CHECK(strcmp((const char *)terms.key, "5HRE-2AVT-0S3F-J8KW") == 0);
    CHECK(terms.count == 16 && terms.feature_count == 2);
    CHECK(terms.brand.length == 9 && memcmp(terms.brand.bytes, "Northgate", 9) == 0);
    CHECK(strcmp(hwl_class_name(terms.class_number), "unknown") != 0);
    STATUS(HWL_OK, hwl_license_feature(license, 1, &feature));
    CHECK(feature.length == 8 && memcmp(feature.bytes, "failover", 8) == 0);
    STATUS(HWL_E_NOT_FOUND, hwl_license_feature(license, 2, &feature));
    STATUS(HWL_E_NOT_FOUND, hwl_license_feature(license, UINT32_MAX, &feature));
    STATUS(HWL_OK, hwl_license_has_feature(license, (const uint8_t *)"analytics", 9));
    STATUS(HWL_E_NOT_FOUND, hwl_license_has_feature(license, (const uint8_t *)"analytic", 8));
}

static void verdicts(void)
{
    static hwl_license license;
    hwl_report report;
    hwl_context context = context_at(NOW, "Northgate");
    STATUS(HWL_OK, hwl_license_verify(&license, &trust, strict.bytes, strict.length, NULL, 0));
    terms_of(&license);
    CHECK(verdict_of(&license, MACHINE_ENROLLED, &context, &report) == HWL_GRANTED);
    CHECK(strcmp(hwl_reason_name(report.reason), "valid") == 0);
    CHECK(verdict_of(&license, MACHINE_OTHER_CPU, &context, &report) != HWL_GRANTED);
    CHECK(strcmp(hwl_reason_name(report.reason), "other-hardware") == 0);
    CHECK(verdict_of(&license, MACHINE_HIDDEN_BOARD, &context, &report) != HWL_GRANTED);
    CHECK(report.unreadable != 0);
    context = context_at(NOW, "Seaview");
    CHECK(verdict_of(&license, MACHINE_ENROLLED, &context, &report) != HWL_GRANTED);
    CHECK(strcmp(hwl_reason_name(report.reason), "other-brand") == 0);
    context.brand.state = HWL_ABSENT;
    context.brand.bytes = NULL;
    context.brand.length = 0;
    context.flags = HWL_CHECK_ANY_BRAND;
    CHECK(verdict_of(&license, MACHINE_ENROLLED, &context, &report) == HWL_GRANTED);
    STATUS(HWL_OK, hwl_license_verify_binary(&license, &trust, tolerant.bytes, tolerant.length));
    context = context_at(NOW, "Northgate");
    CHECK(verdict_of(&license, MACHINE_OTHER_CPU, &context, &report) == HWL_GRANTED);
    CHECK(report.components[0] == HWL_MATCH_SAME && report.components[1] == HWL_MATCH_DIFFERS);
    CHECK(verdict_of(&license, MACHINE_OTHER_BOARD, &context, &report) != HWL_GRANTED);
    CHECK(report.components[0] == HWL_MATCH_DIFFERS);
    STATUS(HWL_OK, hwl_license_deinit(&license));
}

static void armour(void)
{
    static hwl_license license;
    hwl_report report;
    hwl_context context = context_at(NOW, "Northgate");
    size_t length = 0;
    STATUS(HWL_OK, hwl_armor_decode(armored.bytes, armored.length, scratch, sizeof scratch, &length));
    CHECK(length == strict.length && memcmp(scratch, strict.bytes, length) == 0);
    STATUS(HWL_E_BUFFER, hwl_armor_decode(armored.bytes, armored.length, scratch, 7, &length));
    CHECK(length > 7 && length <= armored.length);
    STATUS(HWL_E_NOT_ARMOR, hwl_armor_decode(strict.bytes, strict.length, scratch, sizeof scratch, &length));
    STATUS(HWL_OK, hwl_license_verify(&license, &trust, armored.bytes, armored.length, scratch, sizeof scratch));
    CHECK(verdict_of(&license, MACHINE_ENROLLED, &context, &report) == HWL_GRANTED);
    STATUS(HWL_E_BUFFER, hwl_license_verify(&license, &trust, armored.bytes, armored.length, scratch, 7));
    CHECK(hwl_license_verify_binary(&license, &trust, armored.bytes, armored.length) != HWL_OK);
}

static void revocation(const char *folder)
{
    static hwl_license license;
    static hwl_trust careful;
    static blob certificate;
    static blob list;
    hwl_trust_config config = config_of(&root, NULL, hwl_ed25519_verify);
    uint32_t admitted = 0;
    uint64_t latest = 0;
    if (!load(folder, "certificate.hwl", &certificate) || !load(folder, "list.hwl", &list)) {
        return;
    }
    STATUS(HWL_OK, hwl_trust_init(&careful, &config));
    STATUS(HWL_OK, hwl_trust_latest_signed(&careful, &latest));
    CHECK(latest == 0);
    STATUS(HWL_E_UNKNOWN_KEY, hwl_trust_admit(&careful, list.bytes, list.length, &admitted));
    STATUS(HWL_OK, hwl_trust_admit(&careful, certificate.bytes, certificate.length, &admitted));
    CHECK(admitted == HWL_ADMITTED_ISSUER);
    STATUS(HWL_OK, hwl_trust_admit(&careful, certificate.bytes, certificate.length, &admitted));
    CHECK(admitted == 0);
    STATUS(HWL_OK, hwl_license_verify_binary(&license, &careful, strict.bytes, strict.length));
    STATUS(HWL_OK, hwl_trust_admit(&careful, list.bytes, list.length, &admitted));
    CHECK(admitted == HWL_ADMITTED_REVOCATION_LIST);
    STATUS(HWL_OK, hwl_trust_latest_signed(&careful, &latest));
    CHECK(latest > 0);
    STATUS(HWL_E_LICENSE_REVOKED, hwl_license_verify_binary(&license, &careful, strict.bytes, strict.length));
    STATUS(HWL_OK, hwl_trust_deinit(&careful));
}

/* Each byte of a good licence changed, and the licence cut at each length. */
static void damage(void)
{
    static hwl_license license;
    static blob damaged;
    size_t i;
    for (i = 0; i < strict.length; i++) {
        damaged = strict;
        damaged.bytes[i] ^= 0x10;
        CHECK(hwl_license_verify_binary(&license, &trust, damaged.bytes, damaged.length) != HWL_OK);
        CHECK(hwl_license_verify_binary(&license, &trust, strict.bytes, i) != HWL_OK);
    }
}

void test_journey(const char *folder)
{
    hwl_trust_config config;
    if (!load(folder, "root.key", &root) || !load(folder, "strict.hwl", &strict)
        || !load(folder, "tolerant.hwl", &tolerant) || !load(folder, "armoured.hwl", &armored)) {
        return;
    }
    config = config_of(&root, NULL, hwl_ed25519_verify);
    STATUS(HWL_OK, hwl_trust_init(&trust, &config));
    the_machine();
    enrolment();
    verdicts();
    armour();
    revocation(folder);
    damage();
    STATUS(HWL_OK, hwl_self_test(NULL, hwl_ed25519_verify));
}
