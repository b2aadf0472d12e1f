//! Odd multiples of the base point, for the flash.

use crate::field::Stored;
use crate::point::Addend;

/// Width of the digits of S. One more is twice the table and 2 % fewer instructions, which are 20 for
/// each byte with the assembly: there flash has been spent on speed.
pub(crate) const BASE_WIDTH: u32 = if cfg!(umaal) { 5 } else { 4 };

/// The multiples that digits of this width ask for.
pub(crate) static BASE: [Addend; 1 << (BASE_WIDTH - 2)] = match MULTIPLES.first_chunk() {
    Some(multiples) => *multiples,
    None => panic!("a digit is wider than there are multiples for"),
};

/// The base point times 1, 3, 5, ..., with 2 z = 1.
#[rustfmt::skip]
pub(crate) const MULTIPLES: [Addend; 8] = [
    Addend {
        sum: Stored::from_words([0x7ac6_1db9, 0x97de_49e3, 0x7dc6_070c, 0x67c9_96e3, 0x321e_a161, 0x9385_a44c, 0x19ea_5d32, 0x43e7_ce9d]),
        difference: Stored::from_words([0xeba0_489f, 0xce88_1c82, 0xe8a0_5f59, 0xfe9c_cf82, 0x3447_c504, 0xd2e0_c21a, 0x4c7c_0933, 0x227e_97c9]),
        product: Stored::from_words([0xc3bd_5534, 0x55e4_8902, 0xe655_624f, 0x136c_f411, 0xeea1_acc6, 0x2d0d_bee5, 0x4f86_32d4, 0x3788_bdb4]),
    },
    Addend {
        sum: Stored::from_words([0x2677_4b98, 0x5792_d854, 0x7443_25c5, 0x012d_4218, 0x4f80_b399, 0x608d_a801, 0xcd40_7c7a, 0x3d0b_270d]),
        difference: Stored::from_words([0x527e_6929, 0xab30_8ff4, 0xf2e0_dd3e, 0x9de9_a9fe, 0x10a5_eb5e, 0x4098_f98d, 0xaaad_ed31, 0x555c_8ac3]),
        product: Stored::from_words([0x86e8_6c3b, 0x0a57_499f, 0x0e1a_ed31, 0x2c4a_1191, 0xc679_6da6, 0x68b8_72a2, 0x895c_da63, 0x6d14_1357]),
    },
    Addend {
        sum: Stored::from_words([0x0452_dd90, 0x5109_5e22, 0xe3af_7681, 0x46a8_2461, 0x2d5f_f622, 0xee8d_f586, 0xa371_0375, 0x54a2_e678]),
        difference: Stored::from_words([0xd223_eb5d, 0xbfc8_c161, 0xa593_94db, 0xea80_0a68, 0x5c32_5043, 0xf19e_788e, 0xf58d_aaf9, 0x0aa5_3f39]),
        product: Stored::from_words([0xc095_4139, 0x5e5d_edf8, 0xe85e_e8fe, 0x9387_0403, 0x8dde_d396, 0x5a0d_b385, 0xb59d_db4d, 0x61d5_5f34]),
    },
    Addend {
        sum: Stored::from_words([0x4a27_51d6, 0x358d_2e68, 0x59ce_e069, 0xba38_1a9d, 0x142a_1724, 0x38d9_2941, 0x941e_493f, 0x630d_f534]),
        difference: Stored::from_words([0x5519_10cf, 0xdd37_964d, 0x9ddd_11d3, 0x3650_10a9, 0xc90c_961d, 0x4ef5_3b27, 0x9729_8bf0, 0x4eb7_6eae]),
        product: Stored::from_words([0x00dc_59d1, 0x78c1_b6e4, 0x829f_524d, 0xd981_afa3, 0x2c3b_d6f9, 0xa94e_20dd, 0x3507_c853, 0x3d4f_dd8e]),
    },
    Addend {
        sum: Stored::from_words([0x5354_318e, 0xcd97_33c5, 0xa8de_2362, 0xd328_4f37, 0xe343_7ada, 0xe759_19e4, 0xc56e_bfac, 0x5a5c_f699]),
        difference: Stored::from_words([0x01ce_c032, 0xf9b7_10bf, 0x7a90_20cd, 0x4c50_40db, 0x73af_5822, 0xcb65_e304, 0xfd6e_4e47, 0x24e0_2d28]),
        product: Stored::from_words([0xc822_d784, 0x835a_745f, 0x538c_e917, 0x717f_c1f4, 0xc9ea_678b, 0x557b_7e14, 0x0d80_4583, 0x79e0_b901]),
    },
    Addend {
        sum: Stored::from_words([0x4540_156f, 0x97df_8042, 0x8118_1713, 0x72ec_ff67, 0x8bb8_1a03, 0x889f_4238, 0x2a36_c7d7, 0x213a_d571]),
        difference: Stored::from_words([0x24c3_21a4, 0x98af_ad81, 0xbb84_41c0, 0x9f6b_59b4, 0xb546_f5ca, 0xd1d0_3aaa, 0x14ea_e3bf, 0x0c55_acc0]),
        product: Stored::from_words([0xfeb0_44eb, 0x6c15_9662, 0x9941_7252, 0x018f_5a50, 0xda8d_4311, 0x2218_88cc, 0x5a9e_fca4, 0x5ee3_2a91]),
    },
    Addend {
        sum: Stored::from_words([0x5100_3fad, 0xdfb8_6111, 0x5ade_6f6d, 0xdfc2_59cd, 0x7d83_dd03, 0xa9bd_0709, 0x61a3_7920, 0x51a7_ebf7]),
        difference: Stored::from_words([0x993f_dfc0, 0xa837_809d, 0xcdbb_b7b5, 0x577e_75e4, 0x5556_acb4, 0xce89_5919, 0x8bb0_1253, 0x4133_c416]),
        product: Stored::from_words([0xb997_51bc, 0xa9b0_508c, 0xefc6_ea38, 0x921b_f358, 0x48d3_f299, 0xd177_9bfc, 0xd504_bc31, 0x24bd_d37e]),
    },
    Addend {
        sum: Stored::from_words([0x89e7_f550, 0x9267_6601, 0x8c4e_1236, 0x4324_6146, 0x60f9_6a68, 0x96de_defd, 0xf896_f395, 0x30f1_148b]),
        difference: Stored::from_words([0x2346_677c, 0x0205_e6c3, 0x154c_886b, 0x69c1_4dd2, 0x03d9_28c9, 0xba84_1804, 0x0c68_2f5f, 0x61da_e6a1]),
        product: Stored::from_words([0xcde8_5a8b, 0x2ecd_3b17, 0x1b9f_ef77, 0x759c_57a7, 0xc9eb_2138, 0x0197_2d3e, 0x8572_6c21, 0x288e_b090]),
    },
];
