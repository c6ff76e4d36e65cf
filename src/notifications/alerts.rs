//! The user's alerts and preferences, as a context. Which event notifies is decided by the rules of `domain`: on the server, and, where this
//! browser gets no push, on the open page.

mod push;

use std::rc::Rc;

use domain::alert::{Alert, AlertRule, Preferences};
use domain::item::ItemKey;
use domain::topic::Topic;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::notifications::Notifications as Stored;

use super::pending_writes::PendingWrites;
use super::{PushState, Toaster};
use crate::api::{self, ApiError};
use crate::auth::{Session, visitor};
use crate::platform::broadcast::Channel;
use crate::platform::clock;
use crate::platform::push as browser_push;
use crate::ui::Request;

/// The channel on which tabs notify each other that something has changed.
const CHANNEL: &str = "rally-notifications";

/// The user's alerts and preferences.
#[derive(Clone, Copy)]
pub(crate) struct Notifications {
    /// What the server has, once it is known.
    stored: RwSignal<Option<Stored>>,
    /// Why it is not known, if it could not be read.
    load_error: RwSignal<Option<ApiError>>,
    /// Alerts that the server has confirmed before it was known what else it has.
    confirmed_early: RwSignal<Vec<(Topic, Option<AlertRule>)>>,
    /// Why the last change was not saved, until the next one.
    save_error: RwSignal<Option<ApiError>>,
    alerts: RwSignal<PendingWrites<Topic, Option<AlertRule>>>,
    preferences: RwSignal<PendingWrites<(), Preferences>>,
    push: RwSignal<PushState>,
    /// Whether the dialog is open that explains the browser's permission prompt.
    is_explaining: RwSignal<bool>,
    /// Alerts that are set once the dialog is answered. They count as wanted until then, and are dropped if it is closed.
    waiting: RwSignal<Vec<(Topic, AlertRule)>>,
    /// The last request about this browser: turning push on or off, a test.
    request: Request,
    session: Session,
    toaster: Toaster,
    channel: StoredValue<Option<Rc<Channel>>, LocalStorage>,
    /// Counts changes and loads, so that an answer older than a change is dropped.
    generation: StoredValue<u32>,
    /// Counts users, so that a request of an earlier user does not change the state of the next one.
    user_generation: StoredValue<u32>,
    /// Whether this browser is still to be registered for a new user, if it was registered for push before.
    is_new_user: StoredValue<bool>,
}

impl Notifications {
    /// Follows the session: reads the alerts of each new user.
    pub(crate) fn start(session: Session, toaster: Toaster) -> Self {
        let all = Self {
            stored: RwSignal::new(None),
            load_error: RwSignal::new(None),
            confirmed_early: RwSignal::new(Vec::new()),
            save_error: RwSignal::new(None),
            alerts: RwSignal::new(PendingWrites::default()),
            preferences: RwSignal::new(PendingWrites::default()),
            push: RwSignal::new(PushState::of(browser_push::permission(), visitor::push_owner().as_ref(), "", None)),
            is_explaining: RwSignal::new(false),
            waiting: RwSignal::new(Vec::new()),
            request: Request::new(),
            session,
            toaster,
            channel: StoredValue::new_local(None),
            generation: StoredValue::new(0),
            user_generation: StoredValue::new(0),
            is_new_user: StoredValue::new(false),
        };
        all.channel.set_value(Some(Rc::new(Channel::open(CHANNEL, move |_| all.load()))));
        let user = Memo::new(move |_| session.is_settled().then(|| all.user_id()));
        Effect::new(move |_| {
            if user.get().is_some() {
                all.on_user();
            }
        });
        Effect::new(move |was_explaining: Option<bool>| {
            let is_explaining = all.is_explaining.get();
            if was_explaining == Some(true) && !is_explaining {
                all.waiting.update(Vec::clear);
            }
            is_explaining
        });
        all
    }

    /// What the server has; `None` while it is unknown (tracked).
    pub(crate) fn stored(self) -> Option<Stored> {
        self.stored.get()
    }

    /// Whether the alerts and preferences are known (tracked).
    pub(crate) fn is_known(self) -> bool {
        self.stored.with(Option::is_some)
    }

    /// Why the alerts and preferences could not be read, if so (tracked).
    pub(crate) fn load_error(self) -> Option<ApiError> {
        self.load_error.get()
    }

