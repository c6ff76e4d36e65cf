//! The alerts of the user, and how they are delivered: push notifications, toasts, and announcements for screen readers.

mod alerts;
mod announcer;
mod deletions;
mod in_page;
mod notify_button;
mod pending_writes;
mod permission_dialog;
mod push_registration;
mod push_state;
pub(crate) mod texts;
mod toaster;
mod worker;

pub(crate) use alerts::Notifications;
pub(crate) use announcer::{Announcer, AnnouncerRegion};
pub(crate) use deletions::Deletions;
pub(crate) use in_page::NotifyInPage;
pub(crate) use notify_button::{AlertChoice, NotifyButton, NotifyForm};
pub(crate) use permission_dialog::PermissionDialog;
pub(crate) use push_state::PushState;
pub(crate) use toaster::{Toast, Toaster, ToasterRegion};
pub(crate) use worker::listen_to_worker;
