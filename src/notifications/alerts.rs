//! The user's alerts and preferences, as a context. Which event notifies is decided by the rules of `domain`: on the server, and, where this
//! browser gets no push, on the open page.

use std::rc::Rc;

use domain::alert::{Alert, AlertRule, Preferences};
use domain::item::ItemKey;
use domain::topic::Topic;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::notifications::{Notifications as Stored, Trial};

use super::pending_writes::PendingWrites;
use super::{PushState, Toaster, texts};
use crate::api::{self, ApiError};
use crate::auth::{Session, visitor};
use crate::platform::broadcast::Channel;
use crate::platform::clock;
use crate::platform::push::{self, Permission};
use crate::ui::Request;

/// The channel on which tabs tell each other that something has changed.
const CHANNEL: &str = "rally-notifications";

/// The user's alerts and preferences.
#[derive(Clone, Copy)]
pub(crate) struct Notifications {
    /// What the server has, once it is known.
    stored: RwSignal<Option<Stored>>,
    alerts: RwSignal<PendingWrites<Topic, Option<AlertRule>>>,
    preferences: RwSignal<PendingWrites<(), Preferences>>,
    push: RwSignal<PushState>,
    /// Whether the dialog is open that explains what the browser will ask.
    is_explaining: RwSignal<bool>,
    /// Alerts that are set once the dialog is answered. They count as wanted until then, and are dropped if it is closed.
    waiting: RwSignal<Vec<(Topic, AlertRule)>>,
    /// Whether reading from the server failed last time.
    has_load_failed: RwSignal<bool>,
    /// The last request about this browser: turning push on or off, a test.
    request: Request,
    session: Session,
    toaster: Toaster,
    channel: StoredValue<Option<Rc<Channel>>, LocalStorage>,
    /// Counts changes and loads, so that an answer older than a change is dropped.
    generation: StoredValue<u32>,
}

