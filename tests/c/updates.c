/* A software update: the exchange that was recorded, part by part, with every pointer NULL, a storage and
 * an image that fail, parts that were changed, and products that it is not for. */

#include "check.h"

#define SLOTS 2u
#define NEVER 0xFFFFFFFFu
#define BLOCK 512u
#define IMAGE_BYTES 4096u
#define CHUNKS 3u
#define NOW_S 60u

/* Flash in memory: two slots for each record, and one for the image. */
typedef struct flash {
    uint32_t writes_left;
    uint8_t client[SLOTS][HWL_SLOT_BYTES];
    uint8_t update[SLOTS][HWL_UPDATE_SLOT_BYTES];
    uint8_t image[IMAGE_BYTES];
} flash;

/* A camera as it was recorded. */
typedef struct camera {
    hwl_client client;
    hwl_update update;
    hwl_identity identity;
    hwl_client_device device;
    hwl_product product;
    hwl_trust trust;
    hwl_storage client_storage;
    hwl_storage update_storage;
    hwl_image image;
    hwl_update_config config;
    uint8_t running[HWL_RUNNING_BYTES_MAX];
    size_t running_length;
    flash kept;
} camera;

static camera the_camera;
static blob root;
static blob request;
static blob answer;
static blob manifest;
static blob chunks[CHUNKS];

static int32_t step(flash *kept)
{
    if (kept->writes_left == 0u) {
        return -5;
    }
    if (kept->writes_left != NEVER) {
        kept->writes_left--;
    }
    return 0;
}

static int32_t read_client(void *ctx, uint32_t slot, uint32_t offset, uint8_t *bytes, uint32_t length)
{
    memcpy(bytes, &((flash *)ctx)->client[slot][offset], length);
    return 0;
}

static int32_t erase_client(void *ctx, uint32_t slot)
{
    memset(((flash *)ctx)->client[slot], 0xFF, HWL_SLOT_BYTES);
    return 0;
}

static int32_t write_client(void *ctx, uint32_t slot, uint32_t offset, const uint8_t *bytes)
{
    memcpy(&((flash *)ctx)->client[slot][offset], bytes, HWL_WRITE_BYTES);
    return 0;
}

static int32_t read_update(void *ctx, uint32_t slot, uint32_t offset, uint8_t *bytes, uint32_t length)
{
    CHECK(slot < SLOTS && offset <= HWL_UPDATE_SLOT_BYTES && length <= HWL_UPDATE_SLOT_BYTES - offset);
    memcpy(bytes, &((flash *)ctx)->update[slot][offset], length);
    return 0;
}

static int32_t erase_update(void *ctx, uint32_t slot)
{
    CHECK(slot < SLOTS);
    memset(((flash *)ctx)->update[slot], 0xFF, HWL_UPDATE_SLOT_BYTES);
    return step((flash *)ctx);
}

static int32_t write_update(void *ctx, uint32_t slot, uint32_t offset, const uint8_t *bytes)
{
    CHECK(slot < SLOTS && offset <= HWL_UPDATE_SLOT_BYTES - HWL_WRITE_BYTES);
    if (step((flash *)ctx) != 0) {
        return -5;
    }
    memcpy(&((flash *)ctx)->update[slot][offset], bytes, HWL_WRITE_BYTES);
    return 0;
}

static int32_t read_image(void *ctx, uint32_t offset, uint8_t *bytes, uint32_t length)
{
    CHECK(offset <= IMAGE_BYTES && length <= IMAGE_BYTES - offset);
    memcpy(bytes, &((flash *)ctx)->image[offset], length);
    return 0;
}

static int32_t erase_image(void *ctx, uint32_t offset)
{
    CHECK(offset % BLOCK == 0 && offset <= IMAGE_BYTES - BLOCK);
    memset(&((flash *)ctx)->image[offset], 0xFF, BLOCK);
    return step((flash *)ctx);
}

