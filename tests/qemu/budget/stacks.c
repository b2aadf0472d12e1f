/* The stack of every exported function, without that of the verifier: the most that any of the
 * golden vectors takes, and of Systems what one of 8 servers and 64 devices takes. Objects and
 * structs are static here, so a figure is the call's alone. */

#include <string.h>

#include "cases.h"
#include "fixture.h"
#include "hwlicense.h"
#include "installation.h"
#include "machine.h"
#include "measure.h"
#include "port.h"
#include "recorded_update.h"

void hwl_on_panic(void)
{
    for (;;) {
        port_exit(1);
    }
}

static hwl_trust trust;
static hwl_license license;
static hwl_identity identity;
static hwl_trust_config config;
static hwl_context context;
static hwl_report report;
static hwl_terms terms;
static hwl_facts facts;
static hwl_comparison comparison;
static hwl_text feature;
static hwl_hwid hwid;
static hwl_status status;
static uint64_t seconds;
static uint32_t word;
static size_t length;
static uint8_t enrollment[HWL_ENROLLMENT_BYTES_MAX];
static uint8_t scratch[HWL_BLOB_BYTES_MAX];
static const char *text;

static hwl_client client;
static hwl_client_config client_config;
static hwl_client_device device;
static hwl_client_facts standing;
static hwl_answer answer;
static uint64_t uptime_s;
static uint8_t random_bytes[HWL_RANDOM_BYTES];
static uint8_t slots[2][HWL_SLOT_BYTES];

static hwl_update update;
static hwl_update_config update_config;
static hwl_product product;
static hwl_update_facts progress;
static hwl_fetched fetched;
static hwl_handover handover;
static uint8_t update_slots[2][HWL_UPDATE_SLOT_BYTES];
static uint8_t image[4096];
static uint8_t running[HWL_RUNNING_BYTES_MAX];
static size_t running_length;
static blob part;

static const hwid_case *hwid_now = hwid_cases;
static const enroll_case *enroll_now = enroll_cases;
static const later_case *later_now = later_cases;
static const license_case *license_now = license_cases;
static const admitted_row *row_now;

/* Takes no stack worth speaking of, and accepts, so that what follows is done. */
static uint32_t accept(void *ctx, const uint8_t *key, const uint8_t *message, size_t message_length,
                       const uint8_t *signature)
{
    (void)ctx;
    (void)key;
    (void)message;
    (void)message_length;
    (void)signature;
    return HWL_SIGNATURE_HOLDS;
}

static int32_t read_slot(void *ctx, uint32_t slot, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    (void)ctx;
    memcpy(bytes, &slots[slot][offset], count);
    return 0;
}

static int32_t erase_slot(void *ctx, uint32_t slot)
{
    (void)ctx;
    (void)slot;
    return 0;
}

static int32_t write_slot(void *ctx, uint32_t slot, uint32_t offset, const uint8_t *bytes)
{
    (void)ctx;
    memcpy(&slots[slot][offset], bytes, HWL_WRITE_BYTES);
    return 0;
}

/* Takes as little stack as a callback can. */
static const hwl_storage storage = {
    .struct_size = sizeof(hwl_storage), .read = read_slot, .erase = erase_slot, .write = write_slot};

static int32_t read_update_slot(void *ctx, uint32_t slot, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    (void)ctx;
    memcpy(bytes, &update_slots[slot][offset], count);
    return 0;
}

static int32_t write_update_slot(void *ctx, uint32_t slot, uint32_t offset, const uint8_t *bytes)
{
    (void)ctx;
    memcpy(&update_slots[slot][offset], bytes, HWL_WRITE_BYTES);
    return 0;
}

static int32_t read_image(void *ctx, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    (void)ctx;
    memcpy(bytes, &image[offset], count);
    return 0;
}

static int32_t write_image(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    (void)ctx;
    memcpy(&image[offset], bytes, count);
    return 0;
}

static const hwl_storage update_storage = {
    .struct_size = sizeof(hwl_storage), .read = read_update_slot, .erase = erase_slot, .write = write_update_slot};
