/* Firmware that does nothing: what the harness itself takes. */

#include "port.h"

int run(void)
{
    return 0;
}
