//! The table's definition, for a database without CloudFormation. `template.yaml` has the same. It does not change an existing table.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TimeToLiveSpecification,
};

use crate::db::StorageError;

/// Creates the table with its stream and its time to live, if it does not exist. Returns whether it was created.
///
/// # Errors
/// The database rejects the request or cannot be reached.
pub async fn create_table(client: &Client, table: &str) -> Result<bool, StorageError> {
    let existing = client.describe_table().table_name(table).send().await;
    match existing {
        Ok(_) => return Ok(false),
        Err(error) if error.as_service_error().is_some_and(|service| service.is_resource_not_found_exception()) => {}
        Err(error) => return Err(error.into()),
    }
    let attribute =
        |name: &str| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()?;
    client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk")?)
        .attribute_definitions(attribute("sk")?)
        .key_schema(key("pk", KeyType::Hash)?)
        .key_schema(key("sk", KeyType::Range)?)
        .stream_specification(stream)
        .send()
        .await?;
    let time_to_live = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build()?;
    client.update_time_to_live().table_name(table).time_to_live_specification(time_to_live).send().await?;
    Ok(true)
}
