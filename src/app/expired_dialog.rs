//! Prompts a member whose sign-in has expired to sign in again. The page stays as it is behind it until they have chosen.

use leptos::prelude::*;

use crate::auth::{Session, texts};
use crate::ui::{Dialog, Request, RequestError, SubmitButton, on_submit};

/// The dialog, open while [`Session::has_expired`].
#[component]
pub(super) fn ExpiredDialog() -> impl IntoView {
    let session = expect_context::<Session>();
    let request = Request::new();
    let open = session.has_expired();
    view! {
        <Dialog open title=texts::EXPIRED on_dismiss=move || session.abandon()>
            <form on:submit=on_submit(move || request.run(session.sign_in()))>
                <h2>{texts::EXPIRED}</h2>
                <p>{texts::EXPIRED_BODY}</p>
                <div class="actions">
                    <SubmitButton request label=texts::SIGN_IN_AGAIN pending=texts::ONE_MOMENT/>
                    <button type="button" on:click=move |_| session.abandon()>{texts::NOT_NOW}</button>
                </div>
                <RequestError request/>
            </form>
        </Dialog>
    }
}
