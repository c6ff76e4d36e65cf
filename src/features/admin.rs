//! What admins do: add, describe and delete tables, create and revoke device keys, connect Slack.

mod access;
mod admin_page;
mod drafts;
mod key_draft;
mod key_form;
mod keys_section;
mod slack_forms;
mod slack_section;
mod table_edit;
mod table_form;
mod table_row;
mod tables_section;
mod texts;
mod webhook;

pub(crate) use admin_page::AdminPage;
