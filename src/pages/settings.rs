//! What a visitor may set for this browser.

use leptos::prelude::*;

use crate::browser::page;
use crate::components::theme_choice::ThemeOptions;
use crate::state::theme::{Theme, ThemeChoice};

/// The page.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    page::set_title("Settings · Rally");
    let choice = expect_context::<ThemeChoice>();
    view! {
        <h1 tabindex="-1">"Settings"</h1>
        <section class="panel">
            <ThemeOptions theme=choice.theme() on_choose=move |theme: Theme| choice.choose(theme) />
            <p class="hint">"This browser remembers it."</p>
        </section>
    }
}
