//! The routes of the HTTP API, `/v1`, and the layers that every request passes. Each route's handler is in its slice.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use protocol::endpoints;
use protocol::envelope::{ApiError, ErrorCode};
use protocol::items::{BATCH_BODY_LIMIT, ITEM_BODY_LIMIT};
use protocol::rooms::{IMPORT_BODY_LIMIT, QUESTION_BODY_LIMIT};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::devices;
use crate::factories;
use crate::http::{
    caching, caller, error_responses, gate, idempotency, measurements, pages, rate_limits, request_id, response,
    security,
};
use crate::identity;
use crate::items;
use crate::meetups;
use crate::notifications;
use crate::questions;
use crate::queue;
use crate::realtime;
use crate::rooms;
use crate::slack;
use crate::tables;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rally",
        description = "Every open screen in step with a table. Every answer is an envelope. The header `rally-version` of each answer \
                       is the major version of the protocol, a number: it is raised only with a change that a client of before cannot read.",
    ),
    tags(
        (name = "tables", description = "Table-tennis tables: free, busy or without signal. PingPongfy's contract, and more."),
        (name = "items", description = "Any thing with a key, from any source."),
        (name = "events", description = "What a host announces and guests answer."),
        (name = "factories", description = "A tree that all see and all who are signed in may change."),
        (name = "rooms", description = "Live question rooms: their creator picks questions, the others answer."),
        (name = "questions", description = "An author's bank of questions."),
        (name = "notifications", description = "The caller's alerts, and the browsers that receive the notifications."),
        (name = "slack", description = "Slack's webhooks and commands."),
        (name = "device keys", description = "Keys for the devices that report a table's status."),
        (name = "about", description = "Who asks, and what this is."),
    ),
)]
struct Document;

fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(tables::api::list, tables::api::register))
        .routes(routes!(tables::api::get, tables::api::report, tables::api::describe, tables::api::remove))
        .routes(routes!(tables::api::usage))
        .routes(routes!(queue::api::get, queue::api::join, queue::api::leave))
        .routes(routes!(queue::api::take))
        .routes(routes!(queue::api::pass))
        .routes(routes!(notifications::api::key))
        .routes(routes!(notifications::api::renew))
        .routes(routes!(notifications::api::register))
        .routes(routes!(notifications::api::remove))
        .routes(routes!(notifications::api::list))
        .routes(routes!(notifications::api::set_preferences))
        .routes(routes!(notifications::api::send_test))
        .routes(routes!(notifications::api::set_table_alert, notifications::api::delete_table_alert))
        .routes(routes!(notifications::api::set_room_alert, notifications::api::delete_room_alert))
        .routes(routes!(notifications::api::set_item_alert, notifications::api::delete_item_alert))
        .routes(routes!(slack::api::settings))
        .routes(routes!(slack::api::set_webhook, slack::api::remove_webhook))
        .routes(routes!(slack::api::try_webhook))
        .routes(routes!(slack::api::set_signing_secret))
        .routes(routes!(slack::api::command))
        .routes(routes!(devices::api::list, devices::api::create))
        .routes(routes!(devices::api::revoke))
        .routes(routes!(identity::api::get))
        .routes(routes!(identity::api::sign_out_everywhere))
        .routes(routes!(factories::api::list, factories::api::create))
        .routes(routes!(factories::api::change, factories::api::remove))
        .routes(routes!(factories::api::generate))
        .routes(routes!(meetups::api::list, meetups::api::create))
        .routes(routes!(meetups::api::list_own))
        .routes(routes!(meetups::api::get, meetups::api::change, meetups::api::remove))
        .routes(routes!(meetups::api::publish))
        .routes(routes!(meetups::api::take_back))
        .routes(routes!(meetups::api::cancel))
        .routes(routes!(meetups::api::answer))
        .routes(routes!(meetups::api::calendar))
        .routes(routes!(meetups::api::guests))
        .routes(routes!(meetups::api::remove_guest))
        .routes(routes!(measurements::record))
        .routes(routes!(realtime::ticket_api::create))
        .routes(routes!(realtime::iot_api::access))
        .routes(routes!(realtime::iot_api::snapshot))
        .routes(routes!(realtime::iot_api::digests))
        .routes(routes!(rooms::api::list, rooms::api::create))
        .routes(routes!(rooms::api::get, rooms::api::change, rooms::api::remove))
        .routes(routes!(rooms::api::status))
        .routes(routes!(rooms::api::close))
        .routes(routes!(rooms::api::reopen))
        .routes(routes!(rooms::api::run_list, rooms::api::set_run_list))
        .routes(routes!(rooms::entrant_api::enter))
        .routes(routes!(rooms::entrant_api::link))
        .routes(routes!(rooms::entrant_api::list, rooms::entrant_api::admit))
        .routes(routes!(rooms::entrant_api::remove))
        .routes(routes!(rooms::api::find))
        .routes(routes!(rooms::pick_api::pick))
        .routes(routes!(rooms::pick_api::show_feedback))
        .routes(routes!(rooms::pick_api::set_time))
        .routes(routes!(rooms::pick_api::answer))
        .routes(routes!(rooms::pick_api::answers))
        .routes(routes!(rooms::pick_api::results))
        .routes(routes!(rooms::pick_api::results_csv))
        .merge(large(
            ITEM_BODY_LIMIT,
            OpenApiRouter::new()
                .routes(routes!(items::api::list))
                .routes(routes!(items::api::get, items::api::put, items::api::patch, items::api::remove))
                .routes(routes!(items::api::history)),
        ))
        .merge(large(BATCH_BODY_LIMIT, OpenApiRouter::new().routes(routes!(items::api::batch))))
        .merge(large(
            QUESTION_BODY_LIMIT,
            OpenApiRouter::new()
                .routes(routes!(rooms::pick_api::show_answers))
                .routes(routes!(questions::api::list, questions::api::create))
                .routes(routes!(questions::api::rewrite, questions::api::remove))
                .routes(routes!(questions::api::export))
                .routes(routes!(questions::api::preview)),
        ))
        .merge(large(IMPORT_BODY_LIMIT, OpenApiRouter::new().routes(routes!(questions::api::import))))
}