static const hwl_image image_slot = {.struct_size = sizeof(hwl_image),
                                     .size_bytes = sizeof image,
                                     .block_bytes = 1,
                                     .read = read_image,
                                     .write = write_image};

#define CALL(function, ...)                                                                                            \
    static void call_##function(void)                                                                                  \
    {                                                                                                                  \
        __VA_ARGS__;                                                                                                   \
    }

CALL(hwl_version, word = hwl_version())
CALL(hwl_abi_version, word = hwl_abi_version())
CALL(hwl_version_text, text = hwl_version_text())
CALL(hwl_status_name, text = hwl_status_name(HWL_E_KEY_MISTYPED))
CALL(hwl_status_text, text = hwl_status_text(HWL_E_KEY_MISTYPED))
CALL(hwl_status_remedy, text = hwl_status_remedy(HWL_E_KEY_MISTYPED))
CALL(hwl_reason_name, text = hwl_reason_name(5))
CALL(hwl_reason_text, text = hwl_reason_text(5))
CALL(hwl_reason_next_step, text = hwl_reason_next_step(5))
CALL(hwl_component_name, text = hwl_component_name(4))
CALL(hwl_evidence_name, text = hwl_evidence_name(HWL_EVIDENCE_PLATFORM_ID))
CALL(hwl_field_name, text = hwl_field_name(HWL_FIELD_NICS))
CALL(hwl_class_name, text = hwl_class_name(7))
CALL(hwl_change_name, text = hwl_change_name(HWL_CHANGE_CHANGED))
CALL(hwl_change_cause_name, text = hwl_change_cause_name(HWL_CAUSE_BOARD_REPLACED))
CALL(hwl_change_cause_text, text = hwl_change_cause_text(HWL_CAUSE_BOARD_REPLACED))
CALL(hwl_change_next_step, text = hwl_change_next_step(HWL_CAUSE_BOARD_REPLACED))
CALL(hwl_identity_size, length = hwl_identity_size())
CALL(hwl_trust_size, length = hwl_trust_size())
CALL(hwl_license_size, length = hwl_license_size())
CALL(hwl_hwid_parse,
     status = hwl_hwid_parse((const uint8_t *)" 03d554128B60dc313c8d40227fd23469C1\n", 36, &hwid))
CALL(hwl_hwid_format, status = hwl_hwid_format(&hwid, enrollment, sizeof enrollment, &length))
CALL(hwl_hwid_equal, status = hwl_hwid_equal(&hwid, &hwid))
CALL(hwl_identity_read, status = hwl_identity_read(&identity, hwid_now->descriptor))
CALL(hwl_identity_hwid, status = hwl_identity_hwid(&identity, &hwid))
CALL(hwl_identity_facts, status = hwl_identity_facts(&identity, &facts))
CALL(hwl_identity_deinit, status = hwl_identity_deinit(&identity))
CALL(hwl_identity_from_hwid, status = hwl_identity_from_hwid(&identity, &hwid, HWL_EVIDENCE_BOARD_SERIAL))
CALL(hwl_enroll,
     status = hwl_enroll(enroll_now->descriptor, enroll_now->salt, enrollment, sizeof enrollment, &length))
CALL(hwl_identity_read_enrolled,
     status = hwl_identity_read_enrolled(&identity, later_now->descriptor, later_now->enrollment.bytes,
                                         later_now->enrollment.length))
CALL(hwl_enrollment_hwid,
     status = hwl_enrollment_hwid(later_now->enrollment.bytes, later_now->enrollment.length, &hwid))
CALL(hwl_compare,
     status = hwl_compare(later_now->descriptor, later_now->enrollment.bytes, later_now->enrollment.length,
                          &comparison))
CALL(hwl_trust_init, status = hwl_trust_init(&trust, &config))
CALL(hwl_trust_admit, status = hwl_trust_admit(&trust, row_now->bytes.bytes, row_now->bytes.length, &word))
CALL(hwl_trust_latest_signed, status = hwl_trust_latest_signed(&trust, &seconds))
CALL(hwl_trust_deinit, status = hwl_trust_deinit(&trust))
CALL(hwl_armor_decode, status = hwl_armor_decode(license_now->file.bytes, license_now->file.length, scratch,
                                                 sizeof scratch, &length))
