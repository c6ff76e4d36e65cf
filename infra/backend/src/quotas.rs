//! The rate limits of an address, a person, a device or a connection.

/// A rate limit: a burst, then a number per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The number at once.
    pub burst: u32,
    /// The number per second after the burst.
    pub per_second: u32,
}

/// All requests from one address, counted before authentication: enough for a school whose members are all signed in, at its busiest.
pub const ADDRESS_REQUESTS: Quota = Quota { burst: 5_000, per_second: 500 };

/// Anonymous reads from one address, in small reads: some dozens of lists, or hundreds of single entities.
pub const ADDRESS_READS: Quota = Quota { burst: 500, per_second: 100 };

/// Reads of one person, in small reads.
pub const PERSON_READS: Quota = Quota { burst: 1_000, per_second: 100 };

/// Reads of one device, in small reads.
pub const DEVICE_READS: Quota = Quota { burst: 1_000, per_second: 100 };

/// Join codes from one address. Guests of a school send the code twice within some minutes: to find the room and to enter it. Guessing
/// finds one of 100 rooms among 729 million codes in 17 days.
pub const ADDRESS_CODES: Quota = Quota { burst: 600, per_second: 5 };

/// Writes of one person; a teacher who clicks as fast as possible stays far below.
pub const PERSON_WRITES: Quota = Quota { burst: 100, per_second: 10 };

/// Changes of the factory tree by one person, each of which is sent to all subscribers: faster than editing by hand.
pub const TREE_EDITS: Quota = Quota { burst: 60, per_second: 2 };

/// Writes of one device; a gateway may report for many things.
pub const DEVICE_WRITES: Quota = Quota { burst: 1_000, per_second: 100 };

/// Anonymous writes from one address: a school has one address, and all its guests join within a minute.
pub const ADDRESS_WRITES: Quota = Quota { burst: 500, per_second: 20 };

/// Live connections from one address: those of a school that all reconnect after an outage.
pub const ADDRESS_CONNECTIONS: Quota = Quota { burst: 2_000, per_second: 50 };

/// Messages on one live connection: enough to subscribe to the maximum number of lists. A message that causes many reads costs
/// [`LIST_MESSAGE`], any other 1.
pub const CONNECTION_MESSAGES: Quota = Quota { burst: 500, per_second: 10 };

/// The cost of a subscription to a list, and of a ping, which covers all topics of its connection.
pub const LIST_MESSAGE: u32 = 4;
