//! The endpoint for tools.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use emulator::StartError;
use serde_json::json;

use crate::support::*;

/// An ordinary client: the SDK's own HTTP client and a signature.
macro_rules! foreign {
    ($service:ident, $address:expr) => {
        $service::Client::from_conf(
            $service::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-central-1"))
                .credentials_provider(Credentials::new("anybody", "anything", None, None, "test"))
                .endpoint_url(format!("http://{}", $address))
                .http_client(aws_smithy_http_client::Builder::new().build_http())
                .build(),
        )
    };
}

#[tokio::test]
async fn a_foreign_write_reaches_the_function_at_once() {
    let (stream, mut events) = recorder(|_| Ok(json!({})));
    let local = Stub::stream(stream).start().await;
    let client = foreign!(aws_sdk_dynamodb, local.aws_address());
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
async fn a_request_of_a_web_page_is_denied() {
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

/// The first request of each tool, and then a message that becomes an item, by each way.
#[tokio::test]
async fn items_arrive_through_the_listed_queues_and_topics() {
    let (local, _) = application().await;
    let address = local.aws_address();
    let (sqs, sns) = (foreign!(aws_sdk_sqs, address), foreign!(aws_sdk_sns, address));
    let topics = sns.list_topics().send().await.unwrap().topics.unwrap();
    let arns = topics.iter().filter_map(|topic| topic.topic_arn());
    let topic = arns.filter(|arn| arn.ends_with(":rally-items")).collect::<Vec<_>>().concat();
    let attribute = |value: &str| {
        aws_sdk_sns::types::MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
    };
    // Also with the name that a tool uses if it takes this AWS for another region.
    for (arn, key) in [(topic.as_str(), "by:topic"), ("arn:aws:sns:us-west-2:123456789012:rally-items", "by:region")] {
        let publish = sns.publish().topic_arn(arn).message("21.5");
        publish.message_attributes("key", attribute(key)).send().await.unwrap();
    }
    let queues = sqs.list_queues().queue_name_prefix("rally-items").send().await.unwrap().queue_urls.unwrap();
    let url = |name: &str| format!("http://{address}/000000000000/{name}");
    assert_eq!(queues, [url("rally-items"), url("rally-items.fifo")], "where the tool has found them");
    for (name, key) in [("rally-items", "by:queue"), ("rally-items.fifo", "by:group")] {
        let url = sqs.get_queue_url().queue_name(name).send().await.unwrap().queue_url.unwrap();
        let key = aws_sdk_sqs::types::MessageAttributeValue::builder().data_type("String").string_value(key);
        let send =
            sqs.send_message().queue_url(url).message_body("open").message_attributes("key", key.build().unwrap());
        let send =
            if name.ends_with(".fifo") { send.message_group_id("g").message_deduplication_id("1") } else { send };
        send.send().await.unwrap();
    }
    assert_eq!(within(local.broker().until_idle()).await.unwrap(), 0);
    for (key, value) in [
        ("by:topic", json!(21.5)),
        ("by:region", json!(21.5)),
        ("by:queue", json!("open")),
        ("by:group", json!("open")),
    ] {
        let item = reqwest::get(format!("http://{}/v1/items/{key}", local.address())).await.unwrap();
        assert_eq!(item.json::<serde_json::Value>().await.unwrap()["data"]["value"], value, "{key}");
    }
}
