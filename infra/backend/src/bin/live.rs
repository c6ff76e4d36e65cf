//! The function behind the WebSocket API: `$connect`, `$disconnect`, `$default`.

use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = backend::lambda::start().await?;
    let handle =
        async |event: LambdaEvent<_>| Ok::<_, Error>(backend::transport::websocket::handle(&app, event.payload).await?);
    lambda_runtime::run(service_fn(handle)).await
}
