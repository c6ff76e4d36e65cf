//! The function behind the HTTP API.

use lambda_http::Error;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = backend::aws::lambda::start().await?;
    lambda_http::run(backend::http::gateway_caller::with_caller(backend::router::router(app))).await
}
