/* The client of a Primary Server in firmware: asks, takes the answer, and records what it grants.
 *
 * What the server answers was recorded. The power fails twice, each time in the middle of a write
 * to flash, and the board starts again:
 *
 *   start 1   asks; the power fails while the first answer is saved
 *   start 2   has nothing yet, asks again, is licensed; fails while the hourly time is saved
 *   start 3   records without asking anybody
 */

#include <stdint.h>
#include <string.h>

#include "engine.h"
#include "exchange.h"
#include "flash.h"
#include "hwlicense.h"
#include "machine.h"
#include "recorder.h"
#include "semihosting.h"
#include "stack.h"

#define BRAND "northgate"
#define NAME "quay 7"
#define SOFTWARE "4.2 (1337)"
/* When this firmware was built: 2026-06-01. */
#define BUILT_UNIX_S 1780272000u
/* A product makes its seed of the serial number. */
#define SEED 7u
#define CLASS_EDGE 6u
#define CHANNELS 4u
#define HOUR_S 3600u
/* Enough for what this camera is given; HWL_ANSWER_BYTES_MAX is enough for all that there is. */
#define ANSWER_BYTES_MAX 4096u

static hwl_trust trust;
static hwl_identity identity;
static hwl_client client;
static uint8_t frame[HWL_REQUEST_BYTES];

/* The library met a defect of its own. It must not go on; a watchdog would do the rest. */
void hwl_on_panic(void)
{
    semihosting_print("panic\n");
    semihosting_exit(1);
}

static int failed(const char *step, hwl_status status)
{
    semihosting_print(step);
    semihosting_print(": ");
    semihosting_print(hwl_status_name(status));
    semihosting_print(": ");
    semihosting_print(hwl_status_text(status));
    semihosting_print(". ");
    semihosting_print(hwl_status_remedy(status));
    semihosting_print("\n");
    return 1;
}

static hwl_text text_of(const char *text)
{
    hwl_text made = {.bytes = (const uint8_t *)text, .length = (uint32_t)strlen(text), .state = HWL_READ};
    return made;
}

/* This camera, which has no clock of its own. */
static const hwl_client_device *device(void)
{
    static hwl_client_device made;
    made.struct_size = sizeof made;
    made.wall_state = HWL_ABSENT;
    made.class_number = CLASS_EDGE;
    made.count = CHANNELS;
    made.identity = &identity;
    made.brand = text_of(BRAND);
    made.name = text_of(NAME);
    made.software = text_of(SOFTWARE);
    return &made;
}

static hwl_status begin(void)
{
    hwl_trust_config roots = {.struct_size = sizeof roots, .abi_version = HWL_ABI_VERSION};
    hwl_client_config config = {.struct_size = sizeof config, .abi_version = HWL_ABI_VERSION};
    hwl_status status = machine_identify(&identity);
    if (status != HWL_OK) {
        return status;
    }
    roots.roots = exchange_root;
    roots.root_count = 1;
    roots.verify = ENGINE_VERIFY;
    roots.verify_ctx = ENGINE_CTX;
    status = hwl_trust_init(&trust, &roots);
    if (status != HWL_OK) {
        return status;
    }
    config.built_unix_s = BUILT_UNIX_S;
    config.seed = SEED;
    config.server_count = 1;
    return hwl_client_init(&client, &flash_storage, &config);
}

/* Sleeps until the client has something to do, and lets it. */
static hwl_status wait(uint64_t *uptime_s)
{
    uint64_t due = 0;
    hwl_status status = hwl_client_poll_timeout(&client, &due);
    if (status != HWL_OK) {
        return status;
    }
    *uptime_s = due > *uptime_s ? due : *uptime_s;
    return hwl_client_handle_timeout(&client, *uptime_s);
}

