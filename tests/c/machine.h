/* The machine of the golden vectors of licences (tests/vectors/license.json, machine 0), as a
 * descriptor, with the changes that tests make to it. */

#ifndef HWLICENSE_TESTS_MACHINE_H
#define HWLICENSE_TESTS_MACHINE_H

#include "hwlicense.h"

#include <string.h>

#define MACHINE_MODULES 3
#define MACHINE_NICS 5

/* What differs from the machine that the licences were issued for. */
#define MACHINE_ENROLLED 0u
#define MACHINE_OTHER_CPU 1u
#define MACHINE_OTHER_BOARD 2u
#define MACHINE_OTHER_CPU_AND_NICS 3u
#define MACHINE_HIDDEN_BOARD 4u
#define MACHINE_VIRTUAL 5u

/* The descriptor and the lists that it points to. */
typedef struct machine {
    hwl_module modules[MACHINE_MODULES];
    hwl_nic nics[MACHINE_NICS];
    hwl_platform_id platform_id;
    hwl_descriptor descriptor;
} machine;

static inline hwl_text machine_text(const char *text)
{
    hwl_text out;
    out.bytes = (const uint8_t *)text;
    out.length = (uint32_t)strlen(text);
    out.state = HWL_READ;
    return out;
}

static inline void machine_module(hwl_module *out, uint32_t gibibytes, const char *part, const char *serial)
{
    out->size_bytes = (uint64_t)gibibytes << 30;
    out->part = machine_text(part);
    out->serial = machine_text(serial);
}

static inline void machine_nic(hwl_nic *out, uint32_t kind, const char *permanent, const char *current)
{
    out->kind = kind;
    if (permanent != NULL) {
        out->permanent_mac_state = HWL_READ;
        memcpy(out->permanent_mac, permanent, sizeof out->permanent_mac);
    }
    out->current_mac_state = HWL_READ;
    memcpy(out->current_mac, current, sizeof out->current_mac);
}

static inline void machine_nics(machine *out)
{
    machine_nic(&out->nics[0], HWL_NIC_PHYSICAL, "\x00\x25\x90\x5c\xd1\x38", "\x00\x25\x90\x5c\xd1\x38");
    machine_nic(&out->nics[1], HWL_NIC_PHYSICAL, "\x00\x25\x90\x5c\xd1\x39", "\x00\x25\x90\x5c\xd1\x38");
    out->nics[1].membership = HWL_NIC_ENSLAVED;
    machine_nic(&out->nics[2], HWL_NIC_AGGREGATE, NULL, "\x00\x25\x90\x5c\xd1\x38");
    machine_nic(&out->nics[3], HWL_NIC_WIRELESS, "\x34\x13\xe8\x41\xa8\x9d", "\x34\x13\xe8\x41\xa8\x9d");
    machine_nic(&out->nics[4], HWL_NIC_VIRTUAL, NULL, "\x02\x42\x9a\x11\x5b\x07");
    out->descriptor.nics = out->nics;
    out->descriptor.nic_count = MACHINE_NICS;
    out->descriptor.nic_size = sizeof out->nics[0];
    out->descriptor.nics_state = HWL_READ;
}

static inline void machine_memory(machine *out)
{
    machine_module(&out->modules[0], 16, "M393A2K43DB3-CWE", "3A9C1D07");
    machine_module(&out->modules[1], 16, "M393A2K43DB3-CWE", "3A9C1CF2");
    machine_module(&out->modules[2], 8, "M393A1K43DB2-CVF", "3A9C1E44");
    out->descriptor.modules = out->modules;
    out->descriptor.module_count = MACHINE_MODULES;
    out->descriptor.module_size = sizeof out->modules[0];
    out->descriptor.modules_state = HWL_READ;
    out->descriptor.memory_total_bytes = UINT64_C(42000000000);
    out->descriptor.memory_total_state = HWL_READ;
}

static inline void machine_board(hwl_descriptor *out)
{
    static const uint8_t uuid[16] = {0x3f, 0x6a, 0x1c, 0x52, 0x7d, 0x90, 0x4b, 0x1e,
                                     0x8a, 0x27, 0x00, 0x25, 0x90, 0x5c, 0xd1, 0x38};
    out->board_vendor = machine_text("Supermicro");
    out->board_product = machine_text("X11SSH-F");
    out->board_version = machine_text("1.01");
    out->board_serial = machine_text("ZM16AS034417");
    out->system_vendor = machine_text("Northgate Video Systems");
    out->system_product = machine_text("NVS-4200 Recorder");
    out->system_version = machine_text("B");
    out->system_serial = machine_text("NVS42-0091834");
    memcpy(out->system_uuid, uuid, sizeof out->system_uuid);
    out->system_uuid_state = HWL_READ;
}

/* Makes the machine another one. */
static inline void machine_change(machine *out, uint32_t variant)
{
    hwl_descriptor *descriptor = &out->descriptor;
    if (variant == MACHINE_OTHER_CPU || variant == MACHINE_OTHER_CPU_AND_NICS) {
        descriptor->cpu_signature = 1;
    }
    if (variant == MACHINE_OTHER_CPU_AND_NICS) {
        memcpy(out->nics[0].permanent_mac, "\x3c\xec\xef\x01\x02\x03", 6);
        descriptor->nic_count = 1;
    }
    if (variant == MACHINE_OTHER_BOARD) {
        memset(descriptor->system_uuid, 0, sizeof descriptor->system_uuid);
        descriptor->system_uuid_state = HWL_ABSENT;
        memset(&descriptor->system_serial, 0, sizeof descriptor->system_serial);
        descriptor->board_serial = machine_text("ZM16AS034418");
    }
    if (variant == MACHINE_HIDDEN_BOARD) {
        const hwl_text hidden = {NULL, 0, HWL_UNREADABLE};
        memset(descriptor->system_uuid, 0, sizeof descriptor->system_uuid);
        descriptor->system_uuid_state = HWL_UNREADABLE;
        descriptor->system_serial = hidden;
        descriptor->board_serial = hidden;
    }
    if (variant == MACHINE_VIRTUAL) {
        descriptor->machine_kind = HWL_MACHINE_VIRTUAL;
    }
}

/* Fills in the whole machine. */
static inline void machine_describe(machine *out, uint32_t variant)
{
    memset(out, 0, sizeof *out);
    out->descriptor.struct_size = sizeof out->descriptor;
    out->descriptor.machine_kind = HWL_MACHINE_PHYSICAL;
    machine_board(&out->descriptor);
    out->descriptor.cpu_vendor = machine_text("GenuineIntel");
    out->descriptor.cpu_model = machine_text("Intel(R) Xeon(R) E3-1275");
    out->descriptor.cpu_signature = 591593;
    out->descriptor.cpu_signature_state = HWL_READ;
    machine_memory(out);
    machine_nics(out);
    out->platform_id.source = HWL_SOURCE_TPM;
    out->platform_id.id.bytes = (const uint8_t *)"\x8c\x1f\x00\xa2\xd3\xe4\xf5\x96";
    out->platform_id.id.length = 8;
    out->platform_id.id.state = HWL_READ;
    out->descriptor.platform_ids = &out->platform_id;
    out->descriptor.platform_id_count = 1;
    out->descriptor.platform_id_size = sizeof out->platform_id;
    machine_change(out, variant);
}

#endif
