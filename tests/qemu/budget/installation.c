#include "installation.h"

#include <string.h>

#define SERVERS 8u
#define DEVICES 64u
#define LICENSES 8u
#define REACH 3u

hwl_system installation;
hwl_moment installation_moment;
hwl_allocation installation_allocation;
hwl_plan installation_plan;
hwl_shortage installation_shortage;
hwl_fault installation_fault;
uint64_t installation_workspace[1024];

static hwl_server servers[SERVERS];
static hwl_device devices[DEVICES];
static hwl_pool_license licenses[LICENSES];
static uint16_t reach[SERVERS * REACH];
static hwl_tally tallies[LICENSES];
static hwl_grant grants[DEVICES];
static hwl_balance balances[HWL_POOL_CLASSES_MAX];
static hwl_placement placements[DEVICES];

/* One server is away, and every class and priority is there, so that every way is taken. */
static void describe_rows(void)
{
    for (uint32_t i = 0; i < SERVERS; i++) {
        servers[i].id[0] = (uint8_t)(SERVERS - i);
        servers[i].presence = i == 3u ? HWL_PRESENCE_OFFLINE : HWL_PRESENCE_ONLINE;
        servers[i].takes_over = 1;
        servers[i].devices_max = 9;
        for (uint32_t k = 0; k < REACH; k++) {
            reach[i * REACH + k] = (uint16_t)((i + k) % SERVERS);
        }
        memcpy(licenses[i].key, "KWCQ-0C8D-XGD2-VBRM", sizeof licenses[i].key);
        licenses[i].issued_unix_s = i;
        licenses[i].class_number = (uint16_t)(i + 1u);
        licenses[i].channels = 5;
        licenses[i].held = 3;
        licenses[i].server = (uint16_t)i;
        licenses[i].reason = 18;
        licenses[i].grace_offline_s = 86400;
    }
    for (uint32_t i = 0; i < DEVICES; i++) {
        devices[i].id[0] = (uint8_t)(DEVICES - i);
        devices[i].class_number = (uint16_t)(i % 12u + 1u);
        devices[i].channels = (uint16_t)(1u + i % 2u);
        devices[i].host = (uint16_t)(i / (DEVICES / SERVERS));
        devices[i].preferred = devices[i].host;
        devices[i].reach_first = devices[i].host * REACH;
        devices[i].reach_count = REACH;
        devices[i].wanted = 1;
        devices[i].channel = (uint8_t)(i % 3u);
        devices[i].priority = (uint8_t)(1u + i % 4u);
    }
}

void installation_describe(void)
{
    describe_rows();
    installation.struct_size = sizeof installation;
    installation.servers = servers;
    installation.server_count = SERVERS;
    installation.server_size = sizeof servers[0];
    installation.devices = devices;
    installation.device_count = DEVICES;
    installation.device_size = sizeof devices[0];
    installation.licenses = licenses;
    installation.license_count = LICENSES;
    installation.license_size = sizeof licenses[0];
    installation.reach = reach;
    installation.reach_count = SERVERS * REACH;
    installation_moment.struct_size = sizeof installation_moment;
    installation_moment.now_unix_s = 1000;
    installation_allocation.struct_size = sizeof installation_allocation;
    installation_allocation.tallies = tallies;
    installation_allocation.tally_size = sizeof tallies[0];
    installation_allocation.grants = grants;
    installation_allocation.grant_size = sizeof grants[0];
    installation_allocation.balances = balances;
    installation_allocation.balance_size = sizeof balances[0];
    installation_plan.struct_size = sizeof installation_plan;
    installation_plan.grants = grants;
    installation_plan.grant_size = sizeof grants[0];
    installation_plan.placements = placements;
    installation_plan.placement_size = sizeof placements[0];
    installation_shortage.struct_size = sizeof installation_shortage;
    installation_fault.struct_size = sizeof installation_fault;
}
