/* Several threads: with objects of their own, and with the same objects that nobody changes. */

#include "check.h"
#include "machine.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS 8

static blob root;
static blob file;
static hwl_trust shared_trust;
static hwl_license shared_license;
static hwl_identity shared_identity;
#ifdef PLANTED_RACE
static uint32_t planted;
#endif

typedef struct worker {
    pthread_t thread;
    uint32_t granted;
    uint32_t failures;
    hwl_trust trust;
    hwl_license license;
    hwl_identity identity;
} worker;

static void count(worker *own, hwl_status status)
{
    if (status != HWL_OK) {
        own->failures++;
    }
}

static uint32_t grant_of(worker *own, const hwl_license *license, const hwl_identity *identity)
{
    hwl_context context = context_at(1781136000u, "Northgate");
    hwl_report report;
    memset(&report, 0, sizeof report);
    report.struct_size = (uint32_t)sizeof report;
    count(own, hwl_license_check(license, identity, &context, &report));
    return hwl_report_grant(&report);
}

static void *work(void *argument)
{
    worker *own = (worker *)argument;
    hwl_trust_config config = config_of(&root, NULL, hwl_ed25519_verify);
    machine described;
    int round;
    machine_describe(&described, MACHINE_ENROLLED);
    for (round = 0; round < ROUNDS; round++) {
        count(own, hwl_trust_init(&own->trust, &config));
        count(own, hwl_identity_read(&own->identity, &described.descriptor));
        count(own, hwl_license_verify_binary(&own->license, &own->trust, file.bytes, file.length));
        own->granted += grant_of(own, &own->license, &own->identity) == HWL_GRANTED;
        count(own, hwl_license_verify_binary(&own->license, &shared_trust, file.bytes, file.length));
        own->granted += grant_of(own, &own->license, &shared_identity) == HWL_GRANTED;
        own->granted += grant_of(own, &shared_license, &own->identity) == HWL_GRANTED;
        own->granted += grant_of(own, &shared_license, &shared_identity) == HWL_GRANTED;
        count(own, hwl_trust_deinit(&own->trust));
#ifdef PLANTED_RACE
        planted++;
#endif
    }
    return NULL;
}

void test_threads(const char *folder)
{
    static worker workers[THREADS];
    machine described;
    hwl_trust_config config;
    int i;
    if (!load(folder, "root.key", &root) || !load(folder, "strict.hwl", &file)) {
        return;
    }
    config = config_of(&root, NULL, hwl_ed25519_verify);
    STATUS(HWL_OK, hwl_trust_init(&shared_trust, &config));
    STATUS(HWL_OK, hwl_license_verify_binary(&shared_license, &shared_trust, file.bytes, file.length));
    machine_describe(&described, MACHINE_ENROLLED);
    STATUS(HWL_OK, hwl_identity_read(&shared_identity, &described.descriptor));
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(workers[i].thread, NULL) == 0);
        CHECK(workers[i].failures == 0);
        CHECK(workers[i].granted == 4 * ROUNDS);
    }
#ifdef PLANTED_RACE
    CHECK(planted == THREADS * ROUNDS);
#endif
}
