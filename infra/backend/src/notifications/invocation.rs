//! The events that invoke the function of notifications.

use aws_lambda_events::event::sns::SnsEvent;
use aws_lambda_events::event::sqs::SqsEvent;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An invocation of the function.
#[derive(Debug)]
pub enum Invocation {
    /// From the queue of jobs.
    Jobs(SqsEvent),
    /// From the topic of events.
    Events(SnsEvent),
}

impl<'de> Deserialize<'de> for Invocation {
    /// Each is recognized by a member that only it has: every member of a queue's message is optional in its type.
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
