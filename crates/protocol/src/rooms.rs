//! The paths and bodies of rooms, questions and sign-in.

use serde::{Deserialize, Serialize};

use domain::answer::AnswerRecord;
use domain::person::{GuestId, PersonId, PersonName};
use domain::pick::{PickView, Tally};
use domain::question::QuestionId;
use domain::room::{EntryKey, JoinCode, JoinLink, Room, RoomId, RoomName};
use domain::score_sheet::ScoreRow;
use domain::time::Timestamp;

/// `GET` lists the rooms for members, `POST` makes one.
pub const ROOMS: &str = "/v1/rooms";
/// `GET` lists the caller's question library, `POST` adds a question to it.
pub const QUESTIONS: &str = "/v1/questions";
/// `POST` adds a file of questions, all or none: `text/csv` or `application/json` in UTF-8, or [`FILE_AS_IT_IS`] in any encoding that is
/// understood, with [`FORMAT_PARAMETER`].
pub const QUESTIONS_IMPORT: &str = "/v1/questions/import";
/// `GET` gives the question library as a file: `?format=csv` or `?format=json`.
pub const QUESTIONS_EXPORT: &str = "/v1/questions/export";
/// The name under which a query says the [`FileFormat`].
pub const FORMAT_PARAMETER: &str = "format";
/// The media type of a file that is sent byte by byte. The gateway forwards a text as UTF-8 and replaces what is not.
pub const FILE_AS_IT_IS: &str = "application/octet-stream";
/// `POST` makes sanitized HTML of Markdown, as participants would see it.
pub const PREVIEWS: &str = "/v1/previews";
/// `POST` returns a ticket for a live connection.
pub const TICKETS: &str = "/v1/live/tickets";
/// The name under which a handshake's query carries a ticket.
pub const TICKET_PARAMETER: &str = "ticket";

/// A question, or a draft of one, has at most this many bytes as JSON: 64 KiB.
pub const QUESTION_BODY_LIMIT: usize = 64 * 1024;
/// A file of questions has at most this many bytes: 1 MiB.
pub const IMPORT_BODY_LIMIT: usize = 1024 * 1024;

/// `GET` returns a room with its picks, `PATCH` renames it or changes the rules for entering, `DELETE` removes it.
pub fn room(id: &RoomId) -> String {
    format!("{ROOMS}/{id}")
}

/// `POST` ends it.
pub fn room_close(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/close")
}

/// `POST` opens it again.
pub fn room_reopen(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/reopen")
}

/// `GET` returns whether it is over.
pub fn room_status(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/status")
}

/// `POST` admits a guest, `GET` lists the guests.
pub fn room_guests(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/guests")
}

/// `DELETE` removes a guest.
pub fn room_guest(id: &RoomId, guest: &GuestId) -> String {
    format!("{ROOMS}/{id}/guests/{guest}")
}

/// `POST` shows a room's code or link: the member may then enter.
pub fn room_enter(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/enter")
}

/// `GET` gives the token of the link that leads into a room.
pub fn room_link(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/link")
}

/// `POST` picks a question.
pub fn room_picks(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/picks")
}

/// `POST` ends a question and shows its feedback.
pub fn pick_feedback(id: &RoomId, pick: u32) -> String {
    format!("{ROOMS}/{id}/picks/{pick}/feedback")
}

/// `PUT` sets how long a question still takes answers.
pub fn pick_time(id: &RoomId, pick: u32) -> String {
    format!("{ROOMS}/{id}/picks/{pick}/time")
}

/// `PUT` sets which text answers are shown to all participants.
pub fn pick_shown(id: &RoomId, pick: u32) -> String {
    format!("{ROOMS}/{id}/picks/{pick}/shown")
}

/// `GET` returns a room's run list, `PUT` replaces it.
pub fn room_run_list(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/run-list")
}

/// `PUT` answers a question, or changes the answer.
pub fn pick_answer(id: &RoomId, pick: u32) -> String {
    format!("{ROOMS}/{id}/picks/{pick}/answer")
}

/// `GET` lists what was answered to a question.
pub fn pick_attempts(id: &RoomId, pick: u32) -> String {
    format!("{ROOMS}/{id}/picks/{pick}/attempts")
}

/// `GET` gives the score sheet.
pub fn room_results(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/results")
}

/// `GET` gives the whole session as CSV (RFC 4180).
pub fn room_results_csv(id: &RoomId) -> String {
    format!("{ROOMS}/{id}/results.csv")
}

/// Join codes.
pub const CODES: &str = "/v1/codes";

/// `GET` returns the room of a join code.
pub fn code(code: &JoinCode) -> String {
    format!("{CODES}/{code}")
}

/// `PUT` replaces a question, `DELETE` removes it.
pub fn question(id: &QuestionId) -> String {
    format!("{QUESTIONS}/{id}")
}

