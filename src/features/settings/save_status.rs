//! Whether the shown settings are saved.

use super::texts;

/// Whether the server has what the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum SaveStatus {
    /// The user has changed nothing yet.
    #[default]
    Unchanged,
    /// A change is on its way.
    Saving,
    /// The server has all changes.
    Saved,
    /// The last change was not saved, for this reason; the page shows what the server has.
    Failed(String),
}

impl SaveStatus {
    /// The status after `before`.
    pub(super) fn next(before: Option<&Self>, is_saved: bool, error: Option<String>) -> Self {
        match (is_saved, error, before) {
            (false, ..) => Self::Saving,
            (true, Some(why), _) => Self::Failed(why),
            (true, None, None | Some(Self::Unchanged)) => Self::Unchanged,
            (true, None, Some(_)) => Self::Saved,
        }
    }

    /// As people read it; nothing if there is nothing to say.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Unchanged => String::new(),
            Self::Saving => texts::SAVING.to_owned(),
            Self::Saved => texts::SAVED.to_owned(),
            Self::Failed(why) => texts::not_saved(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_said_before_the_first_change() {
        assert_eq!(SaveStatus::next(None, true, None), SaveStatus::Unchanged);
        assert_eq!(SaveStatus::next(Some(&SaveStatus::Unchanged), true, None).sentence(), "");
    }

    #[test]
    fn a_change_is_saving_and_then_saved() {
        let saving = SaveStatus::next(Some(&SaveStatus::Unchanged), false, None);
        assert_eq!(saving.sentence(), "Saving…");
        let saved = SaveStatus::next(Some(&saving), true, None);
        assert_eq!(saved.sentence(), "Saved");
        assert_eq!(SaveStatus::next(Some(&saved), true, None), SaveStatus::Saved);
    }

    #[test]
    fn a_failure_is_said_until_the_next_change() {
        let failed = SaveStatus::next(Some(&SaveStatus::Saving), true, Some("No network.".to_owned()));
        assert_eq!(failed.sentence(), "Not saved. No network.");
        assert_eq!(SaveStatus::next(Some(&failed), false, None), SaveStatus::Saving);
    }

    #[test]
    fn a_change_after_a_failure_that_succeeds_is_saved() {
        let failed = SaveStatus::Failed("No network.".to_owned());
        assert_eq!(SaveStatus::next(Some(&failed), true, None), SaveStatus::Saved);
        assert_eq!(SaveStatus::next(None, true, Some("No network.".to_owned())), failed, "also as the page comes");
    }

    proptest! {
        /// Once the user has changed something, the page never claims again that nothing was changed.
        #[test]
        fn a_status_follows_the_last_change(steps in prop::collection::vec((any::<bool>(), any::<bool>()), 1..20)) {
            let mut status = SaveStatus::Saving;
            for (is_saved, has_failed) in steps {
                let error = has_failed.then(|| "No network.".to_owned());
                status = SaveStatus::next(Some(&status), is_saved, error);
                prop_assert_ne!(&status, &SaveStatus::Unchanged);
                prop_assert_eq!(status == SaveStatus::Saving, !is_saved);
                prop_assert!(!status.sentence().is_empty());
            }
        }
    }
}
