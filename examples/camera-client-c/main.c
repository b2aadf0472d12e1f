/* A camera that gets its licence from a Primary Server: asks when it is due, keeps what it is given
 * in a file, and says in which state it is, why, and what to do. */

#define _DEFAULT_SOURCE

#include "hwlicense.h"
#include "machine.h"
#include "network.h"
#include "storage.h"
#include "updates.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* When this program was built: 2026-06-01. A build script writes such a time. */
#define BUILT_UNIX_S 1780272000u
/* Leases end, so the rights are judged at least once an hour. */
#define CHECK_S 3600u

static hwl_trust trust;
static hwl_identity identity;
static hwl_client client;
static hwl_client_device device;
static uint8_t root[HWL_PUBLIC_KEY_BYTES];
static slots kept;
static hwl_storage storage;
/* The uptime at which the rights are judged. */
static uint64_t judge_at_s;

static int failed(const char *step, hwl_status status)
{
    printf("%-10s %s: %s. %s\n", step, hwl_status_name(status), hwl_status_text(status), hwl_status_remedy(status));
    return 1;
}

/* Seconds since boot, while the machine sleeps too. */
static uint64_t uptime(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_BOOTTIME, &now) == 0 ? (uint64_t)now.tv_sec : 0;
}

static hwl_text text_of(const char *text)
{
    hwl_text made = {(const uint8_t *)text, (uint32_t)strlen(text), HWL_READ};
    return made;
}

/* Asks the server if that is due, and takes its answer. */
static void contact(const char *server)
{
    static uint8_t frame[HWL_REQUEST_BYTES], body[HWL_ANSWER_BYTES_MAX];
    uint8_t random[HWL_RANDOM_BYTES];
    size_t length = 0;
    uint32_t which = 0;
    hwl_answer answer;
    hwl_status status;
    memset(&answer, 0, sizeof answer);
    answer.struct_size = (uint32_t)sizeof answer;
    if (getentropy(random, sizeof random) != 0) {
        return;
    }
    device.wall_unix_s = (uint64_t)time(NULL);
    updates_tell(&device);
    status = hwl_client_poll_transmit(&client, uptime(), random, &device, frame, sizeof frame, &length, &which);
    if (status != HWL_OK) {
        (void)failed("request", status);
        return;
    }
    if (length == 0) {
        return;
    }
    judge_at_s = 0;
    status = network_ask(server, frame, length, hwl_frame_head, body, sizeof body, &length);
    if (status == HWL_E_NOT_FOUND) {
        printf("%-10s no answer from %s\n", "contact", server);
    } else if (status == HWL_OK) {
        status = hwl_client_handle_input(&client, uptime(), body, length, &trust, &device, &answer);
    }
    if (status != HWL_OK) {
        (void)hwl_client_handle_failure(&client, uptime());
        if (status != HWL_E_NOT_FOUND) {
            (void)failed("answer", status);
        }
    } else if (answer.kind == HWL_ANSWER_NOT_UNDERSTOOD) {
        (void)failed("server", -(hwl_status)answer.number);
    } else if (answer.kind != HWL_ANSWER_BUSY) {
        updates_handle_reply(uptime(), &client, &device);
    }
}

/* Records one channel. It looks at the right itself, and `volatile` has the compiler hand over
 * what was asked for, and not the constant that it was compared with before. */
static uint32_t record(uint32_t right)
{
    return right == HWL_GRANTED ? 1 : 0;
}

static uint32_t recording(const hwl_report *report, uint32_t channels)
{
    uint32_t running = 0;
    while (running < channels) {
        volatile uint32_t right = hwl_report_grant(report);
        if (right != HWL_GRANTED) {
            break;
        }
        running += record(right);
    }
    return running;
}

/* Judges what the client holds after a contact and once an hour, and says so when it has changed. */
static void judge(void)
{
    static uint32_t shown[4] = {UINT32_MAX, 0, 0, 0};
    uint32_t found[4];
    uint32_t channels = 0;
    hwl_report report;
    hwl_client_facts facts;
    hwl_status status;
    if (uptime() < judge_at_s) {
        return;
    }
    judge_at_s = uptime() + CHECK_S;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    memset(&facts, 0, sizeof facts);
    facts.struct_size = (uint32_t)sizeof facts;
    device.wall_unix_s = (uint64_t)time(NULL);
    status = hwl_client_check(&client, uptime(), &trust, &device, NULL, NULL, &report, &channels);
    if (status == HWL_OK) {
        status = hwl_client_standing(&client, uptime(), &facts);
    }
    if (status != HWL_OK) {
        (void)failed("check", status);
    }
    found[0] = facts.state;
    found[1] = facts.refusal;
    found[2] = report.reason;
    found[3] = recording(&report, channels);
    if (memcmp(found, shown, sizeof found) == 0) {
        return;
    }
    memcpy(shown, found, sizeof shown);
    printf("%-10s %s: %s\n", "state", hwl_client_state_name(facts.state), hwl_client_state_text(facts.state));
    if (facts.refusal != 0) {
        printf("%-10s %s: %s %s\n", "refused", hwl_refusal_name(facts.refusal), hwl_refusal_text(facts.refusal),
               hwl_refusal_next_step(facts.refusal));
    }
    printf("%-10s %s: %s %s\n", "reason", hwl_reason_name(report.reason), hwl_reason_text(report.reason),
           hwl_reason_next_step(report.reason));
    printf("%-10s %u channels\n", "recording", (unsigned)found[3]);
}

