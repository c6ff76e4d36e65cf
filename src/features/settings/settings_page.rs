//! The page of settings.

use leptos::prelude::*;

use super::notification_settings::NotificationSettings;
use super::texts;
use crate::app::shortcuts::Shortcuts;
use crate::app::theme::{Theme, ThemeChoice};
use crate::auth::{self, Account, Session};
use crate::platform::storage::{self, Area};
use crate::ui::{Checkbox, PageHeading, PageTitle, Radio, Request, RequestError, SubmitButton, on_submit};

/// The page.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    // The notifications come last: what stands below them would jump when they come.
    view! {
        <PageTitle title=texts::SETTINGS/>
        <PageHeading title=texts::SETTINGS/>
        <div class="column">
            <AccountSection/>
            <AppearanceSection/>
            <Release/>
            <NotificationSettings/>
        </div>
    }
}

/// Which release this is, and which one the server is if it is another.
#[component]
fn Release() -> impl IntoView {
    let session = expect_context::<Session>();
    let release = move || {
        let server = session.account();
        let server = if let Account::Known(me) = &server { me.release.as_str() } else { "" };
        texts::release(env!("CARGO_PKG_VERSION"), server)
    };
    view! { <p class="hint release">{release}</p> }
}

/// What the section about the account shows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum AccountView {
    /// This deployment has no accounts.
    Nothing,
    /// It is not known yet.
    Loading,
    /// The user is a member of this name.
    Member(String),
    /// The user may sign in.
    Visitor,
    /// The server could not be reached, for this reason.
    Failed(String),
}

impl AccountView {
    fn of(account: &Account, can_sign_in: bool) -> Self {
        match account {
            Account::Loading if can_sign_in => Self::Loading,
            Account::Loading => Self::Nothing,
            Account::Failed(error) => Self::Failed(error.to_string()),
            Account::Known(me) => match &me.person {
                Some(member) => Self::Member(member.name.to_string()),
                None if can_sign_in => Self::Visitor,
                None => Self::Nothing,
            },
        }
    }
}

/// The user, and the button to sign in or out.
#[component]
fn AccountSection() -> impl IntoView {
    let session = expect_context::<Session>();
    let request = Request::new();
    let shown = Memo::new(move |_| AccountView::of(&session.account(), session.can_sign_in()));
    let content = move || match shown.get() {
        AccountView::Nothing => ().into_any(),
        // As high as what follows.
        AccountView::Loading => view! {
            <p class="hint" role="status" aria-busy="true">{texts::CHECKING_ACCOUNT}</p>
            <div class="actions"><span class="skeleton control" aria-hidden="true"></span></div>
        }
        .into_any(),
        AccountView::Member(name) => view! {
            <p>{texts::SIGNED_IN_AS}<strong dir="auto">{name}</strong></p>
            <div class="actions">
                <button type="button" on:click=move |_| session.sign_out()>{auth::texts::SIGN_OUT}</button>
                <button type="button" on:click=move |_| request.run(session.sign_out_everywhere())>
                    {texts::SIGN_OUT_EVERYWHERE}
                </button>
            </div>
            <RequestError request/>
        }
        .into_any(),
        AccountView::Visitor => view! {
            <p>{texts::SIGNED_OUT}</p>
            <form on:submit=on_submit(move || request.run(session.sign_in()))>
                <SubmitButton request label=auth::texts::SIGN_IN pending=auth::texts::ONE_MOMENT/>
                <RequestError request/>
            </form>
        }
        .into_any(),
        AccountView::Failed(why) => view! {
            <p class="failure" role="alert">{texts::ACCOUNT_FAILED}" "{why}</p>
            <div class="actions">
                <button type="button" on:click=move |_| session.reload()>{texts::TRY_AGAIN}</button>
            </div>
        }
        .into_any(),
    };
    move || {
        (shown.get() != AccountView::Nothing).then(|| {
            view! {
                <section class="panel" aria-labelledby="account">
                    <h2 id="account">{texts::ACCOUNT}</h2>
                    {content()}
                </section>
            }
        })
    }
}

/// What holds in this browser only: theme and shortcuts.
#[component]
fn AppearanceSection() -> impl IntoView {
    let (theme, shortcuts) = (expect_context::<ThemeChoice>(), expect_context::<Shortcuts>());
    let chosen = theme.theme();
    let choices = Theme::ALL.into_iter().map(|one| {
        let checked = Signal::derive(move || chosen.get() == one);
        view! { <Radio name="theme" label=one.label() checked on_choose=move |()| theme.choose(one)/> }
    });
    let choices = choices.collect_view();
    let kept = if storage::is_available(Area::Local) { texts::SAVED_IN_BROWSER } else { texts::STORAGE_BLOCKED };
    view! {
        <section class="panel" aria-labelledby="appearance">
            <h2 id="appearance">{texts::APPEARANCE}</h2>
            <fieldset>
                <legend>{texts::THEME}</legend>
                <div class="theme-choices">{choices}</div>
            </fieldset>
            <fieldset aria-describedby="shortcuts-hint">
                <legend>{texts::KEYBOARD}</legend>
                <Checkbox
                    label=texts::SHORTCUTS
                    checked=Signal::derive(move || shortcuts.is_on())
                    on_change=move |is_on| shortcuts.set(is_on)
                />
                <p class="hint" id="shortcuts-hint">{texts::SHORTCUTS_HINT}</p>
            </fieldset>
            <p class="hint">{kept}</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use domain::actor::Role;
    use protocol::endpoints::Me;

    use super::*;
    use crate::api::ApiError;

    #[test]
    fn the_account_is_drawn_once_it_is_known() {
        assert_eq!(AccountView::of(&Account::Loading, true), AccountView::Loading);
        assert_eq!(AccountView::of(&Account::Loading, false), AccountView::Nothing, "there are no accounts");
        let failed = Account::Failed(ApiError::Unreachable);
        assert!(matches!(AccountView::of(&failed, true), AccountView::Failed(why) if why.contains("network")));
    }

    #[test]
    fn signing_in_is_offered_only_where_there_is_an_issuer() {
        let visitor =
            Account::Known(Me { role: Role::Visitor, person: None, may_edit_factories: false, release: String::new() });
        assert_eq!(AccountView::of(&visitor, true), AccountView::Visitor);
        assert_eq!(AccountView::of(&visitor, false), AccountView::Nothing);
    }

    #[test]
    fn a_member_is_named_also_where_signing_in_is_not_possible_any_more() {
        let ada = serde_json::json!({"id": "ada", "name": "Ada"});
        let person = serde_json::from_value(ada).unwrap();
        let me = Me { role: Role::Member, person, may_edit_factories: true, release: String::new() };
        for can_sign_in in [true, false] {
            let view = AccountView::of(&Account::Known(me.clone()), can_sign_in);
            assert_eq!(view, AccountView::Member("Ada".to_owned()));
        }
    }
}
