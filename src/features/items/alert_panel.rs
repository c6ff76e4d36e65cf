//! What the user is notified of about an item: nothing, each change, or a number that crosses a threshold. A choice holds at once.

use domain::alert::AlertRule;
use domain::item::ItemKey;
use domain::reading::Path as JsonPointer;
use domain::topic::Topic;
use leptos::prelude::*;

use super::alert_draft::{AlertChoice, ThresholdDraft};
use super::pointer_select::PointerSelect;
use super::texts;
use super::trend;
use crate::notifications::Notifications;
use crate::notifications::texts::{NOTIFY_ME, NOTIFYING};
use crate::platform::focus;
use crate::ui::Radio;

/// The group of the radio buttons.
const GROUP: &str = "item-alert";

/// The panel; `pointers` is where the numbers of the item's value stand.
#[component]
pub(super) fn AlertPanel(key: ItemKey, pointers: Memo<Vec<JsonPointer>>) -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let topic = StoredValue::new(Topic::Item(key));
    let rule = Memo::new(move |_| topic.with_value(|topic| notifications.rule(topic)));
    let is_known = Memo::new(move |_| notifications.is_known());
    let content = move || match is_known.get() {
        true => view! { <AlertForm topic rule pointers/> }.into_any(),
        // A form is a draft of what the server has: there is none before that is known.
        false => view! {
            <p class="hint" role="status">{texts::ALERTS_UNKNOWN}</p>
            <div class="actions">
                <button type="button" on:click=move |_| notifications.load()>{texts::TRY_AGAIN}</button>
            </div>
        }
        .into_any(),
    };
    view! {
        <details class="panel room-bell">
            <summary>{move || if rule.with(Option::is_some) { NOTIFYING } else { NOTIFY_ME }}</summary>
            {content}
        </details>
    }
}

#[component]
fn AlertForm(
    topic: StoredValue<Topic>,
    rule: Memo<Option<AlertRule>>,
    pointers: Memo<Vec<JsonPointer>>,
) -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let draft = RwSignal::new(rule.with_untracked(|rule| ThresholdDraft::of(rule.as_ref())));
    Effect::new(move |before: Option<Option<AlertRule>>| {
        let now = rule.get();
        if let Some(before) = before.filter(|before| *before != now) {
            draft.update(|draft| draft.follow(before.as_ref(), now.as_ref()));
        }
        now
    });
    let proposed =
        move || draft.with(|draft| pointers.with(|pointers| topic.with_value(|topic| draft.rule(topic, pointers))));
    // What the user has chosen and is not settled yet: a threshold that is still missing, a dialog that explains, a request.
    let pending = RwSignal::new(None::<AlertChoice>);
    let choice = Memo::new(move |_| pending.get().unwrap_or_else(|| rule.with(|rule| AlertChoice::of(rule.as_ref()))));
    Effect::new(move |was_busy: Option<bool>| {
        let is_busy = notifications.is_explaining().get() || !notifications.is_saved();
        let is_held = pending.get() == Some(rule.with(|rule| AlertChoice::of(rule.as_ref())));
        let is_incomplete = pending.get_untracked() == Some(AlertChoice::Threshold) && untrack(proposed).is_err();
        if is_settled(is_held, is_incomplete, is_busy, was_busy == Some(true)) {
            pending.set(None);
        }
        is_busy
    });
    let set = move |rule: Option<AlertRule>| match rule {
        Some(rule) => notifications.set_alert(topic.get_value(), rule),
        None => notifications.delete_alert(topic.get_value()),
    };
    let propose = move || {
        if let Ok(rule) = untrack(proposed) {
            set(Some(rule));
        }
    };
    let choose = move |wanted: AlertChoice| {
        // Before the request, so that what is chosen is shown until its outcome is known.
        pending.set(Some(wanted));
        match wanted {
            AlertChoice::Off => set(None),
            AlertChoice::EachChange => set(Some(AlertRule::EachChange)),
            AlertChoice::Threshold => propose(),
        }
    };
    let radio = move |label: &'static str, wanted: AlertChoice| {
        let checked = Signal::derive(move || choice.get() == wanted);
        view! { <Radio name=GROUP label checked on_choose=move |()| choose(wanted)/> }
    };
    let is_threshold = Memo::new(move |_| choice.get() == AlertChoice::Threshold);
    let threshold = move || {
        let is_threshold = is_threshold.get();
        focus::keep_or(|| focus::focus(".item-bell input:checked"));
        is_threshold.then(|| view! { <Threshold draft pointers on_change=move |()| propose()/> })
    };
    view! {
        <fieldset class="alert-choice item-bell" aria-busy=move || (!notifications.is_saved()).then_some("true")>
            <legend class="visually-hidden">{NOTIFY_ME}</legend>
            {radio(texts::OFF, AlertChoice::Off)}
            {radio(texts::EACH_CHANGE, AlertChoice::EachChange)}
            {radio(texts::THRESHOLD, AlertChoice::Threshold)}
            {threshold}
            <p class="hint" role="status">
                {move || is_threshold.get().then(|| proposed().err()).flatten()}
            </p>
        </fieldset>
    }
}