CALL(hwl_license_verify, status = hwl_license_verify(&license, &trust, license_now->file.bytes,
                                                     license_now->file.length, scratch, sizeof scratch))
CALL(hwl_license_verify_binary, status = hwl_license_verify_binary(&license, &trust, license_now->file.bytes,
                                                                   license_now->file.length))
CALL(hwl_license_terms, status = hwl_license_terms(&license, &terms))
CALL(hwl_license_feature, status = hwl_license_feature(&license, 1, &feature))
CALL(hwl_license_has_feature, status = hwl_license_has_feature(&license, (const uint8_t *)"failover", 8))
CALL(hwl_license_deinit, status = hwl_license_deinit(&license))
CALL(hwl_license_check, status = hwl_license_check(&license, &identity, &context, &report))
CALL(hwl_report_refused, status = hwl_report_refused(HWL_E_BAD_SIGNATURE, &report))
CALL(hwl_report_grant, word = hwl_report_grant(&report))
CALL(hwl_system_workspace_size, length = hwl_system_workspace_size(8, 64, 8, 192))
CALL(hwl_system_allocate,
     status = hwl_system_allocate(&installation, &installation_moment, installation_workspace,
                                  sizeof installation_workspace, &installation_allocation, &installation_fault))
CALL(hwl_system_switch_on,
     status = hwl_system_switch_on(&installation, &installation_moment, 5, installation_workspace,
                                   sizeof installation_workspace, &installation_shortage, &installation_fault))
CALL(hwl_system_plan,
     status = hwl_system_plan(&installation, &installation_moment, installation_workspace,
                              sizeof installation_workspace, &installation_plan, &installation_fault))
CALL(hwl_tally_name, text = hwl_tally_name(HWL_TALLY_SERVER_OFFLINE))
CALL(hwl_tally_text, text = hwl_tally_text(HWL_TALLY_SERVER_OFFLINE))
CALL(hwl_tally_next_step, text = hwl_tally_next_step(HWL_TALLY_SERVER_OFFLINE))
CALL(hwl_obstacle_name, text = hwl_obstacle_name(HWL_OBSTACLE_FULL))
CALL(hwl_obstacle_text, text = hwl_obstacle_text(HWL_OBSTACLE_FULL))
CALL(hwl_obstacle_next_step, text = hwl_obstacle_next_step(HWL_OBSTACLE_FULL))
CALL(hwl_event_precaution, text = hwl_event_precaution(HWL_EVENT_FAIL))
CALL(hwl_client_size, length = hwl_client_size())
CALL(hwl_client_init, status = hwl_client_init(&client, &storage, &client_config))
CALL(hwl_client_poll_timeout, status = hwl_client_poll_timeout(&client, &seconds))
CALL(hwl_client_handle_timeout, status = hwl_client_handle_timeout(&client, uptime_s))
CALL(hwl_client_handle_failure, status = hwl_client_handle_failure(&client, uptime_s))
CALL(hwl_client_set_servers, status = hwl_client_set_servers(&client, 1, uptime_s))
CALL(hwl_client_deinit, status = hwl_client_deinit(&client))
CALL(hwl_client_poll_transmit,
     status = hwl_client_poll_transmit(&client, uptime_s, random_bytes, &device, scratch, sizeof scratch, &length,
                                       &word))
CALL(hwl_client_write_carried,
     status = hwl_client_write_carried(&client, uptime_s, random_bytes, &device, scratch, sizeof scratch, &length))
CALL(hwl_frame_head, status = hwl_frame_head(scratch, &length))
CALL(hwl_client_handle_input,
     status = hwl_client_handle_input(&client, uptime_s, fixture_answer, fixture_answer_length, &trust, &device,
                                      &answer))
CALL(hwl_client_handle_correction,
     status = hwl_client_handle_correction(&client, uptime_s, fixture_correction, fixture_correction_length, &trust,
                                           &device))
