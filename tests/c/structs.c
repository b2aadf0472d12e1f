/* Structs that grow: shorter ones of older programs, longer ones of newer programs, and values
 * that no version has. */

#include "check.h"
#include "machine.h"

#define LONGER 24

static blob root;
static hwl_trust trust;
static hwl_license license;
static blob file;

/* A struct with room behind it, as a program of a newer version has it. */
typedef union longer_context {
    hwl_context context;
    uint8_t bytes[sizeof(hwl_context) + LONGER];
} longer_context;

typedef union longer_report {
    hwl_report report;
    uint8_t bytes[sizeof(hwl_report) + LONGER];
} longer_report;

static void inputs(void)
{
    hwl_identity identity;
    machine described;
    longer_context wide;
    hwl_context context;
    hwl_report report;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    machine_describe(&described, MACHINE_ENROLLED);
    STATUS(HWL_OK, hwl_identity_read(&identity, &described.descriptor));

    memset(&wide, 0, sizeof wide);
    wide.context = context_at(1781136000u, "Northgate");
    wide.context.struct_size = (uint32_t)sizeof wide;
    STATUS(HWL_OK, hwl_license_check(&license, &identity, &wide.context, &report));
    CHECK(hwl_report_grant(&report) == HWL_GRANTED);
    wide.bytes[sizeof wide - 1] = 1;
    STATUS(HWL_E_VALUE, hwl_license_check(&license, &identity, &wide.context, &report));
    CHECK(hwl_report_grant(&report) != HWL_GRANTED);

    context = context_at(1781136000u, "Northgate");
    context.struct_size = 4;
    STATUS(HWL_E_SIZE, hwl_license_check(&license, &identity, &context, &report));
    context.struct_size = 0;
    STATUS(HWL_E_SIZE, hwl_license_check(&license, &identity, &context, &report));
    context.struct_size = UINT32_MAX;
    STATUS(HWL_E_SIZE, hwl_license_check(&license, &identity, &context, &report));
    /* It has not grown yet: a shorter one is none of any version. */
    context.struct_size = (uint32_t)sizeof context - 1u;
    STATUS(HWL_E_SIZE, hwl_license_check(&license, &identity, &context, &report));
    CHECK(hwl_report_grant(&report) != HWL_GRANTED);
    context = context_at(1781136000u, "Northgate");
    context.contact = 2;
    STATUS(HWL_E_VALUE, hwl_license_check(&license, &identity, &context, &report));
    context = context_at(1781136000u, "Northgate");
    context.flags = 2;
    STATUS(HWL_E_VALUE, hwl_license_check(&license, &identity, &context, &report));
    context = context_at(1781136000u, "Northgate");
    context.wall_state = HWL_UNREADABLE;
    STATUS(HWL_E_VALUE, hwl_license_check(&license, &identity, &context, &report));
    context = context_at(1781136000u, "Northgate");
    context.reserved_pointer = &context;
    STATUS(HWL_E_VALUE, hwl_license_check(&license, &identity, &context, &report));
}

static void outputs(void)
{
    longer_report wide;
    hwl_report narrow;
    hwl_terms terms;
    size_t i;
    memset(&wide, 0x5a, sizeof wide);
    wide.report.struct_size = (uint32_t)sizeof wide;
    STATUS(HWL_OK, hwl_report_refused(HWL_E_BAD_SIGNATURE, &wide.report));
    CHECK(wide.report.struct_size == sizeof wide);
    for (i = sizeof(hwl_report); i < sizeof wide; i++) {
        CHECK(wide.bytes[i] == 0x5a);
    }
    memset(&narrow, 0x5a, sizeof narrow);
    narrow.struct_size = 16;
    STATUS(HWL_OK, hwl_report_refused(HWL_E_BAD_SIGNATURE, &narrow));
    CHECK(narrow.verdict == HWL_REFUSED && narrow.verdict_inverse == ~(uint32_t)HWL_REFUSED);
    CHECK(narrow.cause == 0x5a5a5a5a);
    CHECK(hwl_report_grant(&narrow) == HWL_REFUSED);
    narrow.struct_size = 12;
    STATUS(HWL_E_SIZE, hwl_report_refused(HWL_E_BAD_SIGNATURE, &narrow));
    narrow.struct_size = (uint32_t)sizeof narrow;
    STATUS(HWL_E_VALUE, hwl_report_refused(HWL_OK, &narrow));
    CHECK(hwl_report_grant(&narrow) != HWL_GRANTED);
    memset(&terms, 0x5a, sizeof terms);
    terms.struct_size = 0;
    STATUS(HWL_E_SIZE, hwl_license_terms(&license, &terms));
    CHECK(terms.flags == 0x5a5a5a5au);
}

