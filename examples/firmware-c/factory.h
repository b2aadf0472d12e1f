/* What the factory puts into the image: the vendor's root key, and the licence page. */

#ifndef FACTORY_H
#define FACTORY_H

#include <stddef.h>
#include <stdint.h>

#include "hwlicense.h"

/* Compiled in: whoever can change this key owns the device anyway. */
extern const uint8_t factory_root[HWL_PUBLIC_KEY_BYTES];

/* Largest licence that the page holds. The largest that there is has HWL_BLOB_BYTES_MAX bytes;
 * one licence with its certificate takes well under 1 KiB. */
#define LICENSE_PAGE_BYTES 4092

/* A page of flash on its own, so that a new licence is written without touching the program. An
 * erased page has a length of all ones. */
typedef struct {
    uint32_t length;
    uint8_t bytes[LICENSE_PAGE_BYTES];
} license_page;

extern const volatile license_page license_flash;

#endif
