/* Licences in flash. xtask writes fixture.c from tests/fixture and from the golden vectors. */

#ifndef FIXTURE_H
#define FIXTURE_H

#include "hwlicense.h"

extern const uint8_t fixture_root[HWL_PUBLIC_KEY_BYTES];
extern const uint8_t fixture_license[];
extern const uint32_t fixture_license_length;

/* What a Primary Server answered to the recorded request, and a correction of the machine's trusted
 * time. */
extern const uint8_t fixture_answer[];
extern const uint32_t fixture_answer_length;
extern const uint8_t fixture_correction[];
extern const uint32_t fixture_correction_length;

/* Envelopes that are verified one after another: what trust is told of, then the licence. */
typedef struct {
    const char *name;
    const uint8_t *bytes;
    uint32_t length;
    uint32_t is_license;
} chain_link;

extern const uint8_t chain_root[HWL_PUBLIC_KEY_BYTES];
extern const chain_link chain_links[];
extern const uint32_t chain_link_count;

#endif
