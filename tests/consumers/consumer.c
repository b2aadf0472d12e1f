/* The smallest program that shows whether the installed library works. */

#include <stdio.h>

#include <hwlicense.h>

int main(void)
{
    hwl_status status;

    if (hwl_abi_version() != HWL_ABI_VERSION || hwl_version() != HWL_VERSION) {
        puts("consumer: header and library are of different versions");
        return 1;
    }
    status = hwl_self_test(NULL, hwl_ed25519_verify);
    if (status != HWL_OK) {
        printf("consumer: %s: %s\n", hwl_status_name(status), hwl_status_text(status));
        return 1;
    }
    printf("consumer: hwlicense %d.%d.%d, ok\n", HWL_VERSION_MAJOR, HWL_VERSION_MINOR, HWL_VERSION_PATCH);
    return 0;
}
