//! View model of the forms of a factory: the draft, its validation by the rules of the server, and the request to send.

use domain::factory::{Bounds, FactoryId, FactoryName, check_count};

use super::edits::{Edit, FactoryRow};
use super::texts;

/// How many numbers a new factory is proposed to have.
const PROPOSED_COUNT: usize = 5;

/// What is typed in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FactoryDraft {
    /// The name.
    pub(super) name: String,
    /// The lower bound.
    pub(super) lower: String,
    /// The upper bound.
    pub(super) upper: String,
    /// The number of numbers, if the form has a field for it.
    pub(super) count: String,
}

impl Default for FactoryDraft {
    fn default() -> Self {
        Self { name: String::new(), lower: "1".to_owned(), upper: "100".to_owned(), count: PROPOSED_COUNT.to_string() }
    }
}

impl FactoryDraft {
    /// What a factory is.
    pub(super) fn of(row: &FactoryRow) -> Self {
        Self {
            name: row.name.to_string(),
            lower: row.bounds.lower().to_string(),
            upper: row.bounds.upper().to_string(),
            count: row.children.len().to_string(),
        }
    }

    /// What an edit wanted, for trying again after it was refused; `row` is what the factory is now.
    pub(super) fn of_edit(edit: &Edit, row: Option<&FactoryRow>) -> Self {
        let mut draft = row.map(Self::of).unwrap_or_default();
        match edit {
            Edit::Create { name, bounds, count } => {
                draft.name = name.to_string();
                (draft.lower, draft.upper) = (bounds.lower().to_string(), bounds.upper().to_string());
                draft.count = count.to_string();
            }
            Edit::Change { name, lower, upper, .. } => {
                if let Some(name) = name {
                    draft.name = name.to_string();
                }
                if let Some(lower) = lower {
                    draft.lower = lower.to_string();
                }
                if let Some(upper) = upper {
                    draft.upper = upper.to_string();
                }
            }
            Edit::Regenerate { count, .. } => draft.count = count.to_string(),
            Edit::Delete { .. } => {}
        }
        draft
    }
}

/// What is wrong with what is typed, field by field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct DraftErrors {
    /// With the name.
    pub(super) name: Option<String>,
    /// With the lower bound.
    pub(super) lower: Option<String>,
    /// With the upper bound.
    pub(super) upper: Option<String>,
    /// With how many numbers.
    pub(super) count: Option<String>,
}

/// What a draft means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// The name.
    pub(super) name: FactoryName,
    /// The bounds.
    pub(super) bounds: Bounds,
    /// The number of numbers; none if the form has no field for it.
    pub(super) count: Option<usize>,
}

/// What a draft means.
///
/// # Errors
/// What is wrong with it.
pub(super) fn plan(draft: &FactoryDraft, has_count: bool) -> Result<Plan, DraftErrors> {
    let name = draft.name.parse::<FactoryName>();
    let bounds = parse_bounds(&draft.lower, &draft.upper);
    let count = if has_count { parse_count(&draft.count).map(Some) } else { Ok(None) };
    match (name, bounds, count) {
        (Ok(name), Ok(bounds), Ok(count)) => Ok(Plan { name, bounds, count }),
        (name, bounds, count) => {
            let (lower, upper) = bounds.err().unwrap_or_default();
            Err(DraftErrors { name: name.err().map(|violation| violation.message()), lower, upper, count: count.err() })
        }
    }
}

impl Plan {
    /// The edit that creates the factory.
    pub(super) fn creation(self) -> Edit {
        Edit::Create { name: self.name, bounds: self.bounds, count: self.count.unwrap_or(1) }
    }

    /// The edit that makes a factory so; none if the user has changed nothing. `before` is what the form showed first: only what differs
    /// from it is sent, so that concurrent changes of other users stay. If that itself was an edit without an answer, all is sent.
    pub(super) fn change(self, id: FactoryId, before: &FactoryRow) -> Option<Edit> {
        let (lower, upper) = (self.bounds.lower(), self.bounds.upper());
        let all = before.is_pending;
        let name = Some(self.name).filter(|name| all || *name != before.name);
        let lower = Some(lower).filter(|lower| all || *lower != before.bounds.lower());
        let upper = Some(upper).filter(|upper| all || *upper != before.bounds.upper());
        let has_changed = name.is_some() || lower.is_some() || upper.is_some();
        has_changed.then_some(Edit::Change { id, name, lower, upper })
    }
}

/// How many numbers: 1 to 15.
///
/// # Errors
/// What is wrong with what is typed.
pub(super) fn parse_count(text: &str) -> Result<usize, String> {
    check_count(parse_integer(text)?).map_err(|violation| violation.message())
}

/// The bounds, or what is wrong with the lower and the upper one.
fn parse_bounds(lower: &str, upper: &str) -> Result<Bounds, (Option<String>, Option<String>)> {
    match (parse_integer(lower), parse_integer(upper)) {
        (Ok(lower), Ok(upper)) => Bounds::new(lower, upper).map_err(|violation| {
            let message = Some(violation.message());
            if violation.property == "upper" { (None, message) } else { (message, None) }
        }),
        (lower, upper) => Err((lower.err(), upper.err())),
    }
}

