/* A server that knows its own licence: reads the machine, verifies a licence file, explains the
 * verdict, and records as many channels as it grants. */

#include "hwlicense.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static hwl_trust trust;
static hwl_license license;
static hwl_identity identity;
static uint8_t root[HWL_PUBLIC_KEY_BYTES];
static uint8_t file[HWL_ARMORED_BYTES_MAX];
static uint8_t decoded[HWL_BLOB_BYTES_MAX];

static int failed(const char *step, hwl_status status)
{
    printf("%-10s %s: %s. %s\n", step, hwl_status_name(status), hwl_status_text(status), hwl_status_remedy(status));
    return 1;
}

static size_t load(const char *path, uint8_t *buffer, size_t capacity)
{
    FILE *from = fopen(path, "rb");
    size_t length = 0;
    if (from != NULL) {
        length = fread(buffer, 1, capacity, from);
        (void)fclose(from);
    }
    return length;
}

static void print_hwid(const char *label, const hwl_hwid *hwid)
{
    uint8_t text[HWL_HWID_TEXT_BYTES];
    size_t length = 0;
    if (hwl_hwid_format(hwid, text, sizeof text, &length) == HWL_OK) {
        printf("%-10s %.*s\n", label, (int)length, (const char *)text);
    }
}

/* The HWID of this machine, or why it has none. A server without one goes on: a licence may be
 * bound to components of which enough can be read. */
static void print_identity(void)
{
    hwl_hwid hwid;
    hwl_facts facts;
    hwl_status status = hwl_identity_hwid(&identity, &hwid);
    uint32_t bit;
    if (status == HWL_OK) {
        print_hwid("hwid", &hwid);
        return;
    }
    (void)failed("hwid", status);
    memset(&facts, 0, sizeof facts);
    facts.struct_size = (uint32_t)sizeof facts;
    if (hwl_identity_facts(&identity, &facts) == HWL_OK) {
        for (bit = 1; bit != 0; bit <<= 1) {
            if ((facts.unreadable & bit) != 0) {
                printf("           not readable here: %s\n", hwl_field_name(bit));
            }
        }
    }
}

static hwl_status trust_root(void)
{
    hwl_trust_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.roots = root;
    config.root_count = 1;
    config.verify = hwl_ed25519_verify;
    return hwl_trust_init(&trust, &config);
}

/* Records one channel. It looks at the right itself, and `volatile` has the compiler hand over
 * what was asked for, and not the constant that it was compared with before. */
static uint32_t record(uint32_t right)
{
    return right == HWL_GRANTED ? 1 : 0;
}

static uint32_t start_recording(const hwl_report *report, uint32_t channels)
{
    uint32_t running = 0;
    while (running < channels) {
        volatile uint32_t right = hwl_report_grant(report);
        if (right != HWL_GRANTED) {
            break;
        }
        running += record(right);
    }
    return running;
}

static int serve(uint64_t now, const char *brand)
{
    hwl_terms terms;
    hwl_context context;
    hwl_report report;
    hwl_status status;
    uint32_t running;
    memset(&terms, 0, sizeof terms);
    terms.struct_size = (uint32_t)sizeof terms;
    status = hwl_license_terms(&license, &terms);
    if (status != HWL_OK) {
        return failed("terms", status);
    }
    printf("%-10s %s, %.*s, %s, %u channels\n", "licence", (const char *)terms.key, (int)terms.holder.length,
           (const char *)terms.holder.bytes, hwl_class_name(terms.class_number), (unsigned)terms.count);
    print_hwid("issued for", &terms.hwid);
    memset(&context, 0, sizeof context);
    context.struct_size = (uint32_t)sizeof context;
    context.wall_unix_s = now;
    context.wall_state = HWL_READ;
    context.brand.bytes = (const uint8_t *)brand;
    context.brand.length = (uint32_t)strlen(brand);
    context.brand.state = HWL_READ;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    status = hwl_license_check(&license, &identity, &context, &report);
    if (status != HWL_OK) {
        return failed("check", status);
    }
    printf("%-10s %s: %s %s\n", "verdict", hwl_reason_name(report.reason), hwl_reason_text(report.reason),
           hwl_reason_next_step(report.reason));
    running = start_recording(&report, terms.count);
    printf("%-10s %u channels\n", "recording", (unsigned)running);
    return running > 0 ? 0 : 1;
}

int main(int count, char **arguments)
{
    const char *sys = "/sys";
    const char *known = NULL;
    uint64_t now = (uint64_t)time(NULL);
    size_t length;
    hwl_hwid hwid;
    hwl_status status;
    int next = 1;
    for (; next + 1 < count && strncmp(arguments[next], "--", 2) == 0; next += 2) {
        if (strcmp(arguments[next], "--sys") == 0) {
            sys = arguments[next + 1];
        } else if (strcmp(arguments[next], "--hwid") == 0) {
            known = arguments[next + 1];
        } else if (strcmp(arguments[next], "--now") == 0) {
            now = strtoull(arguments[next + 1], NULL, 10);
        } else {
            break;
        }
    }
    if (count - next != 3) {
        printf("usage: server [--sys DIR] [--hwid TEXT] [--now UNIX_SECONDS] ROOT_KEY BRAND LICENCE\n");
        return 2;
    }
    if (hwl_abi_version() != HWL_ABI_VERSION) {
        return failed("library", HWL_E_ABI);
    }
    if (load(arguments[next], root, sizeof root) != sizeof root) {
        printf("%s is no root key\n", arguments[next]);
        return 2;
    }
    if (known == NULL) {
        status = machine_identify(sys, &identity);
    } else {
        status = hwl_hwid_parse((const uint8_t *)known, strlen(known), &hwid);
        if (status == HWL_OK) {
            status = hwl_identity_from_hwid(&identity, &hwid, HWL_EVIDENCE_BOARD_SERIAL);
        }
    }
    if (status != HWL_OK) {
        return failed("machine", status);
    }
    print_identity();
    status = trust_root();
    if (status != HWL_OK) {
        return failed("trust", status);
    }
    length = load(arguments[next + 2], file, sizeof file);
    status = hwl_license_verify(&license, &trust, file, length, decoded, sizeof decoded);
    if (status != HWL_OK) {
        return failed("licence", status);
    }
    return serve(now, arguments[next + 1]);
}