    /// The rule of a topic's alert, with the user's unconfirmed changes (tracked).
    pub(crate) fn rule(self, topic: &Topic) -> Option<AlertRule> {
        if let Some(wanted) = self.alerts.with(|pending| pending.wanted(topic).cloned()) {
            return wanted;
        }
        let is_topic = |(one, _): &&(Topic, AlertRule)| one == topic;
        if let Some(rule) = self.waiting.with(|waiting| waiting.iter().find(is_topic).map(|(_, rule)| rule.clone())) {
            return Some(rule);
        }
        let find =
            |stored: &Stored| stored.alerts.iter().find(|alert| alert.topic == *topic).map(|alert| alert.rule.clone());
        match self.stored.with(|stored| stored.as_ref().map(find)) {
            Some(rule) => rule,
            None => self
                .confirmed_early
                .with(|early| early.iter().find(|(one, _)| one == topic).and_then(|(_, rule)| rule.clone())),
        }
    }

    /// The alerts that the user has, as they want them (tracked). One that the server has not confirmed yet is not among them: its name is
    /// the server's to give.
    pub(crate) fn alerts(self) -> Vec<Alert> {
        let stored = self.stored.with(|stored| stored.as_ref().map(|stored| stored.alerts.clone()).unwrap_or_default());
        self.alerts.with(|pending| wanted_alerts(stored, pending))
    }

    /// The preferences, with the user's unconfirmed changes; `None` while they are unknown (tracked).
    pub(crate) fn preferences(self) -> Option<Preferences> {
        let stored = self.stored.with(|stored| stored.as_ref().map(|stored| stored.preferences.clone()))?;
        Some(self.preferences.with(|pending| pending.wanted(&()).cloned()).unwrap_or(stored))
    }

    /// Whether a topic's alert has a change that the server has not confirmed yet (tracked).
    pub(crate) fn is_alert_pending(self, topic: &Topic) -> bool {
        self.alerts.with(|pending| pending.wanted(topic).is_some())
            || self.waiting.with(|waiting| waiting.iter().any(|(one, _)| one == topic))
    }

    /// Whether everything that the user changed has been confirmed by the server (tracked).
    pub(crate) fn is_saved(self) -> bool {
        self.alerts.with(PendingWrites::is_empty) && self.preferences.with(PendingWrites::is_empty)
    }

    /// Why the last change was not saved, if it failed: the state of the server then holds (tracked).
    pub(crate) fn save_error(self) -> Option<ApiError> {
        self.save_error.get()
    }

    /// Whether this browser gets push notifications.
    pub(crate) fn push(self) -> ReadSignal<PushState> {
        self.push.read_only()
    }

    /// Whether the dialog is open that explains the browser's permission prompt.
    pub(crate) fn is_explaining(self) -> RwSignal<bool> {
        self.is_explaining
    }

    /// The last request about this browser.
    pub(crate) fn request(self) -> Request {
        self.request
    }

    /// Sets an alert. Explains the browser's permission prompt first, if the user has not answered it; a change of an alert that is set
    /// explains nothing again.
    pub(crate) fn set_alert(self, topic: Topic, rule: AlertRule) {
        let is_new = self.is_explaining.get_untracked() || untrack(|| self.rule(&topic)).is_none();
        if self.push.get_untracked() == PushState::Off && is_new {
            self.waiting.update(|waiting| {
                waiting.retain(|(one, _)| *one != topic);
                waiting.push((topic, rule));
            });
            self.explain();
        } else {
            self.write_alert(topic, Some(rule));
        }
    }

    /// Deletes an alert.
    pub(crate) fn delete_alert(self, topic: Topic) {
        self.write_alert(topic, None);
    }

    fn write_waiting(self) {
        for (topic, rule) in self.waiting.get_untracked() {
            self.write_alert(topic, Some(rule));
        }
        self.waiting.update(Vec::clear);
    }

    /// Sets the preferences; hours are in this device's time zone.
    pub(crate) fn set_preferences(self, preferences: Preferences) {
        let preferences = Preferences { time_zone: clock::time_zone(), ..preferences };
        self.save_error.set(None);
        let now = self.preferences.try_update(|pending| pending.set(&(), preferences)).flatten();
        if let Some(first) = now {
            spawn_local(self.write_preferences(first));
        }
    }

