#include "machine.h"

#include <string.h>

#include "registers.h"

#define NICS 2

/* The registers as they were read: `volatile` ends here, and each is read once. */
typedef struct {
    otp_registers otp;
    hwl_module modules[OTP_MODULES];
    hwl_nic nics[NICS];
    hwl_platform_id platform_ids[2];
} reading;

static void read_otp(otp_registers *out)
{
    const volatile uint8_t *from = (const volatile uint8_t *)&otp;
    uint8_t *to = (uint8_t *)out;
    for (size_t i = 0; i < sizeof *out; i++) {
        to[i] = from[i];
    }
}

/* A field of the OTP memory, up to its first zero byte. An empty one is a field that the
 * factory left out: absent, which is not the same as unreadable. */
static hwl_text text_of(const char *field, size_t capacity)
{
    hwl_text text = {0};
    size_t length = 0;
    while (length < capacity && field[length] != '\0') {
        length++;
    }
    if (length > 0u) {
        text.bytes = (const uint8_t *)field;
        text.length = (uint32_t)length;
        text.state = HWL_READ;
    }
    return text;
}

#define TEXT_OF(field) text_of((field), sizeof(field))

static hwl_text bytes_of(const uint8_t *bytes, size_t length)
{
    hwl_text text = {.bytes = bytes, .length = (uint32_t)length, .state = HWL_READ};
    return text;
}

/* The address that the MAC was given at the factory, first transmitted octet first. */
static hwl_nic nic_of(uint32_t high, uint32_t low)
{
    hwl_nic nic = {.kind = HWL_NIC_PHYSICAL, .membership = HWL_NIC_INDEPENDENT, .permanent_mac_state = HWL_READ};
    for (unsigned octet = 0; octet < 4u; octet++) {
        nic.permanent_mac[octet] = (uint8_t)(low >> (8u * octet));
    }
    nic.permanent_mac[4] = (uint8_t)high;
    nic.permanent_mac[5] = (uint8_t)(high >> 8);
    return nic;
}

static void read_lists(reading *read)
{
    for (size_t i = 0; i < OTP_MODULES; i++) {
        read->modules[i].size_bytes = (uint64_t)16 << 30;
        read->modules[i].part = TEXT_OF(read->otp.module_part);
        read->modules[i].serial = TEXT_OF(read->otp.module_serials[i]);
    }
    for (size_t i = 0; i < NICS; i++) {
        read->nics[i] = nic_of(mac.address[i].high, mac.address[i].low);
    }
    read->platform_ids[0].source = HWL_SOURCE_SECURE_ELEMENT;
    read->platform_ids[0].id = bytes_of(read->otp.secure_element, sizeof read->otp.secure_element);
    read->platform_ids[1].source = HWL_SOURCE_EMMC_CID;
    read->platform_ids[1].id = bytes_of(read->otp.emmc_cid, sizeof read->otp.emmc_cid);
}

static void describe(hwl_descriptor *descriptor, const reading *read)
{
    memset(descriptor, 0, sizeof *descriptor);
    descriptor->struct_size = sizeof *descriptor;
    descriptor->machine_kind = HWL_MACHINE_PHYSICAL;
    descriptor->board_vendor = TEXT_OF(read->otp.board_vendor);
    descriptor->board_product = TEXT_OF(read->otp.board_product);
    descriptor->board_serial = TEXT_OF(read->otp.board_serial);
    descriptor->system_vendor = TEXT_OF(read->otp.system_vendor);
    descriptor->system_product = TEXT_OF(read->otp.system_product);
    descriptor->system_serial = TEXT_OF(read->otp.system_serial);
    descriptor->cpu_serial = TEXT_OF(read->otp.cpu_serial);
    descriptor->cpu_signature = read->otp.cpu_signature;
    descriptor->cpu_signature_state = HWL_READ;
    descriptor->system_uuid_state = HWL_READ;
    memcpy(descriptor->system_uuid, read->otp.system_uuid, sizeof descriptor->system_uuid);
    descriptor->modules = read->modules;
    descriptor->module_count = OTP_MODULES;
    descriptor->module_size = sizeof(hwl_module);
    descriptor->modules_state = HWL_READ;
    descriptor->nics = read->nics;
    descriptor->nic_count = NICS;
    descriptor->nic_size = sizeof(hwl_nic);
    descriptor->nics_state = HWL_READ;
    descriptor->platform_ids = read->platform_ids;
    descriptor->platform_id_count = 2;
    descriptor->platform_id_size = sizeof(hwl_platform_id);
}

hwl_status machine_identify(hwl_identity *identity)
{
    reading read;
    hwl_descriptor descriptor;
    memset(&read, 0, sizeof read);
    read_otp(&read.otp);
    if (read.otp.locked != OTP_LOCKED) {
        /* An unfinished board describes nothing, and the library then says that it is not unique. */
        memset(&descriptor, 0, sizeof descriptor);
        descriptor.struct_size = sizeof descriptor;
        return hwl_identity_read(identity, &descriptor);
    }
    read_lists(&read);
    describe(&descriptor, &read);
    return hwl_identity_read(identity, &descriptor);
}