CALL(hwl_client_check,
     status = hwl_client_check(&client, uptime_s, &trust, &device, NULL, NULL, &report, &word))
CALL(hwl_client_standing, status = hwl_client_standing(&client, uptime_s, &standing))
CALL(hwl_client_give_up,
     status = hwl_client_give_up(&client, uptime_s, (const uint8_t *)"KWCQ-0C8D-XGD2-VBRM", 19))
CALL(hwl_client_state_name, text = hwl_client_state_name(HWL_CLIENT_REFUSED))
CALL(hwl_client_state_text, text = hwl_client_state_text(HWL_CLIENT_REFUSED))
CALL(hwl_refusal_name, text = hwl_refusal_name(508))
CALL(hwl_refusal_text, text = hwl_refusal_text(508))
CALL(hwl_refusal_next_step, text = hwl_refusal_next_step(508))
CALL(hwl_update_size, length = hwl_update_size())
CALL(hwl_update_init,
     status = hwl_update_init(&update, &update_storage, &image_slot, &update_config, &product))
CALL(hwl_update_write_running,
     status = hwl_update_write_running(&update, &product, running, &running_length))
CALL(hwl_update_handle_reply,
     status = hwl_update_handle_reply(&update, uptime_s, &client, running, running_length))
CALL(hwl_update_poll_timeout, status = hwl_update_poll_timeout(&update, &seconds))
CALL(hwl_update_handle_timeout, status = hwl_update_handle_timeout(&update, uptime_s))
CALL(hwl_update_handle_failure, status = hwl_update_handle_failure(&update, uptime_s))
CALL(hwl_update_set_servers, status = hwl_update_set_servers(&update, 1, uptime_s))
CALL(hwl_update_poll_transmit,
     status = hwl_update_poll_transmit(&update, uptime_s, &product, scratch, sizeof scratch, &length, &word))
CALL(hwl_update_frame_head, status = hwl_update_frame_head(scratch, &length))
CALL(hwl_update_handle_input,
     status = hwl_update_handle_input(&update, uptime_s, part.bytes, part.length, &trust, &client, &product,
                                      &fetched))
CALL(hwl_update_hand_over,
     status = hwl_update_hand_over(&update, uptime_s, &trust, &client, &product, &handover))
CALL(hwl_handover_grant, word = hwl_handover_grant(&handover))
CALL(hwl_update_handle_refusal, status = hwl_update_handle_refusal(&update))
CALL(hwl_update_standing, status = hwl_update_standing(&update, &progress))
CALL(hwl_update_deinit, status = hwl_update_deinit(&update))
CALL(hwl_update_progress_name, text = hwl_update_progress_name(HWL_UPDATE_FAILED))
CALL(hwl_update_progress_text, text = hwl_update_progress_text(HWL_UPDATE_FAILED))
CALL(hwl_self_test_verify, status = hwl_self_test_verify(NULL, accept))
CALL(hwl_self_test, status = hwl_self_test(NULL, hwl_ed25519_verify))
CALL(hwl_ed25519_verify,
     word = hwl_ed25519_verify(NULL, signature_cases[0].key, signature_cases[1].message.bytes,
                               signature_cases[1].message.length, signature_cases[1].signature))

/* The tables of the fixture's keys, written by `hwlicense key pin`. */
extern const hwl_pinned_key pinned_root, pinned_issuer;
static const hwl_pinned_key *const pinned[] = {&pinned_root, &pinned_issuer};
static const hwl_pinned_keys pinned_keys = {sizeof pinned_keys, sizeof pinned / sizeof pinned[0], pinned};

CALL(hwl_pinned_keys_check, status = hwl_pinned_keys_check(&pinned_keys))
/* A signature that fails only at the end. */
CALL(hwl_ed25519_verify_pinned,
     word = hwl_ed25519_verify_pinned((void *)&pinned_keys, fixture_root, signature_cases[1].message.bytes,
                                      signature_cases[1].message.length, signature_cases[1].signature))
