//! Toasts: messages over whatever the page shows. Notifications and failures stay until they are closed, since a user who looks away for a
//! moment must find them; a confirmation of the user's own action disappears after some seconds.

use std::sync::Arc;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::texts;
use crate::platform::focus;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toast {
    /// A few words.
    pub(crate) title: String,
    /// A sentence.
    pub(crate) body: String,
    /// Where it leads, if anywhere.
    pub(crate) path: Option<String>,
}

/// How long a confirmation is shown, in milliseconds.
const CONFIRMATION_TIME: u32 = 5_000;

/// What the user can still take back. Not a [`Callback`], which would go with the row that is being deleted.
#[derive(Clone)]
pub(super) struct Undo(pub(super) Arc<dyn Fn() + Send + Sync>);

/// Shows toasts, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Toaster {
    toast: RwSignal<Option<Toast>>,
    undo: RwSignal<Option<Undo>>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Toaster {
    /// Without a toast.
    pub(crate) fn new() -> Self {
        Self { toast: RwSignal::new(None), undo: RwSignal::new(None), timer: StoredValue::new_local(None) }
    }

    /// Shows a toast, in place of the one before.
    pub(crate) fn show(self, toast: Toast) {
        self.timer.set_value(None);
        self.undo.set(None);
        self.toast.set(Some(toast));
    }

    /// Confirms what the user has done, for some seconds.
    pub(crate) fn confirm(self, sentence: &str) {
        self.show_briefly(sentence, None);
    }

    /// The same, with a link to where it can be seen.
    pub(crate) fn confirm_with_link(self, sentence: &str, path: String) {
        self.show_briefly(sentence, Some(path));
    }

    /// The same, with a button that calls `undo`.
    pub(crate) fn confirm_undoable(self, sentence: &str, undo: impl Fn() + Send + Sync + 'static) {
        self.confirm(sentence);
        self.undo.set(Some(Undo(Arc::new(undo))));
    }

    fn show_briefly(self, sentence: &str, path: Option<String>) {
        self.show(Toast { title: sentence.to_owned(), body: String::new(), path });
        self.timer.set_value(Some(Timeout::new(CONFIRMATION_TIME, move || self.close())));
    }

    /// Announces a pending deletion, with a button to undo it.
    pub(super) fn offer_undo(self, sentence: &str, undo: Undo) {
        self.show(Toast { title: sentence.to_owned(), body: String::new(), path: None });
        self.undo.set(Some(undo));
    }

    /// Closes the toast of [`Toaster::offer_undo`], unless another toast has taken its place.
    pub(super) fn close_undo(self) {
        if self.undo.with_untracked(Option::is_some) {
            self.close();
        }
    }

    fn close(self) {
        if self.toast.with_untracked(Option::is_some) {
            // The button that has the focus may go.
            focus::keep();
            self.timer.set_value(None);
            self.undo.set(None);
            self.toast.set(None);
        }
    }

    /// Shows why something failed, where there is no room for a sentence.
    pub(crate) fn error(self, why: &str) {
        self.show(Toast { title: texts::FAILED.to_owned(), body: why.to_owned(), path: None });
    }
}

/// Where toasts appear.
#[component]
pub(crate) fn ToasterRegion() -> impl IntoView {
    let toaster = expect_context::<Toaster>();
    let close = move || {
        toaster.close();
        focus::rescue_to("h1");
    };
    let undo = move || {
        toaster.undo.get().map(|Undo(undo)| {
            let take_back = move |_| {
                close();
                undo();
            };
            view! { <button type="button" class="primary" on:click=take_back>{texts::UNDO}</button> }
        })
    };
    let content = move || {
        toaster.toast.get().map(|Toast { title, body, path }| {
            let link =
                path.map(|path| view! { <a class="primary" href=path on:click=move |_| close()>{texts::OPEN}</a> });
            view! {
                <section class="message" aria-label=texts::TOAST>
                    <p><strong>{title}</strong><span>{body}</span></p>
                    <div class="actions">
                        {link}
                        {undo}
                        <button type="button" on:click=move |_| close()>{texts::CLOSE}</button>
                    </div>
                </section>
            }
        })
    };
    view! { <div class="message-place" role="status">{content}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_toast_takes_the_place_of_the_one_before() {
        Owner::new().with(|| {
            let toaster = Toaster::new();
            toaster.show(Toast {
                title: "Lobby is free".to_owned(),
                body: "Go!".to_owned(),
                path: Some("/".to_owned()),
            });
            toaster.error("No network.");
            let shown = toaster.toast.get_untracked().unwrap();
            assert_eq!((shown.title.as_str(), shown.body.as_str()), (texts::FAILED, "No network."));
            assert_eq!(shown.path, None, "an error leads nowhere");
        });
    }

    #[test]
    fn what_can_be_taken_back_is_offered_with_its_own_sentence_only() {
        Owner::new().with(|| {
            let toaster = Toaster::new();
            toaster.offer_undo("Deleting “Lobby”", Undo(Arc::new(|| {})));
            assert!(toaster.undo.with_untracked(Option::is_some));
            toaster.error("No network.");
            assert!(toaster.undo.with_untracked(Option::is_none), "the button would belong to another sentence");
            toaster.close_undo();
            assert!(toaster.toast.with_untracked(Option::is_some), "it is not that toast any more");
        });
    }
}