/* Asks, and compares with what was recorded. */
static hwl_status ask(const exchange *recorded, uint64_t uptime_s)
{
    size_t length = 0;
    uint32_t server = 0;
    hwl_status status = hwl_client_poll_transmit(&client, uptime_s, recorded->random, device(), frame, sizeof frame,
                                                 &length, &server);
    if (status != HWL_OK) {
        return status;
    }
    semihosting_print("request    ");
    semihosting_print_number((uint32_t)length);
    if (length != recorded->request_length || memcmp(frame, recorded->request, length) != 0) {
        semihosting_print(" bytes, other than recorded\n");
        return HWL_E_DIFFERENT;
    }
    semihosting_print(" bytes, as recorded\n");
    return HWL_OK;
}

static hwl_status take(const exchange *recorded, uint64_t uptime_s)
{
    hwl_answer answer = {.struct_size = sizeof answer};
    hwl_status status;
    /* A product reads it from its socket into a buffer like this one. */
    static uint8_t body[ANSWER_BYTES_MAX];
    if (recorded->answer_length > sizeof body) {
        return HWL_E_BUFFER;
    }
    memcpy(body, recorded->answer, recorded->answer_length);
#ifdef FORGED
    body[recorded->answer_length - 1u] ^= 1u;
#endif
    status = hwl_client_handle_input(&client, uptime_s, body, recorded->answer_length, &trust, device(), &answer);
    if (status == HWL_OK) {
        semihosting_print(answer.kind == HWL_ANSWER_LICENSED ? "answer     licensed\n" : "answer     another\n");
    }
    return status;
}

/* Records what the rights in flash grant, and gives how many channels run. */
static hwl_status record(uint64_t uptime_s, uint32_t *running)
{
    hwl_report report = {.struct_size = sizeof report};
    hwl_client_facts facts = {.struct_size = sizeof facts};
    uint32_t channels = 0;
    hwl_status status = hwl_client_check(&client, uptime_s, &trust, device(), NULL, NULL, &report, &channels);
    if (status == HWL_OK) {
        status = hwl_client_standing(&client, uptime_s, &facts);
    }
    if (status != HWL_OK) {
        return status;
    }
    *running = recorder_start(&report, channels);
    semihosting_print("state      ");
    semihosting_print(hwl_client_state_name(facts.state));
    semihosting_print(", ");
    semihosting_print(hwl_reason_name(report.reason));
    semihosting_print("\nrecording  channels ");
    semihosting_print_number(*running);
    semihosting_print("\n");
    return HWL_OK;
}

static void print_memory(void)
{
    semihosting_print("memory     static ");
    semihosting_print_number(static_used());
    semihosting_print(", stack ");
    semihosting_print_number(stack_used());
    semihosting_print("\n");
}

/* One start of the board. The first two end in `flash.c`, where the power fails. */
static hwl_status run(uint32_t start, uint32_t *running)
{
    uint64_t uptime_s = 0;
    hwl_status status = begin();
    if (status == HWL_OK) {
        status = record(uptime_s, running);
    }
    if (status != HWL_OK || start > 2u) {
        return status;
    }
    status = wait(&uptime_s);
    if (status == HWL_OK) {
        status = ask(&exchanges[start - 1u], uptime_s);
    }
    if (status != HWL_OK) {
        return status;
    }
    if (start == 1u) {
        semihosting_print("power      fails while the answer is saved\n");
        flash_cut_after(5);
        return take(&exchanges[0], uptime_s);
    }
    status = take(&exchanges[1], uptime_s);
    if (status == HWL_OK) {
        status = record(uptime_s, running);
    }
    if (status != HWL_OK) {
        return status;
    }
    print_memory();
    semihosting_print("power      fails while the time is saved\n");
    flash_cut_after(0);
    return hwl_client_handle_timeout(&client, uptime_s + HOUR_S);
}

int main(void)
{
    uint32_t running = 0;
    uint32_t start = flash_count_start();
    hwl_status status;

    stack_begin();
    semihosting_print("start      ");
    semihosting_print_number(start);
    semihosting_print("\n");
    status = run(start, &running);
    if (status != HWL_OK) {
        return failed("client", status);
    }
    print_memory();
    return running == CHANNELS ? 0 : 1;
}
