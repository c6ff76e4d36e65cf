//! Carries out the policy's decisions: reads the stream, invokes the function, stores dead letters. The policy makes all decisions.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::get_records::{GetRecordsRequest, GetRecordsResponse};
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{self, Instant};

use super::dead_letters::DeadLetterFile;
use super::policy::{Invocation, Mapping, Outcome};
use super::record::{Record, SequenceNumber};
use super::{EventSource, MappingContext};
use crate::blocking;
use crate::faults::FaultPoint;

/// The poll interval: a change without a notification by a write in this process, for instance an expired item, is
/// found at the next poll.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Records per read: DynamoDB's limit.
const PAGE: usize = 1000;

/// How long the function may finish its work when the mapping stops. Unfinished records are delivered again.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// The open stream of a table.
struct Stream {
    arn: String,
    partition_key: String,
    iterator: String,
}

/// A running mapping.
pub(super) struct Runner {
    source: EventSource,
    context: MappingContext,
    mapping: Mapping,
    dead_letters: DeadLetterFile,
    checkpoint: watch::Sender<Option<SequenceNumber>>,
    stream: Option<Stream>,
    invocations: JoinSet<Outcome>,
    lanes: HashMap<Id, usize>,
}

impl Runner {
    /// A mapping that continues from the checkpoint.
    pub(super) fn new(
        source: EventSource,
        context: MappingContext,
        checkpoint: watch::Sender<Option<SequenceNumber>>,
    ) -> Self {
        let mapping = Mapping::new(source.policy.clone(), *checkpoint.borrow());
        Self {
            dead_letters: DeadLetterFile::in_directory(&context.directory),
            source,
            context,
            mapping,
            checkpoint,
            stream: None,
            invocations: JoinSet::new(),
            lanes: HashMap::new(),
        }
    }

    /// Runs until it is cancelled.
    pub(super) async fn run(mut self) {
        let mut has_more = true;
        while !self.context.stop.is_cancelled() {
            if has_more && self.mapping.wants_records() {
                has_more = self.fetch().await;
            }
            self.store_dead_letters().await;
            self.dispatch();
            self.publish_checkpoint();
            if has_more && self.mapping.wants_records() {
                continue;
            }

            let poll = Instant::now() + POLL_INTERVAL;
            let pause = self.mapping.next_timeout();
            tokio::select! {
                biased;
                Some(ended) = self.invocations.join_next_with_id() => self.handle_ended(ended),
                () = self.context.written.notified() => has_more = true,
                () = time::sleep_until(pause.unwrap_or(poll).min(poll)) => has_more |= Instant::now() >= poll,
                () = self.context.stop.cancelled() => {}
            }
        }
        self.finish().await;
    }

    /// Reads a page. Returns whether there may be more.
    async fn fetch(&mut self) -> bool {
        match self.try_fetch().await {
            Ok(has_more) => has_more,
            Err(error) => {
                // The table may not exist yet, or was created anew; the next poll looks again.
                tracing::debug!(table = self.source.table, %error, "the stream cannot be read");
                self.stream = None;
                false
            }
        }
    }

