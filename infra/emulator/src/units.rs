//! The read units that DynamoDB would bill for a client's requests ("DynamoDB read and write operations"), for tests and measurements.
//! Never changes a request or a response.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use serde_json::Value;

/// A unit for each 4 KB of a consistent read.
const UNIT: usize = 4_096;

/// Counts the read units. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct ReadUnits {
    units: Arc<AtomicU64>,
    /// Only requests that name one of these partitions are counted; all requests if it is empty.
    names: &'static [&'static str],
}

impl ReadUnits {
    /// Counts only requests that name one of these partitions, or one with such a prefix.
    pub fn of(names: &'static [&'static str]) -> Self {
        Self { names, ..Self::default() }
    }

    /// A client whose reads are counted.
    pub fn counted(&self, client: &Client) -> Client {
        Client::from_conf(client.config().to_builder().interceptor(self.clone()).build())
    }

    /// The count since the last call.
    pub fn take(&self) -> u64 {
        self.units.swap(0, Ordering::Relaxed)
    }
}

/// JSON is longer than the billed size, so the count is not too low.
fn units(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(UNIT).max(1)).unwrap_or(u64::MAX)
}

/// Whether a request names one of these partitions.
fn is_about(names: &[&str], request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    names.is_empty() || names.iter().any(|name| text.contains(&format!("\"{name}")))
}

/// The units of a request; each item of a batch is a read of its own, also if it is absent.
fn units_of(operation: &str, request: &[u8], response: &[u8]) -> u64 {
    match operation {
        "GetItem" | "Query" | "Scan" => units(response.len()),
        "BatchGetItem" => {
            let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
            let (request, response) = (parse(request), parse(response));
            let tables = |value: &Value, name: &str| value[name].as_object().cloned().unwrap_or_default();
            let requested = tables(&request, "RequestItems");
            let requested: usize = requested.values().map(|table| table["Keys"].as_array().map_or(0, Vec::len)).sum();
            let found = tables(&response, "Responses");
            let found: Vec<u64> = found
                .values()
                .flat_map(|items| items.as_array().cloned().unwrap_or_default())
                .map(|item| units(item.to_string().len()))
                .collect();
            let missing = u64::try_from(requested.saturating_sub(found.len())).unwrap_or_default();
            missing + found.iter().sum::<u64>()
        }
        _ => 0,
    }
}

impl Intercept for ReadUnits {
    fn name(&self) -> &'static str {
        "ReadUnits"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let operation = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
        let body = request.body().bytes().unwrap_or_default().to_vec();
        bag.interceptor_state()
            .store_put(CapturedRequest { operation: operation.unwrap_or_default().to_owned(), body });
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(request) = bag.load::<CapturedRequest>() else { return Ok(()) };
        let response = context.response().body().bytes().unwrap_or_default();
        if is_about(self.names, &request.body) {
            self.units.fetch_add(units_of(&request.operation, &request.body, response), Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The operation and the body of a request, stored until its response arrives: the request itself is no longer available then.
#[derive(Debug)]
struct CapturedRequest {
    operation: String,
    body: Vec<u8>,
}

impl Storable for CapturedRequest {
    type Storer = StoreReplace<Self>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_of_a_batch_is_a_read() {
        let request = br#"{"RequestItems":{"rally":{"Keys":[{},{},{}]}}}"#;
        let large = "x".repeat(5_000);
        let response = format!(r#"{{"Responses":{{"rally":[{{"a":{{"S":"{large}"}}}},{{"a":{{"S":"b"}}}}]}}}}"#);
        assert_eq!(units_of("BatchGetItem", request, response.as_bytes()), 2 + 1 + 1);
        assert_eq!(units_of("Query", b"", large.as_bytes()), 2);
        assert_eq!((units_of("GetItem", b"", b"{}"), units_of("PutItem", b"", b"{}")), (1, 0));
    }

    #[test]
    fn a_request_is_counted_by_the_partitions_that_it_names() {
        let request = br#"{"Key":{"pk":{"S":"DIGEST#items"}}}"#;
        assert!(is_about(&["ITEMS", "DIGEST#item"], request) && is_about(&[], request));
        assert!(!is_about(&["ITEMS", "TABLES"], request));
    }
}
