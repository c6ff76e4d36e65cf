//! The page of the factory tree.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::server::Server;

/// The page, open in a browser.
pub struct FactoriesPage<'a> {
    browser: &'a Browser,
}

/// Everything that the page shows.
const TREE: &str = "[...document.querySelectorAll('[data-factory]')].map((one) => [one.dataset.factory,
            one.querySelector('strong').innerText, one.querySelector('.row-detail').innerText,
            [...one.querySelectorAll('.factory-children li')].map((child) => child.innerText)])";

/// The factory with this name.
fn node(name: &str) -> String {
    format!(
        "[...document.querySelectorAll('[data-factory]')]
            .find((one) => one.querySelector('strong').innerText === {})",
        json!(name)
    )
}

impl<'a> FactoriesPage<'a> {
    /// Opens it.
    pub async fn open(browser: &'a Browser, server: &Server) -> Self {
        browser.open(&format!("{}/factories", server.address())).await;
        let page = Self { browser };
        page.browser.wait_for("the tree", "document.querySelector('.factory-tree')").await;
        page
    }

    /// The page that is open.
    pub const fn on(browser: &'a Browser) -> Self {
        Self { browser }
    }

    /// Opens the form for a new factory, unless it is open.
    pub async fn open_form(&self) {
        self.browser.wait_for("the button", "document.querySelector('.new-factory')").await;
        if !self.browser.is_shown("#new-name").await {
            self.browser.click(".new-factory").await;
        }
        self.browser.wait_for_soon("the focus in the form", "document.activeElement.id === 'new-name'").await;
    }

    /// Creates a factory.
    pub async fn make(&self, name: &str, [lower, upper]: [i64; 2], count: usize) {
        self.open_form().await;
        for (field, text) in [("name", name), ("lower", &lower.to_string()), ("upper", &upper.to_string())] {
            self.browser.fill(&format!("#new-{field}"), text).await;
        }
        self.browser.fill("#new-count", &count.to_string()).await;
        self.browser.press("\u{e007}").await;
    }

    /// Waits until a factory is shown with these bounds and this number of numbers, and whether all of it is acknowledged.
    pub async fn wait_for(&self, name: &str, bounds: &str, count: usize, is_answered: bool) {
        let expression = format!(
            "(() => {{ const one = {}; return one && one.querySelector('.row-detail').innerText === {}
                && one.querySelectorAll('.factory-children li').length === {count}
                && one.hasAttribute('aria-busy') === !{is_answered}; }})()",
            node(name),
            json!(bounds)
        );
        self.browser.wait_for(&format!("{name}, {bounds}, with {count}"), &expression).await;
    }

    /// Waits until a factory is not shown.
    pub async fn wait_for_absence(&self, name: &str) {
        self.browser.wait_for(&format!("{name} to be gone"), &format!("!{}", node(name))).await;
    }

    /// Everything that the page shows: names, bounds and numbers.
    pub async fn tree(&self) -> Value {
        self.browser.value(TREE).await
    }

    /// Waits until the page shows exactly this.
    pub async fn wait_for_tree(&self, tree: &Value) {
        let expression = format!("JSON.stringify({TREE}) === {}", json!(tree.to_string()));
        self.browser.wait_for(&format!("the tree {tree}"), &expression).await;
    }

    /// Generates a factory's numbers again.
    pub async fn generate(&self, name: &str, count: usize) {
        self.begin_generation(name, count).await;
        self.browser.press("\u{e007}").await;
    }

    /// Types the number of numbers to generate, but does not submit it.
    pub async fn begin_generation(&self, name: &str, count: usize) {
        let id = self.id(name).await;
        self.browser.click(&format!("[data-factory=\"{id}\"] .regenerate")).await;
        let field = format!("[data-factory=\"{id}\"] .count-form input");
        let focused = format!("document.activeElement.matches({})", json!(field));
        self.browser.wait_for_soon("the focus in the popover", &focused).await;
        self.browser.fill(&field, &count.to_string()).await;
    }

    /// Opens the form that changes a factory, and types into it.
    pub async fn begin_edit(&self, name: &str, new: &str, [lower, upper]: [i64; 2]) {
        self.choose(name, ".edit").await;
        let id = self.id(name).await;
        for (field, text) in [("name", new), ("lower", &lower.to_string()), ("upper", &upper.to_string())] {
            self.browser.fill(&format!("#edit-{id}-{field}"), text).await;
        }
    }

    /// Saves the form.
    pub async fn save(&self) {
        self.browser.click_text(".row-form button", "Save").await;
    }

    /// Removes a factory: on this page at once, on the server some seconds later.
    pub async fn remove(&self, name: &str) {
        self.choose(name, ".remove").await;
    }

    /// Chooses an entry of a factory's menu.
    async fn choose(&self, name: &str, entry: &str) {
        let id = self.id(name).await;
        self.browser.click(&format!("[data-factory=\"{id}\"] .menu-button")).await;
        self.browser.click_shown(&format!("[data-factory=\"{id}\"] {entry}")).await;
    }

    /// Waits until the page shows why an action failed.
    pub async fn wait_for_refusal(&self, words: &str) {
        let expression =
            format!("document.querySelector('.factory-tree > .failure').innerText.includes({})", json!(words));
        self.browser.wait_for(words, &expression).await;
    }

    async fn id(&self, name: &str) -> String {
        self.browser.wait_for(name, &node(name)).await;
        let id = self.browser.value(&format!("{}.dataset.factory", node(name))).await;
        id.as_str().expect("an id").to_owned()
    }
}
