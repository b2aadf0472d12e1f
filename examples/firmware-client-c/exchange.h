/* What went over the network when the exchange was recorded: in a product this is a socket. */

#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "hwlicense.h"

typedef struct {
    uint8_t random[HWL_RANDOM_BYTES];
    /* The whole frame that the client must make of it. */
    const uint8_t *request;
    size_t request_length;
    /* The body of the frame that the Primary Server answered with. */
    const uint8_t *answer;
    size_t answer_length;
} exchange;

/* The vendor's root key. */
extern const uint8_t exchange_root[HWL_PUBLIC_KEY_BYTES];
/* One for each of the first two starts. */
extern const exchange exchanges[2];

#endif
