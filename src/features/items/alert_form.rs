//! What the user is notified of about an item: nothing, each change, or a number that crosses a threshold. What is chosen holds once it is
//! saved.

use domain::item::ItemKey;
use domain::json_pointer::JsonPointer;
use domain::topic::Topic;
use leptos::prelude::*;

use super::alert_draft::{ItemAlert, ItemAlertDraft};
use super::pointer_select::PointerSelect;
use super::texts;
use super::trend;
use crate::notifications::{AlertChoice, NotifyForm};
use crate::ui::Radio;

/// The group of the radio buttons.
const GROUP: &str = "item-alert";

/// The form; `pointers` is where the numbers of the item's value stand.
#[component]
pub(super) fn ItemAlertForm(key: ItemKey, pointers: Memo<Vec<JsonPointer>>, choice: AlertChoice) -> impl IntoView {
    let topic = Topic::Item(key);
    let has_numbers = pointers.with_untracked(|pointers| !pointers.is_empty());
    let draft = RwSignal::new(ItemAlertDraft::of(choice.rule.as_ref(), has_numbers));
    let rule = Signal::derive(move || pointers.with(|pointers| draft.with(|draft| draft.rule(&topic, pointers))));
    let radio = move |label: &'static str, when: ItemAlert| {
        let checked = Memo::new(move |_| draft.with(|draft| draft.when == when));
        view! { <Radio name=GROUP label checked on_choose=move |()| draft.update(|draft| draft.when = when)/> }
    };
    let is_threshold = Memo::new(move |_| draft.with(|draft| draft.when == ItemAlert::Threshold));
    view! {
        <NotifyForm rule on_save=choice.on_save>
            {radio(texts::THRESHOLD, ItemAlert::Threshold)}
            {move || is_threshold.get().then(|| view! { <Threshold draft pointers/> })}
            {radio(texts::EACH_CHANGE, ItemAlert::EachChange)}
            {radio(texts::OFF, ItemAlert::Off)}
        </NotifyForm>
    }
    .into_any()
}

/// The number, the side and the threshold.
#[component]
fn Threshold(draft: RwSignal<ItemAlertDraft>, pointers: Memo<Vec<JsonPointer>>) -> impl IntoView {
    let shown = Memo::new(move |_| {
        pointers.with(|all| draft.with(|draft| trend::shown(draft.threshold.pointer.as_ref(), all)))
    });
    let choose = move |pointer: JsonPointer| draft.update(|draft| draft.threshold.pointer = Some(pointer));
    let turn = move |event| draft.update(|draft| draft.threshold.is_above = event_target_value(&event) == "above");
    let is_above = move || draft.with(|draft| draft.threshold.is_above);
    view! {
        <div class="item-threshold inline-field">
            <label>
                <span class="visually-hidden">{texts::NUMBER}</span>
                <PointerSelect id="alert-number" pointers chosen=shown on_choose=choose/>
            </label>
            <label>
                <span class="visually-hidden">{texts::SIDE}</span>
                <select on:change=turn>
                    <option value="above" prop:selected=is_above>{texts::ABOVE}</option>
                    <option value="below" prop:selected=move || !is_above()>{texts::BELOW}</option>
                </select>
            </label>
            <label>
                <span class="visually-hidden">{texts::BOUND}</span>
                <input
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    placeholder=texts::BOUND_EXAMPLE
                    prop:value=move || draft.with(|draft| draft.threshold.bound.clone())
                    on:input=move |event| draft.update(|draft| draft.threshold.bound = event_target_value(&event))
                />
            </label>
        </div>
    }
}
