//! The one DynamoDB table. Nobody outside knows an attribute's name, and nothing here decides a rule.
//!
//! Keys and access patterns are written down in [`keys`].

pub mod connections;
pub mod devices;
mod error;
pub mod keys;
pub mod records;
pub mod schema;
pub mod tables;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::StorageError;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The way to the data. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Storage {
    client: Client,
    table: String,
}

impl Storage {
    pub(crate) fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.to_owned() }
    }

    async fn get<T: DeserializeOwned>(&self, pk: &str, sk: &str) -> Result<Option<T>, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .consistent_read(true)
            .send()
            .await?;
        answer.item.map(|item| serde_dynamo::from_item(item).map_err(StorageError::from)).transpose()
    }

    async fn put<T: Serialize>(&self, record: &T) -> Result<(), StorageError> {
        let item: Item = serde_dynamo::to_item(record)?;
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    async fn delete(&self, pk: &str, sk: &str) -> Result<(), StorageError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .send()
            .await?;
        Ok(())
    }

    /// All items of a partition, or of the part of it that the query is narrowed to, page after page.
    async fn query(
        &self,
        pk: &str,
        narrow: impl FnOnce(QueryFluentBuilder) -> QueryFluentBuilder,
    ) -> Result<Vec<Item>, StorageError> {
        let whole = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        let mut pages = narrow(whole).into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            items.extend(page?.items.unwrap_or_default());
        }
        Ok(items)
    }

    fn put_of<T: Serialize>(&self, record: &T) -> Result<aws_sdk_dynamodb::types::builders::PutBuilder, StorageError> {
        let item: Item = serde_dynamo::to_item(record)?;
        Ok(Put::builder().table_name(&self.table).set_item(Some(item)))
    }
}