/* Sleeps until the client or an update has something to do, or a signal came. Gives the signal, or 0. */
static int sleep_until_due(const sigset_t *signals)
{
    struct timespec left = {CHECK_S, 0};
    uint64_t due = 0, now = uptime();
    int number;
    if (hwl_client_poll_timeout(&client, &due) != HWL_OK || updates_due() < due) {
        due = updates_due();
    }
    if (due < now + CHECK_S) {
        left.tv_sec = (time_t)(due > now ? due - now : 0);
    }
    number = sigtimedwait(signals, NULL, &left);
    return number > 0 ? number : 0;
}

/* Until it is told to end. SIGHUP: ask the server now. */
static int serve(const char *server)
{
    sigset_t signals;
    int signal = 0;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    while (signal == 0 || signal == SIGHUP) {
        hwl_status status = HWL_OK;
        if (signal == SIGHUP) {
            status = hwl_client_set_servers(&client, 1, uptime());
        }
        if (status == HWL_OK) {
            status = hwl_client_handle_timeout(&client, uptime());
        }
        if (status != HWL_OK) {
            (void)failed("state", status);
        }
        contact(server);
        judge();
        updates_step(server, uptime(), &trust, &client);
        signal = sleep_until_due(&signals);
    }
    return hwl_client_deinit(&client) == HWL_OK ? 0 : 1;
}

/* Begins the client, and its updates if there is a folder for them. */
static hwl_status begin(const char *updates)
{
    hwl_trust_config roots;
    hwl_client_config config;
    hwl_status status;
    memset(&roots, 0, sizeof roots);
    roots.struct_size = (uint32_t)sizeof roots;
    roots.abi_version = HWL_ABI_VERSION;
    roots.roots = root;
    roots.root_count = 1;
    roots.verify = hwl_ed25519_verify;
    status = hwl_trust_init(&trust, &roots);
    if (status != HWL_OK) {
        return status;
    }
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.abi_version = HWL_ABI_VERSION;
    config.built_unix_s = BUILT_UNIX_S;
    config.uptime_s = uptime();
    config.server_count = 1;
    if (getentropy(&config.seed, sizeof config.seed) != 0) {
        config.seed = (uint64_t)getpid();
    }
    status = hwl_client_init(&client, &storage, &config);
    return status == HWL_OK && updates != NULL ? updates_open(updates, &device, config.seed) : status;
}

static int load_root(const char *path)
{
    FILE *from = fopen(path, "rb");
    size_t length = from == NULL ? 0 : fread(root, 1, sizeof root, from);
    if (from != NULL) {
        (void)fclose(from);
    }
    return length == sizeof root;
}

/* This machine, or the one of which the HWID is known, as a factory writes it into OTP memory. */
static hwl_status identify(const char *known)
{
    hwl_hwid hwid;
    hwl_status status;
    if (known == NULL) {
        return machine_identify("/sys", &identity);
    }
    status = hwl_hwid_parse((const uint8_t *)known, strlen(known), &hwid);
    return status == HWL_OK ? hwl_identity_from_hwid(&identity, &hwid, HWL_EVIDENCE_BOARD_SERIAL) : status;
}

/* What a contact says of the camera. */
static void describe(const char *brand)
{
    device.struct_size = (uint32_t)sizeof device;
    device.wall_state = HWL_READ;
    device.class_number = 6; /* edge: a camera that records itself */
    device.count = 4;
    device.identity = &identity;
    device.brand = text_of(brand);
    device.name = text_of("camera-client-c");
    device.software = text_of(hwl_version_text());
}

int main(int count, char **arguments)
{
    const char *updates = NULL;
    hwl_status status;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (count > 2 && strcmp(arguments[count - 2], "--updates") == 0) {
        updates = arguments[count - 1];
        count -= 2;
    }
    if (count != 5 && count != 6) {
        printf("usage: camera SERVER[:PORT] STATE_FILE ROOT_KEY BRAND [HWID] [--updates DIR]\n");
        return 2;
    }
    if (!storage_open(&kept, arguments[2], HWL_SLOT_BYTES, &storage) || !load_root(arguments[3])) {
        printf("%s cannot be used as state, or %s is no root key\n", arguments[2], arguments[3]);
        return 2;
    }
    status = identify(count == 6 ? arguments[5] : NULL);
    if (status == HWL_OK) {
        describe(arguments[4]);
        status = begin(updates);
    }
    return status == HWL_OK ? serve(arguments[1]) : failed("start", status);
}