static void descriptors(void)
{
    hwl_identity identity;
    machine described;
    hwl_hwid hwid;
    hwl_hwid same;
    hwl_nic many[2];
    machine_describe(&described, MACHINE_ENROLLED);
    STATUS(HWL_OK, hwl_identity_read(&identity, &described.descriptor));
    STATUS(HWL_OK, hwl_identity_hwid(&identity, &hwid));
    /* The order in which a system lists things changes nothing. */
    many[0] = described.nics[0];
    described.nics[0] = described.nics[1];
    described.nics[1] = many[0];
    STATUS(HWL_OK, hwl_identity_read(&identity, &described.descriptor));
    STATUS(HWL_OK, hwl_identity_hwid(&identity, &same));
    STATUS(HWL_OK, hwl_hwid_equal(&hwid, &same));

    described.descriptor.nic_size = 3;
    STATUS(HWL_E_SIZE, hwl_identity_read(&identity, &described.descriptor));
    STATUS(HWL_E_STATE, hwl_identity_hwid(&identity, &same));
    machine_describe(&described, MACHINE_ENROLLED);
    described.descriptor.nic_count = HWL_NICS_MAX + 1;
    STATUS(HWL_E_TOO_MANY_NICS, hwl_identity_read(&identity, &described.descriptor));
    machine_describe(&described, MACHINE_ENROLLED);
    described.descriptor.nics = NULL;
    STATUS(HWL_E_NULL, hwl_identity_read(&identity, &described.descriptor));
    machine_describe(&described, MACHINE_ENROLLED);
    described.descriptor.board_serial.state = HWL_ABSENT;
    STATUS(HWL_E_VALUE, hwl_identity_read(&identity, &described.descriptor));
    machine_describe(&described, MACHINE_ENROLLED);
    described.descriptor.board_serial.bytes = NULL;
    STATUS(HWL_E_NULL, hwl_identity_read(&identity, &described.descriptor));
    machine_describe(&described, MACHINE_ENROLLED);
    described.nics[0].kind = 9;
    STATUS(HWL_E_VALUE, hwl_identity_read(&identity, &described.descriptor));
    machine_describe(&described, MACHINE_ENROLLED);
    described.nics[1].reserved = 1;
    STATUS(HWL_E_VALUE, hwl_identity_read(&identity, &described.descriptor));
    memset(&described.descriptor, 0, sizeof described.descriptor);
    described.descriptor.struct_size = (uint32_t)sizeof described.descriptor;
    STATUS(HWL_OK, hwl_identity_read(&identity, &described.descriptor));
    STATUS(HWL_E_NOT_UNIQUE, hwl_identity_hwid(&identity, &same));
}

static void configurations(void)
{
    hwl_trust other;
    hwl_trust_config config = config_of(&root, NULL, hwl_ed25519_verify);
    uint64_t time;
    config.abi_version = HWL_ABI_VERSION + 1;
    STATUS(HWL_E_ABI, hwl_trust_init(&other, &config));
    STATUS(HWL_E_STATE, hwl_trust_latest_signed(&other, &time));
    config = config_of(&root, NULL, hwl_ed25519_verify);
    config.root_count = 0;
    STATUS(HWL_E_VALUE, hwl_trust_init(&other, &config));
    config = config_of(&root, NULL, hwl_ed25519_verify);
    config.root_count = HWL_ROOTS_MAX + 1;
    STATUS(HWL_E_FULL, hwl_trust_init(&other, &config));
    config = config_of(&root, NULL, hwl_ed25519_verify);
    config.log_level = HWL_LOG_INFO + 1;
    STATUS(HWL_E_VALUE, hwl_trust_init(&other, &config));
}

void test_structs(const char *folder)
{
    hwl_trust_config config;
    if (!load(folder, "root.key", &root) || !load(folder, "strict.hwl", &file)) {
        return;
    }
    config = config_of(&root, NULL, hwl_ed25519_verify);
    STATUS(HWL_OK, hwl_trust_init(&trust, &config));
    STATUS(HWL_OK, hwl_license_verify_binary(&license, &trust, file.bytes, file.length));
    inputs();
    outputs();
    descriptors();
    configurations();
}
