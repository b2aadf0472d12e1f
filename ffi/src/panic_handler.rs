//! What a firmware archive does on a panic: the C program decides.

unsafe extern "C" {
    /// Supplied by the C program when it links a firmware archive: what to do when a defect of
    /// the library is met. It must not return; it may reset the device or hang. Libraries for
    /// hosts do not call it.
    ///
    /// Any thread. Interrupt: it is called where the defect is met. Stack: that of the program.
    #[allow(dead_code, reason = "declared for the header; only firmware calls it")]
    pub fn hwl_on_panic() -> !;
}

#[cfg(feature = "panic-abort")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the C program supplies a function of this type, and it does not return.
    unsafe { hwl_on_panic() }
}