    async fn try_fetch(&mut self) -> Result<bool, DynoxideError> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.open().await?,
        };
        let database = self.context.database.clone();
        let request = GetRecordsRequest { shard_iterator: stream.iterator.clone(), limit: Some(PAGE) };
        let page: GetRecordsResponse = blocking(move || database.get_records(request)).await?;
        let last = page.records.last().and_then(|record| record.dynamodb.sequence_number.parse().ok());
        if let Some(last) = last {
            let records = page
                .records
                .iter()
                .filter_map(|record| Record::new(record, &stream.arn, &stream.partition_key))
                .filter(|record| self.source.filters.matches(&record.event))
                .collect();
            self.mapping.accept(records, last);
        }
        let iterator = page.next_shard_iterator.unwrap_or_else(|| stream.iterator.clone());
        self.stream = Some(Stream { iterator, ..stream });
        Ok(page.records.len() == PAGE)
    }

    async fn open(&self) -> Result<Stream, DynoxideError> {
        let database = self.context.database.clone();
        let table = self.source.table.clone();
        let after = self.mapping.fetched();
        blocking(move || open(&database, table, after)).await
    }

    /// Stores dead letters. If that fails, the checkpoint does not pass them, and the next turn of the loop tries again.
    async fn store_dead_letters(&mut self) {
        while let Some(letter) = self.mapping.dead_letter().cloned() {
            let file = self.dead_letters.clone();
            let sequence = letter.record.sequence;
            let stored = blocking::blocking(move || file.append(&letter, SystemTime::now())).await;
            match stored {
                Ok(Ok(())) => {
                    let path = self.dead_letters.path().display();
                    tracing::error!(%sequence, "a change was moved to the dead letters in {path}");
                    self.mapping.handle_dead_letter_stored();
                }
                Ok(Err(error)) => {
                    tracing::error!(%sequence, %error, "the dead-letter store cannot be written");
                    return;
                }
                Err(_) => return,
            }
        }
    }

    fn dispatch(&mut self) {
        while let Some(Invocation { lane, records }) = self.mapping.poll_invocation(Instant::now()) {
            let event = json!({ "Records": records.into_iter().map(|record| record.event).collect::<Vec<_>>() });
            let function = self.source.function.clone();
            let is_injected = self.context.faults.take_stream_failure();
            let faults = self.context.faults.clone();
            let task = self.invocations.spawn(async move {
                if is_injected {
                    return Outcome::Failed("Injected fault.".to_owned());
                }
                let response = function.invoke(event).await;
                if faults.should_fail(FaultPoint::StreamAfter) {
                    return Outcome::Failed("Injected fault.".to_owned());
                }
                match response {
                    Ok(response) => read_response(&response),
                    Err(error) => Outcome::Failed(error.message),
                }
            });
            self.lanes.insert(task.id(), lane);
        }
    }

    fn handle_ended(&mut self, ended: Result<(Id, Outcome), JoinError>) {
        let (id, outcome) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), Outcome::Failed("The function panicked.".to_owned())),
        };
        if let Outcome::Failed(error) = &outcome {
            tracing::warn!(table = self.source.table, error, "the stream's function failed");
        }
        if let Some(lane) = self.lanes.remove(&id) {
            self.mapping.handle_outcome(lane, outcome, Instant::now(), SystemTime::now());
        }
    }

    fn publish_checkpoint(&self) {
        let position = self.mapping.checkpoint();
        self.checkpoint.send_if_modified(|published| std::mem::replace(published, position) != position);
    }

    async fn finish(&mut self) {
        let deadline = Instant::now() + SHUTDOWN_TIMEOUT;
        while let Ok(Some(ended)) = time::timeout_at(deadline, self.invocations.join_next_with_id()).await {
            self.handle_ended(ended);
        }
        self.publish_checkpoint();
    }
}

/// Finds the table's stream and the position from which to read on.
fn open(database: &Database, table_name: String, after: Option<SequenceNumber>) -> Result<Stream, DynoxideError> {
    let shard_id = dynoxide::streams::shard_id(&table_name);
    let table = database.describe_table(DescribeTableRequest { table_name })?.table;
    let arn = table
        .latest_stream_arn
        .ok_or_else(|| DynoxideError::ResourceNotFoundException("The table has no stream.".to_owned()))?;
    let partition_key = table.key_schema.first().map(|key| key.attribute_name.clone()).unwrap_or_default();
    let iterator = database
        .get_shard_iterator(GetShardIteratorRequest {
            stream_arn: arn.clone(),
            shard_id,
            shard_iterator_type: if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" }.to_owned(),
            sequence_number: after.map(|after| after.to_string()),
        })?
        .shard_iterator
        .unwrap_or_default();
    Ok(Stream { arn, partition_key, iterator })
}

/// The function's response, as `ReportBatchItemFailures` defines it. A response without `batchItemFailures` is a success.
fn read_response(response: &Value) -> Outcome {
    let failures = response.get("batchItemFailures").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if failures.is_empty() {
        return Outcome::Done;
    }
    let sequences: Option<Vec<SequenceNumber>> =
        failures.iter().map(|failure| failure.get("itemIdentifier")?.as_str()?.parse().ok()).collect();
    match sequences {
        Some(sequences) => Outcome::FailedFrom(sequences),
        None => Outcome::Failed("The function reported a failure without a sequence number.".to_owned()),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DynoxideError> + Send + 'static,
) -> Result<T, DynoxideError> {
    match blocking::blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(DynoxideError::InternalServerError(error.to_string())),
    }
}
