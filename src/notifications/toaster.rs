//! Toasts: messages over whatever the page shows. They stay until they are closed, since who looks away for a moment must find them.

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

/// Shows toasts, as a context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toaster {
    toast: RwSignal<Option<Toast>>,
}

impl Toaster {
    /// Without a toast.
    pub(crate) fn new() -> Self {
        Self { toast: RwSignal::new(None) }
    }

    /// Shows a toast, in place of the one before.
    pub(crate) fn show(self, toast: Toast) {
        self.toast.set(Some(toast));
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
        toaster.toast.set(None);
        focus::rescue_to("h1");
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
}
