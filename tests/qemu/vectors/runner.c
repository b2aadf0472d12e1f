/* Runs the tables through the library, prints what differs, and a digest over all that the
 * library answered: it must be the same on every target. */

#include <string.h>

#include "cases.h"
#include "port.h"

/* Which tables an image holds; a small board holds them one after another. */
#ifndef GROUPS
#define GROUPS 0xFu
#endif
#define GROUP_HWIDS 1u
#define GROUP_ENROLLMENTS 2u
#define GROUP_SIGNATURES 4u
#define GROUP_LICENSES 8u

/* An image with few tables does not need every helper. */
#define HELPER __attribute__((unused)) static

static uint64_t digest;
static uint32_t wrong;

/* FNV-1a: not to resist anybody, only to make a difference show. */
static void begin_digest(void)
{
    digest = 0xCBF29CE484222325u;
}

HELPER void fold(const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    for (size_t i = 0; i < length; i++) {
        digest = (digest ^ from[i]) * 0x100000001B3u;
    }
}

/* Numbers go in byte by byte, so that the order of bytes of a target does not show. */
HELPER void fold_number(uint64_t number)
{
    for (unsigned shift = 0; shift < 64u; shift += 8u) {
        uint8_t byte = (uint8_t)(number >> shift);
        fold(&byte, 1);
    }
}

HELPER void fold_status(hwl_status status)
{
    fold_number((uint32_t)status);
}

static void print_hex(uint64_t number)
{
    char text[17];
    for (unsigned digit = 0; digit < 16u; digit++) {
        text[digit] = "0123456789abcdef"[(number >> (60u - 4u * digit)) & 15u];
    }
    text[16] = '\0';
    port_print(text);
}

static void print_number(uint32_t number)
{
    char digits[11];
    char *first = &digits[10];
    *first = '\0';
    do {
        first--;
        *first = (char)('0' + number % 10u);
        number /= 10u;
    } while (number != 0u);
    port_print(first);
}

static void expect(int holds, const char *name, const char *what)
{
    if (!holds) {
        wrong++;
        port_print("WRONG ");
        port_print(name);
        port_print(": ");
        port_print(what);
        port_print("\n");
    }
}

static void end_group(const char *name, uint32_t cases)
{
    port_print("group ");
    port_print(name);
    port_print(" cases ");
    print_number(cases);
    port_print(" digest ");
    print_hex(digest);
    port_print("\n");
}

/* Whether a HWID reads as expected; NULL expects that there is none. */
HELPER int is_hwid(hwl_status status, const hwl_hwid *hwid, const char *expected)
{
    uint8_t text[HWL_HWID_TEXT_BYTES];
    size_t length = 0;
    if (status != HWL_OK) {
        return expected == NULL;
    }
    if (hwl_hwid_format(hwid, text, sizeof text, &length) != HWL_OK) {
        return 0;
    }
    fold(text, length);
    return expected != NULL && length == strlen(expected) && memcmp(text, expected, length) == 0;
}

#if (GROUPS) & (GROUP_HWIDS | GROUP_ENROLLMENTS | GROUP_LICENSES)
static hwl_identity identity;
#endif

#if (GROUPS) & GROUP_HWIDS
static void run_hwid(const hwid_case *one)
{
    hwl_facts facts;
    hwl_hwid hwid;
    hwl_status status = hwl_identity_read(&identity, one->descriptor);
    fold_status(status);
    expect(status == one->read, one->name, "status of the reading");
    if (status != HWL_OK) {
        return;
    }
    memset(&facts, 0, sizeof facts);
    facts.struct_size = sizeof facts;
    status = hwl_identity_facts(&identity, &facts);
    expect(status == HWL_OK, one->name, "status of the facts");
    fold_number(facts.evidence);
    fold_number(facts.unreadable);
    expect(facts.evidence == one->evidence, one->name, "evidence");
    expect(facts.unreadable == one->unreadable, one->name, "unreadable fields");
    status = hwl_identity_hwid(&identity, &hwid);
    fold_status(status);
    expect(status == one->status, one->name, "status");
    expect(is_hwid(status, &hwid, one->hwid), one->name, "hwid");
}

