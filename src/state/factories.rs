//! The factory tree as one page shows it: what the server has told, and on it what was asked for here and is not answered
//! yet. An answer is as good as what is told: it goes into the same copy. A refusal takes back what was shown. Never draws.

use domain::factory::{Bounds, Factory, FactoryId, FactoryName};
use domain::topic::Topic;
use domain::wire::factories::{self as wire, FactoryChange, Generation, NewFactory};
use domain::wire::read::Read;
use serde_json::Value;

use super::api::{self, Failure};
use super::live::{Known, Live};
use crate::browser;
use crate::reactive::*;

/// What somebody wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    Create(FactoryName, Bounds, usize),
    Change(FactoryId, FactoryName, Bounds),
    Generate(FactoryId, usize),
    Remove(FactoryId),
}

/// A factory as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactoryShown {
    /// Tells it from the others on the page.
    pub(crate) mark: String,
    /// None, if the server has not given it one yet.
    pub(crate) id: Option<FactoryId>,
    pub(crate) name: FactoryName,
    pub(crate) bounds: Bounds,
    /// None, where the server has not said what it has generated yet.
    pub(crate) children: Vec<Option<i64>>,
    /// Whether something of it is not answered yet.
    pub(crate) is_pending: bool,
}

impl FactoryShown {
    fn of(factory: &Factory) -> Self {
        Self {
            mark: factory.id.to_string(),
            id: Some(factory.id.clone()),
            name: factory.name.clone(),
            bounds: factory.bounds,
            children: factory.children.iter().copied().map(Some).collect(),
            is_pending: false,
        }
    }
}

/// The tree: what is told, with what is wished for; by their names.
pub(crate) fn shown(told: &[Factory], wishes: &[(u32, Wish)]) -> Vec<FactoryShown> {
    let mut all: Vec<FactoryShown> = told.iter().map(FactoryShown::of).collect();
    for (number, wish) in wishes {
        match wish {
            Wish::Create(name, bounds, count) => all.push(FactoryShown {
                mark: format!("wish-{number}"),
                id: None,
                name: name.clone(),
                bounds: *bounds,
                children: vec![None; *count],
                is_pending: true,
            }),
            Wish::Change(id, name, bounds) => {
                change(&mut all, id, |factory| {
                    (factory.name, factory.bounds) = (name.clone(), *bounds);
                    // What no longer fits will be another one.
                    let fits = |child: i64| (bounds.lower()..=bounds.upper()).contains(&child);
                    for child in &mut factory.children {
                        *child = child.filter(|child| fits(*child));
                    }
                });
            }
            Wish::Generate(id, count) => change(&mut all, id, |factory| factory.children = vec![None; *count]),
            Wish::Remove(id) => all.retain(|factory| factory.id.as_ref() != Some(id)),
        }
    }
    // Of letters beyond ASCII the capitals come first: what knows them all would be 6 KB of the page.
    let order = |factory: &FactoryShown| (factory.name.as_str().to_ascii_lowercase(), factory.mark.clone());
    all.sort_unstable_by_key(order);
    all
}

fn change(all: &mut [FactoryShown], id: &FactoryId, change: impl FnOnce(&mut FactoryShown)) {
    if let Some(factory) = all.iter_mut().find(|factory| factory.id.as_ref() == Some(id)) {
        change(factory);
        factory.is_pending = true;
    }
}

/// The tree of one page.
#[derive(Clone, Copy)]
pub(crate) struct Factories {
    live: Live,
    told: ReadSignal<Known<Factory>>,
    wishes: RwSignal<Vec<(u32, Wish)>>,
    wished: StoredValue<u32>,
    refusal: RwSignal<Option<String>>,
}

impl Factories {
    /// Follows the tree as long as this part of the page is there.
    pub(crate) fn watch(live: Live) -> Self {
        Self {
            live,
            told: live.watch(Topic::Factories, |_, state| Factory::read(state)),
            wishes: RwSignal::new(Vec::new()),
            wished: StoredValue::new(0),
            refusal: RwSignal::new(None),
        }
    }

    /// What the server has told.
    pub(crate) fn told(self) -> ReadSignal<Known<Factory>> {
        self.told
    }

    /// The tree as it is shown.
    pub(crate) fn shown(self) -> Vec<FactoryShown> {
        self.told.with(|told| self.wishes.with(|wishes| shown(told.list(), wishes)))
    }

    /// Why the last wish was not done, if it was not.
    pub(crate) fn refusal(self) -> RwSignal<Option<String>> {
        self.refusal
    }

