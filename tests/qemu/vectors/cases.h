/* The golden vectors as tables in flash. xtask writes the tables from tests/vectors and from
 * Project Wycheproof; runner.c walks them. */

#ifndef CASES_H
#define CASES_H

#include "hwlicense.h"

/* Bytes in flash. */
typedef struct {
    const uint8_t *bytes;
    uint32_t length;
} blob;

/* A machine, and the HWID that it has or the status that says why it has none. */
typedef struct {
    const char *name;
    const hwl_descriptor *descriptor;
    hwl_status read;      /* of making the identity */
    hwl_status status;    /* of asking for its HWID */
    const char *hwid;     /* NULL without one */
    uint32_t evidence;
    uint32_t unreadable;
} hwid_case;

/* One value in a machine that has otherwise nothing unique. */
enum { JUNK_SERIAL, JUNK_NAME, JUNK_UUID, JUNK_MAC, JUNK_HYPERVISOR };

typedef struct {
    uint32_t field;
    blob value;
    const char *hwid; /* NULL where the value does not count */
} junk_case;

/* A machine on the day it is enrolled. */
typedef struct {
    const char *name;
    const hwl_descriptor *descriptor;
    const uint8_t *salt;
    hwl_status status;
    blob encoded;
    const char *hwid;
} enroll_case;

/* A machine read later, with the enrolment it has. */
typedef struct {
    const char *name;
    const hwl_descriptor *descriptor;
    blob enrollment;
    hwl_status status;
    const char *hwid;
    uint32_t evidence;
} later_case;

/* Bytes that are an enrolment or are not. */
typedef struct {
    const char *name;
    blob bytes;
    hwl_status status;
    const char *hwid;
} decode_case;

/* A signature, and whether it holds. */
typedef struct {
    uint32_t number;
    const uint8_t *key;
    const hwl_pinned_key *pinned; /* NULL if the key can have no table */
    blob message;
    const uint8_t *signature;
    uint32_t holds;
} signature_case;

/* Something that trust is told of before the licence. */
typedef struct {
    blob bytes;
    hwl_status status;
} admitted_row;

/* A licence file on a machine at a time. */
typedef struct {
    const char *name;
    const uint8_t *roots;
    uint32_t root_count;
    uint32_t admitted_count;
    const admitted_row *admitted;
    blob file;
    const hwl_descriptor *machine;
    blob enrollment; /* empty without one */
    const char *brand; /* NULL for any */
    uint64_t wall_unix_s;
    uint64_t floor_unix_s;
    uint32_t wall_state;
    uint32_t contact;
    const char *reason;
    hwl_status cause;
    uint32_t granted;
} license_case;

extern const hwid_case hwid_cases[];
extern const uint32_t hwid_case_count;
extern const junk_case junk_cases[];
extern const uint32_t junk_case_count;
extern const enroll_case enroll_cases[];
extern const uint32_t enroll_case_count;
extern const later_case later_cases[];
extern const uint32_t later_case_count;
extern const decode_case decode_cases[];
extern const uint32_t decode_case_count;
extern const signature_case signature_cases[];
extern const uint32_t signature_case_count;
extern const license_case license_cases[];
extern const uint32_t license_case_count;

#endif
