//! DynamoDB Streams to a function, as Lambda's event source mapping does it.

pub mod checkpoint;
pub mod dead_letters;
pub mod filter;
pub mod policy;
pub mod record;
mod runner;

use std::path::PathBuf;
use std::sync::Arc;

use dynoxide::Database;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::blocking::blocking;
use crate::faults::Faults;
use crate::function::SharedFunction;
use checkpoint::CheckpointFile;
use filter::Filters;
use policy::Policy;
use record::SequenceNumber;

/// One event source mapping: a table's stream, a function and how the two are joined.
pub struct EventSource {
    /// The table whose changes are delivered.
    pub table: String,
    /// Which changes.
    pub filters: Filters,
    /// How.
    pub policy: Policy,
    /// To whom.
    pub function: SharedFunction,
}

/// What a mapping needs around it.
#[derive(Clone)]
pub struct Surroundings {
    /// The database that has the stream.
    pub database: Database,
    /// Where the checkpoint and the dead letters are.
    pub directory: PathBuf,
    /// Notified after each write that this process saw.
    pub written: Arc<Notify>,
    /// Faults for tests.
    pub faults: Faults,
    /// Cancelled when the mapping must stop.
    pub stop: CancellationToken,
}

/// Runs a mapping until it is told to stop, from the checkpoint that the watch holds, and keeps it up to date there and
/// in its file.
pub async fn run(source: EventSource, around: Surroundings, checkpoint: watch::Sender<Option<SequenceNumber>>) {
    let keeper = keep(CheckpointFile::in_directory(&around.directory), checkpoint.subscribe());
    tokio::join!(runner::Runner::new(source, around, checkpoint).run(), keeper);
}

/// Writes the newest checkpoint, skipping those that were overtaken meanwhile, until the mapping has ended.
async fn keep(file: CheckpointFile, mut checkpoint: watch::Receiver<Option<SequenceNumber>>) {
    while checkpoint.changed().await.is_ok() {
        let Some(position) = *checkpoint.borrow_and_update() else {
            continue;
        };
        let file = file.clone();
        match blocking(move || file.write(position)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the checkpoint cannot be written"),
            Err(error) => tracing::error!(%error, "the checkpoint was not written"),
        }
    }
}
