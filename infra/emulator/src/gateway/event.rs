//! The JSON that API Gateway hands to a WebSocket API's functions. Only builds values.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, Uri};
use serde_json::{Map, Value, json};

use super::connection::{Ending, Origin};
use super::id;

/// The API id and stage of this gateway.
const API_ID: &str = "local";
const STAGE: &str = "live";

/// Milliseconds since 1970, as API Gateway counts.
pub fn milliseconds(time: SystemTime) -> u64 {
    let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// An event, and the id of its request in logs and errors.
#[derive(Debug)]
pub struct Event {
    /// The request's id.
    pub request_id: String,
    /// The function's event.
    pub payload: Value,
}

/// A client wants to connect.
pub fn connect(origin: &Origin, headers: &HeaderMap, uri: &Uri, now: SystemTime) -> Event {
    let mut event = event(origin, "$connect", "CONNECT", now);
    event.payload["headers"] = last_values(header_pairs(headers));
    event.payload["multiValueHeaders"] = all_values(header_pairs(headers));
    let query = uri.query().unwrap_or_default();
    if !query.is_empty() {
        event.payload["queryStringParameters"] = last_values(query_pairs(query));
        event.payload["multiValueQueryStringParameters"] = all_values(query_pairs(query));
    }
    event
}

/// A client has sent a text message.
pub fn message(origin: &Origin, route: &str, body: String, now: SystemTime) -> Event {
    let mut event = event(origin, route, "MESSAGE", now);
    event.payload["requestContext"]["messageId"] = Value::String(id::request_id());
    event.payload["body"] = Value::String(body);
    event
}

/// A connection has ended.
pub fn disconnect(origin: &Origin, ending: &Ending, now: SystemTime) -> Event {
    let mut event = event(origin, "$disconnect", "DISCONNECT", now);
    event.payload["requestContext"]["disconnectStatusCode"] = json!(ending.code);
    event.payload["requestContext"]["disconnectReason"] = json!(ending.reason);
    let headers = [("Host".to_owned(), host(origin))];
    event.payload["headers"] = last_values(headers.clone().into_iter());
    event.payload["multiValueHeaders"] = all_values(headers.into_iter());
    event
}

fn event(origin: &Origin, route: &str, kind: &str, now: SystemTime) -> Event {
    let request_id = id::request_id();
    let mut identity = json!({ "sourceIp": origin.source });
    if let Some(agent) = origin.user_agent.as_ref().and_then(|agent| agent.to_str().ok()) {
        identity["userAgent"] = json!(agent);
    }
    let payload = json!({
        "requestContext": {
            "routeKey": route,
            "eventType": kind,
            "messageDirection": "IN",
            "connectionId": origin.id.as_str(),
            "connectedAt": milliseconds(origin.connected_at),
            "requestTimeEpoch": milliseconds(now),
            "requestId": request_id,
            "extendedRequestId": request_id,
            "identity": identity,
            "domainName": host(origin),
            "stage": STAGE,
            "apiId": API_ID,
        },
        "isBase64Encoded": false,
    });
    Event { request_id, payload }
}

fn host(origin: &Origin) -> String {
    origin.host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or("localhost").to_owned()
}

fn header_pairs(headers: &HeaderMap) -> impl Iterator<Item = (String, String)> {
    headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
}

fn query_pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned()
}

fn last_values(pairs: impl Iterator<Item = (String, String)>) -> Value {
    Value::Object(pairs.map(|(name, value)| (name, Value::String(value))).collect())
}

fn all_values(pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut values: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        let list = values.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(Value::String(value));
        }
    }
    Value::Object(values)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;

    use super::super::id::ConnectionId;
    use super::*;

    fn origin() -> Origin {
        let headers = HeaderMap::from_iter([
            (http::header::HOST, "127.0.0.1:8080".parse().unwrap()),
            (http::header::USER_AGENT, "test".parse().unwrap()),
        ]);
        let id = ConnectionId::from_random([1; 11]);
        Origin::new(id, IpAddr::V4(Ipv4Addr::LOCALHOST), &headers, UNIX_EPOCH + Duration::from_secs(1_700_000_000))
    }

    #[test]
    fn the_events_are_those_of_aws_lambda_events() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_001);
        let mut headers = HeaderMap::new();
        headers.append("x-two", "a".parse().unwrap());
        headers.append("x-two", "b".parse().unwrap());
        let uri: Uri = "/live?item=a%20b&item=c".parse().unwrap();
        let event = connect(&origin(), &headers, &uri, now);
        let request: ApiGatewayWebsocketProxyRequest = serde_json::from_value(event.payload).unwrap();
        assert_eq!(request.request_context.route_key.as_deref(), Some("$connect"));
        assert_eq!(request.request_context.connected_at, 1_700_000_000_000);
        assert_eq!(request.request_context.identity.source_ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(request.query_string_parameters.first("item"), Some("c"));
        assert_eq!(request.multi_value_query_string_parameters.all("item"), Some(vec!["a b", "c"]));
        assert_eq!(request.multi_value_headers.get_all("x-two").iter().count(), 2);

        let event = message(&origin(), "$default", "{}".to_owned(), now);
        let request: ApiGatewayWebsocketProxyRequest = serde_json::from_value(event.payload).unwrap();
        assert_eq!(request.body.as_deref(), Some("{}"));
        assert_eq!(request.request_context.event_type.as_deref(), Some("MESSAGE"));

        let event = disconnect(&origin(), &Ending::lost("gone"), now);
        let request: ApiGatewayWebsocketProxyRequest = serde_json::from_value(event.payload).unwrap();
        assert_eq!(request.request_context.disconnect_status_code, Some(1006));
        assert_eq!(request.request_context.disconnect_reason.as_deref(), Some("gone"));
    }
}