/// The body of `POST /v1/rooms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewRoom {
    /// One line of 1 to 80 characters.
    pub name: RoomName,
    /// Whether people may come in with a nickname.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>))]
    #[serde(default)]
    pub guests_allowed: bool,
    /// Whether it is listed for its creator only, and members need its join code.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>))]
    #[serde(default)]
    pub is_private: bool,
}

/// The response of `GET /v1/rooms/{id}`: what the topic `room/{id}` publishes to those who are in the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomWithPicks {
    /// The room.
    pub room: Room,
    /// Its picks, the first one first.
    pub picks: Vec<PickView>,
    /// How many have answered the current one; none before the first pick.
    pub tally: Option<Tally>,
}

/// The body of `POST /v1/rooms/{id}/guests`: the nickname, and either the code or the token of the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewGuest {
    /// The nickname: one line of 1 to 80 characters. The answer has the guest's name in the room: a name that looks like another's there
    /// gets a number.
    pub name: PersonName,
    /// The room's join code: six characters; case, spaces and hyphens make no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<JoinCode>,
    /// The token of a link to the room, as in its QR code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<JoinLink>,
}

impl NewGuest {
    /// A guest of this name, with the key that opens the room.
    pub fn new(name: PersonName, key: EntryKey) -> Self {
        let NewEntry { code, link } = key.into();
        Self { name, code, link }
    }
}

/// The body of `POST /v1/rooms/{id}/enter`: either the code or the token of the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewEntry {
    /// The room's join code: six characters; case, spaces and hyphens make no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<JoinCode>,
    /// The token of a link to the room, as in its QR code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<JoinLink>,
}

impl From<EntryKey> for NewEntry {
    fn from(key: EntryKey) -> Self {
        match key {
            EntryKey::Code(code) => Self { code: Some(code), link: None },
            EntryKey::Link(link) => Self { code: None, link: Some(link) },
        }
    }
}

/// The response of `GET /v1/rooms/{id}/status`: the public state of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RoomStatus {
    /// Whether the room is over: no one can join it.
    pub is_closed: bool,
}

/// The response of `GET /v1/rooms/{id}/link`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomLink {
    /// The token. The address `/rooms/{id}#join={link}` of the site leads into the room.
    pub link: JoinLink,
}

/// A room's guest, as its creator sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GuestView {
    /// The guest's id.
    pub id: PersonId,
    /// Their name in the room.
    pub name: PersonName,
    /// Since when (RFC 3339, UTC).
    pub joined_at: Timestamp,
}

/// A guest's token: goes into the header `authorization: Bearer …`, for this room only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GuestToken {
    /// The token.
    pub token: String,
    /// The guest as the room knows them.
    pub person: PersonView,
}

/// A person with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonView {
    /// The person's id.
    pub id: PersonId,
    /// Their display name.
    pub name: PersonName,
}

/// The body of `POST /v1/rooms/{id}/picks`: a question of the caller's own library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPick {
    /// Its name in the library.
    pub question: QuestionId,
}

/// The body of `PUT /v1/rooms/{id}/picks/{number}/time`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTime {
    /// The question takes answers for this many seconds from now on; 0 ends that at once.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 3600))]
    pub seconds: u32,
}

/// The body of `PUT /v1/rooms/{id}/picks/{number}/shown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewShown {
    /// The text answers that all participants see from now on, as they were given: 12 at most.
    #[cfg_attr(feature = "openapi", schema(max_items = 12))]
    pub answers: Vec<String>,
}

/// The body of `PUT /v1/rooms/{id}/run-list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRunList {
    /// Questions of the host's library, in order; one that comes twice stays at its first place.
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub questions: Vec<QuestionId>,
}

/// The response of `GET /v1/rooms/{id}/results`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Results {
    /// One row for each person who has answered, the best first.
    pub rows: Vec<ScoreRow>,
}

/// The response of `GET …/attempts`.
pub type Answers = Vec<AnswerRecord>;

/// The body of `POST /v1/previews`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPreview {
    /// Markdown: at most 2,000 characters.
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub text: String,
}

/// The response of `POST /v1/previews`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// Sanitized HTML.
    pub html: String,
}

/// The response of `POST /v1/questions/import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// The number of questions that were added.
    pub added: u32,
    /// In which encoding the file was read, if it is not UTF-8 and does not say it: “windows-1252”.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed_encoding: Option<String>,
}

/// A format of the question library's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// JSON.
    Json,
}

impl FileFormat {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Json];

    /// The name in the API and the file's ending.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The media type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json => "application/json",
        }
    }

    /// The format of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// The response of `POST /v1/live/tickets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// What goes into the handshake's query as `ticket`, once.
    pub ticket: String,
    /// How long it is valid, in seconds.
    pub expires_in_seconds: u32,
}
