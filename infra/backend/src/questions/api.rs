//! `/v1/questions` and `/v1/previews`.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, Uri};
use domain::question::{Content, Draft, LibraryQuestion, QuestionId, TEXT_LIMIT};
use domain::validation::Violation;
use protocol::envelope::{ApiError, Envelope, ErrorCode};
use protocol::rooms::{FILE_AS_IT_IS, FORMAT_PARAMETER, FileFormat, IMPORT_BODY_LIMIT, Imported, NewPreview, Preview};
use serde_json::Value;
use utoipa::IntoParams;

use crate::App;
use crate::command::CommandError;
use crate::http::body::{Json, RequestBody, is_json, media_type, shape, unreadable};
use crate::http::caller::Authenticated;
use crate::http::error_responses::ErrorResponses;
use crate::http::pages;
use crate::http::parameters::{Cursor, IfMatch, Path, described_text, query_parameter};
use crate::http::response::{ApiResult, created, file, if_match, ok, with_etag};
use crate::markdown;
use crate::questions::{files, service};

/// The caller's questions.
#[utoipa::path(
    get, path = "/v1/questions", tag = "questions", operation_id = "listQuestions", security(("bearer" = [])),
    params(Cursor),
    responses((status = 200, description = "The questions", body = Envelope<Vec<LibraryQuestion>>), ErrorResponses),
)]
pub(crate) async fn list(State(app): State<App>, Authenticated(actor): Authenticated, uri: Uri) -> ApiResult {
    let page = pages::page(service::list(&app, &actor).await?, &uri, |question| question.id.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// Adds a question to the caller's library.
#[utoipa::path(
    post, path = "/v1/questions", tag = "questions", operation_id = "createQuestion",
    request_body = Draft, security(("bearer" = [])),
    responses((status = 201, description = "The question", body = Envelope<LibraryQuestion>), ErrorResponses),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Json(content): Json<Draft>,
) -> ApiResult {
    actor.member()?;
    let added = service::add(&app, &actor, vec![content]).await?;
    Ok(created(added.into_iter().next()))
}

/// Replaces a question. Picks of it are not changed.
#[utoipa::path(
    put, path = "/v1/questions/{id}", tag = "questions", operation_id = "rewriteQuestion",
    params(
        ("id" = inline(QuestionId), Path, description = "The question's id"),
        IfMatch,
    ),
    request_body = Draft, security(("bearer" = [])),
    responses((status = 200, description = "The question", body = Envelope<LibraryQuestion>), ErrorResponses),
)]
pub(crate) async fn rewrite(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<QuestionId>,
    headers: HeaderMap,
    Json(content): Json<Draft>,
) -> ApiResult {
    let question = service::rewrite(&app, &actor, &id, content, if_match(&headers)?).await?;
    let rev = question.rev;
    Ok(with_etag(ok(question), rev))
}

/// Deletes a question. Succeeds if it does not exist.
#[utoipa::path(
    delete, path = "/v1/questions/{id}", tag = "questions", operation_id = "deleteQuestion",
    params(
        ("id" = inline(QuestionId), Path, description = "The question's id"),
        IfMatch,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "Deleted", body = Envelope<Option<String>>), ErrorResponses),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<QuestionId>,
    headers: HeaderMap,
) -> ApiResult {
    service::remove(&app, &actor, &id, if_match(&headers)?).await?;
    Ok(ok(()))
}

described_text!(
    /// The name of a [`FileFormat`].
    FormatName,
    "^(csv|json)?$"
);

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is only for the API's description")]
struct Format {
    /// “csv” or “json”. Exports are CSV if it is omitted; required for a file with the content type “application/octet-stream”
    #[param(inline, required = false)]
    format: FormatName,
}

/// Adds the questions of a file: all of them, or none if the file has an error.
#[utoipa::path(
    post, path = "/v1/questions/import", tag = "questions", operation_id = "importQuestions",
    params(Format),
    request_body(content((String = "text/csv"), (Vec<Draft> = "application/json"), ("application/octet-stream"))),
    security(("bearer" = [])),
    responses((status = 201, description = "How many were added", body = Envelope<Imported>), ErrorResponses),
)]
pub(crate) async fn import(State(app): State<App>, Authenticated(actor): Authenticated, request: Request) -> ApiResult {
    actor.member()?;
    let (format, is_text) = format_sent(request.headers(), request.uri())?;
    let bytes = Bytes::from_request(request, &app).await.map_err(|rejection| match unreadable(&rejection) {
        error if error.code == ErrorCode::PayloadTooLarge => {
            let limit = IMPORT_BODY_LIMIT / 1_024;
            ApiError {
                message: format!("A file of questions has at most {limit} KiB. Split it into several files."),
                ..error
            }
        }
        error => error,
    })?;
    if is_text {
        files::check_text(&bytes, format)?;
    }
    let file = match format {
        FileFormat::Csv => files::read_csv(&bytes)?,
        FileFormat::Json => files::read_json(&bytes)?,
    };
    let added = service::add(&app, &actor, file.contents).await?;
    let added = u32::try_from(added.len()).unwrap_or(u32::MAX);
    Ok(created(Imported { added, assumed_encoding: file.assumed_encoding.map(str::to_owned) }))
}

