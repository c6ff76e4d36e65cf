//! Lambda's detection of recursive loops ("Use Lambda recursive loop detection to prevent infinite loops"): a message that a function
//! sends to a queue or a topic carries the number of runs of each function in the chain of invocations that led to it. A function that
//! has run 16 times is not invoked again in the chain, unless its setting `RecursiveLoop` is `Allow`. Functions that are programs of
//! their own are not covered: their requests do not name their invocation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The approximate limit of runs of a function in one chain.
const LIMIT: u32 = 16;

tokio::task_local! {
    static CHAIN: Chain;
}

/// The settings of a function that is invoked for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recursion {
    /// Its name.
    pub function: &'static str,
    /// Whether its `RecursiveLoop` is `Allow`.
    pub is_allowed: bool,
}

/// The number of runs of each function in a chain of invocations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Chain(BTreeMap<String, u32>);

impl Chain {
    /// The chain of the current invocation; empty outside of any.
    pub(crate) fn current() -> Self {
        CHAIN.try_with(Clone::clone).unwrap_or_default()
    }

    /// Whether a function may not be invoked again in this chain.
    pub(crate) fn ends_at(&self, recursion: Recursion) -> bool {
        !recursion.is_allowed && self.0.get(recursion.function).is_some_and(|times| *times >= LIMIT)
    }

    /// The chain of an invocation for messages with these chains.
    pub(crate) fn of_invocation<'a>(chains: impl IntoIterator<Item = &'a Self>, recursion: Recursion) -> Self {
        let mut all = Self::default();
        for (function, times) in chains.into_iter().flat_map(|chain| &chain.0) {
            let highest = all.0.entry(function.clone()).or_default();
            *highest = (*highest).max(*times);
        }
        *all.0.entry(recursion.function.to_owned()).or_default() += 1;
        all
    }

    /// Runs `work` as a part of this chain.
    pub(crate) async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        CHAIN.scope(self, work).await
    }

    /// The same for blocking work.
    pub(crate) fn scope_blocking<T>(self, work: impl FnOnce() -> T) -> T {
        CHAIN.sync_scope(self, work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_runs_sixteen_times_in_a_chain_unless_that_is_allowed() {
        let (terminated, allowed) =
            (Recursion { function: "a", is_allowed: false }, Recursion { function: "a", is_allowed: true });
        let other = Recursion { function: "b", is_allowed: false };
        let mut chain = Chain::default();
        for _ in 0..LIMIT {
            assert!(!chain.ends_at(terminated));
            chain = Chain::of_invocation([&chain, &Chain::default()], terminated);
        }
        assert!(chain.ends_at(terminated) && !chain.ends_at(allowed) && !chain.ends_at(other));
        assert_eq!(Chain::current(), Chain::default());
        chain.clone().scope_blocking(|| assert_eq!(Chain::current(), chain));
    }
}
