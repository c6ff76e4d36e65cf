//! Delivers waiting messages: one task for each subscription and each queue. A message becomes a dead letter only after its tries are used up.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::store::Message;
use super::{MessageBroker, epoch, event, invocations_of};
use crate::faults::FaultPoint;
use crate::function::FunctionError;
use crate::recursion::{Chain, Recursion};

/// Maximum concurrent asynchronous invocations of one subscription.
const SUBSCRIPTION_CONCURRENCY: usize = 16;

/// An invocation that takes longer has failed: Lambda's own limit is 15 minutes.
const INVOCATION_TIMEOUT: Duration = Duration::from_secs(120);

/// Without a notification, messages are looked for after this time.
const POLL_INTERVAL: Duration = Duration::from_secs(60);

/// A source of messages: a subscription's invocations or a queue, by its index in the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Subscription(usize),
    Queue(usize),
}

/// Delivers until `stop`.
pub(super) async fn run(broker: Arc<MessageBroker>, tasks: TaskTracker, stop: CancellationToken) {
    let Some(deployed) = broker.deployed() else { return };
    let subscriptions = (0..deployed.subscriptions.len()).map(Source::Subscription);
    for source in subscriptions.chain((0..deployed.queues.len()).map(Source::Queue)) {
        tasks.spawn(deliver(Arc::clone(&broker), source, tasks.clone(), stop.clone()));
    }
}

/// The settings of one source.
struct SourceConfig {
    queue: String,
    batch_size: usize,
    max_concurrency: usize,
    visibility: Duration,
}

fn source_config(broker: &MessageBroker, source: Source) -> Option<SourceConfig> {
    let deployed = broker.deployed()?;
    Some(match source {
        Source::Subscription(number) => SourceConfig {
            queue: invocations_of(number),
            batch_size: 1,
            max_concurrency: SUBSCRIPTION_CONCURRENCY,
            visibility: INVOCATION_TIMEOUT + Duration::from_secs(1),
        },
        Source::Queue(number) => {
            let queue = deployed.queues.get(number)?;
            SourceConfig {
                queue: queue.name.clone(),
                batch_size: queue.batch_size,
                max_concurrency: queue.max_concurrency,
                visibility: queue.visibility,
            }
        }
    })
}

async fn deliver(broker: Arc<MessageBroker>, source: Source, tasks: TaskTracker, stop: CancellationToken) {
    let Some(config) = source_config(&broker, source) else { return };
    let permits = Arc::new(Semaphore::new(config.max_concurrency));
    while !stop.is_cancelled() {
        let arrived = broker.arrived.notified();
        tokio::pin!(arrived);
        // From here on no notification is missed.
        arrived.as_mut().enable();
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let now = SystemTime::now();
        let received =
            broker.store.receive(&config.queue, config.batch_size, epoch(now), epoch(now + config.visibility));
        match received {
            Ok(messages) if !messages.is_empty() => {
                tasks.spawn(handle(Arc::clone(&broker), source, messages, permit));
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, queue = config.queue, "messages cannot be read"),
        }
        drop(permit);
        let next = broker.store.next(&config.queue).ok().flatten();
        let wait = next.map_or(POLL_INTERVAL, |next| {
            let left = next.saturating_sub(epoch(SystemTime::now()));
            Duration::from_millis(u64::try_from(left).unwrap_or_default()).min(POLL_INTERVAL)
        });
        tokio::select! {
            biased;
            () = arrived => {}
            () = time::sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// The function of a source.
fn recursion_of(broker: &MessageBroker, source: Source) -> Option<Recursion> {
    let deployed = broker.deployed()?;
    match source {
        Source::Subscription(number) => deployed.subscriptions.get(number).map(|one| one.recursion),
        Source::Queue(number) => deployed.queues.get(number).map(|one| one.recursion),
    }
}

async fn handle(broker: Arc<MessageBroker>, source: Source, messages: Vec<Message>, _permit: OwnedSemaphorePermit) {
    let (Some(deployed), Some(recursion)) = (broker.deployed(), recursion_of(&broker, source)) else { return };
    let (looping, messages): (Vec<Message>, Vec<Message>) =
        messages.into_iter().partition(|message| message.chain.ends_at(recursion));
    for message in &looping {
        tracing::error!(function = recursion.function, "a recursive loop is ended");
        if let Err(error) = move_to_dead_letters(&broker, message) {
            tracing::error!(%error, "the state of a message cannot be stored; it is delivered again");
        }
    }
    if messages.is_empty() {
        return broker.arrived.notify_waiters();
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
    let times = if broker.faults.should_fail(FaultPoint::Duplicate) { 2 } else { 1 };
    let mut outcome = Err(FunctionError::new("It was not invoked."));
    for _ in 0..times {
        outcome = if broker.faults.should_fail(FaultPoint::FunctionBefore) {
            Err(FunctionError::new("Injected fault."))
        } else {
            match time::timeout(INVOCATION_TIMEOUT, chain.clone().scope(function.invoke(event.clone()))).await {
                Ok(_) if broker.faults.should_fail(FaultPoint::FunctionAfter) => {
                    Err(FunctionError::new("Injected fault."))
                }
                Ok(outcome) => outcome,
                Err(_) => Err(FunctionError::new("The function took too long.")),
            }
        };
    }
    if let Err(error) = &outcome {
        tracing::warn!(%error, ?source, "a function failed; its messages are delivered again");
    }
    for message in &messages {
        if let Err(error) = complete(&broker, source, message, &outcome) {
            tracing::error!(%error, "the state of a message cannot be stored; it is delivered again");
        }
    }
    broker.arrived.notify_waiters();
}

/// Deletes a message that was handled; otherwise sets the time of the next try, or moves it to the dead letters.
fn complete(
    broker: &MessageBroker,
    source: Source,
    message: &Message,
    outcome: &Result<Value, FunctionError>,
) -> rusqlite::Result<()> {
    let Some(deployed) = broker.deployed() else { return Ok(()) };
    let failed = match outcome {
        Ok(result) => failed_of(result).contains(message.id.as_str()),
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
                        None => move_to_dead_letters(broker, message),
                    }
                }
            }
        }
        // It is delivered again when its visibility timeout is over.
        Source::Queue(number) => match deployed.queues.get(number) {
            Some(queue) if message.receives >= queue.max_receives => move_to_dead_letters(broker, message),
            _ => Ok(()),
        },
    }
}

fn move_to_dead_letters(broker: &MessageBroker, message: &Message) -> rusqlite::Result<()> {
    tracing::error!(id = message.id, queue = message.queue, "a message has used up its tries; it is now a dead letter");
    broker.store.mark_dead(message.number)
}

/// The messages that a queue's function reports as failed ("Reporting batch item failures").
fn failed_of(result: &Value) -> HashSet<&str> {
    let failures = result.get("batchItemFailures").and_then(Value::as_array).into_iter().flatten();
    failures.filter_map(|failure| failure.get("itemIdentifier")?.as_str()).collect()
}
