/* Every pointer of every function: NULL, misaligned, with a length that no memory has, and over
 * memory that another one uses. */

#include "check.h"
#include "machine.h"

static hwl_trust trust;
static hwl_license license;
static hwl_identity identity;
static machine described;
static blob root;
static blob file;
static uint8_t scratch[HWL_BLOB_BYTES_MAX];
static uint8_t enrollment[HWL_ENROLLMENT_BYTES_MAX];
static size_t enrollment_length;
static const uint8_t salt[HWL_SALT_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void make(const char *folder)
{
    hwl_trust_config config;
    if (!load(folder, "root.key", &root) || !load(folder, "strict.hwl", &file)) {
        return;
    }
    config = config_of(&root, NULL, hwl_ed25519_verify);
    STATUS(HWL_OK, hwl_trust_init(&trust, &config));
    STATUS(HWL_OK, hwl_license_verify(&license, &trust, file.bytes, file.length, NULL, 0));
    machine_describe(&described, MACHINE_ENROLLED);
    STATUS(HWL_OK, hwl_identity_read(&identity, &described.descriptor));
    STATUS(HWL_OK, hwl_enroll(&described.descriptor, salt, enrollment, sizeof enrollment, &enrollment_length));
}

static void null_hwid(void)
{
    hwl_hwid hwid;
    uint8_t text[HWL_HWID_TEXT_BYTES];
    size_t length = 99;
    memset(&hwid, 7, sizeof hwid);
    STATUS(HWL_E_NULL, hwl_hwid_parse(NULL, 34, &hwid));
    STATUS(HWL_E_NOT_A_HWID, hwl_hwid_parse(NULL, 0, &hwid));
    STATUS(HWL_E_NULL, hwl_hwid_parse((const uint8_t *)"0300112233445566778899aabbccddeeff", 34, NULL));
    CHECK(hwid.scheme == 7);
    STATUS(HWL_E_NULL, hwl_hwid_format(NULL, text, sizeof text, &length));
    STATUS(HWL_E_NULL, hwl_hwid_format(&hwid, NULL, sizeof text, &length));
    CHECK(length == 99);
    STATUS(HWL_E_BUFFER, hwl_hwid_format(&hwid, NULL, 0, &length));
    CHECK(length == HWL_HWID_TEXT_BYTES);
    STATUS(HWL_E_NULL, hwl_hwid_format(&hwid, text, sizeof text, NULL));
    STATUS(HWL_E_NULL, hwl_hwid_equal(NULL, &hwid));
    STATUS(HWL_E_NULL, hwl_hwid_equal(&hwid, NULL));
    STATUS(HWL_OK, hwl_hwid_equal(&hwid, &hwid));
}

static void null_identity(void)
{
    hwl_identity other;
    hwl_hwid hwid;
    hwl_facts facts;
    memset(&hwid, 0, sizeof hwid);
    memset(&facts, 0, sizeof facts);
    facts.struct_size = (uint32_t)sizeof facts;
    STATUS(HWL_E_NULL, hwl_identity_read(NULL, &described.descriptor));
    STATUS(HWL_E_NULL, hwl_identity_read(&other, NULL));
    STATUS(HWL_E_NULL, hwl_identity_read_enrolled(NULL, &described.descriptor, enrollment, enrollment_length));
    STATUS(HWL_E_NULL, hwl_identity_read_enrolled(&other, NULL, enrollment, enrollment_length));
    STATUS(HWL_E_NULL, hwl_identity_read_enrolled(&other, &described.descriptor, NULL, enrollment_length));
    STATUS(HWL_E_NULL, hwl_identity_from_hwid(NULL, &hwid, 0));
    STATUS(HWL_E_NULL, hwl_identity_from_hwid(&other, NULL, 0));
    STATUS(HWL_E_NULL, hwl_identity_hwid(NULL, &hwid));
    STATUS(HWL_E_NULL, hwl_identity_hwid(&identity, NULL));
    STATUS(HWL_E_NULL, hwl_identity_facts(NULL, &facts));
    STATUS(HWL_E_NULL, hwl_identity_facts(&identity, NULL));
    STATUS(HWL_E_NULL, hwl_identity_deinit(NULL));
}

static void null_enrollment(void)
{
    uint8_t buffer[HWL_ENROLLMENT_BYTES_MAX];
    size_t length;
    hwl_hwid hwid;
    hwl_comparison comparison;
    memset(&comparison, 0, sizeof comparison);
    comparison.struct_size = (uint32_t)sizeof comparison;
    STATUS(HWL_E_NULL, hwl_enroll(NULL, salt, buffer, sizeof buffer, &length));
    STATUS(HWL_E_NULL, hwl_enroll(&described.descriptor, NULL, buffer, sizeof buffer, &length));
    STATUS(HWL_E_NULL, hwl_enroll(&described.descriptor, salt, NULL, sizeof buffer, &length));
    STATUS(HWL_E_NULL, hwl_enroll(&described.descriptor, salt, buffer, sizeof buffer, NULL));
    STATUS(HWL_E_NULL, hwl_enrollment_hwid(NULL, enrollment_length, &hwid));
    STATUS(HWL_E_NULL, hwl_enrollment_hwid(enrollment, enrollment_length, NULL));
    STATUS(HWL_E_NULL, hwl_compare(NULL, enrollment, enrollment_length, &comparison));
    STATUS(HWL_E_NULL, hwl_compare(&described.descriptor, NULL, enrollment_length, &comparison));
    STATUS(HWL_E_NULL, hwl_compare(&described.descriptor, enrollment, enrollment_length, NULL));
}

static void null_license(void)
{
    hwl_license other;
    hwl_terms terms;
    hwl_text text;
    hwl_report report;
    hwl_context context = context_at(1781136000u, "Northgate");
    size_t length;
    memset(&terms, 0, sizeof terms);
    terms.struct_size = (uint32_t)sizeof terms;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    STATUS(HWL_E_NULL, hwl_armor_decode(NULL, 10, scratch, sizeof scratch, &length));
    STATUS(HWL_E_NULL, hwl_armor_decode(file.bytes, file.length, NULL, sizeof scratch, &length));
    STATUS(HWL_E_NULL, hwl_armor_decode(file.bytes, file.length, scratch, sizeof scratch, NULL));
    STATUS(HWL_E_NULL, hwl_license_verify(NULL, &trust, file.bytes, file.length, NULL, 0));
    STATUS(HWL_E_NULL, hwl_license_verify(&other, NULL, file.bytes, file.length, NULL, 0));
    STATUS(HWL_E_NULL, hwl_license_verify(&other, &trust, NULL, file.length, NULL, 0));
    STATUS(HWL_E_NULL, hwl_license_verify_binary(NULL, &trust, file.bytes, file.length));
    STATUS(HWL_E_NULL, hwl_license_verify_binary(&other, NULL, file.bytes, file.length));
    STATUS(HWL_E_NULL, hwl_license_verify_binary(&other, &trust, NULL, file.length));
    STATUS(HWL_E_NULL, hwl_license_terms(NULL, &terms));
    STATUS(HWL_E_NULL, hwl_license_terms(&license, NULL));
    STATUS(HWL_E_NULL, hwl_license_feature(NULL, 0, &text));
    STATUS(HWL_E_NULL, hwl_license_feature(&license, 0, NULL));
    STATUS(HWL_E_NULL, hwl_license_has_feature(NULL, (const uint8_t *)"a", 1));
    STATUS(HWL_E_NULL, hwl_license_has_feature(&license, NULL, 1));
    STATUS(HWL_E_NOT_FOUND, hwl_license_has_feature(&license, NULL, 0));
    STATUS(HWL_E_NULL, hwl_license_deinit(NULL));
    STATUS(HWL_E_NULL, hwl_license_check(NULL, &identity, &context, &report));
    STATUS(HWL_E_NULL, hwl_license_check(&license, NULL, &context, &report));
    STATUS(HWL_E_NULL, hwl_license_check(&license, &identity, NULL, &report));
    STATUS(HWL_E_NULL, hwl_license_check(&license, &identity, &context, NULL));
    CHECK(hwl_report_grant(&report) != HWL_GRANTED);
    STATUS(HWL_E_NULL, hwl_report_refused(HWL_E_MALFORMED, NULL));
    CHECK(hwl_report_grant(NULL) == HWL_REFUSED);
}

static void null_trust(void)
{
    hwl_trust other;
    uint32_t admitted = 0;
    uint64_t time = 0;
    hwl_trust_config config = config_of(&root, NULL, hwl_ed25519_verify);
    STATUS(HWL_E_NULL, hwl_trust_init(NULL, &config));
    STATUS(HWL_E_NULL, hwl_trust_init(&other, NULL));
    config.roots = NULL;
    STATUS(HWL_E_NULL, hwl_trust_init(&other, &config));
    config = config_of(&root, NULL, NULL);
    STATUS(HWL_E_NULL, hwl_trust_init(&other, &config));
    STATUS(HWL_E_NULL, hwl_trust_admit(NULL, file.bytes, file.length, &admitted));
    STATUS(HWL_E_NULL, hwl_trust_admit(&trust, NULL, file.length, &admitted));
    STATUS(HWL_E_NULL, hwl_trust_admit(&trust, file.bytes, file.length, NULL));
    STATUS(HWL_E_NULL, hwl_trust_latest_signed(NULL, &time));
    STATUS(HWL_E_NULL, hwl_trust_latest_signed(&trust, NULL));
    STATUS(HWL_E_NULL, hwl_trust_deinit(NULL));
    STATUS(HWL_E_NULL, hwl_self_test(NULL, NULL));
    STATUS(HWL_E_NULL, hwl_self_test_verify(NULL, NULL));
    CHECK(hwl_ed25519_verify(NULL, NULL, file.bytes, file.length, file.bytes) == HWL_SIGNATURE_FAILS);
    CHECK(hwl_ed25519_verify(NULL, root.bytes, NULL, 1, file.bytes) == HWL_SIGNATURE_FAILS);
    CHECK(hwl_ed25519_verify(NULL, root.bytes, file.bytes, file.length, NULL) == HWL_SIGNATURE_FAILS);
}

/* A pointer of this type that is one byte off. A C program gets one from a wrong cast. */
static void *off(void *pointer)
{
    return (uint8_t *)pointer + 1;
}

static void misaligned(void)
{
    static union {
        uint64_t align;
        uint8_t bytes[sizeof(hwl_trust) + 8];
    } room;
    static hwl_trust other;
    hwl_trust_config config = config_of(&root, NULL, hwl_ed25519_verify);
    hwl_context context = context_at(1781136000u, "Northgate");
    hwl_report report;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    STATUS(HWL_E_ALIGN, hwl_trust_init((hwl_trust *)off(&room), &config));
    STATUS(HWL_E_ALIGN, hwl_trust_init(&other, (const hwl_trust_config *)off(&room)));
    STATUS(HWL_E_ALIGN, hwl_identity_read((hwl_identity *)off(&room), &described.descriptor));
    STATUS(HWL_E_ALIGN, hwl_identity_read(&identity, (const hwl_descriptor *)off(&room)));
    STATUS(HWL_E_ALIGN, hwl_license_verify_binary((hwl_license *)off(&room), &trust, file.bytes, file.length));
    STATUS(HWL_E_ALIGN, hwl_license_check((const hwl_license *)off(&room), &identity, &context, &report));
    STATUS(HWL_E_ALIGN, hwl_license_check(&license, &identity, &context, (hwl_report *)off(&room)));
    STATUS(HWL_E_ALIGN, hwl_trust_latest_signed(&trust, (uint64_t *)off(&room)));
    CHECK(hwl_report_grant((const hwl_report *)off(&room)) != HWL_GRANTED);
}

/* A length that no memory has reaches over everything else as well: either may be said. */
static int is_refused_length(hwl_status status)
{
    return status == HWL_E_LENGTH || status == HWL_E_OVERLAP;
}

static void lengths(void)
{
    hwl_hwid hwid;
    size_t length = 77;
    uint32_t admitted = 0;
    hwl_license other;
    CHECK(is_refused_length(hwl_hwid_parse(file.bytes, SIZE_MAX, &hwid)));
    CHECK(is_refused_length(hwl_license_verify_binary(&other, &trust, file.bytes, SIZE_MAX)));
    CHECK(is_refused_length(hwl_license_verify(&other, &trust, file.bytes, file.length, scratch, SIZE_MAX)));
    CHECK(is_refused_length(hwl_trust_admit(&trust, file.bytes, SIZE_MAX / 2 + 2, &admitted)));
    CHECK(is_refused_length(hwl_armor_decode(file.bytes, SIZE_MAX, scratch, sizeof scratch, &length)));
    CHECK(is_refused_length(hwl_enroll(&described.descriptor, salt, scratch, SIZE_MAX, &length)));
    CHECK(length == 77);
    CHECK(hwl_ed25519_verify(NULL, root.bytes, file.bytes, SIZE_MAX, file.bytes) == HWL_SIGNATURE_FAILS);
}

static void overlaps(void)
{
    size_t length = 0;
    uint32_t admitted = 0;
    union {
        hwl_report report;
        hwl_context context;
    } both;
    both.context = context_at(1781136000u, "Northgate");
    STATUS(HWL_E_OVERLAP, hwl_license_check(&license, &identity, &both.context, &both.report));
    memcpy(scratch, file.bytes, file.length);
    STATUS(HWL_E_OVERLAP, hwl_armor_decode(scratch, file.length, scratch + 8, 1000, &length));
    STATUS(HWL_E_OVERLAP, hwl_license_verify(&license, &trust, scratch, file.length, scratch + 1, 1000));
    STATUS(HWL_E_OVERLAP, hwl_trust_admit(&trust, (const uint8_t *)&trust, 100, &admitted));
    STATUS(HWL_E_OVERLAP, hwl_enrollment_hwid(enrollment, enrollment_length, (hwl_hwid *)(void *)enrollment));
}

void test_pointers(const char *folder)
{
    make(folder);
    if (root.length != HWL_PUBLIC_KEY_BYTES || file.length == 0) {
        return;
    }
    null_hwid();
    null_identity();
    null_enrollment();
    null_license();
    null_trust();
    lengths();
    overlaps();
    misaligned();
}
