//! A request that the user makes: an [`Action`] that buttons and forms show the progress of.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use send_wrapper::SendWrapper;

use crate::api::{ApiError, LocalFuture};
use crate::platform::focus;

/// A request, taken by the action when it runs.
type Work = SendWrapper<Rc<RefCell<Option<LocalFuture<Result<(), ApiError>>>>>>;

/// One request at a time of a form or button; it can be made again and again. One type of action for all, so that its code is compiled
/// once.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    action: Action<Work, Result<(), ApiError>>,
}

impl Request {
    /// Not made yet.
    pub(crate) fn new() -> Self {
        let action = Action::new_unsync(|work: &Work| {
            let work = work.borrow_mut().take();
            async move {
                match work {
                    Some(work) => work.await,
                    None => Ok(()),
                }
            }
        });
        Self { action }
    }

    /// Makes the request, unless one is under way: a button that is pressed twice acts once, and is disabled meanwhile. Settings whose
    /// values may follow each other quickly use `PendingWrites` instead, which loses none.
    pub(crate) fn run(self, work: impl Future<Output = Result<(), ApiError>> + 'static) {
        if !self.action.pending().get_untracked() {
            self.action.dispatch_local(SendWrapper::new(Rc::new(RefCell::new(Some(Box::pin(work))))));
        }
    }

    /// Whether it is under way (tracked).
    pub(crate) fn is_pending(self) -> bool {
        self.action.pending().get()
    }

    /// Why it failed, if it did (tracked).
    pub(crate) fn error(self) -> Option<ApiError> {
        if self.is_pending() {
            return None;
        }
        self.action.value().with(|value| value.as_ref().and_then(|result| result.as_ref().err().cloned()))
    }

    /// Whether the last one has succeeded (tracked).
    pub(crate) fn is_done(self) -> bool {
        !self.is_pending() && self.action.value().with(|value| matches!(value, Some(Ok(()))))
    }

    /// Forgets how the last one ended.
    pub(crate) fn clear(self) {
        self.action.value().set(None);
    }
}

/// The main button of a form. While the request is under way it is disabled for assistive technology only: a button that is disabled
/// loses the focus.
#[component]
pub(crate) fn SubmitButton(
    /// The request that the form makes.
    request: Request,
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// The label while the request is pending.
    pending: &'static str,
) -> impl IntoView {
    view! {
        <button type="submit" class="primary" aria-disabled=move || request.is_pending().then_some("true")>
            {move || if request.is_pending() { pending.to_owned() } else { label.get() }}
        </button>
    }
}

/// Why a request failed, if it did. In a form, the field that is the reason gets the focus.
#[component]
pub(crate) fn RequestError(
    /// The request.
    request: Request,
    /// Properties whose fields show their own errors, so that no error is shown twice.
    #[prop(optional)]
    fields: &'static [&'static str],
) -> impl IntoView {
    let message = move || {
        let error = request.error().filter(|error| fields.iter().all(|field| error.about(field).is_none()));
        error.map(|error| error.to_string()).unwrap_or_default()
    };
    let line = NodeRef::<html::P>::new();
    Effect::new(move |_| {
        if let Some(line) = line.get().filter(|_| request.error().is_some()) {
            focus::focus_invalid_after_render(&line);
        }
    });
    view! { <p class="failure" role="alert" node_ref=line>{message}</p> }
}

/// A form's handler that sends nothing to another page. If a field then shows an error, it gets the focus.
pub(crate) fn on_submit(submit: impl Fn() + 'static) -> impl Fn(SubmitEvent) + 'static {
    move |event: SubmitEvent| {
        event.prevent_default();
        submit();
        if let Some(form) = event.target().and_then(|target| target.dyn_into().ok()) {
            focus::focus_invalid_after_render(&form);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_was_not_made_has_no_end() {
        Owner::new().with(|| {
            let request = Request::new();
            assert!(!request.is_pending() && !request.is_done() && request.error().is_none());
        });
    }

    #[test]
    fn how_a_request_ended_is_known_until_it_is_cleared() {
        Owner::new().with(|| {
            let request = Request::new();
            request.action.value().set(Some(Err(ApiError::Unreachable)));
            assert_eq!((request.error(), request.is_done()), (Some(ApiError::Unreachable), false));
            request.action.value().set(Some(Ok(())));
            assert_eq!((request.error(), request.is_done()), (None, true));
            request.clear();
            assert!(request.error().is_none() && !request.is_done());
        });
    }
}
