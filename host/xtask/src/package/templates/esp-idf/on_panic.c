/* A defect of the library is a defect of the firmware. A firmware may define its own. */

#include <stdlib.h>

#include <hwlicense.h>

__attribute__((weak)) void hwl_on_panic(void)
{
    abort();
}
