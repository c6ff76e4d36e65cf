//! One item: its value and what has changed in it, one of its numbers over time, its alert, and the values before.

use domain::item::{Item, ItemKey};
use domain::json_pointer::JsonPointer;
use domain::topic::Topic;
use leptos::prelude::*;
use protocol::items::PastValue;

use super::alert_form::ItemAlertForm;
use super::history::{History, has_gap};
use super::history_panel::HistoryPanel;
use super::json_lines::{self, LINES_LIMIT, Line};
use super::json_view::JsonView;
use super::texts;
use super::trend;
use super::trend_panel::TrendPanel;
use crate::api::{self, ApiError};
use crate::format::LocalTime;
use crate::live::{Denial, TopicState, TopicStore, use_topic};
use crate::notifications::{AlertChoice, NotifyButton};
use crate::paths::Path;
use crate::platform::{clipboard, focus};
use crate::ui::{ActionLink, EmptyState, Loaded, Loader, PageHeading, PageSkeleton, PageTitle, Request, use_now};

/// The page.
#[component]
pub(crate) fn ItemPage(key: ItemKey) -> impl IntoView {
    let items = use_topic::<Item>(Topic::Item(key.clone()));
    let phase = Memo::new(move |before: Option<&Phase>| {
        Phase::next(before, items.state(), items.is_empty(), items.unreadable() > 0)
    });
    let name = key.to_string();
    let content = move || {
        let to_all = || view! { <ActionLink href=Path::Items.to_string() label=texts::SEE_ALL/> };
        let phase = phase.get();
        // What has the focus may go with the item.
        focus::keep();
        match phase {
            Phase::Loading { .. } => view! { <PageSkeleton/> }.into_any(),
            Phase::Denied(why) => {
                view! { <EmptyState title=texts::ITEM_DENIED body=why.message>{to_all()}</EmptyState> }.into_any()
            }
            Phase::Unreadable => {
                view! { <EmptyState title=texts::UNREADABLE body=texts::UNREADABLE_BODY>{to_all()}</EmptyState> }
                    .into_any()
            }
            Phase::Absent => {
                let body = texts::not_found_body(&key);
                view! { <EmptyState title=texts::NOT_FOUND body>{to_all()}</EmptyState> }.into_any()
            }
            Phase::Deleted => {
                view! { <EmptyState title=texts::DELETED body=texts::DELETED_BODY>{to_all()}</EmptyState> }.into_any()
            }
            Phase::Present => view! { <Content items key=key.clone()/> }.into_any(),
        }
    };
    view! {
        <PageTitle title=name.clone()/>
        <p class="way-back"><a href=Path::Items.to_string()>{texts::BACK}</a></p>
        <PageHeading title=name/>
        {content}
    }
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Not known yet, or read again after the item was there.
    Loading {
        was_present: bool,
    },
    Denied(Denial),
    /// The item is there, but this version of the site does not know its form.
    Unreadable,
    /// There is no such item.
    Absent,
    /// There was one, while the page was open.
    Deleted,
    Present,
}

impl Phase {
    fn next(before: Option<&Self>, state: TopicState, is_empty: bool, is_unreadable: bool) -> Self {
        match state {
            // What the user knows of a deletion does not go away while the topic is read again.
            TopicState::Loading if before == Some(&Self::Deleted) => Self::Deleted,
            TopicState::Loading => Self::Loading { was_present: was_present(before) },
            TopicState::Denied(why) => Self::Denied(why),
            TopicState::Ready if !is_empty => Self::Present,
            TopicState::Ready if is_unreadable => Self::Unreadable,
            TopicState::Ready if was_present(before) => Self::Deleted,
            TopicState::Ready => Self::Absent,
        }
    }
}

/// Whether the item was there before, while the page was open.
const fn was_present(before: Option<&Phase>) -> bool {
    matches!(before, Some(Phase::Present | Phase::Deleted | Phase::Loading { was_present: true }))
}

/// The item, if it exists.
#[component]
fn Content(items: TopicStore<Item>, key: ItemKey) -> impl IntoView {
    let item = Memo::new(move |_| items.first());
    let of_item = key.clone();
    let loader = Loader::new(move || {
        let key = of_item.clone();
        Box::pin(async move { api::items::history(&key).await })
    });
    let history = use_history(item, loader);
    let pointers = Memo::new(move |_| {
        item.with(|item| item.as_ref().map(|item| trend::pointers(&item.value)).unwrap_or_default())
    });
    view! {
        <div class="item-page">
            <ValuePanel item history key pointers/>
            <div>
                <TrendPanel pointers history/>
                <HistoryPanel history/>
                <HistoryFailed loader/>
            </div>
        </div>
    }
}

/// The values of the item: those that the API has, and those that come live. Reads again if some were not sent.
fn use_history(item: Memo<Option<Item>>, loader: Loader<Vec<PastValue>>) -> Memo<History> {
    let history = Memo::new_owning(move |known: Option<History>| {
        let is_first = known.is_none();
        let mut history = known.unwrap_or_default();
        let mut has_changed = loader.with(|loaded| match loaded {
            Loaded::Ready(values) => history.add(values),
            Loaded::Loading | Loaded::Failed(_) => false,
        });
        let current = item.with(|item| {
            item.as_ref().map(|item| PastValue { rev: item.rev, at: item.updated_at, value: item.value.clone() })
        });
        has_changed |= history.add(&current);
        (history, is_first || has_changed)
    });
    Effect::new(move |before: Option<Option<u64>>| {
        let now = item.with(|item| item.as_ref().map(|item| item.rev));
        if before.flatten().zip(now).is_some_and(|(before, now)| has_gap(before, now)) {
            loader.reload();
        }
        now
    });
    history
}

