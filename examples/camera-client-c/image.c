#define _POSIX_C_SOURCE 200809L

#include "image.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bytes of the slot. */
#define SLOT_BYTES (64u << 20)
/* What left the factory. */
#define FACTORY "1.0.0+1 1"
/* A version and a security version. */
#define VERSION_FORMAT "%u.%u.%u+%u %u\n"

static int slot = -1;
static int folder = -1;

static int32_t read_image(void *ctx, uint32_t offset, uint8_t *bytes, uint32_t length)
{
    (void)ctx;
    return pread(slot, bytes, length, (off_t)offset) == (ssize_t)length ? 0 : -1;
}

static int32_t write_image(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t length)
{
    (void)ctx;
    return pwrite(slot, bytes, length, (off_t)offset) == (ssize_t)length ? 0 : -1;
}

static int32_t flush_image(void *ctx)
{
    (void)ctx;
    return fdatasync(slot) == 0 ? 0 : -1;
}

int image_open(const char *path, hwl_image *out)
{
    folder = open(path, O_RDONLY | O_DIRECTORY);
    slot = folder < 0 ? -1 : openat(folder, "image", O_RDWR | O_CREAT, 0600);
    memset(out, 0, sizeof *out);
    out->struct_size = (uint32_t)sizeof *out;
    out->size_bytes = SLOT_BYTES;
    out->block_bytes = 1; /* any byte of a file can be written again */
    out->read = read_image;
    out->write = write_image;
    out->flush = flush_image;
    return slot >= 0;
}

void image_running(hwl_product *product)
{
    char text[64] = FACTORY;
    int running = openat(folder, "firmware", O_RDONLY);
    if (running >= 0) {
        ssize_t length = read(running, text, sizeof text - 1);
        text[length > 0 ? length : 0] = '\0';
        (void)close(running);
    }
    (void)sscanf(text, VERSION_FORMAT, &product->version_major, &product->version_minor, &product->version_patch,
                 &product->version_build, &product->security_version);
}

/* Copies the image, and looks whether what was written is what was read. */
static int copy(int into, off_t at, uint32_t left)
{
    uint8_t bytes[4096], found[4096];
    uint32_t done = 0;
    while (left > 0) {
        uint32_t length = left < sizeof bytes ? left : (uint32_t)sizeof bytes;
        if (read_image(NULL, done, bytes, length) != 0 || pwrite(into, bytes, length, at + done) != (ssize_t)length
            || pread(into, found, length, at + done) != (ssize_t)length || memcmp(bytes, found, length) != 0) {
            return 0;
        }
        done += length;
        left -= length;
    }
    return fsync(into) == 0;
}

/* Version and image lie in one file, which takes the place of the old one at once: a power cut leaves one
 * or the other. On a board that is a flag of the boot loader. */
int image_install(const hwl_handover *handover)
{
    volatile uint32_t right = hwl_handover_grant(handover);
    int next = right == HWL_CLEARED ? openat(folder, "firmware.next", O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
    int length, is_written;
    if (next < 0) {
        return 0;
    }
    length = dprintf(next, VERSION_FORMAT, (unsigned)handover->version_major, (unsigned)handover->version_minor,
                     (unsigned)handover->version_patch, (unsigned)handover->version_build,
                     (unsigned)handover->security_version);
    is_written = length > 0 && copy(next, (off_t)length, handover->size_bytes);
    (void)close(next);
    return is_written && renameat(folder, "firmware.next", folder, "firmware") == 0 && fsync(folder) == 0;
}
