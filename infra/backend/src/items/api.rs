//! `/v1/items`.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use domain::item::{Item, ItemContent, ItemKey};
use domain::validation::Violation;
use protocol::envelope::{ApiError, Envelope, ErrorBody};
use protocol::items::{Batch, ItemList, NewItem, PAGE_LIMIT, PastValue};
use serde_json::Value;
use utoipa::IntoParams;

use crate::App;
use crate::command::Precondition;
use crate::http::body::{Json, RequestBody};
use crate::http::caller::Authenticated;
use crate::http::fields::{Fields, integer};
use crate::http::pages;
use crate::http::parameters::{Cursor, IdempotencyKey, IfMatch, Path, query_parameter, query_parameter_or_empty};
use crate::http::response::{ApiResult, if_match, natural, ok, with_etag};
use crate::items::service::{self, Entry, entry_property};

/// The largest revision: the largest number with 18 digits. In JSON, any client can distinguish it from its neighbors by its text.
const LARGEST_REVISION: u64 = 999_999_999_999_999_999;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is only for the API's description")]
struct ListedItems {
    /// A prefix of the keys; all keys if omitted
    prefix: Option<String>,
    /// The maximum number of items; 200 at most
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Items whose keys begin with the prefix, as far as the caller may read them: keys that begin with `@` are for a group's members. A page
/// of large items has fewer than `limit`.
#[utoipa::path(
    get, path = "/v1/items", tag = "items", operation_id = "listItems",
    params(
        ListedItems,
        Cursor,
    ),
    responses(
        (status = 200, description = "A page of them, in the order of their keys", body = Envelope<ItemList>),
        (status = 400, description = "The cursor is none, or the limit", body = ErrorBody),
        (status = 401, description = "An unknown key or token", body = ErrorBody),
        (status = 422, description = "The cursor is of another list", body = ErrorBody),
    ),
)]
pub(crate) async fn list(State(app): State<App>, Authenticated(actor): Authenticated, uri: Uri) -> ApiResult {
    let limit = match query_parameter(&uri, "limit")? {
        None => PAGE_LIMIT,
        Some(text) => match natural(&text).and_then(|limit| u32::try_from(limit).ok()) {
            Some(limit @ 1..=PAGE_LIMIT) => limit,
            _ => {
                let message = format!("limit must be a number from 1 to {PAGE_LIMIT}.");
                return Err(ApiError::from(Violation::new("limit", &text, "range", message)).into());
            }
        },
    };
    let (prefix, cursor) = (query_parameter_or_empty(&uri, "prefix")?, query_parameter_or_empty(&uri, "cursor")?);
    Ok(ok(service::list(&app, &actor, &prefix, &cursor, limit).await?))
}

/// One item.
#[utoipa::path(
    get, path = "/v1/items/{key}", tag = "items", operation_id = "getItem",
    params(("key" = inline(ItemKey), Path, description = "The item's key")),
    responses(
        (status = 200, description = "The item", body = Envelope<Item>),
        (status = 400, description = "No key looks like that", body = ErrorBody),
        (status = 401, description = "It is a group's, and the caller is not authenticated", body = ErrorBody),
        (status = 403, description = "It is for other people", body = ErrorBody),
        (status = 404, description = "No such item", body = ErrorBody),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(key): Path<ItemKey>,
) -> ApiResult {
    let item = service::get(&app, &actor, &key).await?;
    Ok(with_etag(ok(&item), item.rev))
}

/// The last 100 values of an item, the oldest first. The first page has the newest of them, the next page those before.
#[utoipa::path(
    get, path = "/v1/items/{key}/history", tag = "items", operation_id = "getItemHistory",
    params(
        ("key" = inline(ItemKey), Path, description = "The item's key"),
        Cursor,
    ),
    responses(
        (status = 200, description = "Its values", body = Envelope<Vec<PastValue>>),
        (status = 400, description = "No key looks like that", body = ErrorBody),
        (status = 401, description = "It is a group's, and the caller is not authenticated", body = ErrorBody),
        (status = 403, description = "It is for other people", body = ErrorBody),
        (status = 404, description = "No such item", body = ErrorBody),
    ),
)]
pub(crate) async fn history(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(key): Path<ItemKey>,
    uri: Uri,
) -> ApiResult {
    let mut values = service::history(&app, &actor, &key).await?;
    values.reverse();
    let mut page = pages::page(values, &uri, |value| pages::descending(value.rev))?;
    page.entries.reverse();
    Ok(page.link(ok(&page.entries), &uri))
}

/// Writes an item, and creates it if it does not exist.
#[utoipa::path(
    put, path = "/v1/items/{key}", tag = "items", operation_id = "putItem",
    params(
        IdempotencyKey,
        ("key" = inline(ItemKey), Path, description = "The item's key"),
        IfMatch,
    ),
    request_body = NewItem, security(("deviceKey" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "The item", body = Envelope<Item>),
        (status = 400, description = "A value breaks a constraint", body = ErrorBody),
        (status = 401, description = "No key, or an unknown one", body = ErrorBody),
        (status = 403, description = "It is for other people or devices", body = ErrorBody),
        (status = 409, description = "Not at the expected revision", body = ErrorBody),
        (status = 413, description = "Over 80 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "A value is too long or too deep, or has a number that would be rounded; or another request was sent with this idempotency key", body = ErrorBody),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(key): Path<ItemKey>,
    headers: HeaderMap,
    Json(content): Json<NewItem>,
) -> ApiResult {
    let item = service::put(&app, &actor, &key, content, if_match(&headers)?).await?;
    Ok(with_etag(ok(&item), item.rev))
}

/// Changes an item's value by a merge patch (RFC 7396), which is the body.
#[utoipa::path(
    patch, path = "/v1/items/{key}", tag = "items", operation_id = "patchItem",
    params(
        IdempotencyKey,
        ("key" = inline(ItemKey), Path, description = "The item's key"),
        IfMatch,
    ),
    request_body = Value, security(("deviceKey" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "The item", body = Envelope<Item>),
        (status = 400, description = "What comes of it breaks a constraint", body = ErrorBody),
        (status = 401, description = "No key, or an unknown one", body = ErrorBody),
        (status = 403, description = "It is for other people or devices", body = ErrorBody),
        (status = 404, description = "No such item", body = ErrorBody),
        (status = 409, description = "Not at the expected revision", body = ErrorBody),
        (status = 413, description = "Over 80 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "A value is too long or too deep, or has a number that would be rounded; or another request was sent with this idempotency key", body = ErrorBody),
    ),
)]
pub(crate) async fn patch(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(key): Path<ItemKey>,
    headers: HeaderMap,
    Json(patch): Json<Value>,
) -> ApiResult {
    let item = service::patch(&app, &actor, &key, &patch, if_match(&headers)?).await?;
    Ok(with_etag(ok(&item), item.rev))
}

