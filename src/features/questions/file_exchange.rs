//! The question library as a file: import and export.

use domain::question::Content;
use leptos::html;
use leptos::prelude::*;
use protocol::rooms::{FileFormat, IMPORT_BODY_LIMIT, Imported};

use super::texts;
use crate::api::{self, ApiError};
use crate::notifications::Toaster;
use crate::platform::download;
use crate::ui::{Dialog, Menu, Request};

/// A file with which every column can be learned. It must be one that the server imports.
const SAMPLE: &str = "text,type,timeLimitSeconds,option1,correct1,feedback1,option2,correct2,feedback2,option3,correct3,feedback3\n\
    How many continents are there?,single_answer,30,Five,no,,Seven,yes,Europe and Asia are two.,Nine,no,\n\
    Which of these are planets?,multiple_answer,,Mars,yes,,Venus,yes,,The Moon,no,It goes round the Earth.\n\
    Why is the sky blue?,discursive,,,,,,,,,,\n";

/// The menu of the page: import and export.
#[component]
pub(super) fn FileMenu(is_importing: RwSignal<bool>) -> impl IntoView {
    let (request, toaster) = (Request::new(), expect_context::<Toaster>());
    let export = move |format: FileFormat| {
        request.run(async move {
            match api::questions::export(format).await {
                Ok(text) => download::save(&["questions.", format.name()].concat(), format.content_type(), &text),
                // The menu is closed by now.
                Err(error) => toaster.error(&error.to_string()),
            }
            Ok(())
        });
    };
    view! {
        <Menu label=texts::MORE>
            <button type="button" class="menu-entry import-questions" on:click=move |_| is_importing.set(true)>{texts::IMPORT}</button>
            <button type="button" class="menu-entry" data-format="csv" on:click=move |_| export(FileFormat::Csv)>{texts::EXPORT_CSV}</button>
            <button type="button" class="menu-entry" data-format="json" on:click=move |_| export(FileFormat::Json)>{texts::EXPORT_JSON}</button>
        </Menu>
    }
}

/// One question as a file, which can be imported again.
pub(super) fn save_as_file(content: &Content) {
    // A question is always written as JSON.
    if let Ok(text) = serde_json::to_string_pretty(&[content]) {
        download::save("question.json", FileFormat::Json.content_type(), &text);
    }
}

/// Imports a file: what it must hold, a sample, the choice, and what came of it.
#[component]
pub(super) fn ImportDialog(is_importing: RwSignal<bool>) -> impl IntoView {
    let sample = |_| download::save("questions-sample.csv", FileFormat::Csv.content_type(), SAMPLE);
    view! {
        <Dialog open=is_importing title=texts::IMPORT_TITLE>
            <div class="exchange">
                <h2>{texts::IMPORT_TITLE}</h2>
                <p>{texts::IMPORT_BODY}</p>
                <Import/>
                <div class="actions">
                    <button type="button" class="sample-file" on:click=sample>{texts::SAMPLE_FILE}</button>
                    <button type="button" on:click=move |_| is_importing.set(false)>{texts::CLOSE}</button>
                </div>
            </div>
        </Dialog>
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
            <label for="import-file">{texts::IMPORT_FILE}</label>
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
    fn the_sample_has_a_cell_for_each_column() {
        let columns: Vec<usize> = SAMPLE.lines().map(|line| line.split(',').count()).collect();
        assert!(columns.len() > 3 && columns.iter().all(|count| *count == columns[0]), "{columns:?}");
    }

    #[test]
    fn only_the_end_of_a_name_says_the_format() {
        assert_eq!(format_of("questions.json.csv"), FileFormat::Csv);
        assert_eq!(format_of("json"), FileFormat::Csv);
        for format in FileFormat::ALL {
            assert_eq!(format_of(&["questions.", format.name()].concat()), format, "an export can be imported");
        }
    }
}
