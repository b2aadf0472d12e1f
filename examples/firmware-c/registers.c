/* The contents of the registers, where no chip has any: link.ld puts them at fixed addresses. */

#include "registers.h"

__attribute__((section(".registers.otp"), used)) const volatile otp_registers otp = {
    .board_vendor = "Supermicro",
    .board_product = "X11SSH-F",
    .board_serial = "ZM16AS034417",
    .system_vendor = "Northgate Video Systems",
    .system_product = "NVS-4200 Recorder",
    .system_serial = "NVS42-0091834",
    .cpu_serial = "C04D1-77A2E-90B1",
    .module_part = "M393A2K43DB3-CWE",
    .module_serials = {{'3', 'A', '9', 'C', '1', 'D', '0', '7'},
                       {'3', 'A', '9', 'C', '1', 'C', 'F', '2'},
                       {'3', 'A', '9', 'C', '1', 'E', '4', '4'},
                       {'3', 'A', '9', 'C', '1', 'D', '1', '1'}},
    .cpu_signature = 0x000906E9u,
    .system_uuid = {0x3F, 0x6A, 0x1C, 0x52, 0x7D, 0x90, 0x4B, 0x1E, 0x8A, 0x27, 0x00, 0x25, 0x90, 0x5C, 0xD1, 0x38},
    .secure_element = {0x01, 0x23, 0x5A, 0xC4, 0x77, 0x10, 0x8E, 0x2D, 0xEE},
    .emmc_cid = {0x15, 0x01, 0x00, 0x38, 0x47, 0x54, 0x46, 0x34, 0x52, 0x01, 0x6D, 0x2C, 0x8B, 0x91, 0x7A, 0x33},
    .locked = OTP_LOCKED,
};

/* 00:25:90:5c:d1:38 and 00:25:90:5c:d1:39. */
__attribute__((section(".registers.mac"), used)) const volatile mac_registers mac = {
    .address = {{.high = 0x000038D1u, .low = 0x5C902500u}, {.high = 0x000039D1u, .low = 0x5C902500u}},
};