static hwl_text text_of(const uint8_t *bytes, uint32_t length)
{
    hwl_text text = {bytes, length, HWL_READ};
    return text;
}

static void run_junk(const junk_case *one)
{
    static const uint8_t uuid[16] = {0x3F, 0x6A, 0x1C, 0x52, 0x7D, 0x90, 0x4B, 0x1E,
                                     0x8A, 0x27, 0x00, 0x25, 0x90, 0x5C, 0xD1, 0x38};
    hwl_descriptor descriptor;
    hwl_nic nic;
    hwl_hwid hwid;
    hwl_status status;
    memset(&descriptor, 0, sizeof descriptor);
    memset(&nic, 0, sizeof nic);
    descriptor.struct_size = sizeof descriptor;
    switch (one->field) {
    case JUNK_SERIAL:
        descriptor.board_vendor = text_of((const uint8_t *)"Maker of things", 15);
        descriptor.board_serial = text_of(one->value.bytes, one->value.length);
        break;
    case JUNK_NAME:
        descriptor.board_vendor = text_of(one->value.bytes, one->value.length);
        descriptor.board_serial = text_of((const uint8_t *)"D0JHP72", 7);
        break;
    case JUNK_UUID:
        memcpy(descriptor.system_uuid, one->value.bytes, sizeof descriptor.system_uuid);
        descriptor.system_uuid_state = HWL_READ;
        break;
    default:
        nic.kind = HWL_NIC_PHYSICAL;
        nic.permanent_mac_state = HWL_READ;
        memcpy(nic.permanent_mac, one->value.bytes, sizeof nic.permanent_mac);
        descriptor.nics = &nic;
        descriptor.nic_count = 1;
        descriptor.nic_size = sizeof nic;
        descriptor.nics_state = HWL_READ;
        if (one->field == JUNK_HYPERVISOR) {
            memcpy(descriptor.system_uuid, uuid, sizeof uuid);
            descriptor.system_uuid_state = HWL_READ;
        }
    }
    status = hwl_identity_read(&identity, &descriptor);
    if (status == HWL_OK) {
        status = hwl_identity_hwid(&identity, &hwid);
    }
    fold_status(status);
    expect(is_hwid(status, &hwid, one->hwid), "a value that may be junk", one->hwid != NULL ? one->hwid : "counts");
}

static void run_hwids(void)
{
    begin_digest();
    for (uint32_t i = 0; i < hwid_case_count; i++) {
        run_hwid(&hwid_cases[i]);
    }
    for (uint32_t i = 0; i < junk_case_count; i++) {
        run_junk(&junk_cases[i]);
    }
    end_group("hwids", hwid_case_count + junk_case_count);
}
#endif

#if (GROUPS) & GROUP_ENROLLMENTS
static void run_enroll(const enroll_case *one)
{
    static uint8_t buffer[HWL_ENROLLMENT_BYTES_MAX];
    size_t length = 0;
    hwl_hwid hwid;
    hwl_status status = hwl_enroll(one->descriptor, one->salt, buffer, sizeof buffer, &length);
    fold_status(status);
    expect(status == one->status, one->name, "status of enrolling");
    if (status != HWL_OK) {
        return;
    }
    fold(buffer, length);
    expect(length == one->encoded.length && memcmp(buffer, one->encoded.bytes, length) == 0, one->name, "bytes");
    status = hwl_enrollment_hwid(buffer, length, &hwid);
    expect(is_hwid(status, &hwid, one->hwid), one->name, "hwid");
}

