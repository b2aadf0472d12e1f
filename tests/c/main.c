/* Runs every group of the C tests: main FOLDER. Exit status 0 if nothing failed. */

#include "check.h"

int failed_checks = 0;

int load(const char *folder, const char *name, blob *out)
{
    char path[1024];
    FILE *file;
    memset(out, 0, sizeof *out);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        printf("cannot read %s\n", path);
        failed_checks++;
        return 0;
    }
    out->length = fread(out->bytes, 1, sizeof out->bytes, file);
    (void)fclose(file);
    return 1;
}

hwl_trust_config config_of(const blob *root, void *verify_ctx, hwl_verify_fn verify)
{
    hwl_trust_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.roots = root->bytes;
    config.root_count = 1;
    config.verify = verify;
    config.verify_ctx = verify_ctx;
    return config;
}

hwl_context context_at(uint64_t now_unix_s, const char *brand)
{
    hwl_context context;
    memset(&context, 0, sizeof context);
    context.struct_size = (uint32_t)sizeof context;
    context.contact = HWL_CONTACT_NONE;
    context.wall_unix_s = now_unix_s;
    context.wall_state = HWL_READ;
    context.brand.bytes = (const uint8_t *)brand;
    context.brand.length = (uint32_t)strlen(brand);
    context.brand.state = HWL_READ;
    return context;
}

int main(int count, char **arguments)
{
    if (count != 2) {
        printf("usage: main FOLDER\n");
        return 2;
    }
    CHECK(hwl_version() == HWL_VERSION);
    CHECK(hwl_abi_version() == HWL_ABI_VERSION);
    test_texts();
    test_pointers(arguments[1]);
    test_structs(arguments[1]);
    test_objects(arguments[1]);
    test_journey(arguments[1]);
    test_verifiers(arguments[1]);
    test_pinned(arguments[1]);
    test_threads(arguments[1]);
    test_clients(arguments[1]);
    test_updates(arguments[1]);
    test_systems();
    if (failed_checks != 0) {
        printf("%d checks failed\n", failed_checks);
        return 1;
    }
    printf("all checks passed with %s\n", hwl_version_text());
    return 0;
}
