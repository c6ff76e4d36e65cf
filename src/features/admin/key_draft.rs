//! View model of the form for a new device key, and the permissions of a key in words.

use std::collections::BTreeSet;

use domain::device::{Device, DeviceName, ItemScope, TableScope};
use domain::item::ItemKey;
use domain::table::TableId;
use protocol::endpoints::NewDevice;

use super::texts;

/// The longest name of a device, in characters: the API's limit.
const NAME_LIMIT: usize = 80;

/// A new key as the form holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct KeyDraft {
    /// What the device is called.
    pub(super) name: String,
    /// Whether it may report all tables, also new ones.
    pub(super) is_for_all_tables: bool,
    /// The ids of the tables that it may report, if not all.
    pub(super) tables: BTreeSet<String>,
    /// The beginnings of the items that it may write, separated by white space or commas; `*` means all.
    pub(super) items: String,
    /// Whether it may also add and delete its tables.
    pub(super) can_manage: bool,
}

/// What is wrong with a draft, by field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct KeyErrors {
    /// About the name.
    pub(super) name: Option<String>,
    /// About the tables.
    pub(super) tables: Option<String>,
    /// About the items.
    pub(super) items: Option<String>,
}

impl KeyDraft {
    /// The key that the draft describes. `existing` are the ids of the current tables: one that was deleted after it was ticked is left
    /// out.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub(super) fn check(&self, existing: &[String]) -> Result<NewDevice, KeyErrors> {
        let (tables, items) = (self.table_scope(existing), self.prefixes());
        let errors = KeyErrors {
            name: self.name_error(),
            tables: match &tables {
                names if names.is_empty() && items.is_empty() => Some(texts::KEY_SCOPE_MISSING.to_owned()),
                names => TableScope::try_from(names.clone()).err().map(|violation| violation.message()),
            },
            items: items_error(&items),
        };
        if errors != KeyErrors::default() {
            return Err(errors);
        }
        let can_manage = self.can_manage && !tables.is_empty();
        Ok(NewDevice { name: self.name.trim().to_owned(), tables, items, can_manage })
    }

    fn name_error(&self) -> Option<String> {
        match self.name.trim().chars().count() {
            0 => Some(texts::DEVICE_MISSING.to_owned()),
            1..=NAME_LIMIT => self.name.parse::<DeviceName>().err().map(|violation| violation.message()),
            length => Some(texts::device_too_long(length, NAME_LIMIT)),
        }
    }

    fn table_scope(&self, existing: &[String]) -> Vec<String> {
        match self.is_for_all_tables {
            true => vec!["*".to_owned()],
            false => existing.iter().filter(|id| self.tables.contains(*id)).cloned().collect(),
        }
    }

    fn prefixes(&self) -> Vec<String> {
        let all = self.items.split(|character: char| character.is_whitespace() || character == ',');
        all.filter(|prefix| !prefix.is_empty()).map(str::to_owned).collect()
    }
}

fn items_error(prefixes: &[String]) -> Option<String> {
    let bad = prefixes.iter().filter(|prefix| *prefix != "*").find_map(|prefix| {
        let violation = prefix.parse::<ItemKey>().err()?;
        Some(texts::bad_prefix(prefix, &violation.message()))
    });
    bad.or_else(|| ItemScope::try_from(prefixes.to_vec()).err().map(|violation| violation.message()))
}

/// What a key is for, of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing of it.
    Nothing,
    /// All of it, also what comes later.
    All,
    /// What has these names: ids of tables, or beginnings of the keys of items.
    Only(Vec<String>),
}

/// What a device may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyScope {
    /// The tables that it reports.
    pub(super) tables: Scope,
    /// The items that it writes.
    pub(super) items: Scope,
    /// Whether it may also add and delete its tables.
    pub(super) can_manage: bool,
}

