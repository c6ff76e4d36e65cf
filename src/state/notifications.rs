//! What whoever looks wants to be told of, and whether this browser rings. Never decides what rings: the server does; and
//! where a browser cannot be rung, the same rules of `domain` do, on the page that is open.

use std::rc::Rc;

use domain::alert::{Alert, AlertRule, DayTime, LocalMoment, Preferences};
use domain::event::Event;
#[cfg(feature = "office")]
use domain::item::ItemKey;
use domain::notice::Notice;
use domain::table::Table;
use domain::topic::Topic;
use domain::wire::notifications::{self as wire, NewAlert, Notifications as Asked, Trial};
use serde_json::Value;

use super::api::{self, Failure};
use super::attempt::Attempt;
use super::live::{Live, Tables};
use super::local_time::{LocalTime, weekday};
use super::notices::Notices;
use super::session::Session;
use super::this_browser;
use super::ticking::local;
use crate::browser::push::{self, Permission};
use crate::browser::tabs::Tabs;
use crate::browser::{self, clock};
use crate::reactive::*;

/// The name under which tabs tell each other that something has changed.
const CHANNEL: &str = "rally-notifications";

/// Whether this browser rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ringing {
    /// It cannot, on this page.
    Unsupported,
    /// The person has told it not to.
    Blocked,
    /// It could.
    Off,
    /// It does.
    On,
}

/// What whoever looks wants to be told of.
#[derive(Clone, Copy)]
pub(crate) struct Notifications {
    known: RwSignal<Option<Asked>>,
    ringing: RwSignal<Ringing>,
    /// Whether it is being explained what the browser will be asked.
    explaining: RwSignal<bool>,
    /// What is asked for once that is answered.
    pending: StoredValue<Option<(Topic, AlertRule)>>,
    asking: Attempt,
    session: Session,
    notices: Notices,
    tabs: StoredValue<Rc<Tabs>>,
}

impl Notifications {
    /// Nothing is known yet, and nobody is asked for anything.
    pub(crate) fn start(session: Session, notices: Notices) -> Self {
        let tabs = StoredValue::new(Rc::new(Tabs::listen(CHANNEL, |_| {})));
        let all = Self {
            known: RwSignal::new(None),
            ringing: RwSignal::new(ringing()),
            explaining: RwSignal::new(false),
            pending: StoredValue::new(None),
            asking: Attempt::new(),
            session,
            notices,
            tabs,
        };
        tabs.set_value(Rc::new(Tabs::listen(CHANNEL, move |_| all.load())));
        notices.when_told(move || all.load());
        let mut before = None;
        follow(move || {
            if !session.is_settled() {
                return;
            }
            let who = all.who();
            if before.replace(who.clone()) != Some(who) {
                all.arrive();
            }
        });
        all
    }

    /// What is asked for, as far as it is known.
    pub(crate) fn asked(self) -> Asked {
        self.known.get().unwrap_or_default()
    }

    /// What is asked for of a topic.
    pub(crate) fn rule(self, topic: &Topic) -> Option<AlertRule> {
        let of =
            |asked: &Asked| asked.alerts.iter().find(|alert| alert.topic == *topic).map(|alert| alert.rule.clone());
        self.known.with(|known| known.as_ref().and_then(of))
    }

    /// Whether this browser rings.
    pub(crate) fn ringing(self) -> ReadSignal<Ringing> {
        self.ringing.read_only()
    }

    /// Whether it is being explained what the browser will be asked.
    pub(crate) fn explaining(self) -> RwSignal<bool> {
        self.explaining
    }

    /// How the last wish goes.
    pub(crate) fn asking(self) -> Attempt {
        self.asking
    }

    /// Asks to be told of something. Explains first what the browser will ask, if it has not been asked.
    pub(crate) fn ask(self, topic: Topic, rule: AlertRule) {
        if self.ringing.get_untracked() == Ringing::Off {
            self.pending.set_value(Some((topic, rule)));
            self.explaining.set(true);
        } else {
            self.send(topic, rule);
        }
    }