    /// Shows it as done, and asks for it.
    pub(crate) fn wish(self, wish: Wish) {
        self.refusal.set(None);
        let number = self.wished.try_update_value(|wished| {
            *wished += 1;
            *wished
        });
        let number = number.unwrap_or_default();
        self.wishes.update(|wishes| wishes.push((number, wish.clone())));
        browser::run(async move {
            let answer = ask(&wish).await;
            // Before the wish goes, so that nothing is shown in between.
            match &answer {
                Ok(factory) => self.learn(&wish, factory),
                Err(failure) => {
                    let what = self.name_of(&wish);
                    self.refusal.try_set(Some(format!("{what}: {}", failure.message)));
                }
            }
            self.wishes.try_update(|wishes| wishes.retain(|(known, _)| *known != number));
        });
    }

    fn learn(self, wish: &Wish, answer: &Value) {
        match (Factory::read(answer), wish) {
            (Some(factory), _) => self.live.learn(&Topic::Factories, factory.id.as_str(), factory.rev, answer),
            // An answer to a removal says nothing of it.
            (None, Wish::Remove(id)) => {
                let rev = self.known(id, |factory| factory.rev).unwrap_or_default();
                self.live.learn(&Topic::Factories, id.as_str(), rev + 1, &Value::Null);
            }
            (None, _) => {}
        }
    }

    /// Something of a factory, as the server has told it.
    fn known<T>(self, id: &FactoryId, read: impl FnOnce(&Factory) -> T) -> Option<T> {
        self.told.with_untracked(|told| told.list().iter().find(|one| one.id == *id).map(read))
    }

    fn name_of(self, wish: &Wish) -> String {
        let (verb, name) = match wish {
            Wish::Create(name, ..) => return format!("“{name}” could not be made"),
            Wish::Change(id, ..) => ("changed", id),
            Wish::Generate(id, _) => ("generated anew", id),
            Wish::Remove(id) => ("removed", id),
        };
        let name = self.known(name, |factory| factory.name.to_string());
        let name = name.unwrap_or_else(|| "The factory".to_owned());
        format!("“{name}” could not be {verb}")
    }
}

async fn ask(wish: &Wish) -> Result<Value, Failure> {
    match wish {
        Wish::Create(name, bounds, count) => {
            let (lower, upper, count) = (bounds.lower(), bounds.upper(), *count as i64);
            let body = NewFactory { name: name.to_string(), lower, upper, count };
            api::send("POST", wire::FACTORIES, &body, None).await
        }
        Wish::Change(id, name, bounds) => {
            let (lower, upper) = (Some(bounds.lower()), Some(bounds.upper()));
            let body = FactoryChange { name: Some(name.to_string()), lower, upper };
            api::send("PATCH", &wire::factory(id), &body, None).await
        }
        Wish::Generate(id, count) => {
            api::send("POST", &wire::children(id), &Generation { count: *count as i64 }, None).await
        }
        Wish::Remove(id) => api::delete(&wire::factory(id), None).await.map(|()| Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn told() -> Vec<Factory> {
        let bounds = Bounds::new(1, 100).unwrap();
        let factory = |id: &str| {
            Factory::create(id.parse().unwrap(), id.parse().unwrap(), bounds, &[0, u64::MAX], Timestamp::default())
        };
        vec![factory("aaaaaaaaaa"), factory("bbbbbbbbbb")]
    }

    fn id(name: &str) -> FactoryId {
        name.repeat(10).parse().unwrap()
    }

    #[test]
    fn what_is_told_is_shown() {
        let all = shown(&told(), &[]);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].children.clone(), all[0].is_pending), (vec![Some(1), Some(100)], false));
    }

    #[test]
    fn a_wish_is_shown_as_done_as_far_as_can_be_known() {
        let narrow = Bounds::new(50, 100).unwrap();
        let name: FactoryName = "New".parse().unwrap();
        let wishes = [
            (1, Wish::Change(id("a"), name.clone(), narrow)),
            (2, Wish::Create(name.clone(), narrow, 3)),
            (3, Wish::Remove(id("b"))),
        ];
        let all = shown(&told(), &wishes);
        let marks: Vec<&str> = all.iter().map(|one| one.mark.as_str()).collect();
        assert_eq!(marks, ["aaaaaaaaaa", "wish-2"]);
        assert_eq!((&all[0].name, all[0].children.clone()), (&name, vec![None, Some(100)]));
        assert_eq!(all[1].children, [None; 3]);
        let anew = shown(&told(), &[(1, Wish::Generate(id("b"), 5))]);
        assert_eq!((anew[1].children.len(), anew[1].is_pending, anew[0].is_pending), (5, true, false));
    }

    #[test]
    fn a_wish_for_what_others_have_removed_is_nothing() {
        let gone = [(1, Wish::Generate(id("c"), 5)), (2, Wish::Remove(id("c")))];
        assert_eq!(shown(&told(), &gone).len(), 2);
    }
}