impl KeyScope {
    /// What a device may do.
    pub(super) fn of(device: &Device) -> Self {
        let only = |names: Vec<String>| if names.is_empty() { Scope::Nothing } else { Scope::Only(names) };
        let tables = match &device.tables {
            TableScope::Any => Scope::All,
            TableScope::Only(tables) => only(tables.iter().map(TableId::to_string).collect()),
        };
        let prefixes: Vec<String> = device.items.clone().into();
        let items = if prefixes.iter().any(|prefix| prefix == "*") { Scope::All } else { only(prefixes) };
        Self { tables, items, can_manage: device.can_manage }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn draft(tables: &[&str], items: &str) -> KeyDraft {
        let tables = tables.iter().map(|id| (*id).to_owned()).collect();
        KeyDraft { name: " Sensor ".to_owned(), tables, items: items.to_owned(), ..KeyDraft::default() }
    }

    fn existing() -> Vec<String> {
        ["attic", "lobby"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_key_is_for_tables_items_or_both() {
        let key = |draft: KeyDraft| draft.check(&existing()).map(|key| (key.name, key.tables, key.items));
        let of = |tables: &[&str], items: &[&str]| {
            let strings = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
            Ok(("Sensor".to_owned(), strings(tables), strings(items)))
        };
        assert_eq!(key(draft(&["lobby"], "")), of(&["lobby"], &[]));
        assert_eq!(key(draft(&[], "vehicle:, gate-1\n*")), of(&[], &["vehicle:", "gate-1", "*"]));
        assert_eq!(key(KeyDraft { is_for_all_tables: true, ..draft(&["lobby"], "") }), of(&["*"], &[]));
        assert_eq!(key(draft(&["lobby", "gone"], "")), of(&["lobby"], &[]), "a deleted table is left out");
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        let errors = |draft: KeyDraft| draft.check(&existing()).unwrap_err();
        assert_eq!(errors(draft(&[], "")).tables.as_deref(), Some(texts::KEY_SCOPE_MISSING));
        assert_eq!(errors(draft(&["gone"], "")).tables.as_deref(), Some(texts::KEY_SCOPE_MISSING));
        assert_eq!(
            errors(KeyDraft { name: " ".to_owned(), ..draft(&["lobby"], "") }).name.as_deref(),
            Some(texts::DEVICE_MISSING)
        );
        let long = errors(KeyDraft { name: "x".repeat(81), ..draft(&["lobby"], "") });
        assert!(long.name.is_some_and(|why| why.contains("81")) && long.tables.is_none());
        let bad = errors(draft(&["lobby"], "vehicle: a\"b"));
        assert!(bad.items.is_some_and(|why| why.contains("a\"b")));
        let many = vec!["x"; 51].join(" ");
        assert!(errors(draft(&[], &many)).items.is_some());
    }

    #[test]
    fn managing_needs_tables() {
        let can_manage =
            |draft: KeyDraft| KeyDraft { can_manage: true, ..draft }.check(&existing()).unwrap().can_manage;
        assert!(can_manage(draft(&["lobby"], "")));
        assert!(!can_manage(draft(&[], "vehicle:")));
    }

    #[test]
    fn what_a_device_may_do() {
        let scope = |tables: &[&str], items: &[&str], can_manage: bool| {
            let device = json!({"id": "k1", "name": "kitchen", "tables": tables, "items": items, "canManage": can_manage,
                "createdAt": "2026-11-20T12:00:00.000Z"});
            let KeyScope { tables, items, can_manage } = KeyScope::of(&serde_json::from_value(device).unwrap());
            (tables, items, can_manage)
        };
        let only = |names: &[&str]| Scope::Only(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(scope(&["lobby", "attic"], &[], false), (only(&["lobby", "attic"]), Scope::Nothing, false));
        assert_eq!(scope(&["*"], &["vehicle:"], true), (Scope::All, only(&["vehicle:"]), true));
        assert_eq!(
            scope(&[], &["vehicle:", "*"], false),
            (Scope::Nothing, Scope::All, false),
            "all includes the others"
        );
    }

    #[test]
    fn a_name_has_one_to_eighty_characters_between_its_spaces() {
        let name = |name: String| KeyDraft { name, ..draft(&["lobby"], "") }.check(&existing()).map(|key| key.name);
        assert_eq!(name("x".repeat(80)), Ok("x".repeat(80)));
        assert_eq!(name(format!("  {}  ", "я".repeat(80))), Ok("я".repeat(80)), "characters, and not bytes");
        assert!(name("x".repeat(81)).is_err());
        assert!(name("line\nbreak".to_owned()).is_err());
    }

    #[test]
    fn all_fields_say_at_once_what_is_wrong() {
        let draft = KeyDraft { name: String::new(), items: "a\"b".to_owned(), ..KeyDraft::default() };
        let errors = draft.check(&existing()).unwrap_err();
        assert!(errors.name.is_some() && errors.items.is_some());
        assert_eq!(errors.tables, None, "a key for items needs no table");
    }

    #[test]
    fn all_tables_are_meant_also_while_there_is_none() {
        let draft = KeyDraft { is_for_all_tables: true, can_manage: true, ..draft(&[], "") };
        let key = draft.check(&[]).unwrap();
        assert_eq!((key.tables, key.can_manage), (vec!["*".to_owned()], true));
    }

    proptest! {
        #[test]
        fn prefixes_may_be_separated_in_any_way(
            prefixes in prop::collection::vec("[a-z]{1,6}:", 1..8),
            separators in prop::collection::vec("[ ,\n\t]{1,3}", 9),
        ) {
            let typed: String = prefixes.iter().zip(&separators).map(|(prefix, space)| [prefix.as_str(), space].concat()).collect();
            let key = draft(&[], &[separators[8].as_str(), &typed].concat()).check(&existing()).unwrap();
            prop_assert_eq!(key.items, prefixes);
        }

        /// What the form accepts the server can read: the scopes are checked by the same rules.
        #[test]
        fn an_accepted_draft_is_a_valid_key(
            name in "\\PC{0,90}",
            items in "[a-z:*\" ,]{0,30}",
            tables in prop::collection::vec("attic|lobby|gone", 0..3),
            is_for_all_tables: bool,
        ) {
            let tables = tables.into_iter().collect();
            let draft = KeyDraft { name, items, tables, is_for_all_tables, can_manage: true };
            if let Ok(key) = draft.check(&existing()) {
                prop_assert!(key.name.parse::<DeviceName>().is_ok());
                prop_assert!(ItemScope::try_from(key.items.clone()).is_ok());
                prop_assert!(!key.tables.is_empty() || !key.items.is_empty());
                prop_assert!(!key.can_manage || !key.tables.is_empty());
                prop_assert!(!key.tables.contains(&"gone".to_owned()));
                prop_assert!(TableScope::try_from(key.tables).is_ok());
            }
        }
    }
}