/// The caller's questions as a file that can be imported again.
#[utoipa::path(
    get, path = "/v1/questions/export", tag = "questions", operation_id = "exportQuestions",
    params(Format),
    security(("bearer" = [])),
    responses((status = 200, description = "The file", content((String = "text/csv"), (Vec<Draft> = "application/json"))), ErrorResponses),
)]
pub(crate) async fn export(State(app): State<App>, Authenticated(actor): Authenticated, uri: Uri) -> ApiResult {
    let format = requested_format(&uri)?.unwrap_or(FileFormat::Csv);
    let all = service::in_order(&app, &actor).await?;
    match format {
        FileFormat::Csv => {
            let bytes = files::write_csv(&all).map_err(CommandError::from)?;
            Ok(file("text/csv; charset=utf-8", "questions.csv", bytes))
        }
        FileFormat::Json => Ok(file("application/json", "questions.json", files::write_json(&all))),
    }
}

/// Renders Markdown as participants see it.
#[utoipa::path(
    post, path = "/v1/previews", tag = "questions", operation_id = "previewQuestion",
    request_body = NewPreview, security(("bearer" = [])),
    responses((status = 200, description = "The HTML", body = Envelope<Preview>), ErrorResponses),
)]
pub(crate) async fn preview(Authenticated(actor): Authenticated, Json(body): Json<NewPreview>) -> ApiResult {
    actor.member()?;
    Ok(ok(Preview { html: markdown::render(&body.text) }))
}

impl RequestBody for Draft {
    type Checked = Content;

    fn check(sent: Value) -> Result<Content, ApiError> {
        shape::<Self>(&sent)?.check().map_err(ApiError::invalid)
    }
}

impl RequestBody for NewPreview {
    type Checked = Self;

    fn check(sent: Value) -> Result<Self, ApiError> {
        let preview: Self = shape(&sent)?;
        let length = preview.text.chars().count();
        if length > TEXT_LIMIT {
            let message = format!("A question's text has at most {TEXT_LIMIT} characters; this one has {length}.");
            return Err(Violation::new("text", &preview.text, "length", message).into());
        }
        Ok(preview)
    }
}

/// The format of the file in a request, and whether its content type is text, which must be in UTF-8.
fn format_sent(headers: &HeaderMap, uri: &Uri) -> Result<(FileFormat, bool), ApiError> {
    let format = requested_format(uri)?;
    let media_type = media_type(headers);
    let of_text = FileFormat::ALL.into_iter().find(|format| format.content_type() == media_type);
    match of_text.or_else(|| is_json(headers).then_some(FileFormat::Json)) {
        Some(sent) => match format {
            Some(requested) if requested != sent => {
                let message = format!("The file is sent as “{media_type}”, which is not {}.", requested.name());
                Err(Violation::of_rule(FORMAT_PARAMETER, requested.name(), "format", message).into())
            }
            _ => Ok((sent, true)),
        },
        None if media_type == FILE_AS_IT_IS => match format {
            Some(format) => Ok((format, false)),
            None => {
                let message = "Say what the file is: add “?format=csv” or “?format=json”.";
                Err(Violation::of_rule(FORMAT_PARAMETER, "", "required", message).into())
            }
        },
        None => {
            let message = "Send a file of questions as “text/csv” or “application/json” if it is in UTF-8, else as                            “application/octet-stream” with “?format=csv” or “?format=json”.";
            Err(ApiError::new(ErrorCode::UnsupportedMediaType, message))
        }
    }
}

fn requested_format(uri: &Uri) -> Result<Option<FileFormat>, ApiError> {
    let Some(name) = query_parameter(uri, FORMAT_PARAMETER)?.filter(|name| !name.is_empty()) else { return Ok(None) };
    let unknown = || Violation::new(FORMAT_PARAMETER, &name, "format", "A format is “csv” or “json”.").into();
    FileFormat::of_name(&name).map(Some).ok_or_else(unknown)
}
