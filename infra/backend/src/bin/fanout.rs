//! The function behind the table's stream and the queue of fan-out shards.

use futures::FutureExt;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = backend::aws::lambda::start().await?;
    let handle = |event: LambdaEvent<_>| {
        let app = app.clone();
        // Boxed, since its type is too deep for the compiler to lay out in one piece.
        async move { Ok::<_, Error>(backend::reactions::handler::handle(&app, event.payload).await) }.boxed()
    };
    lambda_runtime::run(service_fn(handle)).await
}
