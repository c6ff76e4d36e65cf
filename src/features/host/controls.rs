//! The commands of the host in a session, the same on the panel and on the projector: pick, show feedback, change the time.

use std::time::Duration;

use domain::answer::{AnswerRecord, Presence};
use domain::person::PersonId;
use domain::question::{LibraryQuestion, QuestionId};
use domain::room::{RoomChange, RoomId, RoomState};
use domain::run_list::RunList;
use domain::topic::Topic;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::audience::Audience;
use super::pick_flow::{ChosenBy, PickStep};
use super::run_list::{self, RunRow};
use super::session_state::{NextStep, SessionState, is_step_key};
use crate::api;
use crate::app::shortcuts::use_shortcuts;
use crate::features::rooms::RoomHandle;
use crate::features::rooms::room_view::RoomContents;
use crate::live::{TopicStore, use_topic};
use crate::platform::focus;
use crate::ui::Request;

/// The time that one press adds.
const MORE_TIME: Duration = Duration::from_secs(30);

/// While one of these has the focus, the keys of a session still do the next step. Not in an open menu: there a key may be meant for
/// the menu.
const ANY_BUTTON: &str = ":is(button, a, summary, input):not([popover] *)";

/// For this time after a question has opened, in milliseconds, the main button and its keys cannot end it: the second of two hasty presses
/// was meant for the first step.
const SETTLING_TIME: u32 = 1_000;

/// The main button, which has the focus after a pick.
const MAIN_BUTTON: &str = ".next-step";

/// The number of people, and of those who have answered the current question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// In the room now, without its host.
    pub(super) here: usize,
    /// The people who have answered; `None` without a current question.
    pub(super) answered: Option<usize>,
    /// The people who could have answered: those who are here, and those who answered and left.
    pub(super) all: usize,
}

/// A session as its host runs it, as a context of the panel. Copies are handles to the same session.
#[derive(Clone, Copy)]
pub(super) struct Controls {
    /// The room's id.
    pub(super) id: StoredValue<RoomId>,
    /// The host's id.
    host: StoredValue<PersonId>,
    /// The room.
    pub(super) room: RoomHandle,
    /// The people in the room now, including its host.
    pub(super) people: TopicStore<Presence>,
    /// The host's question library.
    pub(super) questions: TopicStore<LibraryQuestion>,
    /// The run list: no entry before it is written.
    pub(super) run_list: TopicStore<RunList>,
    /// Its rows.
    pub(super) rows: Memo<Vec<RunRow>>,
    /// The state of the session.
    pub(super) state: Memo<SessionState>,
    /// What the main button does.
    pub(super) step: Memo<NextStep>,
    /// Whether the room is closed.
    pub(super) is_closed: Memo<bool>,
    /// The number of people.
    pub(super) counts: RwSignal<Counts>,
    /// The request of the main button, and of each pick.
    pub(super) step_request: Request,
    /// The request of the buttons for more time and for ending now.
    pub(super) time_request: Request,
    /// Whether the current question has just opened, so that the main button is inactive.
    pub(super) is_settling: RwSignal<bool>,
    /// The number of the question that this page has picked, until the room shows it.
    awaited_pick: RwSignal<Option<u32>>,
    /// The question that a dialog is about.
    pub(super) chosen_question: RwSignal<Option<QuestionId>>,
    /// The dialog that is open.
    pub(super) open_dialog: RwSignal<Option<PickStep>>,
}

impl Controls {
    /// Follows what only the host of the room may see, until the current owner is cleaned up.
    pub(super) fn start(id: RoomId, host: PersonId, room: RoomHandle) -> Self {
        let people = use_topic::<Presence>(Topic::People(id.clone()));
        let questions = use_topic::<LibraryQuestion>(Topic::Library(host.clone()));
        let run_list = use_topic::<RunList>(Topic::RunList(id.clone()));
        let rows = Memo::new(move |_| {
            let (list, known) = (run_list.first().unwrap_or_default(), questions.ids());
            let exists =
                |question: &QuestionId| known.binary_search_by(|id| id.as_str().cmp(question.as_str())).is_ok();
            let current = room.key.get().map(|(number, _)| number);
            room.view.with(|view| {
                let picks = view.contents().map(|contents| contents.picks.as_slice()).unwrap_or_default();
                run_list::rows(&list.questions, picks, current, exists)
            })
        });
        let state = Memo::new(move |_| {
            let of_room = room.room.with(|room| room.as_ref().map(|room| room.state));
            SessionState::of(of_room, room.key.get(), room.is_time_up())
        });
        let step = Memo::new(move |_| NextStep::of(state.get(), rows.with(|rows| run_list::next(rows))));
        let controls = Self {
            id: StoredValue::new(id),
            host: StoredValue::new(host),
            room,
            people,
            questions,
            run_list,
            rows,
            state,
            step,
            is_closed: Memo::new(move |_| state.get() == SessionState::Closed),
            counts: RwSignal::new(Counts::default()),
            step_request: Request::new(),
            time_request: Request::new(),
            is_settling: RwSignal::new(false),
            awaited_pick: RwSignal::new(None),
            chosen_question: RwSignal::new(None),
            open_dialog: RwSignal::new(None),
        };
        controls.settle_after_pick();
        controls.focus_after_pick();
        controls.close_dialogs_of_the_past();
        controls
    }

