//! The user in the header: a way to sign in, or their name with what they can do about themselves.

use leptos::prelude::*;

use super::texts as app_texts;
use super::theme::ThemeChoice;
use crate::auth::{Session, texts};
use crate::notifications::Toaster;
use crate::paths::Path;
use crate::ui::{MenuEntries, Popover, Request};

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
    let is_returning = Memo::new(move |_| session.is_returning());
    let content = move || match name.get() {
        Some(name) => view! { <AccountMenu name/> }.into_any(),
        None if is_returning.get() => view! {
            <span class="account-button" aria-hidden="true"><span class="avatar" data-initial=""></span></span>
        }
        .into_any(),
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

/// The member's name, which opens the menu.
#[component]
fn AccountMenu(name: String) -> impl IntoView {
    let (session, theme) = (expect_context::<Session>(), expect_context::<ThemeChoice>());
    let name = StoredValue::new(name);
    let button = move || {
        let name = name.get_value();
        view! {
            // Drawn by the style, since it is no part of the button's name.
            <span class="avatar" data-initial=initial(&name)></span>
            <span class="account-name" dir="auto">{name}</span>
        }
    };
    view! {
        <Popover class="account-button" button>
            <MenuEntries>
                <p class="menu-title" dir="auto">{name.get_value()}</p>
                <a class="menu-entry" href=Path::Settings.to_string()>{app_texts::SETTINGS}</a>
                // Its label says what is chosen: the menu stays open.
                <button type="button" class="menu-theme" on:click=move |_| theme.choose(theme.theme().get_untracked().next())>
                    {move || app_texts::theme(theme.theme().get().label())}
                </button>
                <button type="button" class="menu-entry" on:click=move |_| session.sign_out()>{texts::SIGN_OUT}</button>
            </MenuEntries>
        </Popover>
    }
}

/// The initial of a person, for places without room for their name.
fn initial(name: &str) -> String {
    name.chars().next().map(|first| first.to_uppercase().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_its_initial() {
        assert_eq!(["ada", "Élise", "ßeta", ""].map(initial), ["A", "É", "SS", ""]);
    }
}
