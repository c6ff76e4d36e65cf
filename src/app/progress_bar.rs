//! A bar across the top while the code of a page is being loaded.

use leptos::prelude::*;

use super::texts;
use crate::routes::LoadingPages;

/// The bar.
#[component]
pub(super) fn ProgressBar() -> impl IntoView {
    let LoadingPages(loading) = expect_context();
    let is_loading = Memo::new(move |_| loading.get() > 0);
    move || {
        is_loading
            .get()
            .then(|| view! { <div class="progress-bar" role="progressbar" aria-label=texts::LOADING_PAGE></div> })
    }
}
