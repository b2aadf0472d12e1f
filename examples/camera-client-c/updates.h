/* Software updates from the Primary Server, beside the client. */

#ifndef CAMERA_UPDATES_H
#define CAMERA_UPDATES_H

#include "hwlicense.h"

/* Takes updates, and keeps them in this folder. Until it is called the others do nothing. */
hwl_status updates_open(const char *folder, const hwl_client_device *device, uint64_t seed);

/* Puts into the next request what runs, and what became of the last update. */
void updates_tell(hwl_client_device *device);

/* The server replied to a request of this device. */
void updates_handle_reply(uint64_t uptime_s, const hwl_client *client, const hwl_client_device *device);

/* When `updates_step` is due; UINT64_MAX if it is not before the next reply. */
uint64_t updates_due(void);

/* Asks for a part if one is due, and hands an image over that is whole. */
void updates_step(const char *server, uint64_t uptime_s, const hwl_trust *trust, const hwl_client *client);

#endif
