/* What the C tests have in common: asking, counting what failed, and reading files. */

#ifndef HWLICENSE_TESTS_CHECK_H
#define HWLICENSE_TESTS_CHECK_H

#include "hwlicense.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* How many questions had another answer than expected. */
extern int failed_checks;

static inline void check_that(int holds, const char *question, const char *file, int line)
{
    if (!holds) {
        printf("%s:%d: failed: %s\n", file, line, question);
        failed_checks++;
    }
}

static inline void check_status(hwl_status found, hwl_status expected, const char *call, const char *file, int line)
{
    if (found != expected) {
        printf("%s:%d: %s is %s, expected %s\n", file, line, call, hwl_status_name(found), hwl_status_name(expected));
        failed_checks++;
    }
}

#define CHECK(question) check_that((question) ? 1 : 0, #question, __FILE__, __LINE__)
#define STATUS(expected, call) check_status((call), (expected), #call, __FILE__, __LINE__)

/* A file of the test's folder; its length is 0 if it cannot be read. */
typedef struct blob {
    size_t length;
    uint8_t bytes[HWL_BLOB_BYTES_MAX];
} blob;

int load(const char *folder, const char *name, blob *out);

/* Everything that a licence needs to be checked; `trust_of` and `context_of` fill it in. */
hwl_trust_config config_of(const blob *root, void *verify_ctx, hwl_verify_fn verify);
hwl_context context_at(uint64_t now_unix_s, const char *brand);

/* The groups of tests. Each is given the folder with the files that the driver wrote. */
void test_pointers(const char *folder);
void test_structs(const char *folder);
void test_objects(const char *folder);
void test_journey(const char *folder);
void test_verifiers(const char *folder);
void test_pinned(const char *folder);
void test_threads(const char *folder);
void test_clients(const char *folder);
void test_updates(const char *folder);
void test_systems(void);
void test_texts(void);

#endif
