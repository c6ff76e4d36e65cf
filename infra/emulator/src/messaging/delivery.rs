//! Delivers waiting messages: one task for each subscription and each queue. Never gives a message up before its tries are used up.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::store::Message;
use super::{Broker, epoch, event, invocations_of};
use crate::faults::Port;
use crate::function::FunctionError;
use crate::recursion::{Chain, Recursion};

/// Maximum concurrent asynchronous invocations of one subscription.
const INVOCATIONS_AT_ONCE: usize = 16;

/// An invocation that takes longer has failed: Lambda's own limit is 15 minutes.
const INVOCATION_TIMEOUT: Duration = Duration::from_secs(120);

/// A wait without a notification ends after this time.
const POLL: Duration = Duration::from_secs(60);

/// A source of messages: a subscription's invocations or a queue, by its index in the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Subscription(usize),
    Queue(usize),
}

/// Delivers until `stop`.
pub(super) async fn run(broker: Arc<Broker>, tasks: TaskTracker, stop: CancellationToken) {
    let Some(deployed) = broker.deployed() else { return };
    let subscriptions = (0..deployed.subscriptions.len()).map(Source::Subscription);
    for source in subscriptions.chain((0..deployed.queues.len()).map(Source::Queue)) {
        tasks.spawn(deliver(Arc::clone(&broker), source, tasks.clone(), stop.clone()));
    }
}

/// How one source is delivered.
struct Terms {
    queue: String,
    batch_size: usize,
    at_once: usize,
    visibility: Duration,
}

fn terms(broker: &Broker, source: Source) -> Option<Terms> {
    let deployed = broker.deployed()?;
    Some(match source {
        Source::Subscription(number) => Terms {
            queue: invocations_of(number),
            batch_size: 1,
            at_once: INVOCATIONS_AT_ONCE,
            visibility: INVOCATION_TIMEOUT + Duration::from_secs(1),
        },
        Source::Queue(number) => {
            let queue = deployed.queues.get(number)?;
            Terms {
                queue: queue.name.clone(),
                batch_size: queue.batch_size,
                at_once: queue.at_once,
                visibility: queue.visibility,
            }
        }
    })
}

