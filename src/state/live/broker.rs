//! A wire to the broker: MQTT on a WebSocket, and the server beside it. Never decides what is said.

use std::cell::RefCell;
use std::rc::Rc;

use domain::live::mqtt::{MqttLink, Output, Question};
use domain::wire::broker::{self, BrokerAccess};

use crate::browser::clock::Timer;
use crate::browser::packets::Packets;
use crate::browser::socket::SocketEvent;
use crate::browser::{self};
use crate::state::api;

/// Before the access ends by so much, in seconds, another is asked for.
const MARGIN: u64 = 60;

/// A wire that is cut when it is dropped, and then tells nothing more.
pub(super) struct Broker(Rc<Inner>);

struct Inner {
    link: RefCell<MqttLink>,
    packets: RefCell<Option<Packets>>,
    tell: Box<dyn Fn(SocketEvent)>,
    renewal: RefCell<Option<Timer>>,
}

impl Broker {
    /// Opens one; none if the address is none.
    pub(super) fn open(access: BrokerAccess, tell: impl Fn(SocketEvent) + 'static) -> Option<Self> {
        let inner = Rc::new(Inner {
            link: RefCell::new(MqttLink::new(&access.client, &access.prefix)),
            packets: RefCell::new(None),
            tell: Box::new(tell),
            renewal: RefCell::new(None),
        });
        let opened = Rc::downgrade(&inner);
        let heard = Rc::downgrade(&inner);
        let closed = Rc::downgrade(&inner);
        let packets = Packets::open(
            &access.url,
            "mqtt",
            move || {
                if let Some(inner) = opened.upgrade() {
                    inner.link.borrow_mut().handle_opened();
                    inner.settle();
                }
            },
            move |bytes| {
                if let Some(inner) = heard.upgrade() {
                    inner.link.borrow_mut().handle_bytes(bytes);
                    inner.settle();
                }
            },
            move || {
                if let Some(inner) = closed.upgrade() {
                    (inner.tell)(SocketEvent::Closed);
                }
            },
        )?;
        inner.packets.replace(Some(packets));
        let ends = Rc::downgrade(&inner);
        let milliseconds = u64::from(access.seconds).saturating_sub(MARGIN) * 1_000;
        inner.renewal.replace(Some(Timer::after(milliseconds, move || {
            if let Some(inner) = ends.upgrade() {
                (inner.tell)(SocketEvent::Closed);
            }
        })));
        Some(Self(inner))
    }

    /// Says something. What comes of it is told later, since whoever says it is not done yet.
    pub(super) fn send(&self, text: &str) {
        self.0.link.borrow_mut().say(text);
        let inner = Rc::downgrade(&self.0);
        browser::run(async move {
            if let Some(inner) = inner.upgrade() {
                inner.settle();
            }
        });
    }
}

impl Inner {
    fn settle(self: &Rc<Self>) {
        loop {
            let Some(output) = self.link.borrow_mut().poll() else { return };
            match output {
                Output::Send(bytes) => {
                    if let Some(packets) = &*self.packets.borrow() {
                        packets.send(&bytes);
                    }
                }
                Output::Ask(question) => self.ask(question),
                Output::Opened => (self.tell)(SocketEvent::Opened),
                Output::Frame(text) => (self.tell)(SocketEvent::Message(text)),
                Output::Broken => (self.tell)(SocketEvent::Closed),
            }
        }
    }

    fn ask(self: &Rc<Self>, question: Question) {
        let inner = Rc::downgrade(self);
        browser::run(async move {
            let path = match &question {
                Question::Snapshot(topic) => broker::snapshot(topic),
                Question::Digests(topics) => broker::digests(topics),
            };
            let frames = api::frames(&path).await;
            if let Some(inner) = inner.upgrade() {
                inner.link.borrow_mut().handle_answer(&question, frames);
                inner.settle();
            }
        });
    }
}
