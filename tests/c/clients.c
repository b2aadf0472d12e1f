/* The client of a Primary Server: the exchange that was recorded, byte for byte, with a storage that
 * fails at each write in turn, answers that are cut off or changed, and objects that are none. */

#include "check.h"

#define SLOTS 2u
#define NEVER 0xFFFFFFFFu
#define BUILT_UNIX_S 1780272000u
#define CHANNELS 4u
#define CLASS_EDGE 6u
/* What the HWID of the recording rests on. */
#define EVIDENCE 0x5Fu

/* Flash in memory. */
typedef struct flash {
    uint32_t writes_left;
    uint8_t slots[SLOTS][HWL_SLOT_BYTES];
} flash;

/* A camera as it was recorded. */
typedef struct camera {
    hwl_client client;
    hwl_identity identity;
    hwl_client_device device;
    hwl_trust trust;
    hwl_storage storage;
    flash kept;
} camera;

static camera the_camera;
static blob root;
static blob request;
static blob answer;

static int32_t read_slot(void *ctx, uint32_t slot, uint32_t offset, uint8_t *bytes, uint32_t length)
{
    const flash *kept = (const flash *)ctx;
    CHECK(slot < SLOTS && offset <= HWL_SLOT_BYTES && length <= HWL_SLOT_BYTES - offset);
    memcpy(bytes, &kept->slots[slot][offset], length);
    return 0;
}

static int32_t erase_slot(void *ctx, uint32_t slot)
{
    flash *kept = (flash *)ctx;
    CHECK(slot < SLOTS);
    memset(kept->slots[slot], 0xFF, HWL_SLOT_BYTES);
    return 0;
}

static int32_t write_slot(void *ctx, uint32_t slot, uint32_t offset, const uint8_t *bytes)
{
    flash *kept = (flash *)ctx;
    CHECK(slot < SLOTS && offset <= HWL_SLOT_BYTES - HWL_WRITE_BYTES);
    if (kept->writes_left == 0u) {
        return -5;
    }
    if (kept->writes_left != NEVER) {
        kept->writes_left--;
    }
    memcpy(&kept->slots[slot][offset], bytes, HWL_WRITE_BYTES);
    return 0;
}

static hwl_text text_of(const char *text)
{
    hwl_text made;
    memset(&made, 0, sizeof made);
    made.bytes = (const uint8_t *)text;
    made.length = (uint32_t)strlen(text);
    made.state = HWL_READ;
    return made;
}

/* Starts the client on what its flash holds. */
static void start(camera *it)
{
    hwl_client_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.built_unix_s = BUILT_UNIX_S;
    config.seed = 7;
    config.server_count = 1;
    STATUS(HWL_OK, hwl_client_init(&it->client, &it->storage, &config));
}

/* A camera that never ran. */
static void new_camera(camera *it)
{
    static const uint8_t hwid_bytes[16] = {0x4b, 0x92, 0x9d, 0xc1, 0x70, 0x0b, 0xed, 0x72,
                                           0xc6, 0x65, 0x78, 0xbf, 0x5c, 0x3a, 0x1d, 0xa8};
    hwl_trust_config config = config_of(&root, NULL, hwl_ed25519_verify);
    hwl_hwid hwid;
    memset(it, 0, sizeof *it);
    memset(it->kept.slots, 0xFF, sizeof it->kept.slots);
    it->kept.writes_left = NEVER;
    it->storage.struct_size = (uint32_t)sizeof it->storage;
    it->storage.ctx = &it->kept;
    it->storage.read = read_slot;
    it->storage.erase = erase_slot;
    it->storage.write = write_slot;
    hwid.scheme = 3;
    memcpy(hwid.bytes, hwid_bytes, sizeof hwid_bytes);
    STATUS(HWL_OK, hwl_trust_init(&it->trust, &config));
    STATUS(HWL_OK, hwl_identity_from_hwid(&it->identity, &hwid, EVIDENCE));
    it->device.struct_size = (uint32_t)sizeof it->device;
    it->device.wall_state = HWL_ABSENT;
    it->device.class_number = CLASS_EDGE;
    it->device.count = CHANNELS;
    it->device.identity = &it->identity;
    it->device.brand = text_of("northgate");
    it->device.name = text_of("quay 7");
    it->device.software = text_of("4.2 (1337)");
    start(it);
}

