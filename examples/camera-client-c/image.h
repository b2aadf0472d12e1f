/* A file in place of the slot of flash that does not run, and the vendor's updater. */

#ifndef CAMERA_IMAGE_H
#define CAMERA_IMAGE_H

#include "hwlicense.h"

/* Opens the slot in this folder: whether that went well. */
int image_open(const char *folder, hwl_image *out);

/* The software that runs at this start: what was installed last, or what left the factory. */
void image_running(hwl_product *product);

/* The vendor's updater: makes the image what runs at the next start, if it may. Whether it took it. */
int image_install(const hwl_handover *handover);

#endif
