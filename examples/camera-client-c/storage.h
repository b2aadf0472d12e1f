/* A file as the two slots of a client. */

#ifndef CAMERA_STORAGE_H
#define CAMERA_STORAGE_H

#include "hwlicense.h"

/* Opens the file, which is made if it is not there; whether it can be used. */
int storage_open(const char *path);

/* The callbacks for the client. */
extern const hwl_storage storage_slots;

#endif
