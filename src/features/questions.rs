//! A member's question library: write, edit, search, import and export questions. The searchable list is also the host panel's.

mod add_to_room;
mod draft;
mod editor;
mod file_exchange;
mod option_form;
mod preview;
mod question_form;
mod question_list;
mod questions_page;
mod search;
pub(crate) mod texts;

pub(crate) use question_list::{QuestionList, question_focus};
pub(crate) use questions_page::QuestionsPage;
pub(crate) use search::plain_text;
