//! What admins do: add, describe and delete tables, create and revoke device keys, connect Slack.

mod access;
mod admin_data;
mod admin_page;
mod data_table;
mod drafts;
mod key_draft;
mod key_form;
mod key_row;
mod keys_section;
mod new_key;
mod rename_dialog;
mod slack_forms;
mod slack_section;
mod table_edit;
mod table_form;
mod table_row;
mod tables_section;
mod texts;
mod webhook;

pub(crate) use admin_page::AdminPage;