/* A key that is not pinned, which takes more. */
CALL(hwl_ed25519_verify_pinned_or_any,
     word = hwl_ed25519_verify_pinned_or_any((void *)&pinned_keys, signature_cases[0].key,
                                             signature_cases[1].message.bytes, signature_cases[1].message.length,
                                             signature_cases[1].signature))

/* The most that each function took so far. */
typedef struct {
    const char *name;
    void (*call)(void);
    uint32_t most;
} row;

#define ROW(function) {#function, call_##function, 0}

static row rows[] = {
    ROW(hwl_version), ROW(hwl_abi_version), ROW(hwl_version_text), ROW(hwl_status_name), ROW(hwl_status_text),
    ROW(hwl_status_remedy), ROW(hwl_reason_name), ROW(hwl_reason_text), ROW(hwl_reason_next_step),
    ROW(hwl_component_name), ROW(hwl_evidence_name), ROW(hwl_field_name), ROW(hwl_class_name), ROW(hwl_change_name),
    ROW(hwl_change_cause_name), ROW(hwl_change_cause_text), ROW(hwl_change_next_step), ROW(hwl_identity_size),
    ROW(hwl_trust_size), ROW(hwl_license_size), ROW(hwl_hwid_parse), ROW(hwl_hwid_format), ROW(hwl_hwid_equal),
    ROW(hwl_identity_read), ROW(hwl_identity_hwid), ROW(hwl_identity_facts), ROW(hwl_identity_deinit),
    ROW(hwl_identity_from_hwid), ROW(hwl_enroll), ROW(hwl_identity_read_enrolled), ROW(hwl_enrollment_hwid),
    ROW(hwl_compare), ROW(hwl_trust_init), ROW(hwl_trust_admit), ROW(hwl_trust_latest_signed), ROW(hwl_trust_deinit),
    ROW(hwl_armor_decode), ROW(hwl_license_verify), ROW(hwl_license_verify_binary), ROW(hwl_license_terms),
    ROW(hwl_license_feature), ROW(hwl_license_has_feature), ROW(hwl_license_deinit), ROW(hwl_license_check),
    ROW(hwl_report_refused), ROW(hwl_report_grant), ROW(hwl_self_test_verify), ROW(hwl_self_test),
    ROW(hwl_ed25519_verify), ROW(hwl_pinned_keys_check), ROW(hwl_ed25519_verify_pinned),
    ROW(hwl_ed25519_verify_pinned_or_any), ROW(hwl_system_workspace_size), ROW(hwl_system_allocate), ROW(hwl_system_switch_on),
    ROW(hwl_system_plan), ROW(hwl_tally_name), ROW(hwl_tally_text), ROW(hwl_tally_next_step), ROW(hwl_obstacle_name),
    ROW(hwl_obstacle_text), ROW(hwl_obstacle_next_step), ROW(hwl_event_precaution), ROW(hwl_client_size),
    ROW(hwl_client_init), ROW(hwl_client_poll_timeout), ROW(hwl_client_handle_timeout),
    ROW(hwl_client_handle_failure), ROW(hwl_client_set_servers), ROW(hwl_client_poll_transmit),
    ROW(hwl_client_write_carried), ROW(hwl_frame_head), ROW(hwl_client_handle_input),
    ROW(hwl_client_handle_correction), ROW(hwl_client_check), ROW(hwl_client_standing), ROW(hwl_client_give_up),
    ROW(hwl_client_deinit), ROW(hwl_client_state_name), ROW(hwl_client_state_text), ROW(hwl_refusal_name),
    ROW(hwl_refusal_text), ROW(hwl_refusal_next_step), ROW(hwl_update_size), ROW(hwl_update_init),
    ROW(hwl_update_write_running), ROW(hwl_update_handle_reply), ROW(hwl_update_poll_timeout),
    ROW(hwl_update_handle_timeout), ROW(hwl_update_handle_failure), ROW(hwl_update_set_servers),
    ROW(hwl_update_poll_transmit), ROW(hwl_update_frame_head), ROW(hwl_update_handle_input),
    ROW(hwl_update_hand_over), ROW(hwl_handover_grant), ROW(hwl_update_handle_refusal), ROW(hwl_update_standing),
    ROW(hwl_update_deinit), ROW(hwl_update_progress_name), ROW(hwl_update_progress_text),
};

