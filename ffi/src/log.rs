//! Messages to a callback of the C program: at boundaries, at most one for each failure, and
//! never anything of what was read.

use core::ffi::{c_char, c_void};

use crate::types::hwl_log_fn;

/// Where messages go, and which.
#[derive(Clone, Copy)]
pub(crate) struct Log {
    pub(crate) call: hwl_log_fn,
    pub(crate) ctx: *mut c_void,
    pub(crate) level: u32,
}

impl Log {
    /// Hands over one message, if its level is wanted.
    #[inline(never)]
    pub(crate) fn send(&self, level: u32, number: i32, text: *const c_char) {
        if let Some(call) = self.call
            && level <= self.level
        {
            // SAFETY: the configuration promised a function of this type that may be called with
            // this context; the text is static.
            unsafe { call(self.ctx, level, number, text) };
        }
    }
}
