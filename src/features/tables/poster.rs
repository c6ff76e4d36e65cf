//! A QR code to hang beside a table: leads to the table's page. Prints without the rest of the page.

use domain::table::Table;
use leptos::prelude::*;

use super::texts;
use crate::paths::Path;
use crate::platform::{page, url};
use crate::ui::{Dialog, QrCode};

/// The dialog that shows the code.
#[component]
pub(super) fn Poster(table: Signal<Table>, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title=texts::PRINT_CODE>
            <div class="wall-code">
                <h2 dir="auto">{move || table.with(|table| table.name().to_owned())}</h2>
                <p>{texts::SCAN}</p>
                <QrCode address=address(table) label=texts::CODE_LABEL/>
                <p class="wall-code-address">{address(table)}</p>
                <div class="actions">
                    <button type="button" class="primary" on:click=|_| page::print()>{texts::PRINT}</button>
                    <button type="button" on:click=move |_| open.set(false)>{texts::CLOSE}</button>
                </div>
            </div>
        </Dialog>
    }
    .into_any()
}

/// The address of the table's page.
pub(super) fn address(table: Signal<Table>) -> String {
    let path = table.with_untracked(|table| Path::Table(table.id.clone()).to_string());
    [url::origin(), path].concat()
}
