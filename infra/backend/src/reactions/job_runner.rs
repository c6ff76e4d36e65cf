//! Runs jobs from an SQS queue. Each job of a batch that failed is reported by itself ("Reporting batch item failures").

use aws_lambda_events::event::sns::SnsEvent;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use domain::event::Event;
use futures::future::join_all;

use crate::App;
use crate::jobs::Job;
use crate::meetups;
use crate::notifications::deliver::DeliveryOutcome;
use crate::notifications::invocation::Invocation;
use crate::notifications::{self, NotifyError};
use crate::queue;
use crate::realtime::{self, fanout};
use crate::telemetry::Metric;

/// Runs the jobs of one batch concurrently.
pub async fn handle(app: &App, jobs: &SqsEvent) -> SqsBatchResponse {
    let results = jobs.records.iter().map(async |message| {
        let result = run_job(app, message.body.as_deref().unwrap_or_default()).await;
        result.err().map(|error| {
            tracing::warn!(%error, "a job failed; it will be delivered again");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.clone().unwrap_or_default();
            failure
        })
    });
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = join_all(results).await.into_iter().flatten().collect();
    response
}

/// Notifies the people that have an alert for these events.
pub(crate) async fn notify(app: &App, events: &SnsEvent) -> Result<(), NotifyError> {
    for record in &events.records {
        match serde_json::from_str::<Event>(&record.sns.message) {
            Ok(event) => notifications::notify(app, &event).await?,
            Err(fault) => tracing::error!(%fault, "a message is not a domain event; it is skipped"),
        }
    }
    Ok(())
}

async fn run_job(app: &App, body: &str) -> Result<(), NotifyError> {
    // The queue is also the dead-letter queue of the function behind the SNS topic: events that failed there three times are retried here.
    if let Ok(Invocation::Events(events)) = serde_json::from_str(body) {
        return notify(app, &events).await;
    }
    match serde_json::from_str::<Job>(body) {
        Ok(Job::Deliver { event, recipient, attempt }) => {
            if let DeliveryOutcome::RetryAfter(delay) = notifications::attempt(app, &event, &recipient, attempt).await {
                let retry = Job::Deliver { event, recipient, attempt: attempt.saturating_add(1) };
                app.jobs().enqueue(&[(retry, delay)]).await?;
            }
            Ok(())
        }
        Ok(Job::Resync { connection, attempt }) => Ok(realtime::resync::resync(app, connection, attempt).await?),
        Ok(Job::PublishToShard { shard, changes }) => {
            let retries_before = app.publisher().retry_count();
            let delivery = fanout::publish_to_shard(app, &shard, changes).await?;
            app.telemetry().record_metrics(
                app.now(),
                &[
                    Metric::count("Posts", delivery.reached),
                    Metric::count("Gone", delivery.disconnected),
                    Metric::count("Throttled", app.publisher().retry_count() - retries_before),
                ],
            );
            Ok(())
        }
        Ok(Job::AdvanceMeetup { meetup }) => Ok(meetups::service::advance(app, &meetup).await?),
        Ok(Job::Advance { table }) => Ok(queue::service::advance(app, &table).await?),
        Err(fault) => {
            tracing::error!(%fault, "a message is not a job; it is skipped");
            Ok(())
        }
    }
}
