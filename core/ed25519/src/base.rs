//! Odd multiples of the base point, for the flash.

use crate::field::Field;
use crate::point::Addend;

/// Width of the digits of S. One more is 472 bytes of table and 2 % fewer instructions.
pub(crate) const BASE_WIDTH: u32 = 4;

/// The base point times 1, 3, 5, ...
#[rustfmt::skip]
pub(crate) static BASE: [Addend; 4] = [
    Addend {
        sum: Field::from_words([0xf58c_3b85, 0x2fbc_93c6, 0xfb8c_0e19, 0xcf93_2dc6, 0x643d_42c2, 0x270b_4898, 0x33d4_ba65, 0x07cf_9d3a]),
        difference: Field::from_words([0xd740_913e, 0x9d10_3905, 0xd140_beb3, 0xfd39_9f05, 0x688f_8a09, 0xa5c1_8434, 0x98f8_1267, 0x44fd_2f92]),
        product: Field::from_words([0x877a_aa68, 0xabc9_1205, 0xccaa_c49e, 0x26d9_e823, 0xdd43_598c, 0x5a1b_7dcb, 0x9f0c_65a8, 0x6f11_7b68]),
    },
    Addend {
        sum: Field::from_words([0x4cee_9730, 0xaf25_b0a8, 0xe886_4b8a, 0x025a_8430, 0x9f01_6732, 0xc11b_5002, 0x9a80_f8f4, 0x7a16_4e1b]),
        difference: Field::from_words([0xa4fc_d265, 0x5661_1fe8, 0xe5c1_ba7d, 0x3bd3_53fd, 0x214b_d6bd, 0x8131_f31a, 0x555b_da62, 0x2ab9_1587]),
        product: Field::from_words([0x0dd0_d889, 0x14ae_933f, 0x1c35_da62, 0x5894_2322, 0x8cf2_db4c, 0xd170_e545, 0x12b9_b4c6, 0x5a28_26af]),
    },
    Addend {
        sum: Field::from_words([0x08a5_bb33, 0xa212_bc44, 0xc75e_ed02, 0x8d50_48c3, 0x5abf_ec44, 0xdd1b_eb0c, 0x46e2_06eb, 0x2945_ccf1]),
        difference: Field::from_words([0xa447_d6ba, 0x7f91_82c3, 0x4b27_29b7, 0xd500_14d1, 0xb864_a087, 0xe33c_f11c, 0xeb1b_55f3, 0x154a_7e73]),
        product: Field::from_words([0x812a_8285, 0xbcbb_dbf1, 0xd0bd_d1fc, 0x270e_0807, 0x1bbd_a72d, 0xb41b_670b, 0x6b3b_b69a, 0x43aa_be69]),
    },
    Addend {
        sum: Field::from_words([0x944e_a3bf, 0x6b1a_5cd0, 0xb39d_c0d2, 0x7470_353a, 0x2854_2e49, 0x71b2_5282, 0x283c_927e, 0x461b_ea69]),
        difference: Field::from_words([0xaa32_21b1, 0xba6f_2c9a, 0x3bba_23a7, 0x6ca0_2153, 0x9219_2c3a, 0x9dea_764f, 0x2e53_17e0, 0x1d6e_dd5d]),
        product: Field::from_words([0x01b8_b3a2, 0xf183_6dc8, 0x053e_a49a, 0xb303_5f47, 0x5877_adf3, 0x529c_41ba, 0x6a0f_90a7, 0x7a9f_bb1c]),
    },
];
