// The same in C++, through the face for it.

#include <iostream>

#include <hwlicense.hpp>

int main()
{
    if (!hwlicense::is_compatible() || hwl_version() != HWL_VERSION) {
        std::cout << "consumer: header and library are of different versions\n";
        return 1;
    }
    const hwlicense::Status status = hwlicense::self_test(hwl_ed25519_verify);
    if (!status.ok()) {
        std::cout << "consumer: " << status.name() << ": " << status.text() << '\n';
        return 1;
    }
    std::cout << "consumer: hwlicense " << HWL_VERSION_MAJOR << '.' << HWL_VERSION_MINOR << '.' << HWL_VERSION_PATCH
              << ", ok\n";
    return 0;
}
