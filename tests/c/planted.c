/* A wrong call that no check of pointers can notice: the text ends before its length says so.
 * AddressSanitizer must report the read, which happens within the library. */

#include "hwlicense.h"

#include <stdlib.h>
#include <string.h>

int main(void)
{
    hwl_hwid hwid;
    uint8_t *text = (uint8_t *)malloc(HWL_HWID_TEXT_BYTES - 1);
    hwl_status status;
    if (text == NULL) {
        return 0;
    }
    memset(text, '0', HWL_HWID_TEXT_BYTES - 1);
    status = hwl_hwid_parse(text, HWL_HWID_TEXT_BYTES, &hwid);
    free(text);
    return status == HWL_OK ? 0 : 1;
}
