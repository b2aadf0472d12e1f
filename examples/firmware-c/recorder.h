/* What the licence unlocks. */

#ifndef RECORDER_H
#define RECORDER_H

#include <stdint.h>

#include "hwlicense.h"

/* Starts recording on so many channels if the report grants it; 0 channels run otherwise. */
uint32_t recorder_start(const hwl_report *report, uint32_t channels);

#endif
