//! The typed HTTP client of Rally's API: one file for each resource. Nothing here draws; components call it through an
//! [`Action`](leptos::prelude::Action) or one of the hooks in [`crate::ui`].

mod client;
mod error;

pub(crate) mod admin;
pub(crate) mod factories;
pub(crate) mod items;
pub(crate) mod live;
pub(crate) mod notifications;
pub(crate) mod questions;
pub(crate) mod rooms;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod tables;
pub(crate) mod version;

use std::future::Future;
use std::pin::Pin;

pub(crate) use client::{Call, TokenSource, send_form, send_raw, set_token_source};
pub(crate) use error::ApiError;

/// A boxed future of the browser's single thread. Boxed, so that what follows each request is compiled once and not once per caller.
pub(crate) type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;
