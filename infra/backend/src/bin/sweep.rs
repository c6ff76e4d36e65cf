//! The function that the scheduler invokes once a minute.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = backend::aws::lambda::start().await?;
    let handle = async |_: LambdaEvent<Value>| Ok::<_, Error>(backend::reactions::sweep::handle(&app).await?);
    lambda_runtime::run(service_fn(handle)).await
}