/// Whether what the user has chosen has become a rule, or has failed to. `is_busy` and `was_busy` say that a dialog or a request is under
/// way, now and a moment ago. A threshold that is still missing waits for the user.
const fn is_settled(is_held: bool, is_incomplete: bool, is_busy: bool, was_busy: bool) -> bool {
    !is_busy && (is_held || was_busy && !is_incomplete)
}

/// The number, the side and the threshold; `on_change` is called when the user has changed one of them.
#[component]
fn Threshold(
    draft: RwSignal<ThresholdDraft>,
    pointers: Memo<Vec<JsonPointer>>,
    #[prop(into)] on_change: Callback<()>,
) -> impl IntoView {
    let shown = Memo::new(move |_| pointers.with(|all| draft.with(|draft| trend::shown(draft.pointer.as_ref(), all))));
    let choose = move |pointer: JsonPointer| {
        draft.update(|draft| draft.pointer = Some(pointer));
        on_change.run(());
    };
    let is_above = move || draft.with(|draft| draft.is_above);
    let turn = move |is_above: bool| {
        draft.update(|draft| draft.is_above = is_above);
        on_change.run(());
    };
    // Browsers send a change also when the field is removed while it has the focus.
    let confirm = move |_| _ = on_change.try_run(());
    view! {
        <div class="item-bell-bound inline-field actions">
            <label class="item-bell-choice">
                <span class="visually-hidden">{texts::NUMBER}</span>
                <PointerSelect id="alert-number" pointers chosen=shown on_choose=choose/>
            </label>
            <label class="item-bell-choice">
                <span class="visually-hidden">{texts::SIDE}</span>
                <select on:change=move |event| turn(event_target_value(&event) == "above")>
                    <option value="above" prop:selected=is_above>{texts::ABOVE}</option>
                    <option value="below" prop:selected=move || !is_above()>{texts::BELOW}</option>
                </select>
            </label>
            <label class="item-bell-choice">
                <span class="visually-hidden">{texts::BOUND}</span>
                <input
                    type="number"
                    step="any"
                    required
                    prop:value=move || draft.with(|draft| draft.bound.clone())
                    on:input=move |event| draft.update(|draft| draft.bound = event_target_value(&event))
                    on:change=confirm
                />
            </label>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_shown_until_its_outcome_is_known() {
        for (is_held, is_incomplete, is_busy, was_busy, expected, case) in [
            (false, false, true, false, false, "the request is under way"),
            (true, false, true, true, false, "held already, but not confirmed"),
            (true, false, false, true, true, "it is the rule now"),
            (false, false, false, true, true, "it was refused"),
            (false, true, false, true, false, "another choice was refused, and the threshold is still missing"),
            (false, true, false, false, false, "the threshold is missing"),
            (false, false, false, false, false, "the request has not begun"),
        ] {
            assert_eq!(is_settled(is_held, is_incomplete, is_busy, was_busy), expected, "{case}");
        }
    }
}
