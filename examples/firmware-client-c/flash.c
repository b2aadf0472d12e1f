#include "flash.h"

#include <string.h>

#define SLOTS 2u
#define ERASED 0xFFu
#define NEW 0x464C5348u
#define NEVER 0xFFFFFFFFu

/* Survives a reset, as flash does; startup.c does not touch it. */
static struct {
    uint32_t mark;
    uint32_t starts;
    uint8_t slots[SLOTS][HWL_SLOT_BYTES];
} kept __attribute__((section(".kept")));

static uint32_t writes_left = NEVER;

/* The reset of the chip: nothing after it runs. */
static void power_fails(void)
{
    volatile uint32_t *const control = (volatile uint32_t *)0xE000ED0Cu;
    __asm volatile("dsb" ::: "memory");
    *control = 0x05FA0004u;
    for (;;) {
    }
}

uint32_t flash_count_start(void)
{
    if (kept.mark != NEW) {
        kept.mark = NEW;
        kept.starts = 0;
        memset(kept.slots, ERASED, sizeof kept.slots);
    }
    kept.starts++;
    return kept.starts;
}

void flash_cut_after(uint32_t writes)
{
    writes_left = writes;
}

static int32_t read_slot(void *ctx, uint32_t slot, uint32_t offset, uint8_t *bytes, uint32_t length)
{
    (void)ctx;
    if (slot >= SLOTS || offset > HWL_SLOT_BYTES || length > HWL_SLOT_BYTES - offset) {
        return -1;
    }
    memcpy(bytes, &kept.slots[slot][offset], length);
    return 0;
}

static int32_t erase_slot(void *ctx, uint32_t slot)
{
    (void)ctx;
    if (slot >= SLOTS) {
        return -1;
    }
    memset(kept.slots[slot], ERASED, HWL_SLOT_BYTES);
    return 0;
}

static int32_t write_slot(void *ctx, uint32_t slot, uint32_t offset, const uint8_t *bytes)
{
    (void)ctx;
    if (slot >= SLOTS || offset > HWL_SLOT_BYTES - HWL_WRITE_BYTES) {
        return -1;
    }
    if (writes_left == 0u) {
        memcpy(&kept.slots[slot][offset], bytes, HWL_WRITE_BYTES / 2u);
        power_fails();
    }
    if (writes_left != NEVER) {
        writes_left--;
    }
    memcpy(&kept.slots[slot][offset], bytes, HWL_WRITE_BYTES);
    return 0;
}

const hwl_storage flash_storage = {
    .struct_size = sizeof(hwl_storage),
    .read = read_slot,
    .erase = erase_slot,
    .write = write_slot,
};
