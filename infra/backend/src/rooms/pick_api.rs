//! `/v1/rooms/{id}/picks` and a room's results.

use std::str::FromStr;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use domain::answer::AnswerRecord;
use domain::pick::{Pick, PickView};
use domain::room::{Room, RoomId};
use domain::validation::Violation;
use protocol::endpoints::PAGE_BYTES;
use protocol::envelope::{ApiError, Envelope};
use protocol::rooms::{NewPick, NewShown, NewTime, Results};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::App;
use crate::command::CommandError;
use crate::http::body::{Json, RequestBody, shapes};
use crate::http::caller::Authenticated;
use crate::http::error_responses::ErrorResponses;
use crate::http::fields::Fields;
use crate::http::pages;
use crate::http::parameters::{Cursor, IfMatch, Path, PathParameter};
use crate::http::response::{ApiResult, created, file, if_match, natural, ok, with_etag};
use crate::markdown;
use crate::rooms::{answer_service, service, session_file};

/// Picks a question of the caller's library as the current one. An open question ends without feedback.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/picks", tag = "rooms", operation_id = "pickQuestion",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        IfMatch,
    ),
    request_body = NewPick, security(("bearer" = [])),
    responses((status = 201, description = "The room, whose last pick is this one", body = Envelope<Room>), ErrorResponses),
)]
pub(crate) async fn pick(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    headers: HeaderMap,
    Json(NewPick { question }): Json<NewPick>,
) -> ApiResult {
    let room = service::pick(&app, &actor, &id, &question, if_match(&headers)?).await?;
    let rev = room.rev;
    Ok(with_etag(created(room), rev))
}

/// Ends the current question and shows its feedback. Repeating the request changes nothing.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/picks/{number}/feedback", tag = "rooms", operation_id = "showFeedback",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        ("number" = inline(PickNumber), Path, description = "Which pick of the room, from 1"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The room", body = Envelope<Room>), ErrorResponses),
)]
pub(crate) async fn show_feedback(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path((id, PickNumber(number))): Path<(RoomId, PickNumber)>,
) -> ApiResult {
    Ok(ok(service::show_feedback(&app, &actor, &id, number).await?))
}

/// Sets how much longer a question takes answers. It stays the current one; its feedback is not shown.
#[utoipa::path(
    put, path = "/v1/rooms/{id}/picks/{number}/time", tag = "rooms", operation_id = "setTime",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        ("number" = inline(PickNumber), Path, description = "Which pick of the room, from 1"),
    ),
    request_body = NewTime, security(("bearer" = [])),
    responses((status = 200, description = "The pick with its new deadline", body = Envelope<PickView>), ErrorResponses),
)]
pub(crate) async fn set_time(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path((id, PickNumber(number))): Path<(RoomId, PickNumber)>,
    Json(NewTime { seconds }): Json<NewTime>,
) -> ApiResult {
    Ok(ok(view(&service::set_time(&app, &actor, &id, number, seconds).await?)))
}

/// Shows these text answers to everyone in the room, without names, in place of those shown before.
#[utoipa::path(
    put, path = "/v1/rooms/{id}/picks/{number}/shown", tag = "rooms", operation_id = "showAnswers",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        ("number" = inline(PickNumber), Path, description = "Which pick of the room, from 1"),
    ),
    request_body = NewShown, security(("bearer" = [])),
    responses((status = 200, description = "The pick with what is shown", body = Envelope<PickView>), ErrorResponses),
)]
pub(crate) async fn show_answers(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path((id, PickNumber(number))): Path<(RoomId, PickNumber)>,
    Json(NewShown { answers }): Json<NewShown>,
) -> ApiResult {
    Ok(ok(view(&service::show_answers(&app, &actor, &id, number, &answers).await?)))
}

fn view(pick: &Pick) -> PickView {
    pick.view(markdown::render(pick.content.text()))
}

