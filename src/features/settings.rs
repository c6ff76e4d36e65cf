//! What users set for themselves: their account, notifications, the appearance of the site in this browser.

mod alert_list;
mod notification_settings;
mod pause;
mod preferences;
mod quiet_hours;
mod save_status;
mod settings_page;
mod texts;

pub(crate) use settings_page::SettingsPage;
