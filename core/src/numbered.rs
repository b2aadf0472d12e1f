//! Error enums whose variants carry a stable number and a stable name, written once.

/// Defines a `Copy` enum with, for each variant, a number that the C ABI shares, a name for JSON,
/// and a sentence for people.
///
/// No discriminant is zero: where numbers begin at a hundred `Ok(())` is, and asking for it is short.
macro_rules! numbered {
    (
        $(#[$enum_doc:meta])* $name:ident {
            $( $(#[$doc:meta])* $variant:ident = $number:literal, $code:literal, $message:literal; )*
        }
    ) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$doc])* $variant = $number % 100 + 1, )*
        }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )*];

            /// Stable number, shared with the C ABI. Never used again for anything else.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $( Self::$variant => $number, )* }
            }

            /// Stable name, as it appears in JSON.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )* }
            }

            /// What happened, as one sentence.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $( Self::$variant => $message, )* }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.message())
            }
        }
    };
}

pub(crate) use numbered;
