/* Firmware that does nothing: what the harness takes, and the data of whoever uses the library.
 * The licence, the root key and the descriptor stay in this image, and the memory functions that
 * every firmware has, so that what is left when it is subtracted from another is the library and
 * the calls of it. */

#include <string.h>

#include "fixture.h"
#include "port.h"
#ifdef IDENTITY_READ
#include "machine.h"
#endif

int run(void)
{
    const void *volatile kept = fixture_root;
    kept = fixture_license;
    kept = &fixture_license_length;
#ifdef IDENTITY_READ
    kept = &fixture_machine;
#endif
    (void)kept;
    return memcmp(fixture_root, fixture_license, 32);
}
