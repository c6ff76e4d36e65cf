//! The texts of factories.

use domain::factory::{Bounds, FactoryName};

use super::edits::Edit;
use crate::api::ApiError;
use crate::format;

/// The page.
pub(super) const FACTORIES: &str = "Factories";
/// The topic is denied.
pub(super) const DENIED: &str = "The factories can't be shown";
/// The heading of the tree.
pub(super) const ROOT: &str = "Root";
/// There is no factory.
pub(super) const EMPTY: &str = "No factories yet.";
/// The heading of the form that creates one.
pub(super) const NEW: &str = "New factory";
/// Creates one.
pub(super) const CREATE: &str = "Create factory";
/// Saves a change.
pub(super) const SAVE: &str = "Save";
/// Drops a change.
pub(super) const CANCEL: &str = "Cancel";
/// Opens the form that changes a factory.
pub(super) const EDIT: &str = "Edit";
/// Deletes it.
pub(super) const DELETE: &str = "Delete";
/// Generates other numbers.
pub(super) const REGENERATE: &str = "Regenerate";
/// The label of how many.
pub(super) const COUNT_OF_NUMBERS: &str = "Count";
/// Its hint.
pub(super) const COUNT_HINT: &str = "1 to 15";
/// The label of the name.
pub(super) const NAME: &str = "Name";
/// The label of the lower bound.
pub(super) const MIN: &str = "Min";
/// The label of the upper bound.
pub(super) const MAX: &str = "Max";
/// The label of how many numbers.
pub(super) const COUNT: &str = "Count";
/// What is typed is no whole number.
pub(super) const NO_INTEGER: &str = "Enter a whole number.";
/// The user is not known yet.
pub(super) const CHECKING: &str = "Checking your account…";
/// For users who may only read.
pub(super) const SIGN_IN: &str = "Sign in to create and edit factories.";
/// For members whom this deployment does not let edit.
pub(super) const MAY_NOT_EDIT: &str = "Your account can't edit factories. An administrator decides who can.";
/// A number that the server has not generated yet.
pub(super) const PENDING_NUMBER: &str = "…";
/// Requests something again.
pub(super) const TRY_AGAIN: &str = "Try again";
/// A factory whose name is not known any more.
const THE_FACTORY: &str = "The factory";

/// How many factories and numbers there are; nothing if there are none.
pub(super) fn summary(factories: usize, numbers: usize) -> String {
    match factories {
        0 => String::new(),
        _ => format!(
            "{}, {}",
            format::count(factories, "factory", "factories"),
            format::count(numbers, "number", "numbers")
        ),
    }
}

/// Between which numbers a factory generates.
pub(super) fn bounds(bounds: Bounds) -> String {
    format!("{} to {}", bounds.lower(), bounds.upper())
}

/// The name of the menu of a factory.
pub(super) fn menu(name: &str) -> String {
    format!("More about “{name}”")
}

/// A factory is being deleted, and it can be taken back.
pub(super) fn deleted(name: &str) -> String {
    format!("Deleted “{name}”")
}

/// What another person has made of a factory while the user edits it.
pub(super) fn changed_meanwhile(name: &FactoryName, now: Bounds) -> String {
    format!("Changed meanwhile to “{name}”, {}. Saving replaces only what you change here.", bounds(now))
}

/// An edit was refused, and why; `name` is the factory's, if it is still there.
pub(super) fn rejected(edit: &Edit, name: Option<&str>, error: &ApiError) -> String {
    let quoted = |name: &str| format!("“{name}”");
    let known = || name.map_or_else(|| THE_FACTORY.to_owned(), quoted);
    let what = match edit {
        Edit::Create { name, .. } => format!("{} couldn't be created", quoted(name.as_str())),
        Edit::Change { .. } => format!("{} couldn't be changed", known()),
        Edit::Regenerate { .. } => format!("{} couldn't be regenerated", known()),
        Edit::Delete { .. } => format!("{} couldn't be deleted", known()),
    };
    format!("{what}: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts() {
        assert_eq!(summary(0, 0), "");
        assert_eq!(summary(1, 1), "1 factory, 1 number");
        assert_eq!(summary(2, 20), "2 factories, 20 numbers");
    }

    #[test]
    fn the_message_about_a_refused_edit_names_its_factory_and_the_reason() {
        let bounds = Bounds::new(1, 2).unwrap();
        let id = "k3j9x0a2bc".parse().unwrap();
        let create = Edit::Create { name: "North".parse().unwrap(), bounds, count: 1 };
        assert!(rejected(&create, None, &ApiError::Unreachable).starts_with("“North” couldn't be created: The server"));
        let delete = Edit::Delete { id };
        assert!(rejected(&delete, Some("East"), &ApiError::Unreachable).starts_with("“East” couldn't be deleted: "));
        assert!(rejected(&delete, None, &ApiError::Unreachable).starts_with("The factory couldn't be deleted: "));
    }

    #[test]
    fn what_was_refused_is_named() {
        let id: domain::factory::FactoryId = "k3j9x0a2bc".parse().unwrap();
        let change = Edit::Change { id: id.clone(), name: None, lower: None, upper: None };
        for (edit, what) in [(change, "changed"), (Edit::Regenerate { id, count: 1 }, "regenerated")] {
            let sentence = rejected(&edit, Some("East"), &ApiError::Unreachable);
            assert!(sentence.starts_with(&format!("“East” couldn't be {what}: ")), "{sentence}");
        }
    }

    #[test]
    fn bounds_may_be_negative() {
        assert_eq!(bounds(Bounds::new(-5, -1).unwrap()), "-5 to -1");
    }
}
