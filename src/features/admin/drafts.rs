//! The drafts of the forms of an admin.

use leptos::prelude::*;

use crate::auth::Session;
use crate::ui::{Request, use_text_draft};

/// A text of this page that the tab keeps, under a name of the user's own. Secrets are not kept: use a plain signal for them.
pub(super) fn use_admin_draft(field: &str) -> RwSignal<String> {
    let member = untrack(|| expect_context::<Session>().member());
    let owner = member.map(|member| member.id.to_string()).unwrap_or_default();
    use_text_draft(&format!("admin-{owner}-{field}"))
}

/// Empties a field after what it held was saved; what the user has typed since then stays.
pub(super) fn clear_sent(field: RwSignal<String>, sent: &str) {
    // The page may have been left meanwhile.
    if field.try_with_untracked(|typed| typed.trim() == sent) == Some(true) {
        field.set(String::new());
    }
}

/// Forgets why a request failed as soon as the user changes what it was made of: the reason is about what was sent.
pub(super) fn forget_error_on_change(request: Request, typed: Signal<String>) {
    Effect::new(move |before: Option<String>| {
        let now = typed.get();
        if before.is_some_and(|before| before != now) && untrack(|| request.error()).is_some() {
            request.clear();
        }
        now
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sent_is_emptied() {
        Owner::new().with(|| {
            for (typed, left) in [("lobby", ""), (" lobby ", ""), ("lobby 2", "lobby 2"), ("", "")] {
                let field = RwSignal::new(typed.to_owned());
                clear_sent(field, "lobby");
                assert_eq!(field.get_untracked(), left, "{typed:?}");
            }
        });
    }

    #[test]
    fn a_field_of_a_page_that_was_left_is_not_touched() {
        let owner = Owner::new();
        let field = owner.with(|| RwSignal::new("lobby".to_owned()));
        owner.cleanup();
        clear_sent(field, "lobby");
        assert_eq!(field.try_get_untracked(), None);
    }
}
