//! Components and hooks that know no feature: no requests of their own, no contexts of features.

mod action_link;
mod checkbox;
mod dialog;
mod drag_order;
mod empty_state;
mod field;
mod heading;
mod latch;
mod list_focus;
mod loader;
mod qr_code;
mod request;
mod skeleton;
mod text_draft;
mod topic_view;
mod use_now;

pub(crate) use action_link::ActionLink;
pub(crate) use checkbox::{Checkbox, Radio};
pub(crate) use dialog::{Confirm, Dialog};
pub(crate) use drag_order::{DragHandle, DragOrder};
pub(crate) use empty_state::EmptyState;
pub(crate) use field::TextField;
pub(crate) use heading::{PageHeading, PageTitle, provide_navigation_focus};
pub(crate) use latch::use_latch;
pub(crate) use list_focus::ListFocus;
pub(crate) use loader::{Loaded, Loader};
pub(crate) use qr_code::QrCode;
pub(crate) use request::{Request, RequestError, SubmitButton, on_submit};
pub(crate) use skeleton::{CardSkeletons, PageSkeleton};
pub(crate) use text_draft::use_text_draft;
pub(crate) use topic_view::TopicView;
pub(crate) use use_now::{Now, use_now};
