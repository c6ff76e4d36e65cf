//! Mechanisms of the promise that can be left out, to show that the simulation would notice. Without the feature `sabotage`
//! none can, and what asks costs nothing. Never left out where a person is served.

/// A mechanism without which the promise does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// A replica asks for a snapshot when its digest is not the server's.
    Digest,
    /// A replica drops what is no newer than what it has.
    Revision,
    /// What failed is tried again: a post, a connection that is behind, a record of the stream.
    Retry,
    /// A replica remembers what was removed.
    Tombstone,
}

#[cfg(feature = "sabotage")]
static LEFT_OUT: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

#[cfg(feature = "sabotage")]
impl Mechanism {
    /// Leaves it out from now on, in the whole process.
    pub fn leave_out(self) {
        LEFT_OUT.store(self as u8 + 1, std::sync::atomic::Ordering::Relaxed);
    }

    /// Whether it is left out.
    pub fn is_left_out(self) -> bool {
        LEFT_OUT.load(std::sync::atomic::Ordering::Relaxed) == self as u8 + 1
    }
}

#[cfg(not(feature = "sabotage"))]
impl Mechanism {
    /// It never is.
    pub const fn is_left_out(self) -> bool {
        false
    }
}
