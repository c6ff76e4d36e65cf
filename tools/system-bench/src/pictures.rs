//! `cargo xtask pictures`: every page in every state, on screens of four sizes, light and dark, as files to inspect.
//!
//! The data is created over the API of a real server, so that no picture depends on a page's markup.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};

use test_support::browser::{Browser, Screen};
use test_support::people::Person;
use test_support::rooms::{Room, continents, essay, primes};
use test_support::server::Server;

/// A phone in portrait and in landscape, a desktop, a large screen.
const SCREENS: [Screen; 4] = [
    Screen::PHONE,
    Screen { width: 844, height: 390, is_dark: false },
    Screen { width: 1280, height: 800, is_dark: false },
    Screen { width: 1920, height: 1080, is_dark: false },
];

/// A word that is wider than a phone's screen.
const LONG_WORD: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk";
/// A name in a script that is written from right to left.
const RIGHT_TO_LEFT: &str = "غرفة الطابق العلوي";

/// The state of an open page before its picture is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// It is live and nothing is loading.
    Live,
    /// Its data does not arrive.
    Loading,
    /// The network goes away.
    Offline,
}

/// One picture: its name and the page's path.
struct Picture {
    name: &'static str,
    path: String,
    moment: Moment,
}

fn live(name: &'static str, path: impl Into<String>) -> Picture {
    Picture { name, path: path.into(), moment: Moment::Live }
}

/// Takes all pictures whose names contain `only`, and returns their number. They are in `folder`, with a page that shows them all.
///
/// # Errors
///
/// The folder cannot be written.
pub async fn take(folder: &Path, only: &str) -> Result<usize> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let (server, empty) = tokio::join!(Server::start_for_crowds(100), Server::start_for_crowds(100));
    let (ada, bob) = (server.member("Ada").await, server.member("Bob").await);
    let world = World::make(&server, &ada, &bob).await;
    let mut taken = Vec::new();
    for screen in SCREENS.into_iter().flat_map(|screen| [screen, screen.dark()]) {
        let shots = Shots { folder, only, screen };
        shots.take_as(None, &empty, &empty_pages(), &mut taken).await?;
        shots
            .take_as(
                Some("Eve"),
                &empty,
                &[live("rooms-first", "/rooms"), live("questions-first", "/questions")],
                &mut taken,
            )
            .await?;
        shots.take_as(None, &server, &world.visitors_pages(), &mut taken).await?;
        shots.take_as(Some("Ada"), &server, &world.hosts_pages(), &mut taken).await?;
        shots.take_as(Some("Bob"), &server, &world.participants_pages(), &mut taken).await?;
        println!("{}: {} pictures so far", shots.suffix(), taken.len());
    }
    write_overview(folder, &taken)?;
    Ok(taken.len())
}

/// Pages of a site without data.
fn empty_pages() -> Vec<Picture> {
    [("tables-empty", "/"), ("items-empty", "/items"), ("factories-empty", "/factories"), ("admin-empty", "/admin")]
        .map(|(name, path)| live(name, path))
        .into_iter()
        .collect()
}

/// The data of the pictures.
struct World {
    waiting: String,
    open: String,
    multiple: String,
    shown: String,
    words: String,
    closed: String,
    private: String,
}

impl World {
    async fn make(server: &Server, ada: &Person, bob: &Person) -> Self {
        let api = server.api();
        for (id, name) in [
            ("lobby", "Lobby"),
            ("basement", "Basement"),
            ("long", LONG_WORD),
            ("rtl", RIGHT_TO_LEFT),
            ("attic", "Attic"),
        ] {
            api.register(id, name).await;
        }
        for (id, is_free) in [("lobby", true), ("basement", false), ("long", false), ("rtl", true)] {
            api.report(id, !is_free).await;
            api.report(id, is_free).await;
        }
        write_items(server).await;
        for (name, lower, upper) in [("North", 1, 100), (LONG_WORD, -5, 5), (RIGHT_TO_LEFT, 0, 9)] {
            let body = json!({"name": name, "lower": lower, "upper": upper, "count": 8});
            expect(ada.api.call_with(Method::POST, "/v1/factories", &body).await.status, name);
        }
        let open = ada.room("Biology 7b", true).await;
        open.pick(&long_options()).await;
        open.pick(&continents()).await;
        _ = bob.answer(&open.id, 2, &json!({"choices": [1]})).await;
        let multiple = ada.room(LONG_WORD, true).await;
        multiple.pick(&long_options()).await;
        let shown = ada.room(RIGHT_TO_LEFT, true).await;
        for question in [continents(), primes()] {
            let pick = shown.pick(&question).await;
            _ = bob.answer(&shown.id, pick, &json!({"choices": [0, 2]})).await;
            shown.show_feedback(pick).await;
        }
        let words = ada.room("Physics", true).await;
        words.pick(&essay()).await;
        _ = bob.answer(&words.id, 1, &json!({"text": "Because blue light is scattered more than red."})).await;
        let closed = ada.room("Last week", true).await;
        closed.post("/close").await;
        let waiting = ada.room("Chemistry", true).await;
        let private = ada.private_room("Staff only").await;
        let id = |room: &Room<'_>| room.id.clone();
        Self {
            waiting: id(&waiting),
            open: id(&open),
            multiple: id(&multiple),
            shown: id(&shown),
            words: id(&words),
            closed: id(&closed),
            private: id(&private),
        }
    }

