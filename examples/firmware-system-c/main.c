/* A System of eight servers and sixty-four cameras in a controller with 16 KiB of RAM: give out
 * the channels, see what a failure would bring, and when it happens, say who records what. */

#include <stdint.h>
#include <string.h>

#include "building.h"
#include "hwlicense.h"
#include "semihosting.h"
#include "stack.h"

/* The server that fails. */
#define FAILING 3u
/* What hwl_system_workspace_size says for this System; main compares. */
#define WORKSPACE_BYTES 7608u

static hwl_system installation;
static hwl_tally tallies[LICENSES];
static hwl_grant grants[CAMERAS];
static hwl_placement placements[CAMERAS];
static uint64_t workspace[WORKSPACE_BYTES / sizeof(uint64_t)];

/* The library met a defect of its own. It must not go on; a watchdog would do the rest. */
void hwl_on_panic(void)
{
    semihosting_print("panic\n");
    semihosting_exit(1);
}

static void print_count(uint32_t number, const char *what)
{
    semihosting_print_number(number);
    semihosting_print(what);
}

static int failed(const char *step, hwl_status status, const hwl_fault *fault)
{
    semihosting_print(step);
    semihosting_print(": ");
    semihosting_print(hwl_status_name(status));
    semihosting_print(": ");
    semihosting_print(hwl_status_text(status));
    semihosting_print(", in list ");
    print_count(fault->list, ", row ");
    print_count(fault->row, ". ");
    semihosting_print(hwl_status_remedy(status));
    semihosting_print("\n");
    return 1;
}

static void describe(void)
{
    building_read();
    installation.struct_size = sizeof installation;
    installation.scope = HWL_SCOPE_ANYWHERE;
    installation.servers = servers;
    installation.server_count = SERVERS;
    installation.server_size = sizeof servers[0];
    installation.devices = cameras;
    installation.device_count = CAMERAS;
    installation.device_size = sizeof cameras[0];
    installation.licenses = licenses;
    installation.license_count = LICENSES;
    installation.license_size = sizeof licenses[0];
    installation.reach = reach;
    installation.reach_count = SERVERS * REACH;
}

static hwl_moment moment_at(uint64_t now, uint32_t event)
{
    hwl_moment moment = {.struct_size = sizeof moment, .event = event, .now_unix_s = now};
    moment.event_server = event == HWL_EVENT_NONE ? 0u : FAILING;
    return moment;
}

/* Gives out the channels, and keeps what devices and licences hold. */
static hwl_status allocate(const hwl_moment *moment, hwl_fault *fault)
{
    hwl_allocation allocation;
    hwl_status status;
    memset(&allocation, 0, sizeof allocation);
    allocation.struct_size = sizeof allocation;
    allocation.tallies = tallies;
    allocation.tally_size = sizeof tallies[0];
    allocation.grants = grants;
    allocation.grant_size = sizeof grants[0];
    status = hwl_system_allocate(&installation, moment, workspace, sizeof workspace, &allocation, fault);
    if (status != HWL_OK) {
        return status;
    }
    for (uint32_t i = 0; i < CAMERAS; i++) {
        cameras[i].channel = grants[i].channel;
    }
    for (uint32_t i = 0; i < LICENSES; i++) {
        licenses[i].held = tallies[i].held;
    }
    semihosting_print("pool       cameras licensed ");
    print_count(allocation.licensed, ", without ");
    print_count(allocation.without, "\n");
    return HWL_OK;
}

static void print_licenses(void)
{
    for (uint32_t i = 0; i < LICENSES; i++) {
        if (tallies[i].counts_until_unix_s != 0u) {
            semihosting_print("licence    ");
            semihosting_print((const char *)licenses[i].key);
            semihosting_print(": ");
            semihosting_print(hwl_tally_text(tallies[i].status));
            semihosting_print(" It counts until ");
            print_count((uint32_t)tallies[i].counts_until_unix_s, ".\n");
        }
    }
}