/// Removes an item. Succeeds if it does not exist.
#[utoipa::path(
    delete, path = "/v1/items/{key}", tag = "items", operation_id = "removeItem",
    params(
        IdempotencyKey,
        ("key" = inline(ItemKey), Path, description = "The item's key"),
        IfMatch,
    ),
    security(("deviceKey" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "Removed", body = Envelope<Option<String>>),
        (status = 400, description = "No key looks like that", body = ErrorBody),
        (status = 401, description = "No key, or an unknown one", body = ErrorBody),
        (status = 403, description = "It is for other people or devices", body = ErrorBody),
        (status = 409, description = "Not at the expected revision", body = ErrorBody),
        (status = 413, description = "With a key, over 256 KiB", body = ErrorBody),
        (status = 422, description = "Another request was sent with this key", body = ErrorBody),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(key): Path<ItemKey>,
    headers: HeaderMap,
) -> ApiResult {
    service::remove(&app, &actor, &key, if_match(&headers)?).await?;
    Ok(ok(()))
}

/// Writes 1 to 100 items, all of them or none.
#[utoipa::path(
    post, path = "/v1/items/batch", tag = "items", operation_id = "putItems",
    params(IdempotencyKey),
    request_body = Batch, security(("deviceKey" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "The items", body = Envelope<Vec<Item>>),
        (status = 400, description = "A member breaks a constraint: which one is said, and none is written", body = ErrorBody),
        (status = 401, description = "No key, or an unknown one", body = ErrorBody),
        (status = 403, description = "The key is not for all of them", body = ErrorBody),
        (status = 409, description = "A member is not at the expected revision", body = ErrorBody),
        (status = 413, description = "Over 4 MiB, or over 4,000,000 bytes as it is stored", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "A value is too long or too deep, or has a number that would be rounded; or another request was sent with this idempotency key", body = ErrorBody),
    ),
)]
pub(crate) async fn batch(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Json(entries): Json<Batch>,
) -> ApiResult {
    Ok(ok(service::batch(&app, &actor, &entries).await?))
}

impl RequestBody for NewItem {
    type Checked = ItemContent;

    fn check(sent: Value) -> Result<ItemContent, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let content = content(&mut fields);
        fields.finish(content)
    }
}

impl RequestBody for Batch {
    type Checked = Vec<Entry>;

    fn check(sent: Value) -> Result<Vec<Entry>, ApiError> {
        entries(sent)
    }
}

fn content(fields: &mut Fields) -> Option<ItemContent> {
    let value = fields.value("value");
    let (content_type, schema) = (fields.optional_text("contentType"), fields.optional_text("schema"));
    let ((value, content_type), schema) = value.zip(content_type).zip(schema)?;
    Some(ItemContent { value, content_type, schema })
}

/// The entries of a batch, or all violations in them with their positions.
fn entries(body: Value) -> Result<Vec<Entry>, ApiError> {
    let Value::Object(mut body) = body else {
        return Err(Violation::new("items", "", "isList", "The body must be {\"items\": […]}.").into());
    };
    let Some(Value::Array(members)) = body.remove("items") else {
        return Err(Violation::new("items", "", "isList", "items must be a list.").into());
    };
    let mut entries = Vec::new();
    let mut violations = Vec::new();
    for (index, one) in members.into_iter().enumerate() {
        match entry(one) {
            Ok(entry) => entries.push(entry),
            Err(entry_violations) => violations.extend(entry_violations.into_iter().map(|violation| {
                let property = entry_property(index, &violation.property);
                Violation { property, ..violation }
            })),
        }
    }
    if violations.is_empty() { Ok(entries) } else { Err(ApiError::invalid(violations)) }
}

/// The expected revision, if it is in the valid range.
fn valid_revision(rev: i64) -> Option<u64> {
    u64::try_from(rev).ok().filter(|rev| *rev <= LARGEST_REVISION)
}

fn entry(value: Value) -> Result<Entry, Vec<Violation>> {
    let rev = value.get("rev").filter(|rev| !rev.is_null()).cloned();
    let mut fields = Fields::of(value).map_err(|violation| vec![violation])?;
    let (key, content) = (fields.text("key"), content(&mut fields));
    let (key, content) = fields.finish(key.zip(content)).map_err(|error| error.validation_errors)?;
    let precondition = match rev {
        None => Precondition::Any,
        Some(rev) => Precondition::Rev(integer(&rev).and_then(valid_revision).ok_or_else(|| {
            vec![Violation::new("rev", &rev.to_string(), "revision", "rev must be a revision, like 7.")]
        })?),
    };
    Ok(Entry { key, content, precondition })
}