    /// The people in the room without its host, in the order of their ids (tracked).
    pub(super) fn others(self) -> Vec<String> {
        let ids = self.people.ids();
        self.host.with_value(|host| ids.into_iter().filter(|id| id != host.as_str()).collect())
    }

    /// The people who have answered and those who have not, if the ids of those who answered are these (tracked).
    pub(super) fn audience(self, answered: &[String]) -> Audience {
        let here = self.people.ids();
        self.host.with_value(|host| Audience::of(&here, answered, host.as_str()))
    }

    /// Keeps [`Controls::counts`], until the current owner is cleaned up.
    pub(super) fn count_people(self) {
        let number = Memo::new(move |_| self.room.key.get().map(|(number, _)| number));
        Effect::new(move |_| {
            let answers =
                number.get().map(|number| use_topic::<AnswerRecord>(Topic::Answers(self.id.get_value(), number)));
            Effect::new(move |_| {
                let counts = match answers {
                    None => {
                        let here = self.audience(&[]).here;
                        Counts { here, answered: None, all: here }
                    }
                    Some(answers) => {
                        let ids = answers.ids();
                        // Until the answers arrive, the room's own count holds.
                        let answered = if answers.is_ready() { ids.len() } else { self.room.answered.get() as usize };
                        let audience = self.audience(&ids);
                        Counts { here: audience.here, answered: Some(answered), all: audience.all(answered) }
                    }
                };
                if self.counts.get_untracked() != counts {
                    self.counts.set(counts);
                }
            });
        });
    }

    /// A question was chosen: it is picked, or the host must confirm first.
    pub(super) fn choose(self, question: &QuestionId, by: ChosenBy) {
        let state = self.room.room.with_untracked(|room| room.as_ref().map(|room| room.state));
        let step = PickStep::of(state, untrack(|| self.step_request.is_pending()), self.was_picked(question), by);
        if step == PickStep::Ignore {
            return;
        }
        self.chosen_question.set(Some(question.clone()));
        self.step_request.clear();
        if step == PickStep::Pick {
            self.pick();
        } else {
            self.open_dialog.set(Some(step));
        }
    }

    /// Whether a question was picked before.
    pub(super) fn was_picked(self, question: &QuestionId) -> bool {
        self.room.view.with_untracked(|view| {
            view.contents().is_some_and(|RoomContents { picks, .. }| run_list::last_pick(question, picks).is_some())
        })
    }

    /// Picks the chosen question.
    pub(super) fn pick(self) {
        let room = self.room.room.get_untracked();
        let Some((question, room)) = self.chosen_question.get_untracked().zip(room) else { return };
        self.step_request.run(async move {
            api::rooms::pick(&room.id, question, room.rev).await?;
            self.open_dialog.try_set(None);
            self.awaited_pick.try_set(Some(room.picks + 1));
            Ok(())
        });
    }

    /// A press of the main button: like [`Controls::take_step`], but a question that has just opened goes on.
    pub(super) fn press_step(self) -> bool {
        self.is_settling.get_untracked() || self.take_step()
    }

    /// Does what the main button does; false if that is nothing that can be done from here.
    pub(super) fn take_step(self) -> bool {
        let id = self.id.get_value();
        match self.step.get_untracked() {
            NextStep::ShowFeedback(number) => {
                self.step_request.run(async move { api::rooms::show_feedback(&id, number).await })
            }
            NextStep::Pick(question) => self.choose(&question, ChosenBy::Button),
            NextStep::Reopen => self.step_request.run(async move { api::rooms::reopen(&id).await }),
            NextStep::Choose => return false,
        }
        true
    }

