/* From reset to a verdict: test the engine, read the machine, verify the licence in flash, check
 * it, and record only what the verdict grants. */

#include <stdint.h>
#include <string.h>

#include "engine.h"
#include "factory.h"
#include "hwlicense.h"
#include "machine.h"
#include "recorder.h"
#include "semihosting.h"

/* The product that this firmware is, and when it was built: 2026-06-01. A build script writes
 * such a time; it is the floor of what a clock without battery may claim. */
#define BRAND "northgate"
#define BUILT_UNIX_S 1780272000u
/* The time that this board's clock shows: 30 days later. */
#define CLOCK_UNIX_S (BUILT_UNIX_S + 30u * 86400u)

/* 9 KiB that live from start to end, so not on the stack. */
static hwl_trust trust;
static hwl_license license;
static hwl_identity identity;

/* The library met a defect of its own. It must not go on; a watchdog would do the rest. */
void hwl_on_panic(void)
{
    semihosting_print("panic\n");
    semihosting_exit(1);
}

static int failed(const char *step, hwl_status status)
{
    semihosting_print(step);
    semihosting_print(": ");
    semihosting_print(hwl_status_name(status));
    semihosting_print(": ");
    semihosting_print(hwl_status_text(status));
    semihosting_print(". ");
    semihosting_print(hwl_status_remedy(status));
    semihosting_print("\n");
    return 1;
}

static hwl_status begin_trust(void)
{
    hwl_trust_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.roots = factory_root;
    config.root_count = 1;
    config.verify = ENGINE_VERIFY;
    config.verify_ctx = ENGINE_CTX;
    return hwl_trust_init(&trust, &config);
}

/* Flash is read in place: nothing of the licence is copied. */
static hwl_status verify_license(void)
{
    uint32_t length = license_flash.length;
    if (length > LICENSE_PAGE_BYTES) {
        return HWL_E_MALFORMED; /* an erased page */
    }
    return hwl_license_verify_binary(&license, &trust, (const uint8_t *)license_flash.bytes, length);
}

static hwl_status check_license(hwl_report *report)
{
    hwl_context context;
    memset(&context, 0, sizeof context);
    context.struct_size = sizeof context;
    context.contact = HWL_CONTACT_NONE;
    context.wall_unix_s = CLOCK_UNIX_S;
    context.wall_state = HWL_READ;
    context.floor_unix_s = BUILT_UNIX_S;
    context.brand.bytes = (const uint8_t *)BRAND;
    context.brand.length = sizeof BRAND - 1u;
    context.brand.state = HWL_READ;
    memset(report, 0, sizeof *report);
    report->struct_size = sizeof *report;
    return hwl_license_check(&license, &identity, &context, report);
}

static hwl_status print_hwid(void)
{
    uint8_t text[HWL_HWID_TEXT_BYTES];
    size_t length;
    hwl_hwid hwid;
    hwl_status status = hwl_identity_hwid(&identity, &hwid);
    if (status == HWL_OK) {
        status = hwl_hwid_format(&hwid, text, sizeof text, &length);
    }
    if (status == HWL_OK) {
        semihosting_print("hwid       ");
        semihosting_print_bytes(text, length);
        semihosting_print("\n");
    }
    return status;
}

static void print_terms(const hwl_terms *terms)
{
    semihosting_print("licence    ");
    semihosting_print((const char *)terms->key);
    semihosting_print(", ");
    semihosting_print_bytes(terms->holder.bytes, terms->holder.length);
    semihosting_print(", ");
    semihosting_print(hwl_class_name(terms->class_number));
    semihosting_print(", channels ");
    semihosting_print_number(terms->count);
    semihosting_print("\n");
}

static void print_report(const hwl_report *report)
{
    semihosting_print("verdict    ");
    semihosting_print(hwl_reason_name(report->reason));
    semihosting_print(": ");
    semihosting_print(hwl_reason_text(report->reason));
    semihosting_print(" ");
    semihosting_print(hwl_reason_next_step(report->reason));
    semihosting_print("\n");
}

int main(void)
{
    hwl_terms terms;
    hwl_report report;
    hwl_status status;
    uint32_t running;

    semihosting_print("library    ");
    semihosting_print(hwl_version_text());
    semihosting_print("\n");

    /* Once at each start, or once in the factory: an engine that accepts what is not signed is
     * worse than none. */
    status = engine_test();
    if (status != HWL_OK) {
        return failed("engine", status);
    }
    semihosting_print("engine     passes its test\n");
#ifdef SELF_TEST
    status = hwl_self_test(ENGINE_CTX, ENGINE_VERIFY);
    if (status != HWL_OK) {
        return failed("self-test", status);
    }
    semihosting_print("self-test  passed\n");
#endif

    status = machine_identify(&identity);
    if (status != HWL_OK) {
        return failed("machine", status);
    }
    status = print_hwid();
    if (status != HWL_OK) {
        return failed("hwid", status);
    }
    status = begin_trust();
    if (status != HWL_OK) {
        return failed("trust", status);
    }
    status = verify_license();
    if (status != HWL_OK) {
        return failed("licence", status);
    }
    memset(&terms, 0, sizeof terms);
    terms.struct_size = sizeof terms;
    status = hwl_license_terms(&license, &terms);
    if (status != HWL_OK) {
        return failed("terms", status);
    }
    print_terms(&terms);
    status = check_license(&report);
    if (status != HWL_OK) {
        return failed("check", status);
    }
    print_report(&report);

    running = recorder_start(&report, terms.count);
    semihosting_print("recording  channels ");
    semihosting_print_number(running);
    semihosting_print("\n");
    return running == terms.count ? 0 : 1;
}
