#define _POSIX_C_SOURCE 200809L

#include "storage.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static off_t place(const slots *it, uint32_t slot, uint32_t offset)
{
    return (off_t)slot * it->slot_bytes + (off_t)offset;
}

/* What is written must be there to stay before the client goes on. */
static int32_t put(const slots *it, const uint8_t *bytes, size_t length, off_t at)
{
    return pwrite(it->file, bytes, length, at) == (ssize_t)length && fdatasync(it->file) == 0 ? 0 : -1;
}

static int32_t read_slot(void *ctx, uint32_t slot, uint32_t offset, uint8_t *bytes, uint32_t length)
{
    const slots *it = (const slots *)ctx;
    return pread(it->file, bytes, length, place(it, slot, offset)) == (ssize_t)length ? 0 : -1;
}

static int32_t erase_slot(void *ctx, uint32_t slot)
{
    const slots *it = (const slots *)ctx;
    uint8_t erased[HWL_SLOT_BYTES];
    memset(erased, 0xff, sizeof erased);
    return put(it, erased, it->slot_bytes, place(it, slot, 0));
}

static int32_t write_slot(void *ctx, uint32_t slot, uint32_t offset, const uint8_t *bytes)
{
    const slots *it = (const slots *)ctx;
    return put(it, bytes, HWL_WRITE_BYTES, place(it, slot, offset));
}

int storage_open(slots *it, const char *path, uint32_t slot_bytes, hwl_storage *out)
{
    off_t length;
    if (slot_bytes > HWL_SLOT_BYTES) {
        return 0;
    }
    it->slot_bytes = slot_bytes;
    it->file = open(path, O_RDWR | O_CREAT, 0600); /* a secret is in that of the client */
    if (it->file < 0) {
        return 0;
    }
    memset(out, 0, sizeof *out);
    out->struct_size = (uint32_t)sizeof *out;
    out->ctx = it;
    out->read = read_slot;
    out->erase = erase_slot;
    out->write = write_slot;
    length = lseek(it->file, 0, SEEK_END);
    if (length == place(it, 2, 0)) {
        return 1;
    }
    return length == 0 && erase_slot(it, 0) == 0 && erase_slot(it, 1) == 0;
}
