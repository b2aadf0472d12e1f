/* A small System with a known outcome, and the ways to describe one wrongly. */

#include "check.h"

#define NOW 1790000000u
#define SERVERS 2u
#define DEVICES 3u
#define LICENSES 2u

/* Everything that a call on a System is given. */
typedef struct installation {
    hwl_server servers[SERVERS];
    hwl_device devices[DEVICES];
    hwl_pool_license licenses[LICENSES];
    uint16_t reach[SERVERS];
    hwl_system system;
    hwl_moment moment;
    hwl_tally tallies[LICENSES];
    hwl_grant grants[DEVICES];
    hwl_balance balances[HWL_POOL_CLASSES_MAX];
    hwl_placement placements[DEVICES];
    hwl_allocation allocation;
    hwl_plan plan;
    hwl_shortage shortage;
    hwl_fault fault;
    uint64_t workspace[512];
} installation;

static installation it;

static void describe_rows(void)
{
    static const char *const keys[LICENSES] = {"KWCQ-0C8D-XGD2-VBRM", "B88W-6W09-XS18-TDGK"};
    uint32_t i;
    for (i = 0; i < SERVERS; i++) {
        it.servers[i].id[15] = (uint8_t)(i + 1u);
        it.servers[i].presence = HWL_PRESENCE_ONLINE;
        it.servers[i].since_unix_s = NOW - 86400u;
        it.servers[i].takes_over = 1;
        it.servers[i].devices_max = 2;
        it.reach[i] = (uint16_t)i;
        memcpy(it.licenses[i].key, keys[i], sizeof it.licenses[i].key);
        it.licenses[i].class_number = 2;
        it.licenses[i].channels = 1;
        it.licenses[i].server = (uint16_t)i;
        it.licenses[i].reason = 18;
        it.licenses[i].grace_offline_s = 3600;
    }
    for (i = 0; i < DEVICES; i++) {
        it.devices[i].id[15] = (uint8_t)(i + 1u);
        it.devices[i].class_number = 2;
        it.devices[i].channels = 1;
        it.devices[i].wanted = 1;
        it.devices[i].priority = i == 2u ? HWL_PRIORITY_HIGH : HWL_PRIORITY_LOW;
        it.devices[i].reach_count = SERVERS;
    }
}

static void describe(void)
{
    memset(&it, 0, sizeof it);
    describe_rows();
    it.system.struct_size = (uint32_t)sizeof it.system;
    it.system.servers = it.servers;
    it.system.server_count = SERVERS;
    it.system.server_size = (uint32_t)sizeof it.servers[0];
    it.system.devices = it.devices;
    it.system.device_count = DEVICES;
    it.system.device_size = (uint32_t)sizeof it.devices[0];
    it.system.licenses = it.licenses;
    it.system.license_count = LICENSES;
    it.system.license_size = (uint32_t)sizeof it.licenses[0];
    it.system.reach = it.reach;
    it.system.reach_count = SERVERS;
    it.moment.struct_size = (uint32_t)sizeof it.moment;
    it.moment.now_unix_s = NOW;
    it.allocation.struct_size = (uint32_t)sizeof it.allocation;
    it.allocation.tallies = it.tallies;
    it.allocation.tally_size = (uint32_t)sizeof it.tallies[0];
    it.allocation.grants = it.grants;
    it.allocation.grant_size = (uint32_t)sizeof it.grants[0];
    it.allocation.balances = it.balances;
    it.allocation.balance_size = (uint32_t)sizeof it.balances[0];
    it.plan.struct_size = (uint32_t)sizeof it.plan;
    it.plan.grants = it.grants;
    it.plan.grant_size = (uint32_t)sizeof it.grants[0];
    it.plan.placements = it.placements;
    it.plan.placement_size = (uint32_t)sizeof it.placements[0];
    it.shortage.struct_size = (uint32_t)sizeof it.shortage;
    it.fault.struct_size = (uint32_t)sizeof it.fault;
}

static hwl_status allocate(void)
{
    return hwl_system_allocate(&it.system, &it.moment, it.workspace, sizeof it.workspace, &it.allocation, &it.fault);
}

static hwl_status plan(void)
{
    return hwl_system_plan(&it.system, &it.moment, it.workspace, sizeof it.workspace, &it.plan, &it.fault);
}

static hwl_status switch_on(uint32_t device)
{
    return hwl_system_switch_on(&it.system, &it.moment, device, it.workspace, sizeof it.workspace, &it.shortage,
                                &it.fault);
}

static void known_outcome(void)
{
    describe();
    STATUS(HWL_OK, allocate());
    CHECK(it.allocation.licensed == 2 && it.allocation.without == 1 && it.allocation.is_whole == 1);
    CHECK(it.allocation.balance_count == 1 && it.balances[0].class_number == 2);
    CHECK(it.balances[0].units == 2 && it.balances[0].used == 2 && it.balances[0].missing == 1);
    /* The high priority comes first, then the smaller id. */
    CHECK(it.grants[2].kind == HWL_GRANT_LICENSED && it.grants[0].kind == HWL_GRANT_LICENSED);
    CHECK(it.grants[1].kind == HWL_GRANT_WITHOUT && it.grants[1].class_number == 2);
    CHECK(it.grants[0].channel == HWL_CHANNEL_AGREED && it.grants[1].channel == HWL_CHANNEL_NONE);
    CHECK(it.tallies[0].counts == 1 && it.tallies[0].used == 1 && it.tallies[0].held == 1);
    STATUS(HWL_OK, plan());
    CHECK(it.placements[0].kind == HWL_PLACEMENT_HOSTED && it.placements[0].server == 0);
    CHECK(it.placements[1].kind == HWL_PLACEMENT_UNLICENSED && it.placements[1].server == HWL_NO_SERVER);
    CHECK(it.plan.hosted[0] == 1 && it.plan.hosted[2] == 1 && it.plan.unlicensed == 1);
    it.devices[1].wanted = 0;
    STATUS(HWL_E_NO_CHANNEL_LEFT, switch_on(1));
    CHECK(it.shortage.class_number == 2 && it.shortage.missing == 1);
    it.licenses[1].channels = 2;
    STATUS(HWL_OK, switch_on(1));
}