    /// They have read the explanation, and want this browser to ring (true), or want to be told on the page alone.
    pub(crate) fn answer(self, ring: bool) {
        let pending = self.pending.try_update_value(Option::take).flatten();
        self.asking.run(async move {
            if ring {
                self.ring().await?;
            }
            self.explaining.set(false);
            match pending {
                Some((topic, rule)) => self.put(topic, rule).await,
                None => Ok(()),
            }
        });
    }

    /// Asks for it no more.
    pub(crate) fn withdraw(self, topic: &Topic) {
        let Some(path) = path(topic) else { return };
        self.asking.run(async move {
            api::delete(&path, None).await?;
            self.changed();
            Ok(())
        });
    }

    /// Makes this browser ring no more.
    pub(crate) fn turn_off(self) {
        self.asking.run(async move {
            if let Some((_, id)) = this_browser::kept() {
                api::delete(&wire::browser(&id), None).await?;
            }
            this_browser::keep(None);
            push::end().await;
            self.changed();
            Ok(())
        });
    }

    /// Says how they want to be told.
    pub(crate) fn prefer(self, preferences: Preferences) {
        let preferences = Preferences { time_zone: push::time_zone(), ..preferences };
        self.asking.run(async move {
            make_visitor(self.session);
            api::send::<Preferences>("PUT", wire::PREFERENCES, &preferences, None).await?;
            self.changed();
            Ok(())
        });
    }

    /// Rings all their browsers, once; says what became of it.
    pub(crate) fn try_out(self) {
        self.asking.run(async move {
            let trial: Trial = api::send("POST", wire::TRIALS, &Value::Null, None).await?;
            self.changed();
            match trial {
                Trial { reached: 1.., .. } => Ok(()),
                Trial { failed: 0, .. } => Err(Failure::new("No browser rings for you. Turn it on first.")),
                _ => Err(Failure::new("The push service does not answer just now. Try again in a minute.")),
            }
        });
    }

    /// Tells on the page what cannot be rung, for as long as this part of the page is there.
    pub(crate) fn stand_in(self, live: Live) {
        let tables = live.watch_tables(Topic::Tables);
        let mut before: Option<Vec<Table>> = None;
        follow(move || {
            let now = tables.with(|tables| matches!(tables, Tables::Told(_)).then(|| tables.list().to_vec()));
            let Some(now) = now else { return };
            for table in &now {
                let earlier = before.iter().flatten().find(|earlier| earlier.id == table.id);
                if earlier.is_some_and(|earlier| earlier.status != table.status) {
                    self.tell_of(&Event::of_table(String::new(), table.since, table));
                }
            }
            before = Some(now);
        });
    }

    /// The items that are asked for, if this browser cannot be rung for them.
    #[cfg(feature = "office")]
    pub(crate) fn items_to_stand_in_for(self) -> Vec<ItemKey> {
        let key = |alert: Alert| match alert.topic {
            Topic::Item(key) => Some(key),
            _ => None,
        };
        match self.ringing.get() {
            Ringing::On => Vec::new(),
            _ => self.asked().alerts.into_iter().filter_map(key).collect(),
        }
    }

    /// Tells of an event on the page, if it is one that is asked for.
    pub(super) fn tell_of(self, event: &Event) {
        let preferences = self.known.with_untracked(|known| known.as_ref().map(|asked| asked.preferences.clone()));
        let alert = self.known.with_untracked(|known| {
            known.iter().flat_map(|asked| &asked.alerts).find(|alert| alert.topic == event.topic()).cloned()
        });
        let (Some(alert), Some(preferences)) = (alert, preferences) else { return };
        if alert.rings(event, &preferences, moment(local(event.at))) {
            self.notices.say(&Notice::of(event));
            if alert.rule.is_once() {
                self.withdraw(&alert.topic);
            }
        }
    }

    /// Whether something is asked for of tables that this browser cannot be rung for.
    pub(crate) fn needs_standing_in(self) -> bool {
        let of_table = |alert: &Alert| matches!(alert.topic, Topic::Table(_));
        self.ringing.get() != Ringing::On && self.asked().alerts.iter().any(of_table)
    }

    fn send(self, topic: Topic, rule: AlertRule) {
        self.asking.run(async move { self.put(topic, rule).await });
    }

