//! A member's question library.

use domain::question::{Draft, LibraryQuestion, QuestionId};
use protocol::rooms::{self, FILE_AS_IT_IS, FORMAT_PARAMETER, FileFormat, Imported, NewPreview, Preview};

use super::{ApiError, Call};
use crate::platform::download::FileContent;

/// Adds a question.
pub(crate) async fn create(draft: &Draft) -> Result<LibraryQuestion, ApiError> {
    Call::post(rooms::QUESTIONS).json(draft).send().await
}

/// Replaces a question, if it still has this revision.
pub(crate) async fn replace(id: &QuestionId, draft: &Draft, revision: u64) -> Result<LibraryQuestion, ApiError> {
    Call::put(rooms::question(id)).json(draft).if_match(Some(revision)).send().await
}

/// Deletes a question, or finds that it is deleted.
pub(crate) async fn delete(id: &QuestionId) -> Result<(), ApiError> {
    Call::delete(rooms::question(id)).run_unless_gone().await
}

/// The library as a file.
pub(crate) async fn export(format: FileFormat) -> Result<String, ApiError> {
    Call::get(in_format(rooms::QUESTIONS_EXPORT, format)).download().await
}

/// Adds the questions of a file, whatever its encoding.
pub(crate) async fn import(content: FileContent, format: FileFormat) -> Result<Imported, ApiError> {
    Call::post(in_format(rooms::QUESTIONS_IMPORT, format)).file(FILE_AS_IT_IS, content).send().await
}

/// A question's Markdown as participants will see it: HTML, made safe by the server.
pub(crate) async fn preview(text: &str) -> Result<String, ApiError> {
    let body = NewPreview { text: text.to_owned() };
    Call::post(rooms::PREVIEWS).json(&body).send::<Preview>().await.map(|preview| preview.html)
}

fn in_format(path: &str, format: FileFormat) -> String {
    [path, "?", FORMAT_PARAMETER, "=", format.name()].concat()
}
