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

/// One event source mapping: a table's stream, a function and the settings.
pub struct EventSource {
    /// The table whose changes are delivered.
    pub table: String,
    /// The filter of the changes.
    pub filters: Filters,
    /// The settings of retries and batches.
    pub policy: Policy,
    /// The function.
    pub function: SharedFunction,
}

/// The database, the directory and the signals of a mapping.
#[derive(Clone)]
pub struct MappingContext {
    /// The database with the stream.
    pub database: Database,
    /// The directory of the checkpoint and the dead letters.
    pub directory: PathBuf,
    /// Notified after each write by this process.
    pub written: Arc<Notify>,
    /// Faults for tests.
    pub faults: Faults,
    /// Cancelled when the mapping must stop.
    pub stop: CancellationToken,
}

/// Runs a mapping until it is cancelled, from the checkpoint in the watch channel, and updates the checkpoint there and in its file.
pub async fn run(source: EventSource, context: MappingContext, checkpoint: watch::Sender<Option<SequenceNumber>>) {
    let writer = write_checkpoints(CheckpointFile::in_directory(&context.directory), checkpoint.subscribe());
    tokio::join!(runner::Runner::new(source, context, checkpoint).run(), writer);
}

/// Writes the newest checkpoint, skipping outdated ones, until the mapping has ended.
async fn write_checkpoints(file: CheckpointFile, mut checkpoint: watch::Receiver<Option<SequenceNumber>>) {
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