async fn deliver(broker: Arc<Broker>, source: Source, tasks: TaskTracker, stop: CancellationToken) {
    let Some(terms) = terms(&broker, source) else { return };
    let places = Arc::new(Semaphore::new(terms.at_once));
    while !stop.is_cancelled() {
        let come = broker.come.notified();
        tokio::pin!(come);
        // From here on no notification is missed.
        come.as_mut().enable();
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let now = SystemTime::now();
        let received = broker.store.receive(&terms.queue, terms.batch_size, epoch(now), epoch(now + terms.visibility));
        match received {
            Ok(messages) if !messages.is_empty() => {
                tasks.spawn(handle(Arc::clone(&broker), source, messages, place));
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, queue = terms.queue, "messages cannot be read"),
        }
        drop(place);
        let next = broker.store.next(&terms.queue).ok().flatten();
        let wait = next.map_or(POLL, |next| {
            let left = next.saturating_sub(epoch(SystemTime::now()));
            Duration::from_millis(u64::try_from(left).unwrap_or_default()).min(POLL)
        });
        tokio::select! {
            biased;
            () = come => {}
            () = time::sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// The function of a source.
fn recursion_of(broker: &Broker, source: Source) -> Option<Recursion> {
    let deployed = broker.deployed()?;
    match source {
        Source::Subscription(number) => deployed.subscriptions.get(number).map(|one| one.recursion),
        Source::Queue(number) => deployed.queues.get(number).map(|one| one.recursion),
    }
}

async fn handle(broker: Arc<Broker>, source: Source, messages: Vec<Message>, _place: OwnedSemaphorePermit) {
    let (Some(deployed), Some(recursion)) = (broker.deployed(), recursion_of(&broker, source)) else { return };
    let (ended, messages): (Vec<Message>, Vec<Message>) =
        messages.into_iter().partition(|message| message.chain.ends_at(recursion));
    for message in &ended {
        tracing::error!(function = recursion.function, "a recursive loop is ended");
        if let Err(error) = give_up(&broker, message) {
            tracing::error!(%error, "what became of a message cannot be kept; it comes again");
        }
    }
    if messages.is_empty() {
        return broker.come.notify_waiters();
    }
    let chain = Chain::of_invocation(messages.iter().map(|message| &message.chain), recursion);
    let (function, event) = match source {
        Source::Subscription(number) => match (deployed.subscriptions.get(number), messages.first()) {
            (Some(subscription), Some(message)) => {
                (Arc::clone(&subscription.function), event::of_topic(&subscription.topic, message))
            }
            _ => return,
        },
        Source::Queue(number) => match deployed.queues.get(number) {
            Some(queue) => (Arc::clone(&queue.function), event::of_queue(&queue.name, &messages)),
            None => return,
        },
    };
    // Some events invoke a function twice: Lambda documents this for each of its triggers.
    let times = if broker.faults.strikes(Port::Duplicate) { 2 } else { 1 };
    let mut outcome = Err(FunctionError::new("It was not invoked."));
    for _ in 0..times {
        outcome = if broker.faults.strikes(Port::FunctionBefore) {
            Err(FunctionError::new("A fault was asked for."))
        } else {
            match time::timeout(INVOCATION_TIMEOUT, chain.clone().scope(function.invoke(event.clone()))).await {
                Ok(_) if broker.faults.strikes(Port::FunctionAfter) => {
                    Err(FunctionError::new("A fault was asked for."))
                }
                Ok(outcome) => outcome,
                Err(_) => Err(FunctionError::new("The function took too long.")),
            }
        };
    }
    if let Err(error) = &outcome {
        tracing::warn!(%error, ?source, "a function failed; its messages come again");
    }
    for message in &messages {
        if let Err(error) = settle(&broker, source, message, &outcome) {
            tracing::error!(%error, "what became of a message cannot be kept; it comes again");
        }
    }
    broker.come.notify_waiters();
}

/// Deletes a message that was handled; otherwise sets the time of the next try, or gives it up.
fn settle(
    broker: &Broker,
    source: Source,
    message: &Message,
    outcome: &Result<Value, FunctionError>,
) -> rusqlite::Result<()> {
    let Some(deployed) = broker.deployed() else { return Ok(()) };
    let failed = match outcome {
        Ok(answer) => failed_of(answer).contains(message.id.as_str()),
        Err(_) => true,
    };
    if !failed {
        return broker.store.delete(message.number);
    }
    match source {
        Source::Subscription(number) => {
            let tried = usize::try_from(message.receives.saturating_sub(1)).unwrap_or(usize::MAX);
            let wait = deployed.subscriptions.get(number).and_then(|subscription| subscription.retries.get(tried));
            match wait {
                Some(wait) => broker.store.delay(message.number, epoch(SystemTime::now() + *wait)),
                None => {
                    let subscription = deployed.subscriptions.get(number);
                    match subscription.and_then(|one| Some((one, one.dead_letters.as_ref()?))) {
                        Some((subscription, queue)) => {
                            let body = event::of_topic(&subscription.topic, message).to_string();
                            broker.store.move_to(message, queue, &body)
                        }
                        None => give_up(broker, message),
                    }
                }
            }
        }
        // It is delivered again when its visibility timeout is over.
        Source::Queue(number) => match deployed.queues.get(number) {
            Some(queue) if message.receives >= queue.receives => give_up(broker, message),
            _ => Ok(()),
        },
    }
}

fn give_up(broker: &Broker, message: &Message) -> rusqlite::Result<()> {
    tracing::error!(id = message.id, queue = message.queue, "a message was given up; it is kept as a dead letter");
    broker.store.bury(message.number)
}

/// The messages that a queue's function reports as failed ("Reporting batch item failures").
fn failed_of(answer: &Value) -> HashSet<&str> {
    let failures = answer.get("batchItemFailures").and_then(Value::as_array).into_iter().flatten();
    failures.filter_map(|failure| failure.get("itemIdentifier")?.as_str()).collect()
}
