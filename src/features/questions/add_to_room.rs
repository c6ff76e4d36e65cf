//! Adds a question of the library to the run list of one of its author's rooms.

use std::collections::BTreeMap;

use domain::person::PersonId;
use domain::question::{LibraryQuestion, QuestionId};
use domain::room::{Room, RoomId};
use domain::topic::Topic;
use leptos::prelude::*;

use super::search::plain_text;
use super::texts;
use crate::api::{self, ApiError};
use crate::features::rooms::room_list::RoomLists;
use crate::live::use_topic;
use crate::notifications::Toaster;
use crate::paths::Path;
use crate::ui::{ActionLink, Dialog, EmptyState, Request, RequestError, RowSkeletons, TopicView, open_while};

/// The dialog; open while there is a question.
#[component]
pub(super) fn AddToRoomDialog(
    /// The author.
    person: PersonId,
    /// What is to be added.
    question: RwSignal<Option<LibraryQuestion>>,
) -> impl IntoView {
    let is_open = open_while(move || question.with(Option::is_some), move || question.set(None));
    view! {
        <Dialog open=is_open title=texts::ADD_TO_ROOM_TITLE>
            <div class="add-to-room">
                <h2>{texts::ADD_TO_ROOM_TITLE}</h2>
                {question.get_untracked().map(|question| view! { <RoomChoice person=person.clone() question is_open/> })}
                <div class="actions">
                    <button type="button" on:click=move |_| is_open.set(false)>{texts::CLOSE}</button>
                </div>
            </div>
        </Dialog>
    }
}

/// The author's open rooms, each with a button.
#[component]
fn RoomChoice(person: PersonId, question: LibraryQuestion, is_open: RwSignal<bool>) -> impl IntoView {
    let listed = use_topic::<Room>(Topic::Rooms);
    let private = use_topic::<Room>(Topic::OwnRooms(person.clone()));
    let rooms = Memo::new(move |_| own_open(listed.list(), private.list(), &person));
    let (text, id) = (plain_text(question.content.text()), StoredValue::new(question.id));
    let row = move |(room, name): (RoomId, String)| view! { <RoomEntry room name question=id is_open/> };
    view! {
        <p class="hint" dir="auto">{text}</p>
        <TopicView topic=listed loading=|| view! { <RowSkeletons/> } denied=texts::ROOMS_DENIED>
            {move || {
                let rooms = rooms.get();
                match rooms.is_empty() {
                    true => view! {
                        <EmptyState title=texts::NO_ROOM_TO_ADD_TO body=texts::NO_ROOM_TO_ADD_TO_BODY>
                            <ActionLink href=Path::Rooms.to_string() label=texts::SEE_ROOMS/>
                        </EmptyState>
                    }
                    .into_any(),
                    false => view! {
                        <p>{texts::ADD_TO_ROOM_BODY}</p>
                        <ul class="rows" role="list">{rooms.into_iter().map(row).collect_view()}</ul>
                    }
                    .into_any(),
                }
            }}
        </TopicView>
    }
}

#[component]
fn RoomEntry(room: RoomId, name: String, question: StoredValue<QuestionId>, is_open: RwSignal<bool>) -> impl IntoView {
    let toaster = expect_context::<Toaster>();
    let adding = Request::new();
    let (row_id, known) = (room.to_string(), StoredValue::new((room, name.clone())));
    let add = move |_| {
        let ((room, name), question) = (known.get_value(), question.get_value());
        adding.run(async move {
            let is_new = append(&room, question).await?;
            toaster.confirm_with_link(&texts::added_to(&name, is_new), Path::Host(room).to_string());
            is_open.try_set(false);
            Ok(())
        });
    };
    view! {
        <li class="room-choice" data-room=row_id>
            <span class="row-name" dir="auto">{name.clone()}</span>
            <button type="button" on:click=add>
                {move || if adding.is_pending() { texts::ADDING } else { texts::ADD }}
                <span class="visually-hidden">" "{name.clone()}</span>
            </button>
            <RequestError request=adding/>
        </li>
    }
}

/// The open rooms that a member runs, with their names, in the order of the page of all rooms; `listed` are those that all members see.
fn own_open(listed: Vec<Room>, private: Vec<Room>, member: &PersonId) -> Vec<(RoomId, String)> {
    let named = |room: &Room| (room.id.to_string(), (room.id.clone(), room.name.to_string()));
    let names: BTreeMap<String, (RoomId, String)> = listed.iter().chain(&private).map(named).collect();
    let open = RoomLists::of(listed, private, member).own.open;
    open.iter().filter_map(|(id, _)| names.get(id).cloned()).collect()
}

/// Adds the question to the end of the run list; false if it was there.
async fn append(room: &RoomId, question: QuestionId) -> Result<bool, ApiError> {
    let list = api::rooms::run_list(room).await?;
    if list.questions.contains(&question) {
        return Ok(false);
    }
    let mut questions = list.questions;
    questions.push(question);
    api::rooms::set_run_list(room, questions, Some(list.rev)).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use crate::features::rooms::room_view::tests::room;

    use super::*;

    fn named(id: &str, name: &str, state: &str) -> Room {
        Room { id: id.parse().unwrap(), name: name.parse().unwrap(), ..room(state, 0) }
    }

    #[test]
    fn ones_own_open_rooms_are_offered_once_and_by_name() {
        let listed = vec![
            named("aaaaaaaaaa", "Maths", "no_question"),
            named("bbbbbbbbbb", "Art", "question_open"),
            named("cccccccccc", "Over", "room_closed"),
        ];
        let private = vec![named("bbbbbbbbbb", "Art", "question_open")];
        let names = |member: &str| {
            let rooms = own_open(listed.clone(), private.clone(), &member.parse().unwrap());
            rooms.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(names("ada"), ["Art", "Maths"]);
        assert!(names("bo").is_empty());
    }
}
