//! What has been true once.

use leptos::prelude::*;

/// Whether `holds` has been true since the current owner began.
pub(crate) fn use_latch(holds: impl Fn() -> bool + Send + Sync + 'static) -> Memo<bool> {
    Memo::new(move |before: Option<&bool>| before == Some(&true) || holds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_true_once_stays_so() {
        Owner::new().with(|| {
            let source = RwSignal::new(false);
            let latch = use_latch(move || source.get());
            assert!(!latch.get_untracked());
            for now in [true, false] {
                source.set(now);
                assert!(latch.get_untracked(), "{now}");
            }
        });
    }
}
