#include "updates.h"

#include "image.h"
#include "network.h"
#include "storage.h"

#include <stdio.h>
#include <string.h>

/* Longest name of a file of the folder. */
#define PATH_BYTES 1024

static int is_wanted;
static hwl_update update;
static hwl_product product;
static slots record;

static void failed(const char *step, hwl_status status)
{
    printf("%-10s %s: %s. %s\n", step, hwl_status_name(status), hwl_status_text(status), hwl_status_remedy(status));
}

static hwl_update_facts standing(void)
{
    hwl_update_facts facts;
    hwl_status status;
    memset(&facts, 0, sizeof facts);
    facts.struct_size = (uint32_t)sizeof facts;
    status = hwl_update_standing(&update, &facts);
    if (status != HWL_OK) {
        failed("update", status);
    }
    return facts;
}

/* Says how far the update has come, when that has changed; not each thousandth. */
static void say_progress(void)
{
    static uint32_t shown[2];
    uint32_t found[2];
    hwl_update_facts facts = standing();
    found[0] = facts.progress;
    found[1] = facts.stored_permille / 100;
    if (memcmp(found, shown, sizeof found) == 0) {
        return;
    }
    memcpy(shown, found, sizeof shown);
    printf("%-10s %s: %s", "update", hwl_update_progress_name(facts.progress),
           hwl_update_progress_text(facts.progress));
    if (facts.progress == HWL_UPDATE_DOWNLOADING) {
        printf(" %u %%", (unsigned)found[1] * 10u);
    }
    printf("\n");
    if (facts.progress == HWL_UPDATE_FAILED) {
        failed("update", facts.failure);
    }
}

static hwl_text text_of(const char *text)
{
    hwl_text made = {(const uint8_t *)text, (uint32_t)strlen(text), HWL_READ};
    return made;
}

hwl_status updates_open(const char *folder, const hwl_client_device *device, uint64_t seed)
{
    char path[PATH_BYTES];
    hwl_storage storage;
    hwl_image image;
    hwl_update_config config;
    hwl_status status;
    int length = snprintf(path, sizeof path, "%s/record", folder);
    if (length < 0 || (size_t)length >= sizeof path || !image_open(folder, &image)
        || !storage_open(&record, path, HWL_UPDATE_SLOT_BYTES, &storage)) {
        return HWL_E_STORAGE;
    }
    product.struct_size = (uint32_t)sizeof product;
    product.hardware = 1;
    product.identity = device->identity;
    product.brand = device->brand;
    product.component = text_of("firmware");
    product.model = text_of("CAMERA-1");
    image_running(&product);
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.seed = seed;
    config.server_count = 1;
    config.restart = HWL_RESTART_DEVICE; /* the camera starts with this program */
    status = hwl_update_init(&update, &storage, &image, &config, &product);
    if (status != HWL_OK) {
        return status;
    }
    is_wanted = 1;
    printf("%-10s %u.%u.%u+%u\n", "runs", (unsigned)product.version_major, (unsigned)product.version_minor,
           (unsigned)product.version_patch, (unsigned)product.version_build);
    say_progress();
    return HWL_OK;
}

void updates_tell(hwl_client_device *device)
{
    /* It stays as it is until the answer came. */
    static uint8_t running[HWL_RUNNING_BYTES_MAX];
    hwl_status status;
    if (!is_wanted) {
        return;
    }
    status = hwl_update_write_running(&update, &product, running, &device->running_length);
    device->running = running;
    if (status != HWL_OK) {
        device->running_length = 0;
        failed("update", status);
    }
}

void updates_handle_reply(uint64_t uptime_s, const hwl_client *client, const hwl_client_device *device)
{
    hwl_status status;
    if (!is_wanted) {
        return;
    }
    status = hwl_update_handle_reply(&update, uptime_s, client, device->running, device->running_length);
    if (status != HWL_OK) {
        failed("update", status);
    }
    say_progress();
}

uint64_t updates_due(void)
{
    uint64_t due = UINT64_MAX;
    return is_wanted && hwl_update_poll_timeout(&update, &due) == HWL_OK ? due : UINT64_MAX;
}

/* Asks for the next part, if one is due. */
static hwl_status fetch(const char *server, uint64_t uptime_s, const hwl_trust *trust, const hwl_client *client)
{
    static uint8_t body[HWL_CHUNK_BYTES_MAX + HWL_CHUNK_OVERHEAD_BYTES];
    uint8_t frame[HWL_UPDATE_REQUEST_BYTES];
    size_t length = 0;
    uint32_t which = 0;
    hwl_fetched fetched;
    hwl_status status;
    memset(&fetched, 0, sizeof fetched);
    fetched.struct_size = (uint32_t)sizeof fetched;
    status = hwl_update_poll_transmit(&update, uptime_s, &product, frame, sizeof frame, &length, &which);
    if (status != HWL_OK || length == 0) {
        return status;
    }
    status = network_ask(server, frame, length, hwl_update_frame_head, body, sizeof body, &length);
    if (status == HWL_OK) {
        status = hwl_update_handle_input(&update, uptime_s, body, length, trust, client, &product, &fetched);
    }
    if (status != HWL_OK) {
        (void)hwl_update_handle_failure(&update, uptime_s);
    } else if (fetched.kind == HWL_FETCHED_REFUSED) {
        failed("server", -(hwl_status)fetched.number);
    }
    return status;
}

/* Gives an image that is whole to the vendor's updater. */
static hwl_status hand_over(uint64_t uptime_s, const hwl_trust *trust, const hwl_client *client)
{
    hwl_handover handover;
    hwl_status status;
    memset(&handover, 0, sizeof handover);
    handover.struct_size = (uint32_t)sizeof handover;
    status = hwl_update_hand_over(&update, uptime_s, trust, client, &product, &handover);
    return status == HWL_OK && !image_install(&handover) ? hwl_update_handle_refusal(&update) : status;
}

void updates_step(const char *server, uint64_t uptime_s, const hwl_trust *trust, const hwl_client *client)
{
    hwl_status status;
    if (!is_wanted) {
        return;
    }
    status = hwl_update_handle_timeout(&update, uptime_s);
    if (status == HWL_OK) {
        status = fetch(server, uptime_s, trust, client);
    }
    if (status == HWL_OK && standing().progress == HWL_UPDATE_READY) {
        status = hand_over(uptime_s, trust, client);
    }
    if (status == HWL_E_NOT_FOUND) {
        printf("%-10s no answer from %s\n", "update", server);
    } else if (status != HWL_OK) {
        failed("update", status);
    }
    say_progress();
}