    /// The items with alerts, if this browser gets no push for them (tracked).
    pub(crate) fn items_to_notify_in_page(self) -> Vec<ItemKey> {
        let key = |alert: Alert| match alert.topic {
            Topic::Item(key) => Some(key),
            _ => None,
        };
        match self.push.get() {
            PushState::On => Vec::new(),
            _ => self.stored.get().unwrap_or_default().alerts.into_iter().filter_map(key).collect(),
        }
    }

    /// Whether there are alerts of tables that this browser gets no push for (tracked).
    pub(crate) fn has_tables_to_notify_in_page(self) -> bool {
        let is_table = |alert: &Alert| matches!(alert.topic, Topic::Table(_));
        self.push.get() != PushState::On
            && self.stored.with(|stored| stored.as_ref().is_some_and(|stored| stored.alerts.iter().any(is_table)))
    }

    /// Reads the alerts and preferences from the server.
    pub(crate) fn load(self) {
        self.refresh_push();
        let generation = self.next_generation();
        spawn_local(async move {
            let result = api::notifications::load().await;
            if self.generation.get_value() != generation {
                return;
            }
            match result {
                Ok(stored) => {
                    self.load_error.set(None);
                    self.confirmed_early.set(Vec::new());
                    self.stored.set(Some(stored));
                    self.refresh_push();
                    self.register_again();
                }
                // What was read before stays: it is read again at the next change.
                Err(error) => self.load_error.set(Some(error).filter(|_| !untrack(|| self.is_known()))),
            }
        });
    }

    /// Reads again what could not be read: the network is back, or the user requests it.
    pub(crate) fn retry(self) {
        if self.load_error.get_untracked().is_some() {
            self.load();
        }
    }

    fn write_alert(self, topic: Topic, rule: Option<AlertRule>) {
        self.ensure_visitor();
        self.save_error.set(None);
        let now = self.alerts.try_update(|pending| pending.set(&topic, rule)).flatten();
        let user = self.user_generation.get_value();
        if let Some(mut next) = now {
            spawn_local(async move {
                loop {
                    let result = match next.clone() {
                        Some(rule) => api::notifications::set_alert(&topic, rule, clock::time_zone()).await.map(Some),
                        None => api::notifications::delete_alert(&topic).await.map(|()| None),
                    };
                    if self.user_generation.get_value() != user {
                        return;
                    }
                    match result {
                        Ok(alert) => self.confirm_alert(&topic, alert),
                        Err(error) => self.fail(error),
                    }
                    let following = self.alerts.try_update(|pending| pending.finish(&topic, &next)).flatten();
                    match following {
                        Some(following) => next = following,
                        None => return self.on_change(),
                    }
                }
            });
        }
    }

    /// The server has this alert now, or none.
    fn confirm_alert(self, topic: &Topic, alert: Option<Alert>) {
        self.next_generation();
        if untrack(|| self.is_known()) {
            self.update_stored(|stored| {
                stored.alerts.retain(|one| one.topic != *topic);
                stored.alerts.extend(alert);
            });
        } else {
            self.confirmed_early.update(|early| {
                early.retain(|(one, _)| one != topic);
                early.push((topic.clone(), alert.map(|alert| alert.rule)));
            });
        }
    }

    async fn write_preferences(self, first: Preferences) {
        self.ensure_visitor();
        let user = self.user_generation.get_value();
        let mut next = first;
        loop {
            let result = api::notifications::set_preferences(&next).await;
            if self.user_generation.get_value() != user {
                return;
            }
            match result {
                Ok(()) => {
                    self.next_generation();
                    let saved = next.clone();
                    self.update_stored(|stored| stored.preferences = saved);
                }
                Err(error) => self.fail(error),
            }
            match self.preferences.try_update(|pending| pending.finish(&(), &next)).flatten() {
                Some(following) => next = following,
                None => return self.on_change(),
            }
        }
    }

    /// Changes the copy of the server's state. Without effect while the copy is unknown.
    fn update_stored(self, change: impl FnOnce(&mut Stored)) {
        self.stored.update(|stored| {
            if let Some(stored) = stored {
                change(stored);
            }
        });
    }

    /// A change was not saved.
    fn fail(self, error: ApiError) {
        self.toaster.error(&error.to_string());
        self.save_error.set(Some(error));
    }