static void a_failure(void)
{
    describe();
    STATUS(HWL_OK, allocate());
    it.moment.event = HWL_EVENT_FAIL;
    STATUS(HWL_OK, plan());
    CHECK(it.placements[0].server == 1 && it.placements[2].server == 1 && it.plan.starts == 2);
    it.moment.event = HWL_EVENT_DETACH;
    STATUS(HWL_OK, allocate());
    CHECK(it.tallies[0].status == HWL_TALLY_SERVER_REMOVED && it.allocation.licensed == 1);
    CHECK(strcmp(hwl_tally_name(it.tallies[0].status), "server-removed") == 0);
    it.moment.event = HWL_EVENT_NONE;
    it.servers[0].presence = HWL_PRESENCE_OFFLINE;
    it.servers[0].since_unix_s = NOW - 600u;
    it.servers[1].devices_max = 1;
    STATUS(HWL_OK, allocate());
    CHECK(it.tallies[0].status == HWL_TALLY_SERVER_OFFLINE);
    CHECK(it.tallies[0].counts_until_unix_s == NOW - 600u + 300u + 3600u);
    it.grants[0].kind = HWL_GRANT_FREE;
    it.grants[2].kind = HWL_GRANT_FREE;
    STATUS(HWL_OK, plan());
    CHECK(it.placements[2].server == 1 && it.placements[0].kind == HWL_PLACEMENT_WITHOUT);
    CHECK(it.placements[0].obstacle == HWL_OBSTACLE_FULL);
    CHECK(strcmp(hwl_obstacle_name(it.placements[0].obstacle), "full") == 0);
}

static void null_pointers(void)
{
    size_t size = sizeof it.workspace;
    describe();
    STATUS(HWL_E_NULL, hwl_system_allocate(NULL, &it.moment, it.workspace, size, &it.allocation, &it.fault));
    STATUS(HWL_E_NULL, hwl_system_allocate(&it.system, NULL, it.workspace, size, &it.allocation, &it.fault));
    STATUS(HWL_E_NULL, hwl_system_allocate(&it.system, &it.moment, NULL, size, &it.allocation, &it.fault));
    STATUS(HWL_E_BUFFER, hwl_system_allocate(&it.system, &it.moment, NULL, 0, &it.allocation, &it.fault));
    CHECK(it.fault.workspace_size > 0 && it.fault.workspace_size <= size);
    STATUS(HWL_E_NULL, hwl_system_allocate(&it.system, &it.moment, it.workspace, size, NULL, &it.fault));
    STATUS(HWL_E_NULL, hwl_system_allocate(&it.system, &it.moment, it.workspace, size, &it.allocation, NULL));
    STATUS(HWL_E_NULL, hwl_system_plan(&it.system, &it.moment, it.workspace, size, NULL, &it.fault));
    STATUS(HWL_E_NULL, hwl_system_switch_on(&it.system, &it.moment, 0, it.workspace, size, NULL, &it.fault));
    it.system.servers = NULL;
    STATUS(HWL_E_NULL, allocate());
    describe();
    it.system.devices = NULL;
    STATUS(HWL_E_NULL, allocate());
    describe();
    it.system.licenses = NULL;
    STATUS(HWL_E_NULL, allocate());
    describe();
    it.system.reach = NULL;
    STATUS(HWL_E_NULL, allocate());
    describe();
    it.allocation.tallies = NULL;
    STATUS(HWL_E_NULL, allocate());
    describe();
    it.allocation.grants = NULL;
    STATUS(HWL_E_NULL, allocate());
    describe();
    it.plan.grants = NULL;
    STATUS(HWL_E_NULL, plan());
    describe();
    it.plan.placements = NULL;
    STATUS(HWL_E_NULL, plan());
}

static void wrong_rows(void)
{
    describe();
    it.system.device_size = 4;
    STATUS(HWL_E_SIZE, allocate());
    describe();
    it.devices[1].host = 7;
    STATUS(HWL_E_UNKNOWN_HOST, allocate());
    CHECK(it.fault.list == HWL_LIST_DEVICES && it.fault.row == 1);
    CHECK(it.grants[0].kind == 0 && it.allocation.licensed == 0);
    describe();
    it.servers[1].presence = 9;
    STATUS(HWL_E_VALUE, plan());
    CHECK(it.fault.list == HWL_LIST_SERVERS && it.fault.row == 1);
    describe();
    it.licenses[1].channels = UINT32_MAX;
    STATUS(HWL_E_COUNT_OVERFLOW, allocate());
    describe();
    it.allocation.grants = (hwl_grant *)(void *)it.devices;
    STATUS(HWL_E_OVERLAP, allocate());
    describe();
    STATUS(HWL_E_ALIGN, hwl_system_allocate(&it.system, &it.moment, (uint8_t *)it.workspace + 4, 100, &it.allocation,
                                            &it.fault));
    describe();
    it.system.server_count = 0;
    STATUS(HWL_E_NO_SERVERS, allocate());
    CHECK(hwl_system_workspace_size(SERVERS, DEVICES, LICENSES, SERVERS * DEVICES) <= sizeof it.workspace);
    CHECK(hwl_system_workspace_size(UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX) > sizeof it);
}

void test_systems(void)
{
    known_outcome();
    a_failure();
    null_pointers();
    wrong_rows();
}