#define ROWS (sizeof rows / sizeof rows[0])

static void take(void (*call)(void))
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].call == call) {
            uint32_t stack = stack_of(call);
            rows[i].most = stack > rows[i].most ? stack : rows[i].most;
        }
    }
}

static void take_identities(void)
{
    for (hwid_now = hwid_cases; hwid_now < &hwid_cases[hwid_case_count]; hwid_now++) {
        take(call_hwl_identity_read);
        take(call_hwl_identity_hwid);
        take(call_hwl_identity_facts);
    }
    for (enroll_now = enroll_cases; enroll_now < &enroll_cases[enroll_case_count]; enroll_now++) {
        take(call_hwl_enroll);
    }
    for (later_now = later_cases; later_now < &later_cases[later_case_count]; later_now++) {
        take(call_hwl_identity_read_enrolled);
        take(call_hwl_enrollment_hwid);
        take(call_hwl_compare);
    }
}

static void set_context(void)
{
    memset(&context, 0, sizeof context);
    context.struct_size = sizeof context;
    context.contact = license_now->contact;
    context.wall_unix_s = license_now->wall_unix_s;
    context.wall_state = license_now->wall_state;
    context.floor_unix_s = license_now->floor_unix_s;
    context.flags = HWL_CHECK_ANY_BRAND;
}

static void take_license(void)
{
    config.roots = license_now->roots;
    config.root_count = license_now->root_count;
    take(call_hwl_trust_init);
    for (uint32_t i = 0; i < license_now->admitted_count; i++) {
        row_now = &license_now->admitted[i];
        take(call_hwl_trust_admit);
    }
    take(call_hwl_trust_latest_signed);
    take(call_hwl_armor_decode);
    take(call_hwl_license_verify_binary);
    take(call_hwl_license_verify);
    if (status == HWL_OK && hwl_identity_read(&identity, license_now->machine) == HWL_OK) {
        set_context();
        take(call_hwl_license_check);
        take(call_hwl_report_grant);
        take(call_hwl_license_terms);
        take(call_hwl_license_feature);
        take(call_hwl_license_has_feature);
        take(call_hwl_license_deinit);
    }
    take(call_hwl_trust_deinit);
}

/* The recorded exchange: from nothing to a lease, which is judged, and given up. */
static void take_client(void)
{
    config.roots = fixture_root;
    config.root_count = 1;
    need(hwl_trust_init(&trust, &config) == HWL_OK);
    need(hwl_identity_read(&identity, &fixture_machine) == HWL_OK);
    client_config.struct_size = sizeof client_config;
    client_config.abi_version = HWL_ABI_VERSION;
    client_config.seed = 7;
    client_config.server_count = 1;
    device.struct_size = sizeof device;
    device.class_number = 6;
    device.count = 4;
    device.identity = &identity;
    device.brand = (hwl_text){(const uint8_t *)"northgate", 9, HWL_READ};
    device.name = (hwl_text){(const uint8_t *)"quay 7", 6, HWL_READ};
    device.software = (hwl_text){(const uint8_t *)"4.2 (1337)", 10, HWL_READ};
    answer.struct_size = sizeof answer;
    standing.struct_size = sizeof standing;
    memset(random_bytes, 0xA1, sizeof random_bytes);
    take(call_hwl_client_init);
    take(call_hwl_client_poll_timeout);
    uptime_s = seconds;
    take(call_hwl_client_handle_timeout);
    take(call_hwl_client_poll_transmit);
    take(call_hwl_frame_head);
    take(call_hwl_client_handle_input);
    need(status == HWL_OK && answer.kind == HWL_ANSWER_LICENSED);
    take(call_hwl_client_check);
    take(call_hwl_client_standing);
    need(standing.state == HWL_CLIENT_LICENSED);
    take(call_hwl_client_init);
    uptime_s += 4000;
    take(call_hwl_client_handle_timeout);
    take(call_hwl_client_poll_transmit);
    take(call_hwl_client_handle_failure);
    take(call_hwl_client_set_servers);
    take(call_hwl_client_write_carried);
    take(call_hwl_client_handle_correction);
    need(status == HWL_OK);
    take(call_hwl_client_give_up);
    take(call_hwl_client_deinit);
}

