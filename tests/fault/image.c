/* The program that the fault injection runs on an emulated Cortex-M4: a licence is verified and
 * checked, and channels are recorded if it is good, as firmware does it.
 *
 * VERIFY_ANY      signatures by the library, for any key
 * VERIFY_PINNED   signatures by the library, for the keys that are pinned; without either, by a
 *                 stand-in that answers as the scenario says
 * ASKED_ONCE      a caller with a weakness, which must be found
 *
 * sweep.py writes a scenario into the variables named `scenario_`, calls `prepare` once, and then
 * `attempt` again and again, each time with one instruction of it skipped. It has succeeded in
 * breaking in when `recorded_channels` is a multiple of RECORDED afterwards. */

#include "hwlicense.h"
#include "machine.h"

#include <stdint.h>
#include <string.h>

#define CHANNELS 2u
#define ROOTS_MAX 2u
#define ADMITTED_MAX 2u
#define RECORDED 0x01c0ffeeu

/* What the driver sets. */
uint8_t scenario_roots[ROOTS_MAX][HWL_PUBLIC_KEY_BYTES];
uint32_t scenario_root_count;
uint8_t scenario_license[1024];
uint32_t scenario_license_length;
uint8_t scenario_admitted[ADMITTED_MAX][256];
uint32_t scenario_admitted_length[ADMITTED_MAX];
uint8_t scenario_brand[32];
uint32_t scenario_brand_length;
uint32_t scenario_machine;
uint64_t scenario_wall_unix_s;
uint64_t scenario_floor_unix_s;
uint32_t scenario_contact;
/* What the engine answers for signatures of the first root, and for all others. */
uint32_t scenario_root_answer;
uint32_t scenario_issuer_answer;

/* What the driver reads. */
volatile uint32_t recorded_channels;
hwl_status last_status;
hwl_report report;

static hwl_trust trust;
static hwl_license license;
static hwl_identity identity;
static hwl_context context;
static machine described;

int32_t prepare(void);
uint32_t attempt(void);
uint32_t recorder_start(const hwl_report *granted, uint32_t channels);
void record_channel(uint32_t right);
uint32_t engine_verify(void *ctx, const uint8_t *key, const uint8_t *message, size_t message_length,
                       const uint8_t *signature);

/* Firmware would reset here. The driver takes this for a crash. */
void hwl_on_panic(void)
{
    __builtin_trap();
}

#if defined(VERIFY_ANY)
#define VERIFY hwl_ed25519_verify
#define VERIFY_CTX NULL
#elif defined(VERIFY_PINNED)
extern const hwl_pinned_key pinned_root, pinned_issuer;
static const hwl_pinned_key *const pinned[] = {&pinned_root, &pinned_issuer};
static const hwl_pinned_keys pinned_keys = {sizeof pinned_keys, sizeof pinned / sizeof pinned[0], pinned};
#define VERIFY hwl_ed25519_verify_pinned
#define VERIFY_CTX ((void *)&pinned_keys)
#else
/* Stands for the engine of a chip. Nothing in it is skipped: what an engine does to its own
 * answer is its maker's concern, and this one only says what the scenario wants. */
uint32_t engine_verify(void *ctx, const uint8_t *key, const uint8_t *message, size_t message_length,
                       const uint8_t *signature)
{
    (void)ctx;
    (void)message;
    (void)message_length;
    (void)signature;
    return memcmp(key, scenario_roots[0], HWL_PUBLIC_KEY_BYTES) == 0 ? scenario_root_answer : scenario_issuer_answer;
}
#define VERIFY engine_verify
#define VERIFY_CTX NULL
#endif

/* Asks for the right itself, so that whatever leads here without one records nothing. A number far
 * from what a stray write may leave there says that it has. */
__attribute__((noinline)) void record_channel(uint32_t right)
{
#ifdef ASKED_ONCE
    right = HWL_GRANTED;
#endif
    if (right == HWL_GRANTED) {
        recorded_channels += RECORDED;
    }
}

/* The right is asked for at each channel and handed on as it came, so that no single instruction
 * of the caller's own stands between a refusal and a recording. Without `volatile` the compiler
 * may put the constant that it was compared with in its place. */
__attribute__((noinline)) uint32_t recorder_start(const hwl_report *granted, uint32_t channels)
{
    uint32_t running = 0;
    while (running < channels) {
        volatile uint32_t right = hwl_report_grant(granted);
        if (right != HWL_GRANTED) {
            break;
        }
        record_channel(right);
        running++;
    }
    return running;
}

/* What an attempt needs and does not decide: trust, the machine, the time. */
int32_t prepare(void)
{
    hwl_trust_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.roots = scenario_roots[0];
    config.root_count = scenario_root_count;
    config.verify = VERIFY;
    config.verify_ctx = VERIFY_CTX;
    last_status = hwl_trust_init(&trust, &config);
    for (uint32_t i = 0; i < ADMITTED_MAX && last_status == HWL_OK && scenario_admitted_length[i] > 0u; i++) {
        uint32_t admitted;
        last_status = hwl_trust_admit(&trust, scenario_admitted[i], scenario_admitted_length[i], &admitted);
    }
    if (last_status != HWL_OK) {
        return last_status;
    }
    context.struct_size = sizeof context;
    context.contact = scenario_contact;
    context.wall_unix_s = scenario_wall_unix_s;
    context.wall_state = HWL_READ;
    context.floor_unix_s = scenario_floor_unix_s;
    context.brand.bytes = scenario_brand;
    context.brand.length = scenario_brand_length;
    context.brand.state = HWL_READ;
    report.struct_size = sizeof report;
    machine_describe(&described, scenario_machine);
    last_status = hwl_identity_read(&identity, &described.descriptor);
    return last_status;
}

__attribute__((noinline)) uint32_t attempt(void)
{
    last_status = hwl_license_verify_binary(&license, &trust, scenario_license, scenario_license_length);
    if (last_status != HWL_OK) {
        return 0;
    }
    last_status = hwl_license_check(&license, &identity, &context, &report);
    if (last_status != HWL_OK) {
        return 0;
    }
    return recorder_start(&report, CHANNELS);
}
