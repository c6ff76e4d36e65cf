//! The function behind SNS, SQS, S3 and IoT: items from other services.

use futures::FutureExt;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = backend::aws::lambda::start().await?;
    let handle = |event: LambdaEvent<_>| {
        let app = app.clone();
        // Boxed, since its type is too deep for the compiler to lay out in one piece.
        async move { Ok::<_, Error>(backend::ingest::handle(&app, event.payload).await?) }.boxed()
    };
    lambda_runtime::run(service_fn(handle)).await
}
