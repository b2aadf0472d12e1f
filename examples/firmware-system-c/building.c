#include "building.h"

#include <string.h>

#define DAY_S 86400u
/* A server records its own eight cameras and three more. */
#define CAMERAS_MAX 11u

hwl_server servers[SERVERS];
hwl_device cameras[CAMERAS];
hwl_pool_license licenses[LICENSES];

/* The cameras of one server share its stretch of this list. */
const uint16_t reach[SERVERS * REACH] = {
    0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6, 5, 6, 7, 6, 7, 0, 7, 0, 1,
};

/* Numbers of classes, as hwl_class_name has them. */
enum { TRIAL = 1, PROFESSIONAL = 2, EDGE = 6 };
/* What the report of each licence said on its own server: "valid". */
#define REASON_VALID 18u

/* What each licence is: its key, its class, its channels and its server. */
static const struct {
    char key[HWL_KEY_TEXT_BYTES + 1];
    uint16_t class_number;
    uint16_t channels;
    uint16_t server;
} keys[LICENSES] = {
    {"290H-GZ0B-Y5D3-WC2K", PROFESSIONAL, 9, 0},
    {"TRN7-R4N6-46F8-B2HB", PROFESSIONAL, 9, 1},
    {"Q65V-C2E5-EXJ1-TDX8", PROFESSIONAL, 9, 2},
    {"KWCQ-0C8D-XGD2-VBRM", PROFESSIONAL, 9, 3},
    {"E62M-K57X-4H6E-YH8N", PROFESSIONAL, 9, 4},
    {"4RNA-Z08R-1YFE-H9GK", PROFESSIONAL, 9, 5},
    {"KCSV-K2FP-WZ19-S1E5", EDGE, 6, 6},
    {"3JK7-75PA-Z73A-ZPFF", TRIAL, 2, 7},
};

static void read_servers(void)
{
    for (uint32_t i = 0; i < SERVERS; i++) {
        hwl_server *server = &servers[i];
        memset(server, 0, sizeof *server);
        server->id[0] = (uint8_t)(i + 1u);
        server->presence = HWL_PRESENCE_ONLINE;
        server->since_unix_s = NOW_UNIX_S - 7u * DAY_S;
        server->takes_over = 1;
        server->devices_max = CAMERAS_MAX;
    }
}

static void read_cameras(void)
{
    for (uint32_t i = 0; i < CAMERAS; i++) {
        hwl_device *camera = &cameras[i];
        uint32_t home = i / (CAMERAS / SERVERS);
        memset(camera, 0, sizeof *camera);
        camera->id[0] = (uint8_t)(i + 1u);
        camera->class_number = PROFESSIONAL;
        camera->channels = 1;
        camera->host = (uint16_t)home;
        camera->preferred = (uint16_t)home;
        camera->reach_first = home * REACH;
        camera->reach_count = REACH;
        camera->wanted = 1;
        camera->priority = (uint8_t)(HWL_PRIORITY_HIGH + i % 3u);
    }
}

static void read_licenses(void)
{
    for (uint32_t i = 0; i < LICENSES; i++) {
        hwl_pool_license *license = &licenses[i];
        memset(license, 0, sizeof *license);
        memcpy(license->key, keys[i].key, sizeof license->key);
        license->class_number = keys[i].class_number;
        license->channels = keys[i].channels;
        license->server = keys[i].server;
        license->reason = REASON_VALID;
        license->issued_unix_s = NOW_UNIX_S - 30u * DAY_S;
        license->grace_offline_s = 30u * DAY_S;
    }
}

void building_read(void)
{
    read_servers();
    read_cameras();
    read_licenses();
}
