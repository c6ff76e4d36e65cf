//! SNS and SQS on one machine: topics with subscriptions that filter by message attributes, queues with delays, FIFO queues, and the
//! functions that both invoke. Knows no event of an application.
//!
//! - `connector`: the SDK's connector, and SQS's JSON protocol
//! - `sns_query`: SNS's Query protocol
//! - `lookup`: SQS operations that read queues
//! - `limits`: the validation and the limits of both services (batch, message size, delay, FIFO parameters)
//! - `delivery`: invocations, retries, visibility timeouts, dead letters
//! - `event`: the events of the invoked functions
//! - `store`: messages on the disk
//!
//! An acknowledged message is on the disk and is delivered at least once, as on AWS: an asynchronous invocation that fails is retried
//! twice ("Asynchronous invocation"). A queue's message is delivered again when its visibility timeout is over, and becomes a dead
//! letter after the maximum number of receives ("Using dead-letter queues in Amazon SQS").

mod connector;
mod delivery;
mod event;
mod limits;
mod lookup;
mod sns_query;
mod store;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::StartError;
use crate::faults::Faults;
use crate::function::SharedFunction;
use crate::gateway::event::milliseconds;
use crate::recursion::Recursion;
use crate::stream::filter::Filters;
use crate::stream::record::REGION;

pub use connector::MessagingConnector;
use store::{FifoKey, Message, Store};

/// The account id in all ARNs.
const ACCOUNT: &str = "000000000000";

/// A topic's ARN.
pub fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}")
}

/// The topic of an ARN, of any region and account: this AWS replaces all of them.
fn topic_of(arn: &str) -> Option<&str> {
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "sns", _, _, name] => Some(*name),
        _ => None,
    }
}

/// A queue's ARN.
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// A queue's URL.
pub fn queue_url(name: &str) -> String {
    format!("http://localhost/{ACCOUNT}/{name}")
}

/// A function that is invoked for messages of a topic.
pub struct Subscription {
    /// The topic's name.
    pub topic: String,
    /// A filter policy over the messages' attributes; without one all messages match.
    pub filter: Filters,
    /// The function.
    pub function: SharedFunction,
    /// The delays before the second and the third try of a failed invocation: one and two minutes on AWS.
    pub retries: [Duration; 2],
    /// The function's dead-letter queue: it gets the event of an invocation whose tries all failed.
    pub dead_letters: Option<String>,
    /// The function's name and setting for recursion.
    pub recursion: Recursion,
}

/// A queue, and the function that is invoked for its messages.
pub struct Queue {
    /// Its name; that of a FIFO queue ends in `.fifo`.
    pub name: String,
    /// Maximum messages of one invocation.
    pub batch_size: usize,
    /// Maximum concurrent invocations.
    pub max_concurrency: usize,
    /// The visibility timeout: after it, a message that was not deleted is delivered again.
    pub visibility: Duration,
    /// After this number of receives a message is a dead letter.
    pub max_receives: u32,
    /// The function.
    pub function: SharedFunction,
    /// The function's name and setting for recursion.
    pub recursion: Recursion,
}

/// The topics and queues of a deployment.
#[derive(Default)]
pub struct Messaging {
    /// The topics' subscriptions. A topic exists if it has one.
    pub subscriptions: Vec<Subscription>,
    /// The queues.
    pub queues: Vec<Queue>,
}

/// The topics and queues of one AWS, and their messages.
pub struct MessageBroker {
    store: Store,
    deployed: OnceLock<Messaging>,
    /// Notified when a message has arrived.
    arrived: Notify,
    faults: Faults,
}

/// Why a message is not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum SendError {
    #[error("There is no such topic or queue.")]
    Unknown,
    /// With SQS's name of the error.
    #[error("{1}")]
    InvalidFifoMessage(&'static str, &'static str),
    #[error("A topic is named by its ARN, which ListTopics gives.")]
    NotATopicArn,
    #[error("A queue has no attribute {0}.")]
    UnknownAttribute(String),
    #[error("The store failed: {0}")]
    Store(String),
}

/// A message from a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Incoming {
    body: String,
    attributes: Vec<(String, String)>,
    delay: Duration,
    /// Its group and deduplication id, for a FIFO queue.
    fifo: Option<FifoKey>,
}