    /// The user has changed: their alerts are read, and this browser gets their push notifications from now on.
    fn on_user(self) {
        self.next_generation();
        self.user_generation.update_value(|generation| *generation += 1);
        self.stored.set(None);
        self.load_error.set(None);
        self.save_error.set(None);
        self.confirmed_early.set(Vec::new());
        self.alerts.set(PendingWrites::default());
        self.preferences.set(PendingWrites::default());
        self.waiting.update(Vec::clear);
        let is_known_to_server = !untrack(|| self.user_id()).is_empty() || visitor::key().is_some();
        self.is_new_user.set_value(is_known_to_server);
        if is_known_to_server {
            self.load();
        } else {
            // A visitor who has never set an alert: the server has nothing.
            self.stored.set(Some(Stored::default()));
            self.refresh_push();
        }
    }

    /// This tab has changed something: other tabs read it again, and so does this one, since an alert may have notified meanwhile.
    fn on_change(self) {
        self.channel.with_value(|channel| channel.iter().for_each(|channel| channel.send("changed")));
        self.load();
    }

    fn next_generation(self) -> u32 {
        self.generation
            .try_update_value(|generation| {
                *generation += 1;
                *generation
            })
            .unwrap_or_default()
    }

    /// The member's id; empty for a visitor.
    fn user_id(self) -> String {
        self.session.member().map(|member| member.id.to_string()).unwrap_or_default()
    }

    /// Makes this browser's visitor key, if no member is signed in.
    fn ensure_visitor(self) {
        if untrack(|| self.session.member()).is_none() {
            visitor::ensure_key();
        }
    }
}

/// The stored alerts with the user's unconfirmed changes and deletions.
fn wanted_alerts(stored: Vec<Alert>, pending: &PendingWrites<Topic, Option<AlertRule>>) -> Vec<Alert> {
    let wanted = |alert: Alert| match pending.wanted(&alert.topic) {
        Some(None) => None,
        Some(Some(rule)) => Some(Alert { rule: rule.clone(), ..alert }),
        None => Some(alert),
    };
    stored.into_iter().filter_map(wanted).collect()
}

#[cfg(test)]
mod tests {
    use crate::auth::Account;
    use domain::actor::Role;
    use domain::time::Timestamp;
    use protocol::endpoints::Me;

    use super::*;

    fn alert(topic: &str) -> Alert {
        Alert {
            topic: topic.parse().unwrap(),
            name: topic.to_owned(),
            rule: AlertRule::FreeOnce,
            time_zone: None,
            asked_at: Timestamp::default(),
            asked_rev: 1,
            expires_at: None,
            rev: 1,
        }
    }

    #[test]
    fn alerts_are_listed_as_the_user_wants_them() {
        let mut pending = PendingWrites::default();
        pending.set(&"table/attic".parse().unwrap(), None);
        pending.set(&"table/lobby".parse().unwrap(), Some(AlertRule::EachChange));
        pending.set(&"table/new".parse().unwrap(), Some(AlertRule::FreeOnce));
        let stored = vec![alert("table/attic"), alert("table/hall"), alert("table/lobby")];
        let shown = wanted_alerts(stored, &pending);
        let shown: Vec<_> = shown.iter().map(|alert| (alert.name.as_str(), &alert.rule)).collect();
        assert_eq!(shown, [("table/hall", &AlertRule::FreeOnce), ("table/lobby", &AlertRule::EachChange)]);
    }

    fn topic(name: &str) -> Topic {
        name.parse().unwrap()
    }

    /// The notifications of a visitor with this server state, without a browser.
    fn notifications(stored: Option<Stored>, push: PushState) -> Notifications {
        Notifications {
            stored: RwSignal::new(stored),
            load_error: RwSignal::new(None),
            confirmed_early: RwSignal::new(Vec::new()),
            save_error: RwSignal::new(None),
            alerts: RwSignal::new(PendingWrites::default()),
            preferences: RwSignal::new(PendingWrites::default()),
            push: RwSignal::new(push),
            is_explaining: RwSignal::new(false),
            waiting: RwSignal::new(Vec::new()),
            request: Request::new(),
            session: Session::with_account(Account::Known(Me {
                role: Role::Visitor,
                person: None,
                may_edit_factories: false,
                release: String::new(),
            })),
            toaster: Toaster::new(),
            channel: StoredValue::new_local(None),
            generation: StoredValue::new(0),
            user_generation: StoredValue::new(0),
            is_new_user: StoredValue::new(false),
        }
    }

