/* This machine, as far as an ordinary user may read it. */

#ifndef SERVER_MACHINE_H
#define SERVER_MACHINE_H

#include "hwlicense.h"

/* Reads below `sys` (usually "/sys") and makes the identity of it. */
hwl_status machine_identify(const char *sys, hwl_identity *identity);

#endif
