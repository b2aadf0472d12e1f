//! Where the new image goes: the slot that does not run, in the hands of the caller.

/// The slot for a new image: flash, a partition, or a file.
///
/// An image is written from its beginning to its end, whole chunks at a time. After a power cut what was
/// written since progress was last saved is written again. What a write that was cut off has left may
/// be anything: all of the image is read back before it is handed over.
pub trait Image {
    /// Why it failed.
    type Error;

    /// How many bytes it takes.
    fn capacity(&self) -> u32;

    /// How many bytes are erased together: a power of two; 1, if any byte can be written again by itself.
    /// Whatever is written again begins at a multiple of it.
    fn block_bytes(&self) -> u32;

    /// Writes a chunk. A driver of flash erases each block when the first byte of it is written.
    ///
    /// # Errors
    /// It cannot be written.
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Sees to it that all that was written before is there to stay.
    ///
    /// # Errors
    /// It cannot be made to stay.
    fn flush(&mut self) -> Result<(), Self::Error>;

    /// Reads what was written.
    ///
    /// # Errors
    /// It cannot be read.
    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error>;
}

impl<I: Image + ?Sized> Image for &mut I {
    type Error = I::Error;

    fn capacity(&self) -> u32 {
        (**self).capacity()
    }

    fn block_bytes(&self) -> u32 {
        (**self).block_bytes()
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), I::Error> {
        (**self).write(offset, bytes)
    }

    fn flush(&mut self) -> Result<(), I::Error> {
        (**self).flush()
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), I::Error> {
        (**self).read(offset, bytes)
    }
}
