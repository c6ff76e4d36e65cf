//! Announcements for screen readers (aria-live). Changes in quick succession are combined into one announcement.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

/// At most one announcement is made in this time, in milliseconds.
const INTERVAL: u32 = 2_000;

/// More changes than this in one announcement are summed up.
const NAMED_CHANGES: usize = 3;

/// Announces sentences, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Announcer {
    sentence: RwSignal<String>,
    pending: StoredValue<Pending>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Announcer {
    /// With nothing to announce.
    pub(crate) fn new() -> Self {
        Self {
            sentence: RwSignal::new(String::new()),
            pending: StoredValue::new(Pending::default()),
            timer: StoredValue::new_local(None),
        }
    }

    /// Announces a sentence.
    pub(crate) fn say(self, sentence: &str) {
        self.say_changes(vec![sentence.to_owned()], String::new);
    }

    /// Announces changes, a sentence each; if too many wait for the next announcement, only their number and `summary` are announced.
    pub(crate) fn say_changes(self, sentences: Vec<String>, summary: impl FnOnce() -> String) {
        if sentences.is_empty() {
            return;
        }
        self.pending.update_value(|pending| pending.add(sentences, summary()));
        if self.timer.with_value(Option::is_none) {
            self.flush();
        }
    }

    fn flush(self) {
        let next = self.pending.try_update_value(Pending::take).flatten();
        let timer = next.map(|sentence| {
            self.sentence.try_set(sentence);
            Timeout::new(INTERVAL, move || self.flush())
        });
        self.timer.set_value(timer);
    }
}

/// The region that assistive technology reads.
#[component]
pub(crate) fn AnnouncerRegion() -> impl IntoView {
    let announcer = expect_context::<Announcer>();
    view! { <p class="visually-hidden" role="status" data-region="announcer">{move || announcer.sentence.get()}</p> }
}

/// What waits for the next announcement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Pending {
    sentences: Vec<String>,
    summary: String,
}

impl Pending {
    fn add(&mut self, sentences: Vec<String>, summary: String) {
        self.sentences.extend(sentences);
        self.summary = summary;
    }

    fn take(&mut self) -> Option<String> {
        let Self { sentences, summary } = std::mem::take(self);
        match sentences.len() {
            0 => None,
            1..=NAMED_CHANGES => Some(sentences.join(" ")),
            many => Some(format!("{many} changes. {summary}").trim_end().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn a_few_changes_are_named_and_many_are_summed_up() {
        let mut pending = Pending::default();
        assert_eq!(pending.take(), None);
        pending.add(vec!["Lobby is free.".to_owned()], "1 of 4 free.".to_owned());
        pending.add(vec!["Attic is busy.".to_owned()], "1 of 4 free.".to_owned());
        assert_eq!(pending.take().as_deref(), Some("Lobby is free. Attic is busy."));
        for number in 0..20 {
            pending.add(vec![format!("Change {number}.")], format!("{number} of 20 free."));
        }
        assert_eq!(pending.take().as_deref(), Some("20 changes. 19 of 20 free."));
        assert_eq!(pending.take(), None);
    }

    #[test]
    fn three_changes_are_named_and_a_fourth_is_one_too_many() {
        let announced = |count: usize| {
            let mut pending = Pending::default();
            pending.add(vec!["A.".to_owned(); count], String::new());
            pending.take()
        };
        assert_eq!(announced(3).as_deref(), Some("A. A. A."));
        assert_eq!(announced(4).as_deref(), Some("4 changes."), "without a summary nothing trails");
    }

    proptest! {
        #[test]
        fn no_change_is_announced_twice_or_lost(groups in proptest::collection::vec(1..5_usize, 1..8)) {
            let mut pending = Pending::default();
            for count in &groups {
                pending.add(vec!["A.".to_owned(); *count], "1 of 4 free.".to_owned());
            }
            let (total, sentence) = (groups.iter().sum::<usize>(), pending.take().unwrap());
            match total {
                1..=NAMED_CHANGES => prop_assert_eq!(sentence.matches("A.").count(), total),
                _ => prop_assert_eq!(sentence, [&total.to_string(), " changes. 1 of 4 free."].concat()),
            }
            prop_assert_eq!(pending.take(), None);
        }
    }
}
