// The same in C++: the header's functions have C names there too.

#include <iostream>

#include <hwlicense.h>

int main()
{
    if (hwl_abi_version() != HWL_ABI_VERSION || hwl_version() != HWL_VERSION) {
        std::cout << "consumer: header and library are of different versions\n";
        return 1;
    }
    const hwl_status status = hwl_self_test(nullptr, hwl_ed25519_verify);
    if (status != HWL_OK) {
        std::cout << "consumer: " << hwl_status_name(status) << ": " << hwl_status_text(status) << '\n';
        return 1;
    }
    std::cout << "consumer: hwlicense " << HWL_VERSION_MAJOR << '.' << HWL_VERSION_MINOR << '.' << HWL_VERSION_PATCH
              << ", ok\n";
    return 0;
}
