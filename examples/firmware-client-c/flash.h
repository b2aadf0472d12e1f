/* Two slots of flash for the client, and power that fails when it is told to. */

#ifndef FLASH_H
#define FLASH_H

#include <stdint.h>

#include "hwlicense.h"

/* The callbacks for the client. */
extern const hwl_storage flash_storage;

/* How often the board has started since the slots were new, this start included. */
uint32_t flash_count_start(void);
/* The power fails in the middle of the write that follows after so many others. */
void flash_cut_after(uint32_t writes);

#endif
