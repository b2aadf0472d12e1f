/* One request and its answer over TCP. */

#ifndef CAMERA_NETWORK_H
#define CAMERA_NETWORK_H

#include "hwlicense.h"

/* Reads what precedes a body: `hwl_frame_head` for a contact, `hwl_update_frame_head` for a part of an
 * update. */
typedef hwl_status (*network_head)(const uint8_t *head, size_t *out_length);

/* Sends a frame to HOST or HOST:PORT and reads the body of the frame that comes back. HWL_OK, a status
 * of what came back, or HWL_E_NOT_FOUND when nothing did. */
hwl_status network_ask(const char *server, const uint8_t *frame, size_t length, network_head read_head, uint8_t *body,
                       size_t capacity, size_t *out_length);

#endif
