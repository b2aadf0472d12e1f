/* What a program supplies that links an archive without the standard library. */

#include <stdlib.h>

#include <hwlicense.h>

void hwl_on_panic(void)
{
    abort();
}
