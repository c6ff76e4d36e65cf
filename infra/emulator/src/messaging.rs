//! SNS and SQS on one machine: topics whose subscriptions choose by message attributes, queues with delays, FIFO queues, and the
//! functions that both call. Knows no event of ours.
//!
//! Whatever is acknowledged is on the disk and is delivered at least once, as on AWS: an asynchronous invocation that fails
//! is tried twice more ("Asynchronous invocation"), a queue's message comes back when its visibility timeout is over and
//! goes to the dead letters when it has been received too often ("Using dead-letter queues in Amazon SQS").

mod connector;
mod delivery;
mod event;
mod lookup;
mod query;
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
use store::{Message, Place, Store};

/// The largest message, and the largest batch, in bytes: 256 KiB (Amazon SQS and SNS, "Quotas").
const SIZE_LIMIT: usize = 256 * 1024;

/// The account that everything here belongs to.
const ACCOUNT: &str = "000000000000";

/// A topic's name as SNS knows it.
pub fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}")
}

/// The topic that an ARN names, of whatever region and account: this AWS is all of them.
fn topic_of(arn: &str) -> Option<&str> {
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "sns", _, _, name] => Some(*name),
        _ => None,
    }
}

/// A queue's name as Lambda knows it.
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// A queue's address as SQS knows it.
pub fn queue_url(name: &str) -> String {
    format!("http://localhost/{ACCOUNT}/{name}")
}

/// A function that is invoked for messages of a topic.
pub struct Subscription {
    /// The topic's name.
    pub topic: String,
    /// Which messages: a filter policy over their attributes; all without one.
    pub filter: Filters,
    /// What is invoked.
    pub function: SharedFunction,
    /// The waits before the second and the third try of an invocation that failed: one and two minutes on AWS.
    pub retries: [Duration; 2],
    /// The queue that gets the event of an invocation that failed for good: the function's dead-letter queue.
    pub dead_letters: Option<String>,
    /// Which function that is.
    pub recursion: Recursion,
}

/// A queue, and the function that is invoked for its messages.
pub struct Queue {
    /// Its name; that of a FIFO queue ends in `.fifo`.
    pub name: String,
    /// So many messages come in one invocation at most.
    pub batch_size: usize,
    /// So many invocations run at the same time.
    pub at_once: usize,
    /// After this time a message comes again that was not dealt with.
    pub visibility: Duration,
    /// After so many tries it is a dead letter.
    pub receives: u32,
    /// What is invoked.
    pub function: SharedFunction,
    /// Which function that is.
    pub recursion: Recursion,
}

/// What is deployed of SNS and SQS.
#[derive(Default)]
pub struct Messaging {
    /// The topics' subscriptions. A topic is there if it has one.
    pub subscriptions: Vec<Subscription>,
    /// The queues.
    pub queues: Vec<Queue>,
}

/// The messages of one AWS.
pub struct Broker {
    store: Store,
    deployed: OnceLock<Messaging>,
    /// Notified when a message has come.
    come: Notify,
    faults: Faults,
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NotTaken {
    #[error("There is no such topic or queue.")]
    Unknown,
    /// With SQS's name of the refusal.
    #[error("{1}")]
    Misplaced(&'static str, &'static str),
    #[error("A topic is named by its ARN, which ListTopics gives.")]
    NoTopic,
    #[error("A queue has no attribute {0}.")]
    Attribute(String),
    #[error("The store failed: {0}")]
    Store(String),
}

/// A message as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Incoming {
    body: String,
    attributes: Vec<(String, String)>,
    delay: Duration,
    /// Where it is to stand in a FIFO queue.
    place: Option<Place>,
}

