//! How often somebody may do what costs others something. Never counts: that is done where it is asked.

/// So often at once, and then so often a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// So often at once.
    pub burst: u32,
    /// So often a second from then on.
    pub per_second: u32,
}

/// Writes of one person: a teacher who clicks as fast as they can does not come near.
pub const PERSON_WRITES: Quota = Quota { burst: 100, per_second: 10 };

/// Writes of one device: a gateway may speak for many things.
pub const DEVICE_WRITES: Quota = Quota { burst: 1_000, per_second: 100 };

/// Writes of all at one address that say no name: a school is at one address, and all its guests join within a minute.
pub const ADDRESS_WRITES: Quota = Quota { burst: 500, per_second: 20 };

/// Live connections from one address: a school again, whose network comes back.
pub const ADDRESS_CONNECTIONS: Quota = Quota { burst: 2_000, per_second: 50 };

/// Messages on one live connection: as many subscriptions as there may be, and some more.
pub const CONNECTION_MESSAGES: Quota = Quota { burst: 200, per_second: 10 };