fn parse_integer(text: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| texts::NO_INTEGER.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq};
    use proptest::proptest;

    use super::*;

    fn draft(name: &str, lower: &str, upper: &str, count: &str) -> FactoryDraft {
        let [name, lower, upper, count] = [name, lower, upper, count].map(str::to_owned);
        FactoryDraft { name, lower, upper, count }
    }

    fn row(name: &str, lower: i64, upper: i64) -> FactoryRow {
        let (name, bounds) = (name.parse().unwrap(), Bounds::new(lower, upper).unwrap());
        FactoryRow { id: Some(id()), name, bounds, children: vec![Some(lower)], is_pending: false }
    }

    fn id() -> FactoryId {
        "k3j9x0a2bc".parse().unwrap()
    }

    #[test]
    fn what_is_typed_becomes_a_factory() {
        let typed = plan(&draft("North", " -3 ", "4", "15"), true).unwrap();
        let (name, bounds) = ("North".parse().unwrap(), Bounds::new(-3, 4).unwrap());
        assert_eq!(typed.creation(), Edit::Create { name, bounds, count: 15 });
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        let errors = plan(&draft("", "1.5", "x", "16"), true).unwrap_err();
        assert!(errors.name.is_some() && errors.count.unwrap().contains("1 to 15"));
        assert_eq!(
            (errors.lower.as_deref(), errors.upper.as_deref()),
            (Some(texts::NO_INTEGER), Some(texts::NO_INTEGER))
        );
        let errors = plan(&draft("North", "9", "1", "5"), true).unwrap_err();
        assert!(errors.lower.unwrap().contains("above"));
        assert_eq!((errors.upper, errors.name, errors.count), (None, None, None));
        assert!(plan(&draft("North", "0", "1000000001", "5"), true).unwrap_err().upper.is_some());
        assert!(plan(&draft("North", "1", "9", "many"), false).is_ok(), "a form that does not ask how many");
        assert!(parse_count("0").is_err() && parse_count("").is_err());
    }

    #[test]
    fn only_what_the_user_has_changed_is_sent() {
        let before = row("North", 1, 100);
        let change = |name: &str, lower: &str, upper: &str| {
            plan(&draft(name, lower, upper, ""), false).unwrap().change(id(), &before)
        };
        assert_eq!(change("North", "1", "100"), None);
        let renamed = Edit::Change { id: id(), name: Some("South".parse().unwrap()), lower: None, upper: None };
        assert_eq!(change("South", "1", "100"), Some(renamed));
        assert_eq!(
            change("North", "2", "100"),
            Some(Edit::Change { id: id(), name: None, lower: Some(2), upper: None })
        );
    }

    #[test]
    fn all_is_sent_if_it_is_not_known_what_the_factory_was() {
        let before = FactoryRow { is_pending: true, ..row("North", 1, 100) };
        let edit = plan(&FactoryDraft::of(&before), false).unwrap().change(id(), &before);
        let name = Some("North".parse().unwrap());
        assert_eq!(edit, Some(Edit::Change { id: id(), name, lower: Some(1), upper: Some(100) }));
    }

    #[test]
    fn a_refused_edit_can_be_tried_again() {
        let now = row("North", 1, 100);
        let edit = Edit::Change { id: id(), name: None, lower: None, upper: Some(7) };
        assert_eq!(FactoryDraft::of_edit(&edit, Some(&now)), draft("North", "1", "7", "1"));
        let create = plan(&draft("West", "2", "3", "4"), true).unwrap().creation();
        assert_eq!(FactoryDraft::of_edit(&create, None), draft("West", "2", "3", "4"));
        let again = Edit::Regenerate { id: id(), count: 9 };
        assert_eq!(FactoryDraft::of_edit(&again, Some(&now)).count, "9");
    }

    #[test]
    fn a_count_is_from_1_to_15() {
        for (typed, expected) in
            [("1", Some(1)), (" 15 ", Some(15)), ("0", None), ("16", None), ("-1", None), ("2.0", None)]
        {
            assert_eq!(parse_count(typed).ok(), expected, "{typed}");
        }
    }

    #[test]
    fn the_proposal_needs_only_a_name() {
        let proposed = plan(&FactoryDraft::default(), true).unwrap_err();
        assert!(proposed.name.is_some());
        assert_eq!((proposed.lower, proposed.upper, proposed.count), (None, None, None));
    }

    #[test]
    fn a_deletion_that_was_refused_offers_the_factory_as_it_is() {
        let now = row("North", 1, 100);
        assert_eq!(FactoryDraft::of_edit(&Edit::Delete { id: id() }, Some(&now)), FactoryDraft::of(&now));
    }

    proptest! {
        #[test]
        fn a_draft_that_was_not_touched_changes_nothing(one in -1_000_i64..1_000, other in -1_000_i64..1_000) {
            let before = row("North", one.min(other), one.max(other));
            let planned = plan(&FactoryDraft::of(&before), false).unwrap();
            prop_assert_eq!(planned.bounds, before.bounds);
            prop_assert_eq!(planned.change(id(), &before), None);
        }

        /// A change that was refused is offered again as the user wanted it.
        #[test]
        fn a_refused_change_is_the_same_change_again(
            name in "[A-Z][a-z]{1,5}",
            lower in 1..50_i64,
            upper in 50..100_i64,
            has_lower in any::<bool>(),
        ) {
            let before = row("North", 1, 100);
            let edit = Edit::Change {
                id: id(),
                name: name.parse().ok().filter(|name| *name != before.name),
                lower: Some(lower).filter(|lower| has_lower && *lower != 1),
                upper: Some(upper),
            };
            let again = plan(&FactoryDraft::of_edit(&edit, Some(&before)), false).unwrap().change(id(), &before);
            prop_assert_eq!(again, Some(edit));
        }
    }
}
