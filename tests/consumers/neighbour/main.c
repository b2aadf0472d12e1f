/* A C program with two Rust libraries in it: both must work, whatever the order of linking. */

#include "hwlicense.h"

extern uint32_t neighbour_checksum(uint64_t dividend, uint64_t divisor);

#ifdef WITHOUT_STD
/* Only the libraries without the standard library ask for it. */
void hwl_on_panic(void)
{
    for (;;) {
    }
}
#endif

/* Of "0x12d686 of 8641975319753" with the neighbour's formula. */
#define CHECKSUM_EXPECTED 4206242708u

int main(void)
{
    if (hwl_abi_version() != HWL_ABI_VERSION) {
        return 1;
    }
    if (neighbour_checksum(8641975319753u, 7000007u) != CHECKSUM_EXPECTED) {
        return 2;
    }
    return 0;
}
