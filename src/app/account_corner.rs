//! The user in the header: a way to sign in, or their name with a way to the settings.

use leptos::prelude::*;

use crate::auth::{Session, texts};
use crate::notifications::Toaster;
use crate::routes::Path;
use crate::ui::Request;

/// The corner of the header.
#[component]
pub(super) fn AccountCorner() -> impl IntoView {
    let (session, toaster) = (expect_context::<Session>(), expect_context::<Toaster>());
    let request = Request::new();
    Effect::new(move |_| {
        if let Some(error) = request.error() {
            toaster.error(&error.to_string());
        }
    });
    let name = Memo::new(move |_| session.member().map(|member| member.name.to_string()));
    let content = move || match name.get() {
        Some(name) => {
            view! { <a class="account-name" href=Path::Settings.to_string() dir="auto">{name}</a> }.into_any()
        }
        None if session.can_sign_in() => {
            let label = move || if request.is_pending() { texts::ONE_MOMENT } else { texts::SIGN_IN };
            view! {
                <button type="button" class="sign-in" on:click=move |_| request.run(session.sign_in())>{label}</button>
            }
            .into_any()
        }
        None => ().into_any(),
    };
    view! { <div class="account">{content}</div> }
}
