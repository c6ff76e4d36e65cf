//! The HTTP API: `/v1`, JSON, every answer an envelope. Never decides a rule; each route reads, calls its command and
//! answers.

mod answer;
mod bodies;
mod broker;
mod caching;
mod caller;
mod device_keys;
mod entrants;
mod factories;
mod gate;
mod idempotency;
mod items;
mod lines;
mod me;
mod measurements;
mod notifications;
mod pages;
mod parameters;
mod picks;
mod questions;
mod rate;
mod refusals;
mod request_id;
mod rooms;
mod security;
mod slack;
mod tables;
mod tickets;

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

pub use caller::Caller;
pub(crate) use notifications::VISITOR_PREFIX;

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
        (name = "factories", description = "A tree that all see and all who are signed in may change."),
        (name = "rooms", description = "Live question rooms: their creator picks questions, the others answer."),
        (name = "questions", description = "An author's bank of questions."),
        (name = "notifications", description = "What the asker wants to be told of, and the browsers that ring for them."),
        (name = "slack", description = "Slack's webhooks and commands."),
        (name = "device keys", description = "Keys for the devices that report a table's status."),
        (name = "about", description = "Who asks, and what this is."),
    ),
)]
struct Document;

fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(tables::list, tables::register))
        .routes(routes!(tables::get, tables::report, tables::describe, tables::remove))
        .routes(routes!(tables::usage))
        .routes(routes!(lines::get, lines::join, lines::leave))
        .routes(routes!(lines::take))
        .routes(routes!(lines::pass))
        .routes(routes!(notifications::key))
        .routes(routes!(notifications::renew))
        .routes(routes!(notifications::register))
        .routes(routes!(notifications::remove))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::prefer))
        .routes(routes!(notifications::try_out))
        .routes(routes!(notifications::ask_of_table, notifications::withdraw_from_table))
        .routes(routes!(notifications::ask_of_room, notifications::withdraw_from_room))
        .routes(routes!(notifications::ask_of_item, notifications::withdraw_from_item))
        .routes(routes!(slack::settings))
        .routes(routes!(slack::set_webhook, slack::remove_webhook))
        .routes(routes!(slack::try_webhook))
        .routes(routes!(slack::set_signing_secret))
        .routes(routes!(slack::command))
        .routes(routes!(device_keys::list, device_keys::create))
        .routes(routes!(device_keys::revoke))
        .routes(routes!(me::get))
        .routes(routes!(me::sign_out_everywhere))
        .routes(routes!(factories::list, factories::create))
        .routes(routes!(factories::change, factories::remove))
        .routes(routes!(factories::generate))
        .routes(routes!(measurements::take))
        .routes(routes!(tickets::create))
        .routes(routes!(broker::access))
        .routes(routes!(broker::snapshot))
        .routes(routes!(broker::digests))
        .routes(routes!(rooms::list, rooms::create))
        .routes(routes!(rooms::get, rooms::change, rooms::remove))
        .routes(routes!(rooms::status))
        .routes(routes!(rooms::close))
        .routes(routes!(rooms::reopen))
        .routes(routes!(rooms::run_list, rooms::set_run_list))
        .routes(routes!(entrants::enter))
        .routes(routes!(entrants::link))
        .routes(routes!(entrants::list, entrants::admit))
        .routes(routes!(entrants::remove))
        .routes(routes!(rooms::find))
        .routes(routes!(picks::pick))
        .routes(routes!(picks::show_feedback))
        .routes(routes!(picks::set_time))
        .routes(routes!(picks::answer))
        .routes(routes!(picks::attempts))
        .routes(routes!(picks::results))
        .routes(routes!(picks::results_csv))
        .merge(large(
            ITEM_BODY_LIMIT,
            OpenApiRouter::new()
                .routes(routes!(items::list))
                .routes(routes!(items::get, items::put, items::patch, items::remove))
                .routes(routes!(items::history)),
        ))
        .merge(large(BATCH_BODY_LIMIT, OpenApiRouter::new().routes(routes!(items::batch))))
        .merge(large(
            QUESTION_BODY_LIMIT,
            OpenApiRouter::new()
                .routes(routes!(picks::show_answers))
                .routes(routes!(questions::list, questions::create))
                .routes(routes!(questions::rewrite, questions::remove))
                .routes(routes!(questions::export))
                .routes(routes!(questions::preview)),
        ))
        .merge(large(IMPORT_BODY_LIMIT, OpenApiRouter::new().routes(routes!(questions::import))))
}

/// Routes that take larger bodies than the others do.
fn large(limit: usize, routes: OpenApiRouter<App>) -> OpenApiRouter<App> {
    routes.layer(DefaultBodyLimit::max(limit))
}

/// The description of the API (OpenAPI 3.1), made from the code.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = documented().into_openapi();
    security::describe(&mut document);
    parameters::describe(&mut document);
    bodies::describe(&mut document);
    document
}

/// All routes below `/v1`.
///
/// The program that serves it puts a [`Caller`] into each request's extensions; without one it is not known where a request comes from.
pub fn router(app: App) -> Router {
    let (routes, _) = documented().split_for_parts();
    // Not at each start: hardly anybody asks for it.
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi().to_json().unwrap_or_default());
    routes
        .route(
            endpoints::OPENAPI,
            axum::routing::get(async || ([("content-type", "application/json")], DOCUMENT.as_str()).into_response()),
        )
        // Of routes alone: what is no method of an address is that each time.
        .route_layer(middleware::from_fn_with_state(app.clone(), idempotency::layer))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(endpoints::BODY_LIMIT))
        .layer(middleware::from_fn(pages::layer))
        .layer(middleware::from_fn_with_state(app.clone(), rate::actor_layer))
        .layer(middleware::from_fn_with_state(app.clone(), caller::layer))
        .layer(middleware::from_fn_with_state(app.clone(), rate::address_layer))
        .layer(middleware::from_fn_with_state(app.clone(), gate::origin_layer))
        .layer(middleware::from_fn_with_state(app.clone(), gate::audit_layer))
        .layer(middleware::from_fn(caching::layer))
        .layer(middleware::from_fn_with_state(app.clone(), request_id::layer))
        .layer(middleware::map_response(with_version))
        .with_state(app)
}

/// Each answer says the version of the protocol, so that a page of before knows that it does not understand it.
async fn with_version(mut response: Response) -> Response {
    response.headers_mut().insert(protocol::VERSION_HEADER, HeaderValue::from(protocol::VERSION));
    response
}

async fn no_route() -> Response {
    let message = format!("There is nothing here. {} says what there is.", endpoints::OPENAPI);
    answer::refusal(ApiError::new(ErrorCode::ResourceNotFound, message))
}

async fn no_method() -> Response {
    let message = "This method is not for this address. The header “allow” names those that are.";
    answer::refusal(ApiError::new(ErrorCode::MethodNotAllowed, message))
}
