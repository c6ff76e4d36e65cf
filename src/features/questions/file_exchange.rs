//! The question library as a file: import and export.

use leptos::html;
use leptos::prelude::*;
use protocol::rooms::{IMPORT_BODY_LIMIT, Imported};

use super::texts;
use crate::api::questions::FileFormat;
use crate::api::{self, ApiError};
use crate::platform::download;
use crate::ui::{Request, RequestError};

/// Import and export.
#[component]
pub(super) fn FileExchange() -> impl IntoView {
    view! {
        <div class="exchange">
            <Import/>
            <div class="actions">
                <Export format=FileFormat::Csv label=texts::EXPORT_CSV/>
                <Export format=FileFormat::Json label=texts::EXPORT_JSON/>
            </div>
        </div>
    }
}

#[component]
fn Import() -> impl IntoView {
    let request = Request::new();
    let added = RwSignal::new(None::<Imported>);
    let input = NodeRef::<html::Input>::new();
    let import = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if input.value().is_empty() {
            return;
        }
        added.set(None);
        request.run(async move {
            let file = download::take_chosen(&input).await.ok_or_else(|| ApiError::browser(texts::FILE_UNREADABLE))?;
            if let Some(refusal) = texts::too_large(file.content.size(), IMPORT_BODY_LIMIT) {
                return Err(ApiError::browser(&refusal));
            }
            added.try_set(Some(api::questions::import(file.content, format_of(&file.name)).await?));
            Ok(())
        });
    };
    let violations = Memo::new(move |_| {
        let error = request.error();
        let violations = error.iter().flat_map(ApiError::violations);
        violations.map(|(property, message)| (property.to_owned(), message)).collect::<Vec<_>>()
    });
    // What is wrong with single lines is said below, not twice.
    let failure = move || match request.error() {
        Some(_) if violations.with(|violations| !violations.is_empty()) => texts::NOT_IMPORTED.to_owned(),
        error => error.map(|error| error.to_string()).unwrap_or_default(),
    };
    let errors = move || {
        let rows = violations.get().into_iter().map(|(property, message)| {
            view! { <li><strong>{property}</strong>" "{message}</li> }
        });
        let rows = rows.collect_view();
        (!rows.is_empty()).then(|| view! { <ul class="import-errors">{rows}</ul> })
    };
    view! {
        <div class="field">
            <label for="import-file">{texts::IMPORT}</label>
            <input
                id="import-file"
                type="file"
                accept=".csv,.json,text/csv,application/json"
                node_ref=input
                aria-disabled=move || request.is_pending().then_some("true")
                on:change=import
            />
        </div>
        <p class="hint imported" role="status">{move || added.with(|added| added.as_ref().map(texts::imported)).unwrap_or_default()}</p>
        <p class="failure" role="alert">{failure}</p>
        {errors}
    }
}

#[component]
fn Export(format: FileFormat, label: &'static str) -> impl IntoView {
    let request = Request::new();
    let export = move |_| {
        request.run(async move {
            let text = api::questions::export(format).await?;
            download::save(&["questions.", format.name()].concat(), format.content_type(), &text);
            Ok(())
        });
    };
    view! {
        <button type="button" data-format=format.name() aria-disabled=move || request.is_pending().then_some("true") on:click=export>{label}</button>
        <RequestError request/>
    }
}

/// The format of a file, by its name: JSON if it ends so, else CSV.
fn format_of(name: &str) -> FileFormat {
    if name.to_ascii_lowercase().ends_with(".json") { FileFormat::Json } else { FileFormat::Csv }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_says_its_format() {
        assert_eq!(format_of("Questions.JSON"), FileFormat::Json);
        assert_eq!(format_of("questions.csv"), FileFormat::Csv);
        assert_eq!(format_of("questions"), FileFormat::Csv);
    }

    #[test]
    fn only_the_end_of_a_name_says_the_format() {
        assert_eq!(format_of("questions.json.csv"), FileFormat::Csv);
        assert_eq!(format_of("json"), FileFormat::Csv);
        for format in [FileFormat::Csv, FileFormat::Json] {
            assert_eq!(format_of(&["questions.", format.name()].concat()), format, "an export can be imported");
        }
    }
}
