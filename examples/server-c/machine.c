#define _POSIX_C_SOURCE 200809L

#include "machine.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NICS_MAX 64
#define TEXT_MAX 256

/* A text and the memory that it lies in. */
typedef struct field {
    char text[TEXT_MAX];
    uint32_t length;
    uint32_t state;
} field;

typedef struct reading {
    field board_vendor, board_name, board_serial, sys_vendor, product_name, product_serial, product_uuid;
    hwl_nic nics[NICS_MAX];
    uint32_t nic_count;
} reading;

/* A file that is not there says that the machine has no such thing; one that may not be opened,
 * as serial numbers usually for other users than root, that it cannot be read. These two are not
 * the same to the library. */
static void read_field(const char *sys, const char *folder, const char *name, field *out)
{
    char path[1024];
    FILE *file;
    memset(out, 0, sizeof *out);
    (void)snprintf(path, sizeof path, "%s/class/%s/%s", sys, folder, name);
    file = fopen(path, "r");
    if (file == NULL) {
        out->state = errno == ENOENT || errno == ENOTDIR ? HWL_ABSENT : HWL_UNREADABLE;
        return;
    }
    out->length = (uint32_t)fread(out->text, 1, sizeof out->text - 1, file);
    out->state = ferror(file) ? HWL_UNREADABLE : HWL_READ;
    (void)fclose(file);
    if (out->length > 0 && out->text[out->length - 1] == '\n') {
        out->length--;
    }
    out->text[out->length] = '\0';
}

static hwl_text text_of(const field *from)
{
    hwl_text text = {NULL, 0, from->state};
    if (from->state == HWL_READ) {
        text.bytes = (const uint8_t *)from->text;
        text.length = from->length;
    }
    return text;
}

/* Reads hexadecimal bytes with `-` or `:` between them; whether there were just so many. */
static int bytes_of(const char *text, uint8_t *out, size_t count)
{
    size_t done = 0;
    while (*text != '\0' && done < count) {
        unsigned byte;
        if (*text == '-' || *text == ':') {
            text++;
        }
        if (sscanf(text, "%2x", &byte) != 1) {
            return 0;
        }
        out[done++] = (uint8_t)byte;
        text += text[1] == '\0' ? 1 : 2;
    }
    return done == count && *text == '\0';
}

/* Wired NICs have a device behind them; addr_assign_type 0 is an address from the factory. */
static void read_nic(const char *sys, const char *name, hwl_nic *out)
{
    char folder[512];
    field address, assigned, vendor, wireless;
    memset(out, 0, sizeof *out);
    (void)snprintf(folder, sizeof folder, "net/%s", name);
    read_field(sys, folder, "address", &address);
    read_field(sys, folder, "addr_assign_type", &assigned);
    read_field(sys, folder, "device/vendor", &vendor);
    read_field(sys, folder, "phy80211/index", &wireless);
    out->kind = HWL_NIC_VIRTUAL;
    if (vendor.state != HWL_ABSENT) {
        out->kind = wireless.state == HWL_ABSENT ? HWL_NIC_PHYSICAL : HWL_NIC_WIRELESS;
    }
    if (address.state == HWL_READ && bytes_of(address.text, out->current_mac, sizeof out->current_mac)) {
        out->current_mac_state = HWL_READ;
        if (assigned.state == HWL_READ && strcmp(assigned.text, "0") == 0) {
            memcpy(out->permanent_mac, out->current_mac, sizeof out->permanent_mac);
            out->permanent_mac_state = HWL_READ;
        }
    } else {
        memset(out->current_mac, 0, sizeof out->current_mac);
    }
}

/* Returns the state of the list. */
static uint32_t read_nics(const char *sys, reading *out)
{
    char path[1024];
    struct dirent *entry;
    DIR *folder;
    (void)snprintf(path, sizeof path, "%s/class/net", sys);
    folder = opendir(path);
    if (folder == NULL) {
        return errno == ENOENT ? HWL_ABSENT : HWL_UNREADABLE;
    }
    while (out->nic_count < NICS_MAX && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            read_nic(sys, entry->d_name, &out->nics[out->nic_count++]);
        }
    }
    (void)closedir(folder);
    return HWL_READ;
}

hwl_status machine_identify(const char *sys, hwl_identity *identity)
{
    static reading read;
    hwl_descriptor descriptor;
    memset(&read, 0, sizeof read);
    memset(&descriptor, 0, sizeof descriptor);
    descriptor.struct_size = (uint32_t)sizeof descriptor;
    read_field(sys, "dmi/id", "board_vendor", &read.board_vendor);
    read_field(sys, "dmi/id", "board_name", &read.board_name);
    read_field(sys, "dmi/id", "board_serial", &read.board_serial);
    read_field(sys, "dmi/id", "sys_vendor", &read.sys_vendor);
    read_field(sys, "dmi/id", "product_name", &read.product_name);
    read_field(sys, "dmi/id", "product_serial", &read.product_serial);
    read_field(sys, "dmi/id", "product_uuid", &read.product_uuid);
    descriptor.board_vendor = text_of(&read.board_vendor);
    descriptor.board_product = text_of(&read.board_name);
    descriptor.board_serial = text_of(&read.board_serial);
    descriptor.system_vendor = text_of(&read.sys_vendor);
    descriptor.system_product = text_of(&read.product_name);
    descriptor.system_serial = text_of(&read.product_serial);
    if (read.product_uuid.state == HWL_READ
        && bytes_of(read.product_uuid.text, descriptor.system_uuid, sizeof descriptor.system_uuid)) {
        descriptor.system_uuid_state = HWL_READ;
    } else {
        memset(descriptor.system_uuid, 0, sizeof descriptor.system_uuid);
        descriptor.system_uuid_state = read.product_uuid.state == HWL_READ ? HWL_ABSENT : read.product_uuid.state;
    }
    descriptor.nics_state = read_nics(sys, &read);
    if (descriptor.nics_state == HWL_READ) {
        descriptor.nics = read.nics;
        descriptor.nic_count = read.nic_count;
        descriptor.nic_size = (uint32_t)sizeof read.nics[0];
    }
    return hwl_identity_read(identity, &descriptor);
}