/* Asks for a part, and takes it. */
static void take_part(blob body, uint32_t kind)
{
    take(call_hwl_update_handle_timeout);
    take(call_hwl_update_poll_transmit);
    need(status == HWL_OK && length > 0);
    part = body;
    take(call_hwl_update_handle_input);
    need(status == HWL_OK && fetched.kind == kind);
}

/* The recorded update: offered with a reply, fetched, and handed over. */
static void take_update(void)
{
    product.struct_size = sizeof product;
    product.hardware = 3;
    product.version_major = 4;
    product.version_minor = 2;
    product.version_build = 1337;
    product.security_version = 2;
    product.identity = &identity;
    product.brand = device.brand;
    product.component = (hwl_text){(const uint8_t *)"firmware", 8, HWL_READ};
    product.model = (hwl_text){(const uint8_t *)"NG-210", 6, HWL_READ};
    update_config.struct_size = sizeof update_config;
    update_config.abi_version = HWL_ABI_VERSION;
    update_config.server_count = 1;
    progress.struct_size = sizeof progress;
    fetched.struct_size = sizeof fetched;
    handover.struct_size = sizeof handover;
    memset(slots, 0xFF, sizeof slots);
    memset(update_slots, 0xFF, sizeof update_slots);
    memset(random_bytes, 0xA3, sizeof random_bytes);
    need(hwl_client_init(&client, &storage, &client_config) == HWL_OK);
    take(call_hwl_update_init);
    take(call_hwl_update_write_running);
    need(status == HWL_OK);
    device.running = running;
    device.running_length = running_length;
    need(hwl_client_poll_timeout(&client, &uptime_s) == HWL_OK);
    need(hwl_client_handle_timeout(&client, uptime_s) == HWL_OK);
    take(call_hwl_client_poll_transmit);
    part = recorded_answer();
    need(hwl_client_handle_input(&client, uptime_s, part.bytes, part.length, &trust, &device, &answer) == HWL_OK);
    take(call_hwl_update_handle_reply);
    need(status == HWL_OK);
    take(call_hwl_update_poll_timeout);
    take_part(recorded_manifest(), HWL_FETCHED_MANIFEST);
    take(call_hwl_update_handle_timeout);
    take(call_hwl_update_poll_transmit);
    take(call_hwl_update_handle_failure);
    take(call_hwl_update_set_servers);
    take_part(recorded_chunk_0(), HWL_FETCHED_CHUNK);
    take_part(recorded_chunk_1(), HWL_FETCHED_CHUNK);
    take_part(recorded_chunk_2(), HWL_FETCHED_CHUNK);
    take(call_hwl_update_handle_timeout);
    take(call_hwl_update_standing);
    need(progress.progress == HWL_UPDATE_READY);
    take(call_hwl_update_hand_over);
    need(status == HWL_OK);
    take(call_hwl_handover_grant);
    need(word == HWL_CLEARED);
    take(call_hwl_update_write_running);
    take(call_hwl_update_handle_refusal);
    take(call_hwl_update_write_running);
    take(call_hwl_update_handle_reply);
    take(call_hwl_update_init);
    take(call_hwl_update_deinit);
}

int run(void)
{
    config.struct_size = sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.verify = accept;
    facts.struct_size = sizeof facts;
    terms.struct_size = sizeof terms;
    report.struct_size = sizeof report;
    comparison.struct_size = sizeof comparison;
    installation_describe();
    take_identities();
    take_client();
    take_update();
    for (license_now = license_cases; license_now < &license_cases[license_case_count]; license_now++) {
        take_license();
    }
    license_now = license_cases;
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].most == 0u) {
            take(rows[i].call);
        }
        say("stack", rows[i].name, rows[i].most);
    }
    return 0;
}
