/* Who this device is: from its registers to the library's identity. */

#ifndef MACHINE_H
#define MACHINE_H

#include "hwlicense.h"

/* Reads the registers and makes the identity. It keeps nothing of what was read. */
hwl_status machine_identify(hwl_identity *identity);

#endif