static void run_later(const later_case *one)
{
    hwl_facts facts;
    hwl_hwid hwid;
    hwl_status status = hwl_identity_read_enrolled(&identity, one->descriptor, one->enrollment.bytes,
                                                   one->enrollment.length);
    expect(status == HWL_OK, one->name, "status of the reading");
    if (status != HWL_OK) {
        return;
    }
    status = hwl_identity_hwid(&identity, &hwid);
    fold_status(status);
    expect(status == one->status, one->name, "status");
    expect(is_hwid(status, &hwid, one->hwid), one->name, "hwid");
    if (status == HWL_OK) {
        memset(&facts, 0, sizeof facts);
        facts.struct_size = sizeof facts;
        expect(hwl_identity_facts(&identity, &facts) == HWL_OK, one->name, "facts");
        fold_number(facts.evidence);
        expect(facts.evidence == one->evidence, one->name, "evidence");
    }
}

static void run_decode(const decode_case *one)
{
    hwl_hwid hwid;
    hwl_status status = hwl_enrollment_hwid(one->bytes.bytes, one->bytes.length, &hwid);
    fold_status(status);
    expect(status == one->status, one->name, "status");
    expect(is_hwid(status, &hwid, one->hwid), one->name, "hwid");
}

static void run_enrollments(void)
{
    begin_digest();
    for (uint32_t i = 0; i < enroll_case_count; i++) {
        run_enroll(&enroll_cases[i]);
    }
    for (uint32_t i = 0; i < later_case_count; i++) {
        run_later(&later_cases[i]);
    }
    for (uint32_t i = 0; i < decode_case_count; i++) {
        run_decode(&decode_cases[i]);
    }
    end_group("enrolments", enroll_case_count + later_case_count + decode_case_count);
}
#endif

#if (GROUPS) & GROUP_SIGNATURES
/* The answer of the table of a key, or that of the verifier for any key if there is none. */
static uint32_t answer_pinned(const signature_case *one)
{
    hwl_pinned_keys keys = {sizeof keys, 1, &one->pinned};
    if (one->pinned == NULL) {
        return hwl_ed25519_verify(NULL, one->key, one->message.bytes, one->message.length, one->signature);
    }
    return hwl_ed25519_verify_pinned(&keys, one->key, one->message.bytes, one->message.length, one->signature);
}

static void run_signatures(void)
{
    uint32_t pinned = 0;
    begin_digest();
    for (uint32_t i = 0; i < signature_case_count; i++) {
        const signature_case *one = &signature_cases[i];
        uint32_t answer = hwl_ed25519_verify(NULL, one->key, one->message.bytes, one->message.length, one->signature);
        uint32_t expected = one->holds != 0u ? (uint32_t)HWL_SIGNATURE_HOLDS : (uint32_t)HWL_SIGNATURE_FAILS;
        fold_number(answer);
        if (answer != expected) {
            print_number(one->number);
            expect(0, " of Wycheproof", one->holds != 0u ? "should hold" : "should fail");
        }
        pinned += one->pinned != NULL ? 1u : 0u;
        if (answer_pinned(one) != expected) {
            print_number(one->number);
            expect(0, " of Wycheproof", "differs by the table of its key");
        }
    }
    expect(pinned > signature_case_count / 2u, "most keys", "should have a table");
    end_group("signatures", signature_case_count);
    expect(hwl_self_test_verify(NULL, hwl_ed25519_verify) == HWL_OK, "self-test", "of the verifier");
}
#endif

#if (GROUPS) & GROUP_LICENSES
static hwl_trust trust;
static hwl_license license;
/* For files that are armoured: they are decoded here. */
static uint8_t scratch[HWL_BLOB_BYTES_MAX];

static void begin_trust(const license_case *one)
{
    hwl_trust_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.roots = one->roots;
    config.root_count = one->root_count;
    config.verify = hwl_ed25519_verify;
    expect(hwl_trust_init(&trust, &config) == HWL_OK, one->name, "trust");
    for (uint32_t i = 0; i < one->admitted_count; i++) {
        const admitted_row *row = &one->admitted[i];
        uint32_t what = 0;
        hwl_status status = hwl_trust_admit(&trust, row->bytes.bytes, row->bytes.length, &what);
        fold_status(status);
        fold_number(what);
        expect(status == row->status, one->name, "admission");
    }
}

