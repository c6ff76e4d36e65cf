//! Publishes domain events to the SNS topic, with the attributes that subscriptions filter by.

use aws_sdk_sns::Client;
use aws_sdk_sns::error::DisplayErrorContext;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use domain::event::Event;

/// `PublishBatch` takes at most this many messages.
const BATCH_LIMIT: usize = 10;

/// Some events could not be published; all of them must be published again.
#[derive(Debug, thiserror::Error)]
#[error("events cannot be published: {0}")]
pub struct PublishError(String);

/// The client of the SNS topic. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Events {
    client: Client,
    topic: String,
}

impl Events {
    pub(crate) fn new(client: Client, topic: &str) -> Self {
        Self { client, topic: topic.to_owned() }
    }

    /// Publishes events: the message is the event as JSON, the attributes are `kind` and `topic`.
    ///
    /// # Errors
    /// At least one was not published.
    pub async fn publish(&self, events: &[Event]) -> Result<(), PublishError> {
        for batch in events.chunks(BATCH_LIMIT) {
            let entries = batch.iter().zip(0..).map(|(event, number)| entry(event, number));
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            let publish = self.client.publish_batch().topic_arn(&self.topic);
            let response = publish.set_publish_batch_request_entries(Some(entries)).send().await;
            let response = response.map_err(|error| PublishError(DisplayErrorContext(&error).to_string()))?;
            if let Some(failed) = response.failed().first() {
                return Err(PublishError(format!("{} {}", failed.code(), failed.message().unwrap_or_default())));
            }
        }
        Ok(())
    }
}

fn entry(event: &Event, number: usize) -> Result<PublishBatchRequestEntry, PublishError> {
    let incomplete = |error: &dyn std::error::Error| PublishError(error.to_string());
    let text = |value: String| {
        let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
        value.map_err(|error| incomplete(&error))
    };
    PublishBatchRequestEntry::builder()
        .id(number.to_string())
        .message(serde_json::to_string(event).map_err(|error| incomplete(&error))?)
        .message_attributes("kind", text(event.kind_name().to_owned())?)
        .message_attributes("topic", text(event.topic().to_string())?)
        .build()
        .map_err(|error| incomplete(&error))
}