    /// The site for a user who has not signed in. On this machine they are an admin.
    fn visitors_pages(&self) -> Vec<Picture> {
        let mut pages = vec![
            live("tables", "/"),
            live("table-busy", "/tables/basement"),
            live("table-free", "/tables/lobby"),
            live("table-long", "/tables/long"),
            live("table-missing", "/tables/nowhere"),
            live("rooms-visitor", "/rooms"),
            live("room-without-code", format!("/rooms/{}", self.open)),
            live("items", "/items"),
            live("item-object", "/items/vehicle:5"),
            live("item-number", "/items/number:load"),
            live("factories", "/factories"),
            live("questions-visitor", "/questions"),
            live("settings-visitor", "/settings"),
            live("admin", "/admin"),
            live("not-found", "/nowhere"),
        ];
        pages.push(Picture { name: "tables-loading", path: "/".to_owned(), moment: Moment::Loading });
        pages.push(Picture { name: "items-loading", path: "/items".to_owned(), moment: Moment::Loading });
        pages.push(Picture { name: "tables-offline", path: "/".to_owned(), moment: Moment::Offline });
        pages.push(Picture { name: "table-offline", path: "/tables/basement".to_owned(), moment: Moment::Offline });
        pages
    }

    /// The site for the member who runs the rooms.
    fn hosts_pages(&self) -> Vec<Picture> {
        let panel = |id: &str| format!("/rooms/{id}/control");
        let projector = |id: &str| format!("/rooms/{id}/screen");
        let mut pages = vec![
            live("rooms-host", "/rooms"),
            live("questions", "/questions"),
            live("settings-member", "/settings"),
            live("factories-member", "/factories"),
            live("table-member", "/tables/basement"),
        ];
        for (name, id) in self.rooms() {
            pages.push(live(
                ["panel-waiting", "panel-open", "panel-multiple", "panel-shown", "panel-words", "panel-closed"][name],
                panel(id),
            ));
            pages.push(live(
                [
                    "projector-waiting",
                    "projector-open",
                    "projector-multiple",
                    "projector-shown",
                    "projector-words",
                    "projector-closed",
                ][name],
                projector(id),
            ));
        }
        pages.push(Picture { name: "panel-offline", path: panel(&self.open), moment: Moment::Offline });
        pages
    }

    /// The site for a member who takes part.
    fn participants_pages(&self) -> Vec<Picture> {
        let mut pages: Vec<Picture> = self
            .rooms()
            .map(|(name, id)| {
                live(
                    ["room-waiting", "room-answered", "room-multiple", "room-shown", "room-words", "room-closed"][name],
                    format!("/rooms/{id}"),
                )
            })
            .collect();
        pages.push(live("room-private", format!("/rooms/{}", self.private)));
        pages.push(live("panel-not-host", format!("/rooms/{}/control", self.open)));
        pages.push(live("admin-denied", "/admin"));
        pages.push(Picture { name: "room-offline", path: format!("/rooms/{}", self.open), moment: Moment::Offline });
        pages
    }

    /// The rooms, each with the place of its name.
    fn rooms(&self) -> impl Iterator<Item = (usize, &str)> {
        [&self.waiting, &self.open, &self.multiple, &self.shown, &self.words, &self.closed]
            .into_iter()
            .map(String::as_str)
            .enumerate()
    }
}

/// A question with the maximum number of options, each of about 90 letters.
fn long_options() -> Value {
    let options: Vec<Value> = (0..8)
        .map(|number| {
            let text = format!(
                "Option {number} says at some length what it means, so that it needs two or three lines on a phone"
            );
            json!({"text": text, "isCorrect": number < 3, "feedback": "Said of it afterwards, in a sentence."})
        })
        .collect();
    json!({"text": "Which of these statements about the **water cycle** are right, and which are only said often?", "options": options,
        "timeLimitSeconds": 3_600})
}