static int32_t write_image(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t length)
{
    flash *kept = (flash *)ctx;
    uint32_t at;
    CHECK(offset <= IMAGE_BYTES && length <= IMAGE_BYTES - offset);
    if (step(kept) != 0) {
        return -5;
    }
    for (at = 0; at < length; at++) {
        CHECK(kept->image[offset + at] == 0xFF);
    }
    memcpy(&kept->image[offset], bytes, length);
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

/* The device starts with what its flash holds. */
static void start(camera *it)
{
    hwl_client_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.built_unix_s = 1780272000u;
    config.seed = 7;
    config.server_count = 1;
    STATUS(HWL_OK, hwl_client_init(&it->client, &it->client_storage, &config));
    STATUS(HWL_OK,
           hwl_update_init(&it->update, &it->update_storage, &it->image, &it->config, &it->product));
}

static void describe(camera *it)
{
    it->device.struct_size = (uint32_t)sizeof it->device;
    it->device.wall_state = HWL_ABSENT;
    it->device.class_number = 6;
    it->device.count = 4;
    it->device.identity = &it->identity;
    it->device.brand = text_of("northgate");
    it->device.name = text_of("quay 7");
    it->device.software = text_of("4.2 (1337)");
    it->product.struct_size = (uint32_t)sizeof it->product;
    it->product.hardware = 3;
    it->product.version_major = 4;
    it->product.version_minor = 2;
    it->product.version_build = 1337;
    it->product.security_version = 2;
    it->product.identity = &it->identity;
    it->product.brand = text_of("northgate");
    it->product.component = text_of("firmware");
    it->product.model = text_of("NG-210");
}

/* A camera that never ran. */
static void new_camera(camera *it)
{
    static const uint8_t hwid_bytes[16] = {0x4b, 0x92, 0x9d, 0xc1, 0x70, 0x0b, 0xed, 0x72,
                                           0xc6, 0x65, 0x78, 0xbf, 0x5c, 0x3a, 0x1d, 0xa8};
    hwl_trust_config config = config_of(&root, NULL, hwl_ed25519_verify);
    hwl_hwid hwid;
    memset(it, 0, sizeof *it);
    memset(&it->kept, 0xFF, sizeof it->kept);
    it->client_storage.struct_size = (uint32_t)sizeof it->client_storage;
    it->client_storage.ctx = &it->kept;
    it->client_storage.read = read_client;
    it->client_storage.erase = erase_client;
    it->client_storage.write = write_client;
    it->update_storage = it->client_storage;
    it->update_storage.read = read_update;
    it->update_storage.erase = erase_update;
    it->update_storage.write = write_update;
    it->image.struct_size = (uint32_t)sizeof it->image;
    it->image.size_bytes = IMAGE_BYTES;
    it->image.block_bytes = BLOCK;
    it->image.ctx = &it->kept;
    it->image.read = read_image;
    it->image.erase = erase_image;
    it->image.write = write_image;
    it->config.struct_size = (uint32_t)sizeof it->config;
    it->config.abi_version = HWL_ABI_VERSION;
    it->config.seed = 7;
    it->config.server_count = 1;
    hwid.scheme = 3;
    memcpy(hwid.bytes, hwid_bytes, sizeof hwid_bytes);
    STATUS(HWL_OK, hwl_trust_init(&it->trust, &config));
    STATUS(HWL_OK, hwl_identity_from_hwid(&it->identity, &hwid, 0x5Fu));
    describe(it);
    start(it);
}

static hwl_update_facts standing(camera *it)
{
    hwl_update_facts facts;
    memset(&facts, 0, sizeof facts);
    facts.struct_size = (uint32_t)sizeof facts;
    STATUS(HWL_OK, hwl_update_standing(&it->update, &facts));
    return facts;
}

static void say_what_runs(camera *it)
{
    STATUS(HWL_OK, hwl_update_write_running(&it->update, &it->product, it->running, &it->running_length));
    it->device.running = it->running;
    it->device.running_length = it->running_length;
}

/* The recorded contact, in which the update is offered: the same bytes as those of the Rust core. */
static void contact(camera *it)
{
    static uint8_t frame[HWL_REQUEST_BYTES];
    uint8_t random[HWL_RANDOM_BYTES];
    uint64_t due = 0;
    size_t length = 0;
    uint32_t server = 9;
    hwl_answer out;
    memset(&out, 0, sizeof out);
    out.struct_size = (uint32_t)sizeof out;
    memset(random, 0xA3, sizeof random);
    say_what_runs(it);
    STATUS(HWL_OK, hwl_client_poll_timeout(&it->client, &due));
    STATUS(HWL_OK, hwl_client_handle_timeout(&it->client, due));
    STATUS(HWL_OK, hwl_client_poll_transmit(&it->client, due, random, &it->device, frame, sizeof frame, &length, &server));
    CHECK(length == request.length && memcmp(frame, request.bytes, length) == 0);
    STATUS(HWL_OK,
           hwl_client_handle_input(&it->client, NOW_S, answer.bytes, answer.length, &it->trust, &it->device, &out));
    CHECK(out.kind == HWL_ANSWER_LICENSED);
    STATUS(HWL_OK, hwl_update_handle_reply(&it->update, NOW_S, &it->client, it->running, it->running_length));
}

/* Whether a part is asked for. */
static int ask(camera *it)
{
    uint8_t frame[HWL_UPDATE_REQUEST_BYTES];
    size_t length = 0;
    uint32_t server = 9;
    hwl_status status = hwl_update_handle_timeout(&it->update, NOW_S);
    CHECK(status == HWL_OK || status == HWL_E_STORAGE);
    STATUS(HWL_OK, hwl_update_poll_transmit(&it->update, NOW_S, &it->product, frame, sizeof frame, &length, &server));
    CHECK(server == 0);
    return length > 0;
}

static hwl_status take(camera *it, const blob *body, uint32_t kind)
{
    hwl_fetched out;
    hwl_status status;
    memset(&out, 0, sizeof out);
    out.struct_size = (uint32_t)sizeof out;
    status = hwl_update_handle_input(&it->update, NOW_S, body->bytes, body->length, &it->trust, &it->client,
                                     &it->product, &out);
    CHECK(out.kind == (status == HWL_OK ? kind : 0u));
    if (status != HWL_OK) {
        (void)hwl_update_handle_failure(&it->update, NOW_S);
    }
    return status;
}

static hwl_status fetch(camera *it)
{
    hwl_status status;
    size_t at;
    CHECK(ask(it));
    status = take(it, &manifest, HWL_FETCHED_MANIFEST);
    for (at = 0; status == HWL_OK && at < CHUNKS; at++) {
        CHECK(ask(it));
        status = take(it, &chunks[at], HWL_FETCHED_CHUNK);
    }
    return status == HWL_OK ? hwl_update_handle_timeout(&it->update, NOW_S) : status;
}

static hwl_status hand_over(camera *it, hwl_handover *out)
{
    memset(out, 0, sizeof *out);
    out->struct_size = (uint32_t)sizeof *out;
    return hwl_update_hand_over(&it->update, NOW_S, &it->trust, &it->client, &it->product, out);
}

static void journey(camera *it)
{
    hwl_handover handover;
    hwl_update_facts facts;
    uint64_t due = 0;
    new_camera(it);
    STATUS(HWL_OK, hwl_update_poll_timeout(&it->update, &due));
    CHECK(due == UINT64_MAX && !ask(it));
    contact(it);
    STATUS(HWL_E_NOT_READY, hand_over(it, &handover));
    STATUS(HWL_OK, fetch(it));
    CHECK(standing(it).progress == HWL_UPDATE_READY);
    STATUS(HWL_OK, hand_over(it, &handover));
    CHECK(hwl_handover_grant(&handover) == HWL_CLEARED);
    CHECK(handover.size_bytes == 2500 && handover.version_minor == 3 && handover.security_version == 3);
    CHECK(standing(it).progress == HWL_UPDATE_HANDED_OVER);
    it->product.version_minor = handover.version_minor;
    it->product.version_build = handover.version_build;
    it->product.security_version = handover.security_version;
    start(it);
    facts = standing(it);
    CHECK(facts.progress == HWL_UPDATE_INSTALLED && facts.floor == 3);
    CHECK(memcmp(facts.update, handover.update, sizeof facts.update) == 0);
    say_what_runs(it);
    STATUS(HWL_OK, hwl_update_handle_reply(&it->update, NOW_S, &it->client, it->running, it->running_length));
    CHECK(standing(it).progress == HWL_UPDATE_NONE);
}

/* Whatever write fails, nothing is handed over that is not whole, and the next start goes on. */
static void every_write_fails_once(camera *it)
{
    uint32_t writes;
    for (writes = 0; writes < 200; writes++) {
        hwl_handover handover;
        hwl_status status;
        new_camera(it);
        contact(it);
        it->kept.writes_left = writes;
        status = fetch(it);
        it->kept.writes_left = NEVER;
        if (status == HWL_OK) {
            break;
        }
        CHECK(status == HWL_E_STORAGE || status == HWL_E_UPDATE_STORAGE);
        STATUS(HWL_E_NOT_READY, hand_over(it, &handover));
        CHECK(hwl_handover_grant(&handover) == HWL_REFUSED);
        start(it);
        CHECK(standing(it).progress != HWL_UPDATE_READY);
    }
    CHECK(writes > 10 && writes < 200);
}

/* One byte of a part that was changed is noticed, and nothing of it is written. */
static void altered(camera *it)
{
    blob changed;
    hwl_handover handover;
    size_t at;
    for (at = 0; at < manifest.length; at += 29) {
        changed = manifest;
        changed.bytes[at] ^= (uint8_t)(1u << (at % 8u));
        new_camera(it);
        contact(it);
        CHECK(ask(it));
        CHECK(take(it, &changed, HWL_FETCHED_MANIFEST) != HWL_OK);
    }
    new_camera(it);
    contact(it);
    CHECK(ask(it));
    STATUS(HWL_OK, take(it, &manifest, HWL_FETCHED_MANIFEST));
    CHECK(ask(it));
    changed = chunks[0];
    changed.bytes[changed.length - 1] ^= 1;
    STATUS(HWL_E_UPDATE_WRONG_CHUNK, take(it, &changed, HWL_FETCHED_CHUNK));
    for (at = 0; at < IMAGE_BYTES; at++) {
        CHECK(it->kept.image[at] == 0xFF);
    }
    /* Nor is an image handed over that was changed after it was written. */
    new_camera(it);
    contact(it);
    CHECK(ask(it));
    STATUS(HWL_OK, take(it, &manifest, HWL_FETCHED_MANIFEST));
    for (at = 0; at < CHUNKS; at++) {
        CHECK(ask(it));
        STATUS(HWL_OK, take(it, &chunks[at], HWL_FETCHED_CHUNK));
    }
    it->kept.image[1000] ^= 1;
    CHECK(!ask(it));
    CHECK(standing(it).failure == HWL_E_UPDATE_WRONG_IMAGE);
    STATUS(HWL_E_NOT_READY, hand_over(it, &handover));
}

static void not_for_this_product(camera *it)
{
    static const struct {
        const char *model;
        uint32_t version_major;
        uint32_t security_version;
        hwl_status status;
    } cases[] = {
        {"NG-999", 4, 2, HWL_E_UPDATE_OTHER_MODEL},
        {"NG-210", 5, 2, HWL_E_UPDATE_NOT_NEWER},
        {"NG-210", 4, 9, HWL_E_UPDATE_BELOW_FLOOR},
    };
    size_t at;
    for (at = 0; at < sizeof cases / sizeof cases[0]; at++) {
        new_camera(it);
        contact(it);
        it->product.model = text_of(cases[at].model);
        it->product.version_major = cases[at].version_major;
        it->product.security_version = cases[at].security_version;
        CHECK(ask(it));
        STATUS(cases[at].status, take(it, &manifest, HWL_FETCHED_MANIFEST));
        CHECK(standing(it).progress == HWL_UPDATE_FAILED && standing(it).failure == cases[at].status);
        CHECK(!ask(it));
    }
}

static void null_pointers(camera *it)
{
    hwl_handover handover;
    hwl_fetched fetched;
    uint8_t frame[HWL_UPDATE_REQUEST_BYTES] = {0, 0, 0, 2, 2};
    uint64_t due = 0;
    size_t length = 0;
    uint32_t server = 0;
    new_camera(it);
    memset(&handover, 0, sizeof handover);
    handover.struct_size = (uint32_t)sizeof handover;
    memset(&fetched, 0, sizeof fetched);
    fetched.struct_size = (uint32_t)sizeof fetched;
    STATUS(HWL_E_NULL, hwl_update_init(NULL, &it->update_storage, &it->image, &it->config, &it->product));
    STATUS(HWL_E_NULL, hwl_update_write_running(NULL, &it->product, it->running, &length));
    STATUS(HWL_E_NULL, hwl_update_write_running(&it->update, NULL, it->running, &length));
    STATUS(HWL_E_NULL, hwl_update_write_running(&it->update, &it->product, NULL, &length));
    STATUS(HWL_E_NULL, hwl_update_write_running(&it->update, &it->product, it->running, NULL));
    STATUS(HWL_E_NULL, hwl_update_handle_reply(NULL, 0, &it->client, NULL, 0));
    STATUS(HWL_E_NULL, hwl_update_handle_reply(&it->update, 0, NULL, NULL, 0));
    STATUS(HWL_E_NULL, hwl_update_handle_reply(&it->update, 0, &it->client, NULL, 9));
    STATUS(HWL_OK, hwl_update_handle_reply(&it->update, 0, &it->client, NULL, 0));
    STATUS(HWL_E_NULL, hwl_update_poll_timeout(NULL, &due));
    STATUS(HWL_E_NULL, hwl_update_poll_timeout(&it->update, NULL));
    STATUS(HWL_E_NULL, hwl_update_handle_timeout(NULL, 0));
    STATUS(HWL_E_NULL, hwl_update_handle_failure(NULL, 0));
    STATUS(HWL_E_NULL, hwl_update_set_servers(NULL, 1, 0));
    STATUS(HWL_E_NULL, hwl_update_poll_transmit(NULL, 0, &it->product, frame, sizeof frame, &length, &server));
    STATUS(HWL_E_NULL, hwl_update_poll_transmit(&it->update, 0, NULL, frame, sizeof frame, &length, &server));
    STATUS(HWL_E_NULL, hwl_update_poll_transmit(&it->update, 0, &it->product, NULL, 160, &length, &server));
    STATUS(HWL_E_NULL, hwl_update_poll_transmit(&it->update, 0, &it->product, frame, sizeof frame, NULL, &server));
    STATUS(HWL_E_NULL, hwl_update_poll_transmit(&it->update, 0, &it->product, frame, sizeof frame, &length, NULL));
    STATUS(HWL_E_NULL, hwl_update_frame_head(NULL, &length));
    STATUS(HWL_E_NULL, hwl_update_frame_head(frame, NULL));
    STATUS(HWL_E_NULL, hwl_update_handle_input(NULL, 0, frame, 5, &it->trust, &it->client, &it->product, &fetched));
    STATUS(HWL_E_NULL, hwl_update_handle_input(&it->update, 0, NULL, 5, &it->trust, &it->client, &it->product, &fetched));
    STATUS(HWL_E_NULL, hwl_update_handle_input(&it->update, 0, frame, 5, NULL, &it->client, &it->product, &fetched));
    STATUS(HWL_E_NULL, hwl_update_handle_input(&it->update, 0, frame, 5, &it->trust, NULL, &it->product, &fetched));
    STATUS(HWL_E_NULL, hwl_update_handle_input(&it->update, 0, frame, 5, &it->trust, &it->client, NULL, &fetched));
    STATUS(HWL_E_NULL, hwl_update_handle_input(&it->update, 0, frame, 5, &it->trust, &it->client, &it->product, NULL));
    STATUS(HWL_E_NULL, hwl_update_hand_over(NULL, 0, &it->trust, &it->client, &it->product, &handover));
    STATUS(HWL_E_NULL, hwl_update_hand_over(&it->update, 0, NULL, &it->client, &it->product, &handover));
    STATUS(HWL_E_NULL, hwl_update_hand_over(&it->update, 0, &it->trust, NULL, &it->product, &handover));
    STATUS(HWL_E_NULL, hwl_update_hand_over(&it->update, 0, &it->trust, &it->client, NULL, &handover));
    STATUS(HWL_E_NULL, hwl_update_hand_over(&it->update, 0, &it->trust, &it->client, &it->product, NULL));
    CHECK(hwl_handover_grant(&handover) == HWL_REFUSED);
    CHECK(hwl_handover_grant(NULL) == HWL_REFUSED);
    STATUS(HWL_E_NULL, hwl_update_handle_refusal(NULL));
    STATUS(HWL_E_NULL, hwl_update_standing(NULL, NULL));
    STATUS(HWL_E_NULL, hwl_update_standing(&it->update, NULL));
    STATUS(HWL_E_NULL, hwl_update_deinit(NULL));
    /* What an update begins with: a failure leaves none. */
    STATUS(HWL_E_NULL, hwl_update_init(&it->update, NULL, &it->image, &it->config, &it->product));
    STATUS(HWL_E_STATE, hwl_update_poll_timeout(&it->update, &due));
    STATUS(HWL_E_NULL, hwl_update_init(&it->update, &it->update_storage, NULL, &it->config, &it->product));
    STATUS(HWL_E_NULL, hwl_update_init(&it->update, &it->update_storage, &it->image, NULL, &it->product));
    STATUS(HWL_E_NULL, hwl_update_init(&it->update, &it->update_storage, &it->image, &it->config, NULL));
    STATUS(HWL_E_STATE, hwl_update_poll_timeout(&it->update, &due));
}

/* An update that was copied or ended is none. */
static void no_updates(camera *it)
{
    static hwl_update copy;
    uint64_t due = 0;
    CHECK(hwl_update_size() == sizeof copy);
    new_camera(it);
    memcpy(&copy, &it->update, sizeof copy);
    STATUS(HWL_E_STATE, hwl_update_poll_timeout(&copy, &due));
    STATUS(HWL_OK, hwl_update_deinit(&it->update));
    STATUS(HWL_E_STATE, hwl_update_poll_timeout(&it->update, &due));
    STATUS(HWL_OK, hwl_update_deinit(&it->update));
}

void test_updates(const char *folder)
{
    if (load(folder, "fixture.key", &root) && load(folder, "update-request.bin", &request)
        && load(folder, "update-answer.bin", &answer) && load(folder, "update-manifest.bin", &manifest)
        && load(folder, "update-chunk-0.bin", &chunks[0]) && load(folder, "update-chunk-1.bin", &chunks[1])
        && load(folder, "update-chunk-2.bin", &chunks[2])) {
        null_pointers(&the_camera);
        journey(&the_camera);
        every_write_fails_once(&the_camera);
        altered(&the_camera);
        not_for_this_product(&the_camera);
        no_updates(&the_camera);
    }
}
