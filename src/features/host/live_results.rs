//! The answers to the current question as they come: counts, who answered what, who has not answered. Only for the host.

use domain::answer::{Answer, Attempt as AnswerRecord, Presence};
use domain::topic::Topic;
use leptos::prelude::*;

use super::audience::Audience;
use super::host_page::Panel;
use super::pick_flow::open_pick;
use super::texts;
use crate::features::rooms::options::{OptionBars, OptionCounts, correct_marks, letters};
use crate::features::rooms::question_text::{Countdown, QuestionText};
use crate::live::{TopicStore, use_topic};

/// The results of the pick with this number; `children` is what can be done with it.
#[component]
pub(super) fn LiveResults(panel: Panel, number: u32, children: Children) -> impl IntoView {
    let Panel { room, people, .. } = panel;
    let answers = use_topic::<AnswerRecord>(Topic::Attempts(panel.id.get_value(), number));
    let host = Memo::new(move |_| {
        room.room.with(|room| room.as_ref().map(|room| room.creator.to_string()).unwrap_or_default())
    });
    let audience = Memo::new(move |_| host.with(|host| Audience::of(&people.ids(), &answers.ids(), host)));
    let answered = Memo::new(move |_| match answers.is_ready() {
        true => answers.ids().len(),
        // Until the answers arrive, the room's own count holds.
        false => room.answered.get() as usize,
    });
    let options = Memo::new(move |_| room.current.with(|pick| pick.as_ref().map_or(0, |pick| pick.options.len())));
    let counts = Memo::new(move |_| OptionCounts::of_answers(options.get(), &answers.list()));
    let is_open = Memo::new(move |_| open_pick(room.key.get()).is_some());
    let is_limited = Memo::new(move |_| room.left.with(Option::is_some));
    let takes_answers = Memo::new(move |_| is_open.get() && !room.is_time_up());
    let question = move || {
        room.current.get().map(|pick| {
            view! {
                <div class="live-results">
                    <QuestionText html=pick.html.clone()/>
                    <OptionBars marks=correct_marks(&pick) pick counts/>
                </div>
            }
        })
    };
    let left = Signal::derive(move || room.left.get().unwrap_or_default());
    view! {
        <div class="live-results">
            {question}
            {move || is_limited.get().then(|| view! { <Countdown left/> })}
            <p
                class="answered-count"
                data-answered=move || answered.get().to_string()
                data-here=move || audience.with(|audience| audience.here).to_string()
            >
                {move || texts::answered_of(answered.get(), audience.with(|audience| audience.all(answered.get())))}
            </p>
            {children()}
            // They scroll, so the keyboard must reach them.
            <ul class="rows people" role="list" tabindex="0" aria-label=texts::ANSWERS>
                <For each=move || answers.ids() key=String::clone let:id>
                    {answers.entry(&id).map(|answer| view! { <AnswerRow id answer/> })}
                </For>
            </ul>
            <ul class="rows people missing" role="list" tabindex="0" aria-label=texts::WITHOUT_ANSWER>
                <For each=move || audience.with(|audience| audience.missing.clone()) key=String::clone let:id>
                    <MissingRow id people takes_answers/>
                </For>
            </ul>
        </div>
    }
}

#[component]
fn AnswerRow(id: String, answer: ArcRwSignal<AnswerRecord>) -> impl IntoView {
    let answer = RwSignal::from(answer);
    let words = move || answer.with(|answer| answer_text(&answer.answer));
    let is_guest = answer.with_untracked(|answer| answer.person.is_guest());
    view! {
        <li data-person=id data-answered="true">
            <strong dir="auto">{move || answer.with(|answer| answer.name.to_string())}</strong>
            {is_guest.then(|| view! { <span class="row-detail">{texts::GUEST}</span> })}
            <span class="person-answer" dir="auto">{words}</span>
            <span class="row-detail">{move || texts::changed(answer.with(AnswerRecord::changes))}</span>
        </li>
    }
}

/// An answer in one cell: its text, or the letters of the chosen options.
fn answer_text(answer: &Answer) -> String {
    match answer {
        Answer::Text(text) => text.clone(),
        Answer::Choices(choices) => letters(choices),
    }
}

#[component]
fn MissingRow(id: String, people: TopicStore<Presence>, takes_answers: Memo<bool>) -> impl IntoView {
    let person = people.entry(&id).map(RwSignal::from);
    let name = move || person.map(|person| person.with(|person| person.name.to_string())).unwrap_or_default();
    let status = move || if takes_answers.get() { texts::NO_ANSWER_YET } else { texts::NO_ANSWER };
    view! {
        <li data-person=id data-answered="false">
            <span dir="auto">{name}</span>
            <span class="row-detail">{status}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_text_or_letters() {
        assert_eq!(answer_text(&Answer::Text("Because".to_owned())), "Because");
        assert_eq!(answer_text(&Answer::Choices(vec![0, 2])), "A, C");
    }

    #[test]
    fn an_answer_without_a_choice_is_an_empty_cell() {
        assert_eq!(answer_text(&Answer::Choices(vec![])), "");
        assert_eq!(
            answer_text(&Answer::Text("Line one\nline two".to_owned())),
            "Line one\nline two",
            "as it was typed"
        );
    }
}