static hwl_status verify(const license_case *one)
{
    hwl_status status =
        hwl_license_verify(&license, &trust, one->file.bytes, one->file.length, scratch, sizeof scratch);
    hwl_terms terms;
    if (status == HWL_OK) {
        memset(&terms, 0, sizeof terms);
        terms.struct_size = sizeof terms;
        expect(hwl_license_terms(&license, &terms) == HWL_OK, one->name, "terms");
        fold(terms.key, sizeof terms.key);
        fold(terms.brand.bytes, terms.brand.length);
        fold(terms.holder.bytes, terms.holder.length);
        fold_number(terms.count);
        fold_number(terms.class_number);
        fold_number(terms.expires_unix_s);
    }
    return status;
}

static hwl_status identify(const license_case *one)
{
    if (one->enrollment.length > 0u) {
        return hwl_identity_read_enrolled(&identity, one->machine, one->enrollment.bytes, one->enrollment.length);
    }
    return hwl_identity_read(&identity, one->machine);
}

static hwl_status check(const license_case *one, hwl_report *report)
{
    hwl_context context;
    memset(&context, 0, sizeof context);
    context.struct_size = sizeof context;
    context.contact = one->contact;
    context.wall_unix_s = one->wall_unix_s;
    context.wall_state = one->wall_state;
    context.floor_unix_s = one->floor_unix_s;
    if (one->brand == NULL) {
        context.flags = HWL_CHECK_ANY_BRAND;
    } else {
        context.brand.bytes = (const uint8_t *)one->brand;
        context.brand.length = (uint32_t)strlen(one->brand);
        context.brand.state = HWL_READ;
    }
    return hwl_license_check(&license, &identity, &context, report);
}

static void run_license(const license_case *one)
{
    hwl_report report;
    hwl_status status;
    memset(&report, 0, sizeof report);
    report.struct_size = sizeof report;
    begin_trust(one);
    status = verify(one);
    fold_status(status);
    if (status != HWL_OK) {
        expect(hwl_report_refused(status, &report) == HWL_OK, one->name, "refusal");
    } else {
        expect(identify(one) == HWL_OK, one->name, "machine");
        expect(check(one, &report) == HWL_OK, one->name, "check");
    }
    fold_number(report.reason);
    fold_status(report.cause);
    for (uint32_t i = 0; i < HWL_COMPONENTS; i++) {
        fold_number(report.components[i]);
    }
    fold_number(report.unreadable);
    fold_number(report.evidence_missing);
    fold_number(report.evidence_unwanted);
    fold_number(report.expires_unix_s);
    fold_number(report.verdict);
    expect(strcmp(hwl_reason_name(report.reason), one->reason) == 0, one->name, hwl_reason_name(report.reason));
    expect(report.cause == one->cause, one->name, hwl_status_name(report.cause));
    expect((hwl_report_grant(&report) == HWL_GRANTED) == (one->granted != 0u), one->name, "verdict");
    (void)hwl_license_deinit(&license);
    (void)hwl_trust_deinit(&trust);
}

static void run_licenses(void)
{
    begin_digest();
    for (uint32_t i = 0; i < license_case_count; i++) {
        run_license(&license_cases[i]);
    }
    end_group("licences", license_case_count);
}
#endif

/* The library met a defect of its own. */
void hwl_on_panic(void);
void hwl_on_panic(void)
{
    port_print("PANIC\n");
    for (;;) {
        port_exit(1);
    }
}

int run(void)
{
#if (GROUPS) & GROUP_HWIDS
    run_hwids();
#endif
#if (GROUPS) & GROUP_ENROLLMENTS
    run_enrollments();
#endif
#if (GROUPS) & GROUP_SIGNATURES
    run_signatures();
#endif
#if (GROUPS) & GROUP_LICENSES
    run_licenses();
#endif
    port_print("wrong ");
    print_number(wrong);
    port_print("\n");
    return wrong == 0u ? 0 : 1;
}
