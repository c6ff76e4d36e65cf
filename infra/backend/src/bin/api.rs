//! The function behind the HTTP API.

use lambda_http::Error;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = backend::lambda::start().await?;
    lambda_http::run(backend::lambda::with_caller(backend::transport::http::router(app))).await
}
