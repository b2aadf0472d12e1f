/* A defect of the library is a defect of the firmware. */

#include <hwlicense.h>
#include <zephyr/kernel.h>

void hwl_on_panic(void)
{
	k_panic();
	CODE_UNREACHABLE;
}
