//! Mechanisms of delivery that can be switched off, to show that the simulation notices when one is missing.

use clap::ValueEnum;
use live_client::ReplicaPolicy;

/// A mechanism without which the guarantees do not hold.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Mechanism {
    /// Counting changes into digests
    Count,
    /// Comparing digests
    Digest,
    /// Dropping older revisions
    Revision,
    /// Retrying after failures
    Retry,
    /// Writing the seats of an event under their revision
    Seats,
    /// Sending the number of answers
    Tally,
    /// Storing tombstones
    Tombstone,
}

/// The mechanisms that are switched off in a simulation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FaultSwitches {
    /// For the browsers' replicas.
    pub(crate) replica: ReplicaPolicy,
    /// For the functions.
    pub(crate) without_retries: bool,
    /// For the fan-out.
    pub(crate) without_counting: bool,
    /// For the posts to connections.
    pub(crate) without_tallies: bool,
    /// For the database.
    pub(crate) without_seats_condition: bool,
}

impl From<Mechanism> for FaultSwitches {
    fn from(mechanism: Mechanism) -> Self {
        let mut switches = Self::default();
        match mechanism {
            Mechanism::Count => switches.without_counting = true,
            Mechanism::Digest => switches.replica.ignore_digest = true,
            Mechanism::Revision => switches.replica.ignore_revision = true,
            Mechanism::Retry => switches.without_retries = true,
            Mechanism::Seats => switches.without_seats_condition = true,
            Mechanism::Tally => switches.without_tallies = true,
            Mechanism::Tombstone => switches.replica.forget_tombstones = true,
        }
        switches
    }
}
