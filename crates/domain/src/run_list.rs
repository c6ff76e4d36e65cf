//! The run list of a room: the questions that the host plans to pick, in order. The room's picks say which were picked.

use serde::{Deserialize, Serialize};

use crate::question::QuestionId;
use crate::room::PICKS_PER_ROOM;
use crate::validation::Violation;

/// The most questions of a run list: a room has no more picks.
pub const RUN_LIST_LIMIT: usize = PICKS_PER_ROOM as usize;

/// The run list of a room. Only its host sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunList {
    /// The ids of the questions in the host's library, in order, each once. A question that was deleted may still be among them.
    pub questions: Vec<QuestionId>,
    /// Grows by one with each write; 0 before the first.
    pub rev: u64,
}

impl RunList {
    /// The list with other questions; one that comes twice stays at its first place. `None` if nothing changes.
    ///
    /// # Errors
    /// They are more than [`RUN_LIST_LIMIT`].
    pub fn with(&self, questions: Vec<QuestionId>) -> Result<Option<Self>, Violation> {
        if questions.len() > RUN_LIST_LIMIT {
            let message = format!("A run list has at most {RUN_LIST_LIMIT} questions.");
            return Err(Violation::of_rule("questions", &questions.len().to_string(), "length", message));
        }
        let mut known = std::collections::BTreeSet::new();
        let questions: Vec<QuestionId> = questions.into_iter().filter(|id| known.insert(id.clone())).collect();
        Ok((questions != self.questions).then_some(Self { questions, rev: self.rev + 1 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str]) -> Vec<QuestionId> {
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }

    #[test]
    fn a_list_has_each_question_once_and_in_order() {
        let list = RunList::default().with(ids(&["aaaaaaaaaa", "bbbbbbbbbb", "aaaaaaaaaa"])).unwrap().unwrap();
        assert_eq!((list.questions.clone(), list.rev), (ids(&["aaaaaaaaaa", "bbbbbbbbbb"]), 1));
        let turned = list.with(ids(&["bbbbbbbbbb", "aaaaaaaaaa"])).unwrap().unwrap();
        assert_eq!((turned.questions, turned.rev), (ids(&["bbbbbbbbbb", "aaaaaaaaaa"]), 2));
    }

    #[test]
    fn the_same_list_is_no_change() {
        let list = RunList::default().with(ids(&["aaaaaaaaaa"])).unwrap().unwrap();
        assert_eq!(list.with(ids(&["aaaaaaaaaa", "aaaaaaaaaa"])), Ok(None));
        assert_eq!(RunList::default().with(Vec::new()), Ok(None));
    }

    #[test]
    fn a_list_is_bounded() {
        let many = |count: usize| (0..count).map(|number| format!("q{number:09}").parse().unwrap()).collect::<Vec<_>>();
        assert!(RunList::default().with(many(RUN_LIST_LIMIT)).is_ok());
        assert_eq!(RunList::default().with(many(RUN_LIST_LIMIT + 1)).unwrap_err().property, "questions");
    }
}