#[component]
fn ValuePanel(
    item: Memo<Option<Item>>,
    history: Memo<History>,
    key: ItemKey,
    pointers: Memo<Vec<JsonPointer>>,
) -> impl IntoView {
    let today = use_now().today();
    let of_item = move |read: fn(&Item) -> String| item.with(|item| item.as_ref().map(read).unwrap_or_default());
    let updated = move || {
        let at = item.with(|item| item.as_ref().map(|item| item.updated_at));
        at.map(|at| texts::updated(&LocalTime::of(at).seconds_seen_on(today.get())))
    };
    let lines = Memo::new(move |_| {
        let lines = |item: &Item| history.with(|history| json_lines::lines(&item.value, history.before(item.rev)));
        item.with(|item| item.as_ref().map(lines).unwrap_or_default())
    });
    let shown = Signal::derive(move || lines.with(|(lines, _)| -> Vec<Line> { lines.clone() }));
    let request = Request::new();
    let copy = move |_| {
        let value =
            item.with_untracked(|item| item.as_ref().and_then(|item| serde_json::to_string_pretty(&item.value).ok()));
        request.run(async move {
            match clipboard::copy(&value.unwrap_or_default()).await {
                true => Ok(()),
                false => Err(ApiError::browser(texts::COPY_REFUSED)),
            }
        });
    };
    let copied = move || {
        request.error().map(|error| error.to_string()).or_else(|| request.is_done().then(|| texts::COPIED.to_owned()))
    };
    let is_number = Memo::new(move |_| item.with(|item| item.as_ref().is_some_and(|item| item.value.is_number())));
    let value = move || match is_number.get() {
        true => view! { <BigNumber item history/> }.into_any(),
        false => view! { <JsonView label=texts::VALUE_AS_JSON lines=shown/> }.into_any(),
    };
    let of_item_key = key.clone();
    let form = Callback::new(move |choice: AlertChoice| {
        view! { <ItemAlertForm key=of_item_key.clone() pointers choice/> }.into_any()
    });
    view! {
        <section class="panel item-value" aria-labelledby="value">
            <div class="item-head">
                <h2 id="value">{texts::VALUE}</h2>
                <NotifyButton topic=Topic::Item(key.clone()) name=key.to_string() form/>
            </div>
            <p class="item-facts">
                <span>{updated}</span>
                <span>{move || of_item(|item| texts::revision(item.rev))}</span>
                <span>{move || of_item(|item| item.content_type.to_string())}</span>
                <span dir="auto">{move || of_item(|item| texts::schema(item.schema.as_str()))}</span>
            </p>
            {value}
            <p class="hint">{move || texts::hidden_lines(LINES_LIMIT, lines.with(|(_, hidden)| *hidden))}</p>
            <div class="actions">
                <button type="button" on:click=copy>{texts::COPY}</button>
                <span class="hint" role="status">{copied}</span>
            </div>
        </section>
    }
    .into_any()
}

/// A value that is one number, readable from afar, and how it has moved.
#[component]
fn BigNumber(item: Memo<Option<Item>>, history: Memo<History>) -> impl IntoView {
    let number = move || item.with(|item| item.as_ref().map(|item| item.value.to_string()));
    let movement = Memo::new(move |_| {
        let of = |item: &Item| history.with(|history| trend::movement(history.before(item.rev)?, &item.value));
        item.with(|item| item.as_ref().and_then(of))
    });
    let moved = move || {
        movement.get().map(|(is_up, by)| {
            let arrow = if is_up { "▲ " } else { "▼ " };
            view! {
                <span class="item-movement" aria-hidden="true">{arrow}{by.clone()}</span>
                <span class="visually-hidden">{texts::moved(&by, is_up)}</span>
            }
        })
    };
    view! { <p class="item-number"><span>{number}</span>" "{moved}</p> }
}

#[component]
fn HistoryFailed(loader: Loader<Vec<PastValue>>) -> impl IntoView {
    move || {
        loader.error().map(|error| {
            view! {
                <EmptyState title=texts::HISTORY_FAILED body=error.to_string()>
                    <button type="button" on:click=move |_| loader.reload()>{texts::TRY_AGAIN}</button>
                </EmptyState>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_item_differs_from_one_that_never_existed() {
        let next = |before: Option<&Phase>, is_empty| Phase::next(before, TopicState::Ready, is_empty, false);
        assert_eq!(next(Some(&Phase::Loading { was_present: false }), true), Phase::Absent);
        assert_eq!(next(Some(&Phase::Absent), false), Phase::Present);
        assert_eq!(next(Some(&Phase::Present), true), Phase::Deleted);
        assert_eq!(next(Some(&Phase::Deleted), true), Phase::Deleted);
        assert_eq!(next(Some(&Phase::Deleted), false), Phase::Present, "written again");
        assert_eq!(Phase::next(Some(&Phase::Deleted), TopicState::Loading, true, false), Phase::Deleted);
        let read_again = Phase::next(Some(&Phase::Present), TopicState::Loading, true, false);
        assert_eq!(next(Some(&read_again), true), Phase::Deleted, "deleted while it was read again");
        assert_eq!(next(Some(&read_again), false), Phase::Present);
    }

    #[test]
    fn what_cannot_be_shown_says_why() {
        let denied = TopicState::Denied(Denial::new("Only its group may read it."));
        assert_eq!(Phase::next(None, denied, true, false), Phase::Denied(Denial::new("Only its group may read it.")));
        assert_eq!(Phase::next(None, TopicState::Ready, true, true), Phase::Unreadable);
        assert_eq!(Phase::next(None, TopicState::Loading, true, false), Phase::Loading { was_present: false });
    }
}
