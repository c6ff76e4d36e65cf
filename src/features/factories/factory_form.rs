//! The form of a factory: its name, its bounds, and, for a new one, how many numbers it has.

use leptos::prelude::*;

use super::draft::{DraftErrors, FactoryDraft, Plan, plan};
use super::texts;
use crate::ui::{TextField, on_submit};

/// What is typed in a form, a signal for each field.
#[derive(Clone, Copy)]
pub(super) struct DraftFields {
    name: RwSignal<String>,
    lower: RwSignal<String>,
    upper: RwSignal<String>,
    count: RwSignal<String>,
}

impl DraftFields {
    /// With this draft.
    pub(super) fn new(draft: FactoryDraft) -> Self {
        let FactoryDraft { name, lower, upper, count } = draft;
        let [name, lower, upper, count] = [name, lower, upper, count].map(RwSignal::new);
        Self { name, lower, upper, count }
    }

    /// What is typed (tracked).
    fn draft(self) -> FactoryDraft {
        let [name, lower, upper, count] = [self.name, self.lower, self.upper, self.count].map(|field| field.get());
        FactoryDraft { name, lower, upper, count }
    }

    /// The fields are ready for another factory with the same bounds.
    pub(super) fn clear_name(self) {
        self.name.set(String::new());
    }

    /// What is typed is replaced by a draft, unless another name is being typed already.
    pub(super) fn offer(self, draft: FactoryDraft) {
        if self.name.with_untracked(String::is_empty) {
            self.name.set(draft.name);
            self.lower.set(draft.lower);
            self.upper.set(draft.upper);
            self.count.set(draft.count);
        }
    }
}

/// The form. It submits only what the server would accept.
#[component]
pub(super) fn FactoryForm(
    /// Begins the ids of its fields.
    #[prop(into)]
    id: String,
    /// What is typed.
    fields: DraftFields,
    /// Whether it has a field for the number of numbers.
    has_count: bool,
    /// Whether the name gets the focus when the form appears.
    autofocus: bool,
    /// The main button.
    label: &'static str,
    /// Gets what is typed.
    #[prop(into)]
    on_plan: Callback<Plan>,
    /// What stands beside the main button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let is_submitted = RwSignal::new(false);
    let planned = Memo::new(move |_| plan(&fields.draft(), has_count));
    let error =
        move |read: fn(DraftErrors) -> Option<String>| Signal::derive(move || planned.get().err().and_then(read));
    let submit = move || match planned.get_untracked() {
        Ok(plan) => {
            is_submitted.set(false);
            on_plan.run(plan);
        }
        Err(_) => is_submitted.set(true),
    };
    let field = |name: &str| [&id, "-", name].concat();
    let count = has_count.then(|| {
        view! {
            <TextField
                id=field("count")
                label=texts::COUNT
                hint=""
                value=fields.count
                error=error(|errors| errors.count)
                is_submitted
            />
        }
    });
    view! {
        <form class="factory-form" novalidate on:submit=on_submit(submit)>
            <TextField
                id=field("name")
                label=texts::NAME
                hint=""
                value=fields.name
                error=error(|errors| errors.name)
                is_submitted
                autofocus
            />
            <div class="factory-numbers">
                <TextField
                    id=field("lower")
                    label=texts::MIN
                    hint=""
                    value=fields.lower
                    error=error(|errors| errors.lower)
                    is_submitted
                />
                <TextField
                    id=field("upper")
                    label=texts::MAX
                    hint=""
                    value=fields.upper
                    error=error(|errors| errors.upper)
                    is_submitted
                />
                {count}
            </div>
            <div class="actions">
                <button type="submit" class="primary">{label}</button>
                {children.map(|children| children())}
            </div>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str, lower: &str) -> FactoryDraft {
        FactoryDraft { name: name.to_owned(), lower: lower.to_owned(), ..FactoryDraft::default() }
    }

    /// Runs a test under an owner, as components are.
    fn owned(test: impl FnOnce()) {
        let owner = Owner::new();
        owner.with(test);
    }

    #[test]
    fn a_refused_factory_is_offered_again_in_an_empty_form() {
        owned(|| {
            let fields = DraftFields::new(draft("", "1"));
            fields.offer(draft("North", "7"));
            assert_eq!(fields.draft(), draft("North", "7"));
        });
    }

    #[test]
    fn what_is_being_typed_is_not_replaced_by_a_refused_factory() {
        owned(|| {
            let fields = DraftFields::new(draft("South", "1"));
            fields.offer(draft("North", "7"));
            assert_eq!(fields.draft(), draft("South", "1"));
        });
    }

    #[test]
    fn the_next_factory_has_the_same_bounds() {
        owned(|| {
            let fields = DraftFields::new(draft("North", "7"));
            fields.clear_name();
            assert_eq!(fields.draft(), draft("", "7"));
        });
    }
}