    /// Whether the last question of a run list has shown its feedback (tracked).
    pub(super) fn is_at_end(self) -> bool {
        let has_list = self.rows.with(|rows| !rows.is_empty());
        has_list && matches!(self.state.get(), SessionState::Results(_)) && self.step.get() == NextStep::Choose
    }

    /// Picks the next question of the run list without showing the feedback of the open one.
    pub(super) fn skip(self) {
        if let Some(next) = self.rows.with_untracked(|rows| run_list::next(rows)) {
            self.chosen_question.set(Some(next));
            self.step_request.clear();
            self.pick();
        }
    }

    /// Gives participants more time to answer.
    pub(super) fn add_time(self) {
        let left = self.room.left.get_untracked().unwrap_or_default();
        self.set_time(left + MORE_TIME.as_secs());
    }

    /// Lets the open question take no more answers; its feedback is not shown yet.
    pub(super) fn end_now(self) {
        self.set_time(0);
    }

    /// Has the best projected, or the question again.
    pub(super) fn show_leaderboard(self, request: Request, shows: bool) {
        let id = self.id.get_value();
        let change = RoomChange { shows_leaderboard: Some(shows), ..RoomChange::default() };
        request.run(async move { api::rooms::change(&id, &change, None).await.map(|_| ()) });
    }

    fn set_time(self, seconds: u64) {
        let Some(number) = self.state.get_untracked().open_pick() else { return };
        let (id, longest) = (self.id.get_value(), domain::question::LONGEST_TIME);
        let seconds = u32::try_from(seconds).unwrap_or(longest).min(longest);
        self.time_request.run(async move { api::rooms::set_time(&id, number, seconds).await });
    }

    /// Lets the space bar and the keys of remote controls do the next step, until the current owner is cleaned up. If the user has
    /// reached a control by keys, the space bar presses that control; a control that was clicked does not count. A key never opens a
    /// closed room again.
    pub(super) fn use_step_keys(self) {
        let was_clicked = RwSignal::new(false);
        let on_click = window_event_listener(leptos::ev::pointerdown, move |_| was_clicked.set(true));
        let on_tab = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "Tab" {
                was_clicked.set(false);
            }
        });
        on_cleanup(move || {
            on_click.remove();
            on_tab.remove();
        });
        use_shortcuts(move |key| {
            let ignores_focused_button = key != " " || was_clicked.get_untracked();
            let is_available = focus::is_idle() || (ignores_focused_button && focus::is_on(ANY_BUTTON));
            if !is_step_key(key) || !is_available || self.step.get_untracked() == NextStep::Reopen {
                return false;
            }
            // Some browsers press what has the focus when the key is let go.
            focus::focus(MAIN_BUTTON);
            self.press_step()
        });
    }

    /// Keeps [`Controls::is_settling`]. A question that was open when the page came is open for long.
    fn settle_after_pick(self) {
        let timer = StoredValue::new_local(None::<Timeout>);
        Effect::new(move |before: Option<Option<u32>>| {
            let open = self.state.get().open_pick();
            let has_opened = open.is_some() && before.is_some_and(|before| before != open);
            self.is_settling.set(has_opened);
            timer.set_value(
                has_opened.then(|| Timeout::new(SETTLING_TIME, move || _ = self.is_settling.try_set(false))),
            );
            open
        });
    }

    /// Moves the focus to the main button when the question that this page has picked is there.
    fn focus_after_pick(self) {
        Effect::new(move |_| {
            let Some(awaited) = self.awaited_pick.get() else { return };
            if super::pick_flow::is_shown(awaited, self.room.key.get()) {
                self.awaited_pick.set(None);
                focus::focus_after_render(MAIN_BUTTON);
            }
        });
    }

    /// The dialog about a question closes when another page has ended the question.
    fn close_dialogs_of_the_past(self) {
        Effect::new(move |was_open: Option<bool>| {
            let is_open =
                self.room.room.with(|room| room.as_ref().is_some_and(|room| room.state == RoomState::QuestionOpen));
            if was_open == Some(true) && !is_open && self.open_dialog.get_untracked() == Some(PickStep::AskToSkip) {
                self.open_dialog.set(None);
            }
            is_open
        });
    }
}
