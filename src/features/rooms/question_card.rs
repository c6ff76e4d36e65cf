//! The current question of a room, for its participants: to answer, or with its feedback.

use std::sync::Arc;

use domain::answer::AnswerRecord;
use domain::person::PersonId;
use domain::pick::{PickPhase, PickView};
use domain::room::RoomId;
use domain::topic::Topic;
use leptos::prelude::*;

use super::answer_draft::{AnswerDraft, AnswerQueue, SentAnswer};
use super::answer_form::AnswerForm;
use super::own_result::{OwnResult, SessionTotal, is_known};
use super::question_text::QuestionText;
use super::room_view::phase_name;
use super::texts;
use super::use_room::RoomHandle;
use crate::api;
use crate::live::{ConnectionStatus, Live, TopicStore};
use crate::ui::{Request, use_text_draft};

/// The card of a question as it is in its phase: open, closed or with feedback.
#[component]
pub(super) fn QuestionCard(
    /// The room.
    room: RoomHandle,
    /// Its id.
    id: RoomId,
    /// The question.
    pick: Arc<PickView>,
    /// The user.
    person: PersonId,
    /// What the user has answered in this room.
    own: TopicStore<AnswerRecord>,
) -> impl IntoView {
    let number = pick.number;
    let mine = Memo::new(move |_| own.get(&number.to_string()));
    let draft_name = format!("answer-{person}-{id}-{number}");
    let content = match pick.phase {
        PickPhase::Open => {
            let html = pick.html.clone();
            view! {
                <QuestionText html/>
                <OpenQuestion room id pick=Arc::clone(&pick) person draft_name mine/>
            }
            .into_any()
        }
        PickPhase::Closed | PickPhase::Passed => {
            let note = unsent_note(&pick, &draft_name, own, mine);
            view! {
                <OwnResult pick=Arc::clone(&pick) mine is_known=Signal::derive(move || is_known(room, own)) note/>
                <SessionTotal room own/>
            }
            .into_any()
        }
    };
    view! {
        <section
            class="panel question"
            aria-label=texts::QUESTION
            tabindex="-1"
            data-pick=number.to_string()
            data-phase=phase_name(pick.phase)
        >
            {content}
            <p class="hint" data-answered=move || room.answered.get().to_string()>
                {move || texts::answers(room.answered.get())}
            </p>
        </section>
    }
}

/// What was chosen or typed on this device and not sent before the host ended the question, in words; empty if there is nothing.
fn unsent_note(
    pick: &PickView,
    draft_name: &str,
    own: TopicStore<AnswerRecord>,
    mine: Memo<Option<AnswerRecord>>,
) -> Signal<&'static str> {
    let draft = AnswerDraft::from_stored(pick, &use_text_draft(draft_name).get_untracked());
    let note = Memo::new(move |_| {
        // Until the user's own answers have loaded, the stored draft may be the answer that the server has.
        let is_stored = own.is_ready() && !draft.is_empty();
        let unsent = mine.with(|mine| draft.unsent(mine.as_ref().map(SentAnswer::of).as_ref()));
        unsent.filter(|_| is_stored).map(texts::unsent).unwrap_or_default()
    });
    note.into()
}

/// What is below the text of a question that takes answers.
#[component]
fn OpenQuestion(
    room: RoomHandle,
    id: RoomId,
    pick: Arc<PickView>,
    person: PersonId,
    /// The name of the stored draft.
    draft_name: String,
    mine: Memo<Option<AnswerRecord>>,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let number = pick.number;
    let sent = Memo::new(move |_| mine.with(|mine| mine.as_ref().map(SentAnswer::of)));
    let status = live.status();
    let is_live = Memo::new(move |_| status.get() == ConnectionStatus::Live);
    let (queue, request) = (StoredValue::new(AnswerQueue::default()), Request::new());
    let topic = Topic::Own(id.clone(), person);
    let send = Callback::new(move |answer| {
        let (id, topic) = (id.clone(), topic.clone());
        queue.update_value(|queue| queue.push(answer));
        request.run(async move {
            let mut result = Ok(());
            while let Some(answer) = queue.try_update_value(AnswerQueue::take).flatten() {
                result = api::rooms::answer(&id, number, &answer).await.map(|record| {
                    // Shown as sent even if the live connection is down just now.
                    if let Ok(state) = serde_json::to_value(&record) {
                        live.apply_local(&topic, &number.to_string(), record.rev, Some(state));
                    }
                });
            }
            result
        });
    });
    move || match room.is_host.get() {
        true => view! { <p class="hint">{texts::HOST_DOES_NOT_ANSWER}</p> }.into_any(),
        false => {
            let (pick, draft_name, left) = (Arc::clone(&pick), draft_name.clone(), room.left);
            view! { <AnswerForm pick draft_name sent left is_live request on_send=send/> }.into_any()
        }
    }
}
