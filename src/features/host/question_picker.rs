//! The question library beside the room. Keys: those of the list, and `p` asks whether to pick the question that has the focus.

use domain::question::BankQuestion;
use domain::topic::Topic;
use leptos::prelude::*;

use super::host_page::Panel;
use super::pick_flow::{ChosenBy, PickStep};
use super::texts;
use crate::api;
use crate::app::shortcuts::{KeyHint, use_shortcuts};
use crate::features::questions::{QuestionList, plain_text, question_focus, texts as library};
use crate::live::use_topic;
use crate::routes::Path;
use crate::ui::{ActionLink, Confirm, Dialog, EmptyState, PageSkeleton, Request, RequestError, TopicView, on_submit};

/// The panel of the library.
#[component]
pub(super) fn QuestionPicker(panel: Panel) -> impl IntoView {
    let questions = use_topic::<BankQuestion>(Topic::Bank(panel.host.get_value()));
    let (search, picking) = (RwSignal::new(String::new()), Request::new());
    let wanted = RwSignal::new(None::<BankQuestion>);
    let (is_skipping, is_asking) = (RwSignal::new(false), RwSignal::new(false));
    let pick = Callback::new(move |()| {
        let (question, room) = (wanted.get_untracked(), panel.room.room.get_untracked());
        let Some((question, room)) = question.zip(room) else { return };
        picking.run(async move {
            api::rooms::pick(&room.id, question.id, room.rev).await?;
            is_skipping.try_set(false);
            is_asking.try_set(false);
            search.try_set(String::new());
            panel.awaited_pick.try_set(Some(room.picks + 1));
            Ok(())
        });
    });
    let choose = move |question: BankQuestion, by: ChosenBy| {
        let state = panel.room.room.with_untracked(|room| room.as_ref().map(|room| room.state));
        let step = PickStep::of(state, untrack(|| picking.is_pending()), by);
        if step != PickStep::Ignore {
            wanted.set(Some(question));
            picking.clear();
        }
        match step {
            PickStep::Ignore => {}
            PickStep::Pick => pick.run(()),
            PickStep::Ask => is_asking.set(true),
            PickStep::AskToSkip => is_skipping.set(true),
        }
    };
    let on_choose = Callback::new(move |question| choose(question, ChosenBy::Button));
    // The p key asks about the question whose button has the focus.
    let focused = RwSignal::new(None::<BankQuestion>);
    use_shortcuts(move |key| match focused.get_untracked() {
        Some(question) if key == "p" => {
            choose(question, ChosenBy::Key);
            true
        }
        _ => false,
    });
    let actions = Callback::new(move |question: ArcRwSignal<BankQuestion>| {
        view! { <PickButton question is_closed=panel.is_closed focused on_pick=on_choose/> }.into_any()
    });
    let is_in_dialog = move || is_skipping.get() || is_asking.get();
    let wanted_text = move || {
        wanted.with(|wanted| wanted.as_ref().map(|wanted| plain_text(wanted.content.text())).unwrap_or_default())
    };
    view! {
        <section class="panel control-bank" aria-labelledby="bank-heading">
            <h2 id="bank-heading">{library::YOUR_QUESTIONS}</h2>
            <p class="hint"><KeyHint text=texts::KEYS/></p>
            <TopicView
                topic=questions
                loading=|| view! { <PageSkeleton/> }
                denied=library::DENIED
                empty=|| view! {
                    <EmptyState title=library::EMPTY body=texts::NO_QUESTIONS_BODY>
                        <ActionLink href=Path::Questions.to_string() label=texts::WRITE_QUESTIONS/>
                    </EmptyState>
                }
            >
                <QuestionList questions search list_focus=question_focus() on_choose actions/>
            </TopicView>
            <p class="hint" role="status">{move || if picking.is_pending() { texts::PICKING } else { "" }}</p>
            {move || (!is_in_dialog()).then(|| view! { <RequestError request=picking/> })}
            <p><a href=Path::Questions.to_string()>{texts::LIBRARY}</a></p>
            <Confirm
                open=is_skipping
                title=Signal::stored(texts::SKIP_TITLE.to_owned())
                body=Signal::stored(texts::SKIP_BODY.to_owned())
                label=texts::SKIP_AND_PICK
                pending=texts::PICKING
                request=picking
                on_confirm=pick
            />
            <Dialog open=is_asking title=texts::PICK_TITLE>
                <form on:submit=on_submit(move || pick.run(()))>
                    <h2>{texts::PICK_TITLE}</h2>
                    <p dir="auto">{wanted_text}</p>
                    <div class="actions">
                        <button type="button" on:click=move |_| is_asking.set(false)>{texts::CANCEL}</button>
                        // It has the focus: p, then Enter.
                        <button type="submit" class="primary" autofocus=true>
                            {move || if picking.is_pending() { texts::PICKING } else { texts::PICK }}
                        </button>
                    </div>
                    <RequestError request=picking/>
                </form>
            </Dialog>
        </section>
    }
}

#[component]
fn PickButton(
    question: ArcRwSignal<BankQuestion>,
    is_closed: Memo<bool>,
    focused: RwSignal<Option<BankQuestion>>,
    on_pick: Callback<BankQuestion>,
) -> impl IntoView {
    let question = RwSignal::from(question);
    let name = move || question.with(|question| [" ", &plain_text(question.content.text())].concat());
    view! {
        <div class="actions">
            <button
                type="button"
                class="pick-question"
                data-primary=""
                disabled=is_closed
                on:focus=move |_| focused.set(Some(question.get_untracked()))
                on:blur=move |_| focused.set(None)
                on:click=move |_| on_pick.run(question.get_untracked())
            >
                {texts::PICK}
                <span class="visually-hidden">{name}</span>
            </button>
        </div>
    }
}