/* How many channels it may record. */
static uint32_t channels(camera *it)
{
    hwl_report report;
    uint32_t found = 0;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    STATUS(HWL_OK, hwl_client_check(&it->client, 60, &it->trust, &it->device, NULL, NULL, &report, &found));
    CHECK((found > 0) == (hwl_report_grant(&report) == HWL_GRANTED));
    return found;
}

/* Asks, and compares with what firmware and the Rust core ask: the same bytes everywhere. */
static void ask(camera *it)
{
    static uint8_t frame[HWL_REQUEST_BYTES];
    uint8_t random[HWL_RANDOM_BYTES];
    uint64_t due = 0;
    size_t length = 0;
    uint32_t server = 9;
    memset(random, 0xA1, sizeof random);
    STATUS(HWL_OK, hwl_client_poll_timeout(&it->client, &due));
    CHECK(due <= 60);
    STATUS(HWL_OK, hwl_client_handle_timeout(&it->client, due));
    STATUS(HWL_OK, hwl_client_poll_transmit(&it->client, due, random, &it->device, frame, sizeof frame, &length, &server));
    CHECK(server == 0);
    CHECK(length == request.length && memcmp(frame, request.bytes, length) == 0);
    STATUS(HWL_OK, hwl_frame_head(frame, &length));
    CHECK(length + 5 == request.length);
}

static hwl_status take(camera *it, const uint8_t *body, size_t length)
{
    hwl_answer out;
    hwl_status status;
    memset(&out, 0, sizeof out);
    out.struct_size = (uint32_t)sizeof out;
    status = hwl_client_handle_input(&it->client, 60, body, length, &it->trust, &it->device, &out);
    CHECK(status != HWL_OK || out.kind == HWL_ANSWER_LICENSED);
    return status;
}

/* Whatever write fails, the camera has nothing or everything, and what it has it keeps. */
static void every_write_fails_once(camera *it)
{
    uint32_t writes;
    uint32_t failures = 0;
    for (writes = 0; writes < 200; writes++) {
        hwl_status status;
        new_camera(it);
        ask(it);
        it->kept.writes_left = writes;
        status = take(it, answer.bytes, answer.length);
        it->kept.writes_left = NEVER;
        start(it);
        CHECK(channels(it) == (status == HWL_OK ? CHANNELS : 0u));
        if (status == HWL_OK) {
            break;
        }
        CHECK(status == HWL_E_STORAGE);
        failures++;
    }
    CHECK(failures > 10 && writes < 200);
}

/* An answer that is not whole, or not the one that was signed, changes nothing. */
static void damaged_answers(camera *it)
{
    static uint8_t changed[HWL_BLOB_BYTES_MAX];
    size_t at;
    new_camera(it);
    ask(it);
    for (at = 0; at < answer.length; at += 13) {
        CHECK(take(it, answer.bytes, at) != HWL_OK);
        memcpy(changed, answer.bytes, answer.length);
        changed[at] ^= (uint8_t)(1u << (at % 8u));
        CHECK(take(it, changed, answer.length) != HWL_OK);
        CHECK(channels(it) == 0);
    }
    STATUS(HWL_OK, take(it, answer.bytes, answer.length));
    CHECK(channels(it) == CHANNELS);
    /* It came already. */
    CHECK(take(it, answer.bytes, answer.length) == -522);
    CHECK(channels(it) == CHANNELS);
}

/* A client that was never begun, was ended, or was copied, is none. */
static void no_clients(camera *it)
{
    static hwl_client copy;
    uint64_t due = 0;
    memset(&copy, 0, sizeof copy);
    CHECK(hwl_client_size() <= sizeof copy);
    STATUS(HWL_E_STATE, hwl_client_poll_timeout(&copy, &due));
    new_camera(it);
    memcpy(&copy, &it->client, sizeof copy);
    STATUS(HWL_E_STATE, hwl_client_poll_timeout(&copy, &due));
    STATUS(HWL_OK, hwl_client_deinit(&it->client));
    STATUS(HWL_E_STATE, hwl_client_poll_timeout(&it->client, &due));
    STATUS(HWL_E_NULL, hwl_client_poll_timeout(NULL, &due));
}

void test_clients(const char *folder)
{
    if (load(folder, "fixture.key", &root) && load(folder, "exchange-1-request.bin", &request)
        && load(folder, "exchange-1-answer.bin", &answer)) {
        every_write_fails_once(&the_camera);
        damaged_answers(&the_camera);
        no_clients(&the_camera);
        STATUS(HWL_OK, hwl_client_deinit(&the_camera.client));
    }
}