    async fn put(self, topic: Topic, rule: AlertRule) -> Result<(), Failure> {
        let Some(path) = path(&topic) else { return Ok(()) };
        make_visitor(self.session);
        let asked = api::send::<Alert>("PUT", &path, &NewAlert { rule }, None).await;
        match asked {
            Ok(_) => {
                self.changed();
                Ok(())
            }
            Err(failure) => {
                self.notices.refuse(&failure.message);
                Err(failure)
            }
        }
    }

    async fn ring(self) -> Result<(), Failure> {
        let permission = match push::permission() {
            Permission::Unasked => push::ask().await,
            known => known,
        };
        self.ringing.set(ringing());
        match permission {
            Permission::Granted => self.register().await,
            Permission::Denied => Err(Failure::new(
                "The browser does not let Rally ring. Allow notifications beside the page's address, then try again.",
            )),
            Permission::Unasked => Err(Failure::new("The browser has not been answered. Try again.")),
            Permission::Unsupported => Err(Failure::new("This browser cannot ring for Rally.")),
        }
    }

    async fn register(self) -> Result<(), Failure> {
        make_visitor(self.session);
        let who = self.who();
        let key: Value = api::get(wire::PUSH_KEY).await?;
        let subscription = push::subscribe(key["publicKey"].as_str().unwrap_or_default()).await;
        let Some(subscription) = subscription else {
            return Err(Failure::new(
                "The browser's push service cannot be reached. Rally tells you on this page as long as it is open.",
            ));
        };
        let subscription: Value = serde_json::from_str(&subscription).unwrap_or_default();
        let registered: Value = api::send("PUT", wire::BROWSERS, &subscription, None).await?;
        let id = registered["id"].as_str().unwrap_or_default();
        this_browser::keep(Some((&who, id)));
        self.changed();
        Ok(())
    }

    /// Somebody has come, or gone: what they want is asked for, and the browser rings for them from now on.
    fn arrive(self) {
        self.known.set(None);
        let is_visitor = self.who().is_empty();
        if is_visitor && this_browser::visitor_key().is_none() {
            return;
        }
        let rings_for_another = this_browser::kept().is_some_and(|(who, _)| who != self.who());
        if rings_for_another && push::permission() == Permission::Granted {
            browser::run(async move {
                // What fails here is tried at the next page; nobody waits for it.
                _ = self.register().await;
            });
        }
        self.load();
    }

    fn load(self) {
        self.ringing.set(ringing());
        browser::run(async move {
            if let Ok(asked) = api::get::<Asked>(wire::NOTIFICATIONS).await {
                self.known.try_set(Some(asked));
            }
        });
    }

    /// This tab has changed something.
    fn changed(self) {
        self.tabs.with_value(|tabs| tabs.tell("changed"));
        self.load();
    }

    fn who(self) -> String {
        self.session.member().map(|member| member.id.to_string()).unwrap_or_default()
    }
}

/// Makes this browser's key, if nobody is signed in and there is none.
fn make_visitor(session: Session) {
    if untrack(|| session.member()).is_none() && this_browser::visitor_key().is_none() {
        this_browser::make_visitor_key();
    }
}

fn ringing() -> Ringing {
    match push::permission() {
        Permission::Unsupported => Ringing::Unsupported,
        Permission::Denied => Ringing::Blocked,
        Permission::Granted if this_browser::kept().is_some() => Ringing::On,
        Permission::Granted | Permission::Unasked => Ringing::Off,
    }
}

fn path(topic: &Topic) -> Option<String> {
    match topic {
        Topic::Table(id) => Some(wire::table_alert(id)),
        Topic::Room(id) => Some(wire::room_alert(id)),
        Topic::Item(key) => Some(wire::item_alert(key)),
        _ => None,
    }
}

/// A moment of this device's clock, as alerts know it.
fn moment(at: LocalTime) -> LocalMoment {
    let time = at.clock().parse().unwrap_or(DayTime::from_minutes(0));
    LocalMoment { weekday: u8::try_from(weekday(at.day()) + 1).unwrap_or(1), time }
}

/// In an hour, when a pause that begins now is over.
pub(crate) fn in_an_hour() -> domain::time::Timestamp {
    clock::now().plus(std::time::Duration::from_secs(3_600))
}
