//! Messages that become items, sent as the AWS CLI does.

use reqwest::{Client, RequestBuilder};
use serde_json::json;

use crate::server::Server;

async fn sent(request: RequestBuilder) {
    let response = request.send().await.expect("the server answers");
    assert_eq!(response.status(), 200, "{:?}", response.text().await);
}

impl Server {
    /// `aws sqs send-message` to the queue of items.
    pub async fn send_message(&self, key: &str, body: &str) {
        let message = json!({
            "QueueUrl": "http://localhost/000000000000/rally-items", "MessageBody": body,
            "MessageAttributes": {"key": {"DataType": "String", "StringValue": key}},
        });
        sent(Client::new().post(self.aws_address()).header("x-amz-target", "AmazonSQS.SendMessage").json(&message))
            .await;
    }

    /// `aws sns publish` to the topic of items.
    pub async fn publish_message(&self, key: &str, message: &str) {
        let form = [
            ("Action", "Publish"),
            ("TopicArn", "arn:aws:sns:us-east-1:000000000000:rally-items"),
            ("Message", message),
            ("MessageAttributes.entry.1.Name", "key"),
            ("MessageAttributes.entry.1.Value.DataType", "String"),
            ("MessageAttributes.entry.1.Value.StringValue", key),
        ];
        sent(Client::new().post(self.aws_address()).form(&form)).await;
    }
}