async fn write_items(server: &Server) {
    let api = server.api();
    for round in 0..12 {
        let items = [
            (
                "vehicle:5",
                json!({"battery": 90 - round, "doors": [true, false], "driver": {"name": "Ada", "shift": "late"}, "speed": 30 + round % 4}),
            ),
            ("vehicle:6", json!({"battery": 40 + round, "doors": [false, false], "driver": Value::Null, "speed": 0})),
            ("van:1", json!({"battery": 77, "note": LONG_WORD})),
            ("number:load", json!(20 + (round * 7) % 11)),
            ("text:greeting", json!(RIGHT_TO_LEFT)),
            ("flag", json!(round % 2 == 0)),
        ];
        for (key, value) in items {
            expect(api.call_with(Method::PUT, &format!("/v1/items/{key}"), &json!({"value": value})).await.status, key);
        }
    }
}

fn expect(status: u16, what: &str) {
    assert!(matches!(status, 200..=204), "{what}: {status}");
}

/// The pictures of one screen.
struct Shots<'a> {
    folder: &'a Path,
    only: &'a str,
    screen: Screen,
}

impl Shots<'_> {
    fn suffix(&self) -> String {
        let Screen { width, height, is_dark } = self.screen;
        format!("{width}x{height}-{}", if is_dark { "dark" } else { "light" })
    }

    /// Takes pictures as a signed-in person, or as a visitor.
    async fn take_as(
        &self,
        name: Option<&str>,
        server: &Server,
        pictures: &[Picture],
        taken: &mut Vec<PathBuf>,
    ) -> Result<()> {
        let wanted = pictures.iter().filter(|picture| picture.name.contains(self.only));
        let (loading, others): (Vec<&Picture>, Vec<&Picture>) =
            wanted.partition(|picture| picture.moment == Moment::Loading);
        // A browser that has paused connections once keeps them paused for ever.
        for wanted in [loading, others] {
            if !wanted.is_empty() {
                self.take_in_a_browser(name, server, &wanted, taken).await?;
            }
        }
        Ok(())
    }

    async fn take_in_a_browser(
        &self,
        name: Option<&str>,
        server: &Server,
        wanted: &[&Picture],
        taken: &mut Vec<PathBuf>,
    ) -> Result<()> {
        let browser = Browser::start(self.screen).await;
        browser.remember_connections().await;
        if let Some(name) = name {
            test_support::pages::sign_in::sign_in(&browser, server, "/settings", name).await;
        }
        for picture in wanted {
            let path = self.folder.join(format!("{}-{}.png", picture.name, self.suffix()));
            let address = format!("{}{}", server.address(), picture.path);
            match picture.moment {
                Moment::Loading => {
                    browser.hold_connections().await;
                    browser.block(&["*/v1/*"]).await;
                    browser.open(&address).await;
                    browser
                        .wait_for(
                            "the page's frame",
                            "document.querySelector('.site-header') && !document.querySelector('#shell')",
                        )
                        .await;
                }
                Moment::Live | Moment::Offline => {
                    browser.open(&address).await;
                    wait_until_calm(&browser).await;
                }
            }
            if picture.moment == Moment::Offline {
                browser.set_network(false).await;
                browser.cut_connections().await;
                test_support::pages::wait_for_connection(&browser, "offline").await;
            }
            browser.keep_picture(&path).await;
            taken.push(path);
            browser.set_network(true).await;
            browser.block(&[]).await;
        }
        browser.quit().await;
        Ok(())
    }
}

/// Waits until the page is live, if it subscribes to a topic, and nothing is loading.
async fn wait_until_calm(browser: &Browser) {
    let calm = "document.querySelector('main h1, main h2') && !document.querySelector('#shell')
        && !document.querySelector('.skeleton, main [aria-busy=true]')";
    browser.wait_for("the page to be loaded", calm).await;
}

/// Writes a page that shows all pictures, those of one state side by side.
fn write_overview(folder: &Path, taken: &[PathBuf]) -> Result<()> {
    let mut names: Vec<&str> = taken.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    names.sort_unstable();
    let figure = |name: &&str| {
        format!(
            "<figure><a href=\"{name}\"><img src=\"{name}\" loading=\"lazy\" height=\"320\" alt=\"\"></a><figcaption>{name}</figcaption></figure>"
        )
    };
    let figures: String = names.iter().map(figure).collect();
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Pictures of Rally</title><style>body{{display:flex;flex-wrap:wrap;gap:1rem;font-family:sans-serif}}figure{{margin:0}}</style>{figures}\n"
    );
    let path = folder.join("index.html");
    std::fs::write(&path, page).with_context(|| format!("{} cannot be written", path.display()))
}