/* Says where each camera goes that stays not where it is. */
static void print_placements(void)
{
    for (uint32_t i = 0; i < CAMERAS; i++) {
        const hwl_placement *placement = &placements[i];
        if (placement->kind == HWL_PLACEMENT_HOSTED && placement->server != cameras[i].host) {
            semihosting_print("camera     ");
            print_count(i, " goes to server ");
            print_count(placement->server, "\n");
        } else if (placement->kind == HWL_PLACEMENT_WITHOUT) {
            semihosting_print("camera     ");
            print_count(i, ": ");
            semihosting_print(hwl_obstacle_text(placement->obstacle));
            semihosting_print("\n");
        }
    }
}

/* Makes a plan with the grants of the last allocation. */
static hwl_status make_plan(const char *title, const hwl_moment *moment, hwl_fault *fault)
{
    hwl_plan plan;
    hwl_status status;
    memset(&plan, 0, sizeof plan);
    plan.struct_size = sizeof plan;
    plan.grants = grants;
    plan.grant_size = sizeof grants[0];
    plan.placements = placements;
    plan.placement_size = sizeof placements[0];
    status = hwl_system_plan(&installation, moment, workspace, sizeof workspace, &plan, fault);
    if (status != HWL_OK) {
        return status;
    }
    semihosting_print(title);
    semihosting_print("starts ");
    print_count(plan.starts, ", stops ");
    print_count(plan.stops, ", moves ");
    print_count(plan.moves, ", recorded of high ");
    for (uint32_t i = 0; i < 3u; i++) {
        static const char *const after[3] = {", of medium ", ", of low ", "\n"};
        semihosting_print_number(plan.hosted[i]);
        semihosting_print("/");
        print_count(plan.wanted[i], after[i]);
    }
    return HWL_OK;
}

/* Servers obey the plan: from now on this is who records what. */
static void obey(void)
{
    for (uint32_t i = 0; i < CAMERAS; i++) {
        cameras[i].host = placements[i].server;
    }
}

static hwl_status run(hwl_fault *fault)
{
    hwl_moment before = moment_at(NOW_UNIX_S, HWL_EVENT_NONE);
    hwl_moment warned = moment_at(NOW_UNIX_S, HWL_EVENT_FAIL);
    hwl_moment after = moment_at(NOW_UNIX_S + 600u, HWL_EVENT_NONE);
    hwl_status status = allocate(&before, fault);
    if (status == HWL_OK) {
        status = make_plan("plan       ", &before, fault);
    }
    if (status == HWL_OK) {
        obey();
        status = make_plan("what if    ", &warned, fault);
    }
    if (status != HWL_OK) {
        return status;
    }
    servers[FAILING].presence = HWL_PRESENCE_OFFLINE;
    servers[FAILING].since_unix_s = NOW_UNIX_S;
    semihosting_print("failed     server ");
    print_count(FAILING, "\n");
    status = allocate(&after, fault);
    if (status == HWL_OK) {
        print_licenses();
        status = make_plan("plan       ", &after, fault);
    }
    if (status == HWL_OK) {
        print_placements();
        obey();
    }
    return status;
}

#ifdef OVERFLOW
/* More than the stack has: the board must stop here. */
static void overflow(void)
{
    volatile uint8_t much[5000];
    for (uint32_t i = 0; i < sizeof much; i++) {
        much[i] = (uint8_t)i;
    }
}
#endif

int main(void)
{
    hwl_fault fault;
    hwl_status status;
    size_t needed;

    stack_begin();
#ifdef OVERFLOW
    overflow();
#endif
    memset(&fault, 0, sizeof fault);
    fault.struct_size = sizeof fault;
    describe();
    needed = hwl_system_workspace_size(SERVERS, CAMERAS, LICENSES, CAMERAS * REACH);
    semihosting_print("workspace  bytes ");
    print_count((uint32_t)needed, "\n");
    if (needed > sizeof workspace) {
        return 1;
    }
    status = run(&fault);
    if (status != HWL_OK) {
        return failed("system", status, &fault);
    }
    semihosting_print("memory     static ");
    print_count(static_used(), ", stack ");
    print_count(stack_used(), "\n");
    return 0;
}
