//! Runs jobs from an SQS queue. Each job of a batch that failed is reported by itself ("Reporting batch item failures").

use aws_lambda_events::event::sns::SnsEvent;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use domain::event::Event;
use futures::future::join_all;

use crate::App;
use crate::jobs::Job;
use crate::notifications::deliver::Outcome;
use crate::notifications::invocation::Invocation;
use crate::notifications::{self, NotifyError};
use crate::queue;
use crate::realtime::{self, fanout};
use crate::telemetry::Metric;

/// Runs the jobs of one batch concurrently.
pub async fn handle(app: &App, jobs: &SqsEvent) -> SqsBatchResponse {
    let done = jobs.records.iter().map(async |message| {
        let failed = do_job(app, message.body.as_deref().unwrap_or_default()).await.err();
        failed.map(|error| {
            tracing::warn!(%error, "a job failed; it will come again");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.clone().unwrap_or_default();
            failure
        })
    });
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = join_all(done).await.into_iter().flatten().collect();
    response
}

/// Notifies the people that have an alert for these events.
pub(crate) async fn tell(app: &App, events: &SnsEvent) -> Result<(), NotifyError> {
    for record in &events.records {
        match serde_json::from_str::<Event>(&record.sns.message) {
            Ok(event) => notifications::tell(app, &event).await?,
            Err(fault) => tracing::error!(%fault, "a message is no event; it is passed over"),
        }
    }
    Ok(())
}

async fn do_job(app: &App, body: &str) -> Result<(), NotifyError> {
    // The queue is also the dead-letter queue of the function behind the SNS topic: what failed there in three tries is tried again here.
    if let Ok(Invocation::Events(events)) = serde_json::from_str(body) {
        return tell(app, &events).await;
    }
    match serde_json::from_str::<Job>(body) {
        Ok(Job::Deliver { event, recipient, attempt }) => {
            if let Outcome::Later(delay) = notifications::attempt(app, &event, &recipient, attempt).await {
                let again = Job::Deliver { event, recipient, attempt: attempt.saturating_add(1) };
                app.jobs().enqueue(&[(again, delay)]).await?;
            }
            Ok(())
        }
        Ok(Job::Resync { connection, attempt }) => Ok(realtime::resync::resync(app, connection, attempt).await?),
        Ok(Job::PublishToShard { shard, changes }) => {
            let again = app.publisher().again();
            let delivery = fanout::publish_to_shard(app, &shard, changes).await?;
            app.telemetry().tell(
                app.now(),
                &[
                    Metric::count("Posts", delivery.reached),
                    Metric::count("Gone", delivery.gone),
                    Metric::count("Throttled", app.publisher().again() - again),
                ],
            );
            Ok(())
        }
        Ok(Job::Advance { table }) => Ok(queue::service::advance(app, &table).await?),
        Err(fault) => {
            tracing::error!(%fault, "a message is no job; it is passed over");
            Ok(())
        }
    }
}
