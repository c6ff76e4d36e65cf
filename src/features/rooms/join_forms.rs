//! The forms that lead into a room: a join code, a nickname, a sign-in. What the server would refuse is said before it
//! is sent, by the same rules.

use std::rc::Rc;

use domain::person::PersonName;
use domain::room::{EntryKey, JoinCode, RoomId};
use domain::validation::Violation;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::{entry_key, texts};
use crate::api::{self, ApiError, LocalFuture};
use crate::auth::{self, Session};
use crate::paths::Path;
use crate::ui::{Request, RequestError, SubmitButton, TextField, on_submit};

/// The form for a join code; it leads to the room.
#[component]
pub(super) fn JoinCodeForm() -> impl IntoView {
    let navigate = use_navigate();
    let send = move |code: JoinCode| -> Sending {
        let navigate = navigate.clone();
        Box::pin(async move {
            let room = api::rooms::find(&code).await?;
            entry_key::store(&room.id, Some(&EntryKey::Code(code)));
            navigate(&Path::Room(room.id).to_string(), NavigateOptions::default());
            Ok(())
        })
    };
    view! { <CodeForm send label=texts::JOIN pending=texts::JOINING/> }
}

/// The form for the join code of one room.
#[component]
pub(super) fn RoomCodeForm(
    /// The room.
    id: RoomId,
    /// Called with the code once the room has taken it.
    #[prop(into)]
    on_enter: Callback<EntryKey>,
) -> impl IntoView {
    let send = move |code| -> Sending {
        let (id, key) = (id.clone(), EntryKey::Code(code));
        Box::pin(async move {
            api::rooms::enter(&id, key.clone()).await?;
            on_enter.try_run(key);
            Ok(())
        })
    };
    view! { <CodeForm send label=texts::ENTER pending=texts::ENTERING/> }
}

/// What a form sends.
type Sending = LocalFuture<Result<(), ApiError>>;

/// A field for a join code, with the button that sends it. A code that is complete is sent without the button.
#[component]
fn CodeForm(
    /// Sends a code that can be one.
    send: impl Fn(JoinCode) -> Sending + 'static,
    /// The label of the button.
    label: &'static str,
    /// The label while the request is pending.
    pending: &'static str,
) -> impl IntoView {
    let (text, is_submitted, request) = (RwSignal::new(String::new()), RwSignal::new(false), Request::new());
    let code = Memo::new(move |_| text.with(|text| text.parse::<JoinCode>()));
    let error = Memo::new(move |_| code.with(|code| code.as_ref().err().map(Violation::message)));
    let sent = clear_error_of_other_text(text, request);
    let send = Rc::new(move |code: &JoinCode| {
        sent.run(());
        request.run(send(code.clone()));
    });
    let send_complete = Rc::clone(&send);
    Effect::new(move |_| code.with(|code| _ = code.as_ref().map(|code| send_complete(code))));
    let submit = move || {
        is_submitted.set(true);
        code.with_untracked(|code| _ = code.as_ref().map(|code| send(code)));
    };
    view! {
        <form class="join-form code-form" novalidate on:submit=on_submit(submit)>
            <TextField id="join-code" label=texts::JOIN_CODE hint=texts::JOIN_CODE_HINT value=text error is_submitted/>
            <SubmitButton request label pending/>
            <RequestError request/>
        </form>
    }
}

/// The form for a guest's nickname.
#[component]
pub(super) fn GuestForm(
    /// The room that they join.
    id: RoomId,
    /// What opens it.
    key: EntryKey,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let (name, is_submitted, request) = (RwSignal::new(String::new()), RwSignal::new(false), Request::new());
    let error =
        Memo::new(move |_| name.with(|name| name.parse::<PersonName>()).err().map(|violation| violation.message()));
    let sent = clear_error_of_other_text(name, request);
    let submit = move || {
        is_submitted.set(true);
        if let Ok(name) = name.with_untracked(|typed| typed.parse::<PersonName>()) {
            sent.run(());
            let (id, key) = (id.clone(), key.clone());
            request.run(async move {
                session.join(id.clone(), name, key).await?;
                // A person who is in the room needs it no longer; a person who is removed must enter it again.
                entry_key::store(&id, None);
                Ok(())
            });
        }
    };
    view! {
        <form class="join-form" novalidate on:submit=on_submit(submit)>
            <TextField
                id="guest-name"
                label=texts::NICKNAME
                hint=texts::NICKNAME_HINT
                value=name
                error
                is_submitted
                autofocus=true
            />
            <SubmitButton request label=texts::JOIN_AS_GUEST pending=texts::JOINING/>
            <RequestError request/>
        </form>
    }
}

/// Signs in, and comes back to this page.
#[component]
pub(super) fn SignInForm(
    /// Why.
    text: &'static str,
    /// Whether something else is the next thing to do.
    #[prop(optional)]
    is_secondary: bool,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let request = Request::new();
    let label = move || if request.is_pending() { auth::texts::ONE_MOMENT } else { auth::texts::SIGN_IN };
    view! {
        <form class="sign-in-form" on:submit=on_submit(move || request.run(session.sign_in()))>
            <p>{text}</p>
            <button type="submit" class:primary=!is_secondary aria-disabled=move || request.is_pending().then_some("true")>
                {label}
            </button>
            <RequestError request/>
        </form>
    }
}

/// Clears the server's error once the text is no longer the one that was sent: it would contradict what the field says
/// of the new text. The callback is to be called when the text is sent.
pub(super) fn clear_error_of_other_text(text: RwSignal<String>, request: Request) -> Callback<()> {
    let sent = StoredValue::new(String::new());
    Effect::new(move |_| {
        let is_other = text.with(|text| sent.with_value(|sent| sent != text));
        if is_other && request.error().is_some() {
            request.clear();
        }
    });
    Callback::new(move |()| sent.set_value(text.get_untracked()))
}