/// Answers a question, or changes the answer. The same answer again changes nothing.
#[utoipa::path(
    put, path = "/v1/rooms/{id}/picks/{number}/answer", tag = "rooms", operation_id = "answerQuestion",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        ("number" = inline(PickNumber), Path, description = "Which pick of the room, from 1"),
    ),
    request_body = domain::answer::Answer, security(("bearer" = [])),
    responses((status = 200, description = "The answer as it is kept", body = Envelope<AnswerRecord>), ErrorResponses),
)]
pub(crate) async fn answer(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path((id, PickNumber(number))): Path<(RoomId, PickNumber)>,
    Json(answer): Json<domain::answer::Answer>,
) -> ApiResult {
    Ok(ok(answer_service::answer(&app, &actor, &id, number, answer).await?))
}

/// The answers to a question with names, for the room's creator.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/picks/{number}/attempts", tag = "rooms", operation_id = "listAttempts",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        ("number" = inline(PickNumber), Path, description = "Which pick of the room, from 1"),
        Cursor,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The answers", body = Envelope<Vec<AnswerRecord>>), ErrorResponses),
)]
pub(crate) async fn answers(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path((id, PickNumber(number))): Path<(RoomId, PickNumber)>,
    uri: Uri,
) -> ApiResult {
    let page =
        pages::page(answer_service::list(&app, &actor, &id, number).await?, &uri, |answer| answer.person.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// The score sheet of the room, for its creator.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/results", tag = "rooms", operation_id = "getResults",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        Cursor,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "One row for each who has answered", body = Envelope<Results>), ErrorResponses),
)]
pub(crate) async fn results(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    uri: Uri,
) -> ApiResult {
    let rows = (0_u32..).zip(service::results(&app, &actor, &id).await?).collect();
    let mut page = pages::page(rows, &uri, |(number, _)| pages::number(*number))?;
    let rows = std::mem::take(&mut page.entries).into_iter().map(|(_, row)| row).collect();
    Ok(page.link(ok(Results { rows }), &uri))
}

/// The whole session as a file, for the room's creator. A page has the answers to some of the picks; only the first page begins with the
/// names of the columns.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/results.csv", tag = "rooms", operation_id = "exportSession",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        Cursor,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "One line for each answer", body = String, content_type = "text/csv"), ErrorResponses),
)]
pub(crate) async fn results_csv(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    uri: Uri,
) -> ApiResult {
    let after = pages::cursor(&uri)?;
    let (_, picks, answers) = service::session(&app, &actor, &id).await?;
    let mut bytes = if after.is_none() { session_file::head().map_err(CommandError::from)? } else { Vec::new() };
    let (mut last, mut next) = (None, None);
    for pick in picks {
        let key = pages::number(pick.number);
        if after.as_ref().is_some_and(|after| key <= *after) {
            continue;
        }
        let lines = session_file::lines(&pick, &answers).map_err(CommandError::from)?;
        if last.is_some() && bytes.len() + lines.len() > PAGE_BYTES {
            next = last;
            break;
        }
        bytes.extend(lines);
        last = Some(key);
    }
    let response = file("text/csv; charset=utf-8", &format!("rally-{id}.csv"), bytes);
    Ok(pages::link(response, &uri, next.as_deref()))
}

impl RequestBody for NewPick {
    type Checked = Self;

    fn check(sent: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let question = fields.text("question");
        Ok(Self { question: fields.finish(question)? })
    }
}

shapes!(NewTime, NewShown, domain::answer::Answer);

/// A pick's number in its room: 1, 2, 3 and so on.
pub(crate) struct PickNumber(u32);

impl PathParameter for PickNumber {}

impl FromStr for PickNumber {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let read = natural(text).and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
        let invalid = || Violation::new("number", text, "number", "A question's number is 1, 2, 3 and so on.");
        read.map(Self).ok_or_else(invalid)
    }
}

domain::described!(
    PickNumber,
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(u32::MAX))
);
