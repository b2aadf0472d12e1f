/* What the chip knows of itself: fuses that the factory burnt, and the Ethernet MAC.
 *
 * The layouts are made up, as is each value; the fixture of this repository is the machine that
 * they describe, so that its licence fits. Real chips differ in nothing but addresses and names. */

#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#define OTP_TEXT_BYTES 20
#define OTP_MODULES 4

/* One-time programmable memory. Texts end at the first zero byte or at the end of their field. */
typedef struct {
    char board_vendor[OTP_TEXT_BYTES];
    char board_product[OTP_TEXT_BYTES];
    char board_serial[OTP_TEXT_BYTES];
    char system_vendor[28];
    char system_product[OTP_TEXT_BYTES];
    char system_serial[OTP_TEXT_BYTES];
    char cpu_serial[OTP_TEXT_BYTES];
    char module_part[OTP_TEXT_BYTES];
    char module_serials[OTP_MODULES][8];
    uint32_t cpu_signature;
    uint8_t system_uuid[16];
    uint8_t secure_element[9];
    uint8_t emmc_cid[16];
    /* 0 while the factory has not finished; nothing else may be believed until then. */
    uint8_t locked;
} otp_registers;

/* Address registers of the Ethernet MAC: octets 1 to 4 in `low`, the rest in `high`, the first
 * octet in the lowest bits, as most such blocks have them. */
typedef struct {
    struct {
        uint32_t high;
        uint32_t low;
    } address[2];
} mac_registers;

extern const volatile otp_registers otp;
extern const volatile mac_registers mac;

#define OTP_LOCKED 0xA5

#endif
