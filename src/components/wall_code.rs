//! A QR code to hang beside a table: leads whoever stands there to its page. Prints alone.

use leptos::prelude::*;

use crate::state::wall_code::WallCode;

/// The poster.
#[component]
pub(crate) fn WallCodePoster(
    /// What the table is called.
    name: String,
    /// Where the code leads.
    address: String,
    /// Wants it printed.
    #[prop(into)]
    on_print: Callback<()>,
    /// Wants it closed.
    #[prop(into)]
    on_close: Callback<()>,
) -> impl IntoView {
    let code = WallCode::of(&address).map(|code| {
        view! {
            <svg
                class="wall-code-drawing"
                viewBox=format!("0 0 {0} {0}", code.side)
                role="img"
                aria-label="QR code to this table's page"
            >
                <rect width="100%" height="100%" fill="#fff" />
                <path d=code.path fill="#000" />
            </svg>
        }
    });
    view! {
        <div class="wall-code">
            <h2>{name}</h2>
            <p>"Is it free? Scan to see."</p>
            {code}
            <p class="wall-code-address">{address}</p>
            <div class="actions">
                <button class="primary" type="button" on:click=move |_| on_print.run(())>
                    "Print"
                </button>
                <button type="button" on:click=move |_| on_close.run(())>
                    "Close"
                </button>
            </div>
        </div>
    }
}