/// Routes with a larger limit for bodies.
fn large(limit: usize, routes: OpenApiRouter<App>) -> OpenApiRouter<App> {
    routes.layer(DefaultBodyLimit::max(limit))
}

/// The description of the API (OpenAPI 3.1), generated from the code.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = documented().into_openapi();
    security::describe(&mut document);
    error_responses::describe(&mut document);
    document
}

/// All routes below `/v1`.
///
/// The program that serves it puts a [`Caller`](crate::http::Caller) into each request's extensions; without one the client's address is
/// unknown.
pub fn router(app: App) -> Router {
    let (routes, _) = documented().split_for_parts();
    // Created when it is first requested, which is rare.
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi().to_json().unwrap_or_default());
    routes
        .route(
            endpoints::OPENAPI,
            axum::routing::get(async || ([("content-type", "application/json")], DOCUMENT.as_str()).into_response()),
        )
        // Only for existing routes: an unsupported method fails each time anyway.
        .route_layer(middleware::from_fn_with_state(app.clone(), idempotency::layer))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(endpoints::BODY_LIMIT))
        .layer(middleware::from_fn(pages::layer))
        .layer(middleware::from_fn_with_state(app.clone(), rate_limits::actor_layer))
        .layer(middleware::from_fn_with_state(app.clone(), caller::layer))
        .layer(middleware::from_fn_with_state(app.clone(), rate_limits::address_layer))
        .layer(middleware::from_fn_with_state(app.clone(), gate::origin_layer))
        .layer(middleware::from_fn_with_state(app.clone(), gate::audit_layer))
        .layer(middleware::from_fn(caching::layer))
        .layer(middleware::from_fn_with_state(app.clone(), request_id::layer))
        .layer(middleware::map_response(with_version))
        .with_state(app)
}

/// Each response has the version of the protocol, so that an outdated page can detect that it does not understand the response.
async fn with_version(mut response: Response) -> Response {
    response.headers_mut().insert(protocol::VERSION_HEADER, HeaderValue::from(protocol::VERSION));
    response
}

async fn no_route() -> Response {
    let message = format!("There is nothing here. {} says what there is.", endpoints::OPENAPI);
    response::error_response(ApiError::new(ErrorCode::ResourceNotFound, message))
}

async fn no_method() -> Response {
    let message = "This method is not for this address. The header “allow” names those that are.";
    response::error_response(ApiError::new(ErrorCode::MethodNotAllowed, message))
}

#[cfg(test)]
mod tests;
