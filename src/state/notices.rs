//! What the service worker brings to a page that is open, said over whatever the page shows. Never rings.

use std::rc::Rc;

use domain::notice::Notice;
use domain::wire::read::Read;
use serde_json::Value;

use super::news::News;
use crate::browser::{navigation, page, push};
use crate::reactive::*;

/// Something that is said on the page, over whatever is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// In a few words.
    pub(crate) title: String,
    /// In a sentence.
    pub(crate) body: String,
    /// Where it leads, if anywhere.
    pub(crate) path: Option<String>,
}

/// What is said on the page.
#[derive(Clone, Copy)]
pub(crate) struct Notices {
    message: RwSignal<Option<Message>>,
    news: News,
    /// Hears that somebody was told of something, here or by a ring.
    told: StoredValue<Option<Rc<dyn Fn()>>>,
}

impl Notices {
    /// Listens for as long as the site is open.
    pub(crate) fn start(news: News) -> Self {
        let all = Self { message: RwSignal::new(None), news, told: StoredValue::new(None) };
        push::listen(move |text| all.handle_worker(&text));
        all
    }

    /// What is said.
    pub(crate) fn message(self) -> RwSignal<Option<Message>> {
        self.message
    }

    /// From now on this hears that somebody was told of something.
    #[cfg(any(feature = "front", feature = "office"))]
    pub(crate) fn when_told(self, told: impl Fn() + 'static) {
        self.told.set_value(Some(Rc::new(told)));
    }

    /// Says why something could not be done where there is no room for a sentence.
    #[cfg(any(feature = "front", feature = "office"))]
    pub(crate) fn refuse(self, why: &str) {
        self.message.set(Some(Message { title: "Not done".to_owned(), body: why.to_owned(), path: None }));
    }

    /// Says a notice, aloud too.
    pub(crate) fn say(self, notice: &Notice) {
        self.news.say(&format!("{}. {}", notice.title, notice.body));
        let path = Some(notice.path.clone()).filter(|path| *path != navigation::path());
        self.message.set(Some(Message { title: notice.title.clone(), body: notice.body.clone(), path }));
        page::mark_after_paint("notice");
    }

    /// Whether somebody was shown a notice.
    fn handle_worker(self, text: &str) -> bool {
        let told: Value = serde_json::from_str(text).unwrap_or_default();
        if let Some(path) = told["path"].as_str() {
            navigation::go(path, false);
        }
        let Some(notice) = Notice::read(&told["notice"]) else { return false };
        // The worker may not know yet that the page was hidden: what nobody sees it shows on the desktop.
        let is_seen = told["seen"] == true && page::is_visible();
        if is_seen {
            self.say(&notice);
        }
        let hears = self.told.get_value();
        if let Some(told) = hears {
            told();
        }
        is_seen
    }
}
