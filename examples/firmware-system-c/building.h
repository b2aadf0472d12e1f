/* The System of this example: what a controller would have read from its store and from the
 * network. Eight servers in a ring, each with eight cameras; a camera is reached by its own server
 * and the next two. */

#ifndef BUILDING_H
#define BUILDING_H

#include "hwlicense.h"

#define SERVERS 8u
#define CAMERAS 64u
#define LICENSES 8u
/* Servers that reach a camera. */
#define REACH 3u

extern hwl_server servers[SERVERS];
extern hwl_device cameras[CAMERAS];
extern hwl_pool_license licenses[LICENSES];
extern const uint16_t reach[SERVERS * REACH];

/* The time of this example: 2026-07-01. */
#define NOW_UNIX_S 1782864000u

/* Fills in the rows that do not stand in flash. */
void building_read(void);

#endif
