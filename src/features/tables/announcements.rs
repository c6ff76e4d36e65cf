//! Announces changes of tables, for users of screen readers.

use domain::table::Table;
use leptos::prelude::*;

use super::summary::{Summary, changes};
use crate::notifications::Announcer;

/// Announces what changes on these tables until the current owner is cleaned up. The tables that are there at first are not announced.
pub(super) fn announce_changes(tables: Signal<Vec<Table>>) {
    let announcer = expect_context::<Announcer>();
    Effect::new(move |before: Option<Vec<Table>>| {
        let after = tables.get();
        if let Some(before) = before {
            announcer.say_changes(changes(&before, &after), || format!("{}.", Summary::of(&after).sentence()));
        }
        after
    });
}
