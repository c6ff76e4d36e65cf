//! Explains the browser's permission prompt before it opens.

use leptos::prelude::*;

use super::{Notifications, texts};
use crate::ui::{Dialog, RequestError, SubmitButton, on_submit};

/// The dialog, open while [`Notifications::is_explaining`].
#[component]
pub(crate) fn PermissionDialog() -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let request = notifications.request();
    view! {
        <Dialog open=notifications.is_explaining() title=texts::TURN_ON on_dismiss=move || notifications.answer_explanation(false)>
            <form on:submit=on_submit(move || notifications.answer_explanation(true))>
                <h2>{texts::TURN_ON}</h2>
                <p>{texts::TURN_ON_BODY}</p>
                <div class="actions">
                    <SubmitButton request label=texts::TURN_ON_PUSH pending=texts::ONE_MOMENT/>
                    <button type="button" on:click=move |_| notifications.answer_explanation(false)>{texts::NOT_NOW}</button>
                </div>
                <RequestError request/>
            </form>
        </Dialog>
    }
}
