#include "machine.h"

#define TEXT(text) {(const uint8_t *)(text), sizeof(text) - 1u, HWL_READ}
#define MODULE(serial) {17179869184u, TEXT("M393A2K43DB3-CWE"), TEXT(serial)}
#define NIC(bus_id, driver_name, class_of, ...)                                                                        \
    {                                                                                                                  \
        .bus = TEXT(bus_id), .driver = TEXT(driver_name), .kind = (class_of), .membership = HWL_NIC_INDEPENDENT,       \
        .permanent_mac_state = HWL_READ, .current_mac_state = HWL_READ, .permanent_mac = {__VA_ARGS__},                \
        .current_mac = {__VA_ARGS__},                                                                                  \
    }

static const hwl_module modules[] = {MODULE("3A9C1D07"), MODULE("3A9C1CF2"), MODULE("3A9C1E44"), MODULE("3A9C1D11")};

static const hwl_nic nics[] = {
    NIC("0000:02:00.0", "igb", HWL_NIC_PHYSICAL, 0x00, 0x25, 0x90, 0x5C, 0xD1, 0x38),
    NIC("0000:03:00.0", "igb", HWL_NIC_PHYSICAL, 0x00, 0x25, 0x90, 0x5C, 0xD1, 0x39),
    NIC("0000:04:00.0", "iwlwifi", HWL_NIC_WIRELESS, 0x34, 0x13, 0xE8, 0x41, 0xA8, 0x9D),
    NIC("", "bridge", HWL_NIC_VIRTUAL, 0x02, 0x42, 0x9A, 0x11, 0x5B, 0x07),
};

static const uint8_t secure_element[] = {0x01, 0x23, 0x5A, 0xC4, 0x77, 0x10, 0x8E, 0x2D, 0xEE};
static const uint8_t emmc_cid[] = {0x15, 0x01, 0x00, 0x38, 0x47, 0x54, 0x46, 0x34,
                                   0x52, 0x01, 0x6D, 0x2C, 0x8B, 0x91, 0x7A, 0x33};

static const hwl_platform_id platform_ids[] = {
    {.id = {secure_element, sizeof secure_element, HWL_READ}, .source = HWL_SOURCE_SECURE_ELEMENT},
    {.id = {emmc_cid, sizeof emmc_cid, HWL_READ}, .source = HWL_SOURCE_EMMC_CID},
};

const hwl_descriptor fixture_machine = {
    .struct_size = sizeof(hwl_descriptor),
    .machine_kind = HWL_MACHINE_PHYSICAL,
    .board_vendor = TEXT("Supermicro"),
    .board_product = TEXT("X11SSH-F"),
    .board_version = TEXT("1.01"),
    .board_serial = TEXT("ZM16AS034417"),
    .system_vendor = TEXT("Northgate Video Systems"),
    .system_product = TEXT("NVS-4200 Recorder"),
    .system_version = TEXT("0123456789"),
    .system_serial = TEXT("NVS42-0091834"),
    .system_uuid = {0x3F, 0x6A, 0x1C, 0x52, 0x7D, 0x90, 0x4B, 0x1E, 0x8A, 0x27, 0x00, 0x25, 0x90, 0x5C, 0xD1, 0x38},
    .system_uuid_state = HWL_READ,
    .cpu_vendor = TEXT("GenuineIntel"),
    .cpu_model = TEXT("Intel(R) Xeon(R) CPU E3-1275 v6 @ 3.80GHz"),
    .cpu_signature = 0x000906E9,
    .cpu_signature_state = HWL_READ,
    .cpu_serial = TEXT("C04D1-77A2E-90B1"),
    .memory_total_bytes = 67411345408u,
    .memory_total_state = HWL_READ,
    .modules = modules,
    .module_count = 4,
    .module_size = sizeof(hwl_module),
    .modules_state = HWL_READ,
    .nics = nics,
    .nic_count = 4,
    .nic_size = sizeof(hwl_nic),
    .nics_state = HWL_READ,
    .platform_ids = platform_ids,
    .platform_id_count = 2,
    .platform_id_size = sizeof(hwl_platform_id),
};
