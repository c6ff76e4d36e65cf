//! `/v1/rooms/{id}/picks` and a room's results.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use domain::answer::Attempt;
use domain::pick::{Pick, PickView};
use domain::room::{Room, RoomId};
use protocol::endpoints::PAGE_BYTES;
use protocol::envelope::Envelope;
use protocol::rooms::{NewPick, NewShown, NewTime, Results};

use crate::App;
use crate::command::CommandError;
use crate::http::answer::{Answer, JsonBody, JsonOf, PathOf, PickPath, created, file, ok, precondition, with_rev};
use crate::http::caller::Authenticated;
use crate::http::pages;
use crate::http::refusals::Refusals;
use crate::markdown;
use crate::rooms::{answer_service, service, session_file};

/// Picks a question of the asker's bank: it becomes the current one. One that is open ends without its feedback.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/picks", tag = "rooms", operation_id = "pickQuestion",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("If-Match" = Option<String>, Header, description = "The room's revision that is expected: so two clicks are one pick"),
    ),
    request_body = NewPick, security(("bearer" = [])),
    responses((status = 201, description = "The room, whose last pick is this one", body = Envelope<Room>), Refusals),
)]
pub(crate) async fn pick(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PathOf(id): PathOf<RoomId>,
    headers: HeaderMap,
    JsonBody(mut fields): JsonBody,
) -> Answer {
    let question = fields.text("question");
    let question = fields.finish(question)?;
    let room = service::pick(&app, &actor, &id, &question, precondition(&headers)?).await?;
    let rev = room.rev;
    Ok(with_rev(created(room), rev))
}

/// Ends the current question and shows its feedback. Asked twice, it is done once.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/picks/{number}/feedback", tag = "rooms", operation_id = "showFeedback",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("number" = u32, Path, description = "Which pick of the room, from 1"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The room", body = Envelope<Room>), Refusals),
)]
pub(crate) async fn show_feedback(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PickPath(id, number): PickPath,
) -> Answer {
    Ok(ok(service::show_feedback(&app, &actor, &id, number).await?))
}

/// Sets how long a question still takes answers. It stays the current one; its feedback is not shown.
#[utoipa::path(
    put, path = "/v1/rooms/{id}/picks/{number}/time", tag = "rooms", operation_id = "setTime",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("number" = u32, Path, description = "Which pick of the room, from 1"),
    ),
    request_body = NewTime, security(("bearer" = [])),
    responses((status = 200, description = "The pick with its new deadline", body = Envelope<PickView>), Refusals),
)]
pub(crate) async fn set_time(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PickPath(id, number): PickPath,
    JsonOf(NewTime { seconds }): JsonOf<NewTime>,
) -> Answer {
    Ok(ok(view(&service::set_time(&app, &actor, &id, number, seconds).await?)))
}

/// Shows these answers in words to everybody in the room, without names, and no others.
#[utoipa::path(
    put, path = "/v1/rooms/{id}/picks/{number}/shown", tag = "rooms", operation_id = "showAnswers",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("number" = u32, Path, description = "Which pick of the room, from 1"),
    ),
    request_body = NewShown, security(("bearer" = [])),
    responses((status = 200, description = "The pick with what is shown", body = Envelope<PickView>), Refusals),
)]
pub(crate) async fn show_answers(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PickPath(id, number): PickPath,
    JsonOf(NewShown { answers }): JsonOf<NewShown>,
) -> Answer {
    Ok(ok(view(&service::show_answers(&app, &actor, &id, number, &answers).await?)))
}

fn view(pick: &Pick) -> PickView {
    pick.view(markdown::render(pick.content.text()))
}

/// Answers a question, or changes the answer. The same answer again changes nothing.
#[utoipa::path(
    put, path = "/v1/rooms/{id}/picks/{number}/answer", tag = "rooms", operation_id = "answerQuestion",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("number" = u32, Path, description = "Which pick of the room, from 1"),
    ),
    request_body = domain::answer::Answer, security(("bearer" = [])),
    responses((status = 200, description = "The answer as it is kept", body = Envelope<Attempt>), Refusals),
)]
pub(crate) async fn answer(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PickPath(id, number): PickPath,
    JsonOf(answer): JsonOf<domain::answer::Answer>,
) -> Answer {
    Ok(ok(answer_service::answer(&app, &actor, &id, number, answer).await?))
}

/// Who answered what to a question, for the room's creator.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/picks/{number}/attempts", tag = "rooms", operation_id = "listAttempts",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("number" = u32, Path, description = "Which pick of the room, from 1"),
        ("cursor" = Option<String>, Query, description = "Where the page before ended, as its `Link` says"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The answers", body = Envelope<Vec<Attempt>>), Refusals),
)]
pub(crate) async fn attempts(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PickPath(id, number): PickPath,
    uri: Uri,
) -> Answer {
    let page =
        pages::page(answer_service::list(&app, &actor, &id, number).await?, &uri, |answer| answer.person.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// The score sheet of the session, for the room's creator.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/results", tag = "rooms", operation_id = "getResults",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("cursor" = Option<String>, Query, description = "Where the page before ended, as its `Link` says"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "One row for each who has answered", body = Envelope<Results>), Refusals),
)]
pub(crate) async fn results(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PathOf(id): PathOf<RoomId>,
    uri: Uri,
) -> Answer {
    let rows = (0_u32..).zip(service::results(&app, &actor, &id).await?).collect();
    let mut page = pages::page(rows, &uri, |(place, _)| pages::number(*place))?;
    let rows = std::mem::take(&mut page.entries).into_iter().map(|(_, row)| row).collect();
    Ok(page.link(ok(Results { rows }), &uri))
}

/// The whole session as a file, for the room's creator. A page has the answers to some of the picks; only the first begins with
/// the names of the columns.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/results.csv", tag = "rooms", operation_id = "exportSession",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("cursor" = Option<String>, Query, description = "Where the page before ended, as its `Link` says"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "One line for each answer", body = String, content_type = "text/csv"), Refusals),
)]
pub(crate) async fn results_csv(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PathOf(id): PathOf<RoomId>,
    uri: Uri,
) -> Answer {
    let after = pages::cursor(&uri)?;
    let (_, picks, attempts) = service::session(&app, &actor, &id).await?;
    let mut bytes = if after.is_none() { session_file::head().map_err(CommandError::from)? } else { Vec::new() };
    let (mut last, mut next) = (None, None);
    for pick in picks {
        let place = pages::number(pick.number);
        if after.as_ref().is_some_and(|after| place <= *after) {
            continue;
        }
        let lines = session_file::lines(&pick, &attempts).map_err(CommandError::from)?;
        if last.is_some() && bytes.len() + lines.len() > PAGE_BYTES {
            next = last;
            break;
        }
        bytes.extend(lines);
        last = Some(place);
    }
    let response = file("text/csv; charset=utf-8", &format!("rally-{id}.csv"), bytes);
    Ok(pages::link(response, &uri, next.as_deref()))
}