    fn stored(topics: &[&str]) -> Stored {
        Stored { alerts: topics.iter().map(|topic| alert(topic)).collect(), ..Stored::default() }
    }

    #[test]
    fn a_rule_is_what_the_user_wants_before_it_is_what_the_server_has() {
        Owner::new().with(|| {
            let all = notifications(Some(stored(&["table/lobby"])), PushState::On);
            assert_eq!(all.rule(&topic("table/lobby")), Some(AlertRule::FreeOnce));
            assert_eq!(all.rule(&topic("table/attic")), None);
            all.alerts.update(|pending| _ = pending.set(&topic("table/lobby"), None));
            assert_eq!((all.rule(&topic("table/lobby")), all.is_saved()), (None, false));
            assert!(all.alerts().is_empty(), "it is no longer listed either");
        });
    }

    #[test]
    fn the_first_alert_explains_what_the_browser_will_ask() {
        Owner::new().with(|| {
            let all = notifications(Some(Stored::default()), PushState::Off);
            all.set_alert(topic("table/lobby"), AlertRule::FreeOnce);
            assert!(all.is_explaining().get_untracked());
            assert_eq!(all.rule(&topic("table/lobby")), Some(AlertRule::FreeOnce), "the bell is on meanwhile");
            all.set_alert(topic("table/lobby"), AlertRule::EachChange);
            assert_eq!(all.rule(&topic("table/lobby")), Some(AlertRule::EachChange));
            assert_eq!(all.waiting.with_untracked(Vec::len), 1, "the later choice replaces the first");
            assert!(all.alerts().is_empty() && all.is_saved(), "nothing is sent before the answer");
        });
    }

    #[test]
    fn an_alert_that_is_confirmed_before_the_others_are_known_is_remembered() {
        Owner::new().with(|| {
            let all = notifications(None, PushState::On);
            all.confirm_alert(&topic("table/lobby"), Some(alert("table/lobby")));
            assert_eq!((all.rule(&topic("table/lobby")), all.is_known()), (Some(AlertRule::FreeOnce), false));
            all.confirm_alert(&topic("table/lobby"), None);
            assert_eq!(all.rule(&topic("table/lobby")), None);
            assert_eq!(all.preferences(), None, "a form with defaults would overwrite what the server has");
        });
    }

    #[test]
    fn a_confirmed_alert_replaces_the_one_before() {
        Owner::new().with(|| {
            let all = notifications(Some(stored(&["table/lobby", "table/attic"])), PushState::On);
            all.confirm_alert(
                &topic("table/lobby"),
                Some(Alert { rule: AlertRule::EachChange, ..alert("table/lobby") }),
            );
            assert_eq!(all.rule(&topic("table/lobby")), Some(AlertRule::EachChange));
            assert_eq!(all.alerts().len(), 2);
            all.confirm_alert(&topic("table/attic"), None);
            assert_eq!(all.alerts().len(), 1);
        });
    }

    #[test]
    fn the_page_notifies_only_of_what_the_browser_gets_no_push_for() {
        Owner::new().with(|| {
            let of = |push, topics: &[&str]| {
                let all = notifications(Some(stored(topics)), push);
                let keys = all.items_to_notify_in_page().iter().map(ItemKey::to_string).collect::<Vec<_>>();
                (all.has_tables_to_notify_in_page(), keys)
            };
            let topics = ["table/lobby", "item/vehicle:3", "room/k3j9x0a2bc"];
            assert_eq!(of(PushState::On, &topics), (false, vec![]));
            for push in [PushState::Off, PushState::Blocked, PushState::Unsupported] {
                assert_eq!(of(push, &topics), (true, vec!["vehicle:3".to_owned()]), "{push:?}");
            }
            assert_eq!(of(PushState::Off, &["item/vehicle:3"]), (false, vec!["vehicle:3".to_owned()]));
        });
    }

    #[test]
    fn preferences_are_those_that_the_user_wants_by_now() {
        Owner::new().with(|| {
            let all = notifications(Some(Stored::default()), PushState::On);
            assert_eq!((all.preferences(), all.is_saved()), (Some(Preferences::default()), true));
            let wanted = Preferences { paused_until: Some(Timestamp::from_milliseconds(7)), ..Preferences::default() };
            all.preferences.update(|pending| _ = pending.set(&(), wanted.clone()));
            assert_eq!((all.preferences(), all.is_saved()), (Some(wanted), false));
        });
    }
}
