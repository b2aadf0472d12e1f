#define _POSIX_C_SOURCE 200809L

#include "storage.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int file = -1;

static off_t place(uint32_t slot, uint32_t offset)
{
    return (off_t)slot * HWL_SLOT_BYTES + (off_t)offset;
}

/* What is written must be there to stay before the client goes on. */
static int32_t put(const uint8_t *bytes, size_t length, off_t at)
{
    return pwrite(file, bytes, length, at) == (ssize_t)length && fdatasync(file) == 0 ? 0 : -1;
}

static int32_t read_slot(void *ctx, uint32_t slot, uint32_t offset, uint8_t *bytes, uint32_t length)
{
    (void)ctx;
    return pread(file, bytes, length, place(slot, offset)) == (ssize_t)length ? 0 : -1;
}

static int32_t erase_slot(void *ctx, uint32_t slot)
{
    uint8_t erased[HWL_SLOT_BYTES];
    (void)ctx;
    memset(erased, 0xff, sizeof erased);
    return put(erased, sizeof erased, place(slot, 0));
}

static int32_t write_slot(void *ctx, uint32_t slot, uint32_t offset, const uint8_t *bytes)
{
    (void)ctx;
    return put(bytes, HWL_WRITE_BYTES, place(slot, offset));
}

const hwl_storage storage_slots = {
    (uint32_t)sizeof(hwl_storage), 0, NULL, read_slot, erase_slot, write_slot,
};

int storage_open(const char *path)
{
    off_t length;
    file = open(path, O_RDWR | O_CREAT, 0600); /* a secret is in it */
    if (file < 0) {
        return 0;
    }
    length = lseek(file, 0, SEEK_END);
    if (length == place(2, 0)) {
        return 1;
    }
    return length == 0 && erase_slot(NULL, 0) == 0 && erase_slot(NULL, 1) == 0;
}
