//! The endpoint for tools.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use local::StartError;
use serde_json::json;

use crate::support::*;

/// A client such as anybody would make it: the SDK's own HTTP client and a signature.
fn foreign(address: std::net::SocketAddr) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("anybody", "anything", None, None, "test"))
        .endpoint_url(format!("http://{address}"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

#[tokio::test]
async fn a_foreign_write_reaches_the_function_at_once() {
    let (stream, mut events) = recorder(|_| Ok(json!({})));
    let local = Stub::stream(stream).start().await;
    let client = foreign(local.aws_address());
    put(&client, "foreign", 1).await;
    let event = next(&mut events).await;
    assert_eq!(event["Records"][0]["dynamodb"]["Keys"]["pk"]["S"], "foreign");
    let error = client.get_item().table_name("missing").key("pk", AttributeValue::S("x".to_owned())).send().await;
    assert!(error.unwrap_err().into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn connections_are_reached_over_http() {
    let (live, mut events) = recorder(|_| Ok(json!({ "statusCode": 200 })));
    let local = Stub::live(live).start().await;
    let (mut socket, id) = connect_and_learn(&local, &mut events).await;
    post_once_open(&local, &id, "open").await;
    let address = format!("http://{}/@connections/{id}", local.aws_address());
    let client = reqwest::Client::new();
    assert_eq!(client.post(&address).body("from a tool").send().await.unwrap().status(), 200);
    assert_eq!(text(&mut socket).await, "open");
    assert_eq!(text(&mut socket).await, "from a tool");
    let about: serde_json::Value = client.get(&address).send().await.unwrap().json().await.unwrap();
    assert_eq!(about["identity"]["sourceIp"], "127.0.0.1");
    assert_eq!(client.delete(&address).send().await.unwrap().status(), 204);
    assert_eq!(close_code(&mut socket).await, 1000);
    next_of(&mut events, "DISCONNECT").await;
    let gone = client.post(&address).body("x").send().await.unwrap();
    assert_eq!(gone.status(), 410);
    assert_eq!(gone.headers()["x-amzn-errortype"], "GoneException");
}

#[tokio::test]
async fn a_web_page_is_refused() {
    let local = Stub::default().start().await;
    let client = reqwest::Client::new();
    let request = client.post(format!("http://{}/", local.aws_address())).header("origin", "https://example.com");
    let request = request.header("x-amz-target", "DynamoDB_20120810.ListTables").body("{}");
    assert_eq!(request.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn it_is_for_this_machine_only() {
    let mut stub = Stub::default();
    stub.settings.aws_address = "0.0.0.0:0".parse().unwrap();
    let Err(error) = stub.try_start().await else { panic!("it started") };
    assert!(matches!(error, StartError::AwsAddressIsOpen(_)));
}
