/* The machine of tests/fixture, as constants in flash. */

#ifndef MACHINE_H
#define MACHINE_H

#include "hwlicense.h"

extern const hwl_descriptor fixture_machine;

#endif
