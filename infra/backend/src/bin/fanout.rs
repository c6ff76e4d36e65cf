//! The function behind the table's stream.

use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = backend::lambda::start().await?;
    let handle =
        async |event: LambdaEvent<_>| Ok::<_, Error>(backend::transport::stream::handle(&app, event.payload).await);
    lambda_runtime::run(service_fn(handle)).await
}
