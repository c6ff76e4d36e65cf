//! The table's stream (DynamoDB Streams through Lambda's event source mapping): every change of what is shown goes to
//! those who watch it.
//!
//! A stream is ordered by key, so a batch stops at its first record that could not be delivered ("Reporting batch item
//! failures"): the mapping delivers again from there. Never fails a batch as a whole for one record.

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use domain::topic::Topic;

use crate::App;
use crate::fanout::{self, Update};
use crate::live;
use crate::outbound::posts::PostError;
use crate::storage::StorageError;
use crate::storage::keys;
use crate::storage::records::{SubscriptionRecord, TableRecord};

/// Which records the function is called for: the event source mapping's filters ("Lambda event filtering"). Signs of
/// life, history and the coming and going of connections cost no call.
pub const FILTERS: [&str; 2] = [
    r#"{"dynamodb":{"Keys":{"pk":{"S":["TABLES"]}}}}"#,
    r#"{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"greet":{"BOOL":[true]}}}}"#,
];

/// What a record asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Task {
    /// Tell a change.
    Tell(Update),
    /// Post the snapshot to a connection that subscribed by its handshake.
    Greet { connection: String, topic: Topic },
    /// Somebody who knows nothing of revisions deleted the item: leave a tombstone, whose own record is then told.
    Bury { record: TableRecord },
}

/// Handles one batch.
///
/// # Errors
/// None: what fails is reported by record.
pub async fn handle(app: &App, event: Event) -> DynamoDbEventResponse {
    let records = event.records;
    let tasks: Vec<(usize, Task)> =
        records.iter().enumerate().filter_map(|(position, record)| Some((position, task(position, record)?))).collect();

    let mut first_failed = tell(app, &tasks).await;
    for (position, task) in &tasks {
        let done = match task {
            Task::Tell(_) => Ok(()),
            Task::Greet { connection, topic } => greet(app, connection, topic).await,
            Task::Bury { record } => bury(app, record).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a record of the stream failed; it will be delivered again");
            first_failed = Some(first_failed.map_or(*position, |first| first.min(*position)));
        }
    }
    let failure = |position: usize| {
        let sequence_number = records.get(position).and_then(|record| record.change.sequence_number.clone());
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = sequence_number;
        failure
    };
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures = first_failed.map(failure).into_iter().collect();
    response
}

/// Tells the changes; where the first one stands that did not reach all who watch.
async fn tell(app: &App, tasks: &[(usize, Task)]) -> Option<usize> {
    let updates: Vec<Update> = tasks
        .iter()
        .filter_map(|(_, task)| match task {
            Task::Tell(update) => Some(update.clone()),
            Task::Greet { .. } | Task::Bury { .. } => None,
        })
        .collect();
    let first = updates.first()?.position;
    match fanout::deliver(app, &updates).await {
        Ok(delivery) => {
            tracing::debug!(changes = updates.len(), ?delivery, "told");
            (delivery.failed > 0).then_some(first)
        }
        Err(error) => {
            tracing::error!(%error, "nobody can say who watches");
            Some(first)
        }
    }
}

async fn greet(app: &App, connection: &str, topic: &Topic) -> Result<(), StorageError> {
    for message in live::snapshot(app.storage(), topic).await? {
        match app.posts().post_to_new(connection, &message).await {
            Ok(()) => {}
            Err(PostError::Gone) => return app.storage().remove_connection(connection).await,
            // A snapshot that is lost here is asked for again by the client, which knows that it has none.
            Err(error) => tracing::warn!(connection, %error, "a snapshot could not be posted"),
        }
    }
    Ok(())
}

async fn bury(app: &App, record: &TableRecord) -> Result<(), StorageError> {
    match app.storage().bury_table(&record.sk, record.rev + 1, app.now()).await {
        // It is there again, or was buried before: its own record tells it.
        Err(StorageError::Changed) => Ok(()),
        other => other,
    }
}

fn task(position: usize, record: &EventRecord) -> Option<Task> {
    let (new, old) = (&record.change.new_image, &record.change.old_image);
    let image = if new.is_empty() { old } else { new };
    let pk: &str = match image.get("pk")? {
        serde_dynamo::AttributeValue::S(pk) => pk,
        _ => return None,
    };
    if pk == keys::TABLES {
        return table_task(position, new, old);
    }
    let topic = keys::parse_topic(pk)?;
    let subscription: SubscriptionRecord = serde_dynamo::from_item(new.clone()).ok()?;
    subscription.greet.then_some(Task::Greet { connection: subscription.sk, topic })
}

fn table_task(position: usize, new: &serde_dynamo::Item, old: &serde_dynamo::Item) -> Option<Task> {
    let read = |item: &serde_dynamo::Item| {
        let record: Result<TableRecord, _> = serde_dynamo::from_item(item.clone());
        record
            .inspect_err(|fault| tracing::warn!(%fault, "a record among the tables cannot be read; it is passed over"))
            .ok()
    };
    if new.is_empty() {
        let record = read(old)?;
        // A tombstone that goes by its time to live was told when it came.
        return (!record.gone).then_some(Task::Bury { record });
    }
    let record = read(new)?;
    let (id, rev) = (record.sk.clone(), record.rev);
    let state = record.into_table().as_ref().map(live::state);
    Some(Task::Tell(Update { position, id, rev, state }))
}
