//! The events that the function of notifications is invoked with.

use aws_lambda_events::event::sns::SnsEvent;
use aws_lambda_events::event::sqs::SqsEvent;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What the function is called with.
#[derive(Debug)]
pub enum Call {
    /// By the queue of what is to be done later.
    Jobs(SqsEvent),
    /// By the topic of events.
    Events(SnsEvent),
}

impl<'de> Deserialize<'de> for Call {
    /// By what only the one has: all that is read of a queue's message may be missing.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Value::deserialize(deserializer)?;
        let is_of_topic = event.pointer("/Records/0/Sns").is_some();
        let read = if is_of_topic {
            serde_json::from_value(event).map(Self::Events)
        } else {
            serde_json::from_value(event).map(Self::Jobs)
        };
        read.map_err(serde::de::Error::custom)
    }
}