impl Broker {
    /// The messages kept in this directory.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(directory: &std::path::Path, faults: Faults) -> Result<Arc<Self>, StartError> {
        let store = Store::open(&directory.join("messages.db"))?;
        Ok(Arc::new(Self { store, deployed: OnceLock::new(), come: Notify::new(), faults }))
    }

    /// From now on messages are delivered to what is deployed, until `stop`.
    pub fn serve(self: &Arc<Self>, messaging: Messaging, tasks: &TaskTracker, stop: &CancellationToken) {
        if self.deployed.set(messaging).is_ok() {
            tasks.spawn(delivery::run(Arc::clone(self), tasks.clone(), stop.clone()));
        }
    }

    /// So many messages wait or are being dealt with, and so many were given up.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count(&self) -> Result<(u64, u64), StartError> {
        self.store.count().map_err(|error| StartError::Deployment(error.to_string()))
    }

    /// Waits until no message waits or is being dealt with; how many were given up so far.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn until_still(&self) -> Result<u64, StartError> {
        loop {
            let come = self.come.notified();
            tokio::pin!(come);
            // From here on nothing that happens is missed.
            come.as_mut().enable();
            match self.count()? {
                (0, dead) => return Ok(dead),
                _ => come.await,
            }
        }
    }

    fn deployed(&self) -> Option<&Messaging> {
        self.deployed.get()
    }

    /// Takes messages for a queue, all of them or none; as they are kept.
    fn send(&self, url: &str, messages: &[Incoming]) -> Result<Vec<Message>, NotTaken> {
        let queue = self.queue(url.rsplit('/').next().unwrap_or_default())?;
        for message in messages {
            check_place(queue, message)?;
        }
        let now = SystemTime::now();
        self.keep(messages.iter().map(|incoming| Message::new(&queue.name, incoming, now)).collect())
    }

    /// The queue of this name.
    fn queue(&self, name: &str) -> Result<&Queue, NotTaken> {
        let queues = self.deployed().map_or(&[][..], |deployed| &deployed.queues);
        queues.iter().find(|queue| queue.name == name).ok_or(NotTaken::Unknown)
    }

    /// The names by which SNS knows the topics.
    fn topics(&self) -> Vec<String> {
        let all = self.deployed().map_or(&[][..], |deployed| &deployed.subscriptions);
        let names: BTreeSet<&str> = all.iter().map(|subscription| subscription.topic.as_str()).collect();
        names.into_iter().map(topic_arn).collect()
    }

    /// Takes messages for all subscriptions of a topic whose filters they match; their ids.
    fn publish(&self, arn: &str, messages: &[Incoming]) -> Result<Vec<String>, NotTaken> {
        let name = topic_of(arn).ok_or(NotTaken::NoTopic)?;
        let all = self.deployed().map_or(&[][..], |deployed| &deployed.subscriptions);
        if all.iter().all(|subscription| subscription.topic != name) {
            return Err(NotTaken::Unknown);
        }
        let now = SystemTime::now();
        let mut kept = Vec::new();
        let mut ids = Vec::new();
        for incoming in messages {
            let id = uuid::Uuid::new_v4().to_string();
            let attributes: Value =
                incoming.attributes.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            let wanted = all.iter().enumerate().filter(|(_, one)| one.topic == name && one.filter.matches(&attributes));
            kept.extend(
                wanted.map(|(number, _)| Message {
                    id: id.clone(),
                    ..Message::new(&invocations_of(number), incoming, now)
                }),
            );
            ids.push(id);
        }
        self.keep(kept)?;
        Ok(ids)
    }

    fn keep(&self, messages: Vec<Message>) -> Result<Vec<Message>, NotTaken> {
        let kept = self.store.keep(messages).map_err(|error| NotTaken::Store(error.to_string()))?;
        self.come.notify_waiters();
        Ok(kept)
    }
}

/// Whether a queue of this name keeps the order of its groups ("Amazon SQS FIFO queues").
fn is_fifo(queue: &str) -> bool {
    queue.ends_with(".fifo")
}

/// Whether a message says where it stands if the queue asks for it.
fn check_place(queue: &Queue, message: &Incoming) -> Result<(), NotTaken> {
    match (is_fifo(&queue.name), &message.place) {
        // Other queues take a group for fairness alone, and it changes no order.
        (false, _) => Ok(()),
        (true, None) => Err(NotTaken::Misplaced("MissingParameter", "A message of a FIFO queue has a MessageGroupId.")),
        (true, Some(place)) if place.deduplication.is_empty() => Err(NotTaken::Misplaced(
            "InvalidParameterValue",
            "The queue has no ContentBasedDeduplication: two equal values are two messages. Send a MessageDeduplicationId.",
        )),
        (true, Some(_)) if !message.delay.is_zero() => {
            Err(NotTaken::Misplaced("InvalidParameterValue", "A message of a FIFO queue has no delay of its own."))
        }
        (true, Some(_)) => Ok(()),
    }
}

/// The inner queue of a subscription's invocations, named by its place in the deployment.
fn invocations_of(subscription: usize) -> String {
    format!("invocations-{subscription}")
}

/// Milliseconds since the epoch.
fn epoch(time: SystemTime) -> i64 {
    i64::try_from(milliseconds(time)).unwrap_or(i64::MAX)
}