impl MessageBroker {
    /// Opens the messages of this directory.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(directory: &std::path::Path, faults: Faults) -> Result<Arc<Self>, StartError> {
        let store = Store::open(&directory.join("messages.db"))?;
        Ok(Arc::new(Self { store, deployed: OnceLock::new(), arrived: Notify::new(), faults }))
    }

    /// Starts to deliver messages to the deployment, until `stop`.
    pub fn serve(self: &Arc<Self>, messaging: Messaging, tasks: &TaskTracker, stop: &CancellationToken) {
        if self.deployed.set(messaging).is_ok() {
            tasks.spawn(delivery::run(Arc::clone(self), tasks.clone(), stop.clone()));
        }
    }

    /// The number of messages that wait or are in flight, and the number of dead letters.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count(&self) -> Result<(u64, u64), StartError> {
        self.store.count().map_err(|error| StartError::Deployment(error.to_string()))
    }

    /// Waits until no message is pending or in flight; returns the number of dead letters so far.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn until_idle(&self) -> Result<u64, StartError> {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            // From here on no notification is missed.
            arrived.as_mut().enable();
            match self.count()? {
                (0, dead) => return Ok(dead),
                _ => arrived.await,
            }
        }
    }

    fn deployed(&self) -> Option<&Messaging> {
        self.deployed.get()
    }

    /// Stores messages for a queue, all of them or none, and returns the stored messages.
    fn send(&self, url: &str, messages: &[Incoming]) -> Result<Vec<Message>, SendError> {
        let queue = self.queue(url.rsplit('/').next().unwrap_or_default())?;
        for message in messages {
            limits::check_fifo(queue, message)?;
        }
        let now = SystemTime::now();
        self.store_all(messages.iter().map(|incoming| Message::new(&queue.name, incoming, now)).collect())
    }

    /// The queue with this name.
    fn queue(&self, name: &str) -> Result<&Queue, SendError> {
        let queues = self.deployed().map_or(&[][..], |deployed| &deployed.queues);
        queues.iter().find(|queue| queue.name == name).ok_or(SendError::Unknown)
    }

    /// The ARNs of the topics.
    fn topics(&self) -> Vec<String> {
        let all = self.deployed().map_or(&[][..], |deployed| &deployed.subscriptions);
        let names: BTreeSet<&str> = all.iter().map(|subscription| subscription.topic.as_str()).collect();
        names.into_iter().map(topic_arn).collect()
    }

    /// Stores messages for all subscriptions of a topic whose filters they match; returns their ids.
    fn publish(&self, arn: &str, messages: &[Incoming]) -> Result<Vec<String>, SendError> {
        let name = topic_of(arn).ok_or(SendError::NotATopicArn)?;
        let all = self.deployed().map_or(&[][..], |deployed| &deployed.subscriptions);
        if all.iter().all(|subscription| subscription.topic != name) {
            return Err(SendError::Unknown);
        }
        let now = SystemTime::now();
        let mut stored = Vec::new();
        let mut ids = Vec::new();
        for incoming in messages {
            let id = uuid::Uuid::new_v4().to_string();
            let attributes: Value =
                incoming.attributes.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            let matching =
                all.iter().enumerate().filter(|(_, one)| one.topic == name && one.filter.matches(&attributes));
            stored.extend(
                matching.map(|(number, _)| Message {
                    id: id.clone(),
                    ..Message::new(&invocations_of(number), incoming, now)
                }),
            );
            ids.push(id);
        }
        self.store_all(stored)?;
        Ok(ids)
    }

    fn store_all(&self, messages: Vec<Message>) -> Result<Vec<Message>, SendError> {
        let stored = self.store.store_all(messages).map_err(|error| SendError::Store(error.to_string()))?;
        self.arrived.notify_waiters();
        Ok(stored)
    }
}

/// Whether a queue with this name is FIFO ("Amazon SQS FIFO queues").
fn is_fifo(queue: &str) -> bool {
    queue.ends_with(".fifo")
}

/// The internal queue of a subscription's invocations, named by its index in the deployment.
fn invocations_of(subscription: usize) -> String {
    format!("invocations-{subscription}")
}

/// Milliseconds since the epoch.
fn epoch(time: SystemTime) -> i64 {
    i64::try_from(milliseconds(time)).unwrap_or(i64::MAX)
}
