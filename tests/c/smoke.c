/* The shortest way from a licence file to a verdict, using nothing but the header. */

#include "hwlicense.h"

#include <stdio.h>
#include <string.h>

/* Arguments: the root key, the licence file, the HWID that it is bound to, its brand, and the
 * time in seconds since 1970. Exit status 0 if it is granted. */

static size_t load(const char *path, uint8_t *buffer, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    size_t length;
    if (file == NULL) {
        return 0;
    }
    length = fread(buffer, 1, capacity, file);
    (void)fclose(file);
    return length;
}

static int failed(const char *step, hwl_status status)
{
    printf("%s: %s: %s. %s\n", step, hwl_status_name(status), hwl_status_text(status), hwl_status_remedy(status));
    return 1;
}

int main(int argument_count, char **arguments)
{
    static uint8_t root[HWL_PUBLIC_KEY_BYTES];
    static uint8_t file[HWL_BLOB_BYTES_MAX];
    static uint8_t scratch[HWL_BLOB_BYTES_MAX];
    static hwl_trust trust;
    static hwl_license license;
    static hwl_identity identity;
    hwl_trust_config config;
    hwl_context context;
    hwl_report report;
    hwl_terms terms;
    hwl_hwid hwid;
    unsigned long long now = 0;
    size_t length;
    hwl_status status;

    if (hwl_version() != HWL_VERSION || hwl_abi_version() != HWL_ABI_VERSION) {
        printf("the library is %s, not that of the header\n", hwl_version_text());
        return 1;
    }
    if (argument_count != 6 || sscanf(arguments[5], "%llu", &now) != 1) {
        printf("usage: smoke ROOT LICENCE HWID BRAND UNIX_SECONDS\n");
        return 2;
    }
    if (load(arguments[1], root, sizeof root) != sizeof root) {
        printf("cannot read %s\n", arguments[1]);
        return 2;
    }
    length = load(arguments[2], file, sizeof file);

    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.roots = root;
    config.root_count = 1;
    config.verify = hwl_ed25519_verify;
    status = hwl_trust_init(&trust, &config);
    if (status != HWL_OK) {
        return failed("trust", status);
    }
    status = hwl_license_verify(&license, &trust, file, length, scratch, sizeof scratch);
    if (status != HWL_OK) {
        return failed("verify", status);
    }
    memset(&terms, 0, sizeof terms);
    terms.struct_size = sizeof terms;
    status = hwl_license_terms(&license, &terms);
    if (status != HWL_OK) {
        return failed("terms", status);
    }
    printf("%s, %.*s, %s, %u channels\n", (const char *)terms.key, (int)terms.holder.length,
           (const char *)terms.holder.bytes, hwl_class_name(terms.class_number), (unsigned)terms.count);

    status = hwl_hwid_parse((const uint8_t *)arguments[3], strlen(arguments[3]), &hwid);
    if (status != HWL_OK) {
        return failed("hwid", status);
    }
    status = hwl_identity_from_hwid(&identity, &hwid, HWL_EVIDENCE_BOARD_SERIAL);
    if (status != HWL_OK) {
        return failed("identity", status);
    }
    memset(&context, 0, sizeof context);
    context.struct_size = sizeof context;
    context.wall_unix_s = now;
    context.wall_state = HWL_READ;
    context.brand.bytes = (const uint8_t *)arguments[4];
    context.brand.length = (uint32_t)strlen(arguments[4]);
    context.brand.state = HWL_READ;
    memset(&report, 0, sizeof report);
    report.struct_size = sizeof report;
    status = hwl_license_check(&license, &identity, &context, &report);
    if (status != HWL_OK) {
        return failed("check", status);
    }
    printf("%s %s\n", hwl_reason_text(report.reason), hwl_reason_next_step(report.reason));
    (void)hwl_license_deinit(&license);
    (void)hwl_identity_deinit(&identity);
    (void)hwl_trust_deinit(&trust);
    if (hwl_report_grant(&report) == HWL_GRANTED) {
        printf("granted\n");
        return 0;
    }
    printf("refused\n");
    return 1;
}
