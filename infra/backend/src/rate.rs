//! The rate limits: how often an address or a person may do what costs others something.

/// So often at once, and then so often a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// So often at once.
    pub burst: u32,
    /// So often a second from then on.
    pub per_second: u32,
}

/// All that comes from one address, counted before anything else is known of it: a school that is signed in, at its busiest.
pub const ADDRESS_REQUESTS: Quota = Quota { burst: 5_000, per_second: 500 };

/// What those at one address read that say no name, in small reads: some dozens of lists, or hundreds of single things.
pub const ADDRESS_READS: Quota = Quota { burst: 500, per_second: 100 };

/// What one person reads, in small reads.
pub const PERSON_READS: Quota = Quota { burst: 1_000, per_second: 100 };

/// What one device reads, in small reads.
pub const DEVICE_READS: Quota = Quota { burst: 1_000, per_second: 100 };

/// Join codes that are shown from one address: a school's guests show theirs twice within some minutes, to find the room and to come in.
/// Guessing finds one of a hundred rooms among 729 million codes in 17 days.
pub const ADDRESS_CODES: Quota = Quota { burst: 600, per_second: 5 };

/// Writes of one person: a teacher who clicks as fast as they can does not come near.
pub const PERSON_WRITES: Quota = Quota { burst: 100, per_second: 10 };

/// Changes of the factory tree by one person, each of which is sent to all subscribers: faster than editing by hand.
pub const TREE_EDITS: Quota = Quota { burst: 60, per_second: 2 };

/// Writes of one device: a gateway may speak for many things.
pub const DEVICE_WRITES: Quota = Quota { burst: 1_000, per_second: 100 };

/// Writes of all at one address that say no name: a school is at one address, and all its guests join within a minute.
pub const ADDRESS_WRITES: Quota = Quota { burst: 500, per_second: 20 };

/// Live connections from one address: a school again, whose network comes back.
pub const ADDRESS_CONNECTIONS: Quota = Quota { burst: 2_000, per_second: 50 };

/// What is said on one live connection: as many subscriptions to lists as there may be. A message counts as [`LIST_MESSAGE`] that has
/// many things read, and as one else.
pub const CONNECTION_MESSAGES: Quota = Quota { burst: 500, per_second: 10 };

/// A subscription to a list, and a ping, which is for all topics of its connection.
pub const LIST_MESSAGE: u32 = 4;
