//! Odd multiples of the base point, for the flash.

use crate::field::Field;
use crate::point::Addend;

/// Width of the digits of S. One more is 472 bytes of table and 2 % fewer instructions.
pub(crate) const BASE_WIDTH: u32 = 4;

/// The base point times 1, 3, 5, ..., with 2 z = 1.
#[rustfmt::skip]
pub(crate) static BASE: [Addend; 4] = [
    Addend {
        sum: Field::from_words([0x7ac6_1db9, 0x97de_49e3, 0x7dc6_070c, 0x67c9_96e3, 0x321e_a161, 0x9385_a44c, 0x19ea_5d32, 0x43e7_ce9d]),
        difference: Field::from_words([0xeba0_489f, 0xce88_1c82, 0xe8a0_5f59, 0xfe9c_cf82, 0x3447_c504, 0xd2e0_c21a, 0x4c7c_0933, 0x227e_97c9]),
        product: Field::from_words([0xc3bd_5534, 0x55e4_8902, 0xe655_624f, 0x136c_f411, 0xeea1_acc6, 0x2d0d_bee5, 0x4f86_32d4, 0x3788_bdb4]),
    },
    Addend {
        sum: Field::from_words([0x2677_4b98, 0x5792_d854, 0x7443_25c5, 0x012d_4218, 0x4f80_b399, 0x608d_a801, 0xcd40_7c7a, 0x3d0b_270d]),
        difference: Field::from_words([0x527e_6929, 0xab30_8ff4, 0xf2e0_dd3e, 0x9de9_a9fe, 0x10a5_eb5e, 0x4098_f98d, 0xaaad_ed31, 0x555c_8ac3]),
        product: Field::from_words([0x86e8_6c3b, 0x0a57_499f, 0x0e1a_ed31, 0x2c4a_1191, 0xc679_6da6, 0x68b8_72a2, 0x895c_da63, 0x6d14_1357]),
    },
    Addend {
        sum: Field::from_words([0x0452_dd90, 0x5109_5e22, 0xe3af_7681, 0x46a8_2461, 0x2d5f_f622, 0xee8d_f586, 0xa371_0375, 0x54a2_e678]),
        difference: Field::from_words([0xd223_eb5d, 0xbfc8_c161, 0xa593_94db, 0xea80_0a68, 0x5c32_5043, 0xf19e_788e, 0xf58d_aaf9, 0x0aa5_3f39]),
        product: Field::from_words([0xc095_4139, 0x5e5d_edf8, 0xe85e_e8fe, 0x9387_0403, 0x8dde_d396, 0x5a0d_b385, 0xb59d_db4d, 0x61d5_5f34]),
    },
    Addend {
        sum: Field::from_words([0x4a27_51d6, 0x358d_2e68, 0x59ce_e069, 0xba38_1a9d, 0x142a_1724, 0x38d9_2941, 0x941e_493f, 0x630d_f534]),
        difference: Field::from_words([0x5519_10cf, 0xdd37_964d, 0x9ddd_11d3, 0x3650_10a9, 0xc90c_961d, 0x4ef5_3b27, 0x9729_8bf0, 0x4eb7_6eae]),
        product: Field::from_words([0x00dc_59d1, 0x78c1_b6e4, 0x829f_524d, 0xd981_afa3, 0x2c3b_d6f9, 0xa94e_20dd, 0x3507_c853, 0x3d4f_dd8e]),
    },
];
