//! Signing in: the page that the issuer leads back to, and what pages for members show to other users.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::auth::{Session, texts};
use crate::paths::Path;
use crate::ui::{PageHeading, PageTitle, Request, RequestError, SubmitButton, on_submit};

/// Goes on where the sign-in began, or says why it cannot.
#[component]
pub(crate) fn SignedInPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let navigate = use_navigate();
    let request = Request::new();
    request.run(async move {
        let path = session.finish_sign_in().await?;
        navigate(&path, NavigateOptions { replace: true, ..NavigateOptions::default() });
        Ok(())
    });
    let has_failed = Memo::new(move |_| request.error().is_some());
    view! {
        <PageTitle title=texts::SIGNING_IN/>
        <PageHeading title=texts::SIGNING_IN/>
        <p role="status">{move || if has_failed.get() { "" } else { texts::ONE_MOMENT }}</p>
        <RequestError request/>
        {move || {
            has_failed.get().then(|| {
                view! {
                    <form class="actions" on:submit=on_submit(move || request.run(session.sign_in()))>
                        <SubmitButton request label=texts::SIGN_IN_AGAIN pending=texts::ONE_MOMENT/>
                        <a href=Path::Rooms.to_string()>{texts::CONTINUE_WITHOUT}</a>
                    </form>
                }
            })
        }}
    }
}

/// Prompts a visitor to sign in; they come back to the page that they are on.
#[component]
pub(crate) fn SignInFirst() -> impl IntoView {
    let session = expect_context::<Session>();
    let request = Request::new();
    let content = match session.can_sign_in() {
        false => view! { <p>{texts::MEMBERS_ONLY}</p> }.into_any(),
        true => view! {
            <form on:submit=on_submit(move || request.run(session.sign_in()))>
                <p>{texts::SIGN_IN_TO_CONTINUE}</p>
                <SubmitButton request label=texts::SIGN_IN pending=texts::ONE_MOMENT/>
                <RequestError request/>
            </form>
        }
        .into_any(),
    };
    view! { <section class="panel" aria-label=texts::SIGN_IN>{content}</section> }
}