impl Notifications {
    /// Follows the session: what each user wants is read when they come.
    pub(crate) fn start(session: Session, toaster: Toaster) -> Self {
        let all = Self {
            stored: RwSignal::new(None),
            alerts: RwSignal::new(PendingWrites::default()),
            preferences: RwSignal::new(PendingWrites::default()),
            push: RwSignal::new(PushState::current()),
            is_explaining: RwSignal::new(false),
            waiting: RwSignal::new(Vec::new()),
            has_load_failed: RwSignal::new(false),
            request: Request::new(),
            session,
            toaster,
            channel: StoredValue::new_local(None),
            generation: StoredValue::new(0),
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
                all.waiting.set(Vec::new());
            }
            is_explaining
        });
        all
    }

    /// What the server has: nothing as long as it is unknown (tracked).
    pub(crate) fn stored(self) -> Option<Stored> {
        self.stored.get()
    }

    /// Whether it is known what the user wants (tracked).
    pub(crate) fn is_known(self) -> bool {
        self.stored.with(Option::is_some)
    }

    /// Whether it could not be read what the user wants (tracked); [`Notifications::load`] tries again.
    pub(crate) fn has_load_failed(self) -> bool {
        self.has_load_failed.get()
    }

    /// The rule of a topic's alert, as the user wants it (tracked).
    pub(crate) fn rule(self, topic: &Topic) -> Option<AlertRule> {
        if let Some(wanted) = self.alerts.with(|pending| pending.wanted(topic).cloned()) {
            return wanted;
        }
        let is_topic = |(one, _): &&(Topic, AlertRule)| one == topic;
        if let Some(rule) = self.waiting.with(|waiting| waiting.iter().find(is_topic).map(|(_, rule)| rule.clone())) {
            return Some(rule);
        }
        let find = |stored: &Stored| stored.alerts.iter().find(|alert| alert.topic == *topic).map(|alert| alert.rule.clone());
        self.stored.with(|stored| stored.as_ref().and_then(find))
    }

    /// The preferences, as the user wants them (tracked).
    pub(crate) fn preferences(self) -> Preferences {
        let wanted = self.preferences.with(|pending| pending.wanted(&()).cloned());
        wanted.or_else(|| self.stored.with(|stored| stored.as_ref().map(|stored| stored.preferences.clone()))).unwrap_or_default()
    }

    /// Whether everything that the user changed has been confirmed by the server (tracked).
    pub(crate) fn is_saved(self) -> bool {
        self.alerts.with(PendingWrites::is_empty) && self.preferences.with(PendingWrites::is_empty)
    }

    /// Whether this browser gets push notifications.
    pub(crate) fn push(self) -> ReadSignal<PushState> {
        self.push.read_only()
    }

    /// Whether the dialog is open that explains what the browser will ask.
    pub(crate) fn is_explaining(self) -> RwSignal<bool> {
        self.is_explaining
    }

    /// The last request about this browser.
    pub(crate) fn request(self) -> Request {
        self.request
    }

    /// Sets an alert. Explains first what the browser will ask, if it has not been asked; a change of an alert that is set explains nothing
    /// again.
    pub(crate) fn set_alert(self, topic: Topic, rule: AlertRule) {
        if self.push.get_untracked() == PushState::Off && untrack(|| self.rule(&topic)).is_none() {
            self.waiting.update(|waiting| {
                waiting.retain(|(one, _)| *one != topic);
                waiting.push((topic, rule));
            });
            self.is_explaining.set(true);
        } else {
            self.write_alert(topic, Some(rule));
        }
    }

    /// Deletes an alert.
    pub(crate) fn delete_alert(self, topic: Topic) {
        self.write_alert(topic, None);
    }

    /// The user has read the explanation, and wants push notifications (true), or to be notified on the page only.
    pub(crate) fn answer_explanation(self, wants_push: bool) {
        let waiting = self.waiting.get_untracked();
        // The alerts are set whatever comes of the permission: without push the page notifies.
        self.request.run(async move {
            let result = if wants_push { self.subscribe_push().await } else { Ok(()) };
            for (topic, rule) in waiting {
                self.write_alert(topic, Some(rule));
            }
            self.waiting.set(Vec::new());
            if result.is_ok() {
                self.is_explaining.set(false);
            }
            result
        });
    }

    /// Ends push notifications in this browser.
    pub(crate) fn turn_push_off(self) {
        self.request.run(async move {
            if let Some((_, id)) = visitor::push_owner() {
                api::notifications::remove_browser(&id).await?;
            }
            visitor::set_push_owner(None);
            push::unsubscribe().await;
            self.on_change();
            Ok(())
        });
    }

    /// Sets the preferences; hours are in this device's time zone.
    pub(crate) fn set_preferences(self, preferences: Preferences) {
        let preferences = Preferences { time_zone: clock::time_zone(), ..preferences };
        let now = self.preferences.try_update(|pending| pending.set(&(), preferences)).flatten();
        if let Some(first) = now {
            spawn_local(self.write_preferences(first));
        }
    }

    /// Sends a test notification to all of the user's browsers.
    pub(crate) fn send_test(self) {
        self.request.run(async move {
            let trial = api::notifications::send_test().await?;
            self.on_change();
            match trial {
                Trial { reached: 1.., .. } => Ok(()),
                Trial { failed: 0, .. } => Err(ApiError::browser(texts::NO_BROWSER)),
                _ => Err(ApiError::browser(texts::PUSH_SERVICE_SILENT)),
            }
        });
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

    /// Reads from the server what the user wants.
    pub(crate) fn load(self) {
        self.push.set(PushState::current());
        let generation = self.next_generation();
        spawn_local(async move {
            let stored = api::notifications::load().await;
            if self.generation.get_value() == generation {
                self.has_load_failed.try_set(stored.is_err());
                // What is known stays if it cannot be read again: the next change reads it.
                if let Ok(stored) = stored {
                    self.stored.try_set(Some(stored));
                }
            }
        });
    }

    fn write_alert(self, topic: Topic, rule: Option<AlertRule>) {
        self.ensure_visitor();
        let now = self.alerts.try_update(|pending| pending.set(&topic, rule)).flatten();
        if let Some(mut next) = now {
            spawn_local(async move {
                loop {
                    let result = match next.clone() {
                        Some(rule) => api::notifications::set_alert(&topic, rule, clock::time_zone()).await.map(Some),
                        None => api::notifications::delete_alert(&topic).await.map(|()| None),
                    };
                    match result {
                        Ok(alert) => self.confirm_alert(&topic, alert),
                        Err(error) => self.toaster.error(&error.to_string()),
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
        self.stored.try_update(|stored| {
            let alerts = &mut stored.get_or_insert_default().alerts;
            alerts.retain(|one| one.topic != *topic);
            alerts.extend(alert);
        });
    }

    async fn write_preferences(self, first: Preferences) {
        self.ensure_visitor();
        let mut next = first;
        loop {
            match api::notifications::set_preferences(&next).await {
                Ok(()) => {
                    self.next_generation();
                    let saved = next.clone();
                    self.stored.try_update(|stored| stored.get_or_insert_default().preferences = saved);
                }
                Err(error) => self.toaster.error(&error.to_string()),
            }
            match self.preferences.try_update(|pending| pending.finish(&(), &next)).flatten() {
                Some(following) => next = following,
                None => return self.on_change(),
            }
        }
    }

    async fn subscribe_push(self) -> Result<(), ApiError> {
        let permission = match push::permission() {
            Permission::Unasked => push::request_permission().await,
            known => known,
        };
        self.push.set(PushState::current());
        match permission {
            Permission::Granted => self.register_browser().await,
            Permission::Denied => Err(ApiError::browser(texts::BLOCKED)),
            Permission::Unasked => Err(ApiError::browser(texts::NOT_ANSWERED)),
            Permission::Unsupported => Err(ApiError::browser(texts::UNSUPPORTED)),
        }
    }

    async fn register_browser(self) -> Result<(), ApiError> {
        self.ensure_visitor();
        let user = untrack(|| self.user_id());
        let key = api::notifications::push_key().await?;
        let unreachable = || ApiError::browser(texts::PUSH_SERVICE_UNREACHABLE);
        let subscription = push::subscribe(&key).await.ok_or_else(unreachable)?;
        let subscription = serde_json::from_str(&subscription).map_err(|_| unreachable())?;
        let id = api::notifications::register_browser(&subscription).await?;
        visitor::set_push_owner(Some((&user, &id)));
        self.on_change();
        Ok(())
    }

    /// The user is another: what they want is read, and this browser gets their push notifications from now on.
    fn on_user(self) {
        self.next_generation();
        self.stored.set(None);
        self.alerts.set(PendingWrites::default());
        self.preferences.set(PendingWrites::default());
        self.waiting.set(Vec::new());
        self.has_load_failed.set(false);
        let user = untrack(|| self.user_id());
        if user.is_empty() && visitor::key().is_none() {
            // A visitor who has never asked for anything: the server has nothing.
            self.stored.set(Some(Stored::default()));
            return;
        }
        let is_anothers = visitor::push_owner().is_some_and(|(owner, _)| owner != user);
        if is_anothers && push::permission() == Permission::Granted {
            spawn_local(async move {
                if let Err(error) = self.register_browser().await {
                    self.toaster.error(&error.to_string());
                }
            });
        }
        self.load();
    }

    /// This tab has changed something: other tabs read it again, and so does this one, since an alert may have rung meanwhile.
    fn on_change(self) {
        self.channel.with_value(|channel| channel.iter().for_each(|channel| channel.send("changed")));
        self.load();
    }

    fn next_generation(self) -> u32 {
        self.generation.try_update_value(|generation| {
            *generation += 1;
            *generation
        })
        .unwrap_or_default()
    }

    /// The member's id; empty for a visitor.
    fn user_id(self) -> String {
        self.session.member().map(|member| member.id.to_string()).unwrap_or_default()
    }

    /// Makes this browser's visitor key, if nobody is signed in.
    fn ensure_visitor(self) {
        if untrack(|| self.session.member()).is_none() {
            visitor::ensure_key();
        }
    }
}
