//! The function behind the WebSocket API: `$connect`, `$disconnect`, `$default`.

use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = backend::aws::lambda::start().await?;
    let handle =
        async |event: LambdaEvent<_>| Ok::<_, Error>(backend::realtime::websocket::handle(&app, event.payload).await?);
    lambda_runtime::run(service_fn(handle)).await
}
