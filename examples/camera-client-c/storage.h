/* Two slots in a file, in place of flash. */

#ifndef CAMERA_STORAGE_H
#define CAMERA_STORAGE_H

#include "hwlicense.h"

/* A file with two slots of equal size. */
typedef struct slots {
    int file;
    uint32_t slot_bytes;
} slots;

/* Opens the file, or makes it with two erased slots: whether that went well. The callbacks in `out` use
 * `it`, which must stay where it is. */
int storage_open(slots *it, const char *path, uint32_t slot_bytes, hwl_storage *out);

#endif
