//! Direct access to the table through the AWS SDK, without Rally's code.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;

/// The table's name on a server of its own.
pub const TABLE: &str = "rally";

/// A client of the database.
pub struct Database {
    client: Client,
    table: String,
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

impl Database {
    /// A client of this table at this address.
    pub fn new(address: &str, table: &str) -> Self {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(address)
            .build();
        Self { client: Client::from_conf(config), table: table.to_owned() }
    }

    /// Writes a table's item with the minimum of attributes, as if it had been reported `age` ago.
    pub async fn put_table(&self, id: &str, status: &str, rev: u64, age: std::time::Duration) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
        let then = AttributeValue::N((now - age).as_millis().to_string());
        self.client
            .put_item()
            .table_name(&self.table)
            .item("pk", text("TABLES"))
            .item("sk", text(id))
            .item("status", text(status))
            .item("rev", AttributeValue::N(rev.to_string()))
            .item("since", then.clone())
            .item("updatedAt", then)
            .send()
            .await
            .expect("the item is written");
    }

    /// Writes an item as a foreign program does: attributes, without a revision.
    pub async fn put_foreign_item(&self, key: &str, speed: i64) {
        let put = self.client.put_item().table_name(&self.table).item("pk", text("ITEMS")).item("sk", text(key));
        put.item("speed", AttributeValue::N(speed.to_string())).send().await.expect("the item is written");
    }

    /// The same with a text of the maximum length.
    pub async fn put_long_foreign_item(&self, key: &str, length: usize) {
        let put = self.client.put_item().table_name(&self.table).item("pk", text("ITEMS")).item("sk", text(key));
        put.item("text", text(&"x".repeat(length))).send().await.expect("the item is written");
    }

    /// Deletes the item with this key.
    pub async fn delete(&self, pk: &str, sk: &str) {
        let delete = self.client.delete_item().table_name(&self.table).key("pk", text(pk)).key("sk", text(sk));
        delete.send().await.expect("it is deleted");
    }

    /// Waits until an item with this key exists.
    pub async fn wait_for_item(&self, pk: &str, sk: &str) {
        let there = async { while self.text(pk, sk, "sk").await.is_none() {} };
        tokio::time::timeout(crate::TIMEOUT, there).await.expect("the item is written");
    }

    /// Deletes a table's item.
    pub async fn delete_table(&self, id: &str) {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text("TABLES"))
            .key("sk", text(id))
            .send()
            .await;
        deleted.expect("the item is deleted");
    }

    /// Makes a pick this old, as if it had been opened then.
    pub async fn backdate_pick(&self, room: &str, pick: u32, seconds: u64) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
        let then = Timestamp::from_milliseconds((now.as_millis() as i64) - (seconds as i64) * 1_000);
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(&format!("ROOM#{room}")))
            .key("sk", text(&format!("PICK#{pick:03}")))
            .update_expression("set pick.pickedAt = :then")
            .expression_attribute_values(":then", text(&then.to_string()))
            .send()
            .await
            .expect("the pick is written");
    }

    /// The keys of all recipients of deliveries, once this number of events is planned.
    pub async fn deliveries(&self, events: usize) -> Vec<String> {
        let wait = async {
            loop {
                let keys = self.sort_keys("DELIVERY#").await;
                let (planned, recipients): (Vec<String>, Vec<String>) =
                    keys.into_iter().partition(|key| key == "PLANNED");
                if planned.len() >= events {
                    return recipients;
                }
            }
        };
        tokio::time::timeout(crate::TIMEOUT, wait).await.expect("the events are planned")
    }

    /// Waits until there is this number of items whose partition key begins with this prefix.
    pub async fn wait_for(&self, partition: &str, count: usize) {
        let there = async { while self.count(partition).await < count {} };
        tokio::time::timeout(crate::TIMEOUT, there).await.expect("the items are written");
    }

    async fn sort_keys(&self, partition: &str) -> Vec<String> {
        let scan = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression("begins_with(pk, :partition)")
            .expression_attribute_values(":partition", text(partition));
        let mut pages = scan.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.expect("the table is read");
            keys.extend(page.items().iter().filter_map(|item| item.get("sk")?.as_s().ok().cloned()));
        }
        keys
    }

    /// A string attribute of an item.
    pub async fn text(&self, pk: &str, sk: &str, name: &str) -> Option<String> {
        let got = self.client.get_item().table_name(&self.table).key("pk", text(pk)).key("sk", text(sk)).send().await;
        got.expect("the item is read").item?.remove(name)?.as_s().ok().cloned()
    }

    /// Sets a number attribute of an item.
    pub async fn set_number(&self, pk: &str, sk: &str, name: &str, number: i64) {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(pk))
            .key("sk", text(sk))
            .update_expression("set #name = :number")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":number", AttributeValue::N(number.to_string()))
            .send()
            .await
            .expect("the item is written");
    }

    /// Ends the turn of the called member in a table's queue.
    pub async fn end_turn(&self, table: &str) {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", text("LINES"))
            .key("sk", text(table))
            .update_expression("set line.#turn.#until = :then")
            .expression_attribute_names("#turn", "turn")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":then", text("2020-01-01T00:00:00.000Z"))
            .send()
            .await
            .expect("the line is written");
    }

    /// Waits until no item's partition key begins with this prefix: the stream's function removes what a deletion leaves.
    pub async fn wait_until_empty(&self, partitions: &[&str]) {
        let empty = async {
            for partition in partitions {
                while self.count(partition).await > 0 {
                    tokio::task::yield_now().await;
                }
            }
        };
        tokio::time::timeout(crate::TIMEOUT, empty).await.expect("what was in it is cleared");
    }

    /// All items whose partition key begins with this prefix.
    pub async fn count(&self, partition: &str) -> usize {
        self.sort_keys(partition).await.len()
    }

    /// Deletes everything except the server's secrets, which running functions cache. A tombstone is deleted as if its time to live
    /// were over: otherwise it would be written again.
    pub(crate) async fn clear(&self) {
        let mut pages = self.client.scan().table_name(&self.table).into_paginator().send();
        while let Some(page) = pages.next().await {
            for item in page.expect("the table is read").items() {
                let part = |name: &str| item.get(name).cloned().expect("an item has a key");
                if part("pk") == AttributeValue::S("SECRETS".to_owned()) {
                    continue;
                }
                if item.contains_key("gone") {
                    let aged =
                        self.client.update_item().table_name(&self.table).key("pk", part("pk")).key("sk", part("sk"));
                    let aged = aged.update_expression("set expires = :past");
                    let aged = aged.expression_attribute_values(":past", AttributeValue::N("1".to_owned()));
                    aged.send().await.expect("the tombstone is changed");
                }
                let deleted =
                    self.client.delete_item().table_name(&self.table).key("pk", part("pk")).key("sk", part("sk"));
                deleted.send().await.expect("the item is deleted");
            }
        }
    }

    /// Every text in the table, to search it for what must not be stored.
    pub async fn everything(&self) -> String {
        let mut pages = self.client.scan().table_name(&self.table).into_paginator().send();
        let mut all = String::new();
        while let Some(page) = pages.next().await {
            all.push_str(&format!("{:?}", page.expect("the table is read").items()));
        }
        all
    }
}
