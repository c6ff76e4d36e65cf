//! The shell page as text: its inline scripts become files, and one learns what it asks the browser to fetch. Reads and
//! writes no file. It knows as much of HTML as Trunk writes, minified or not.

use std::ops::Range;

use anyhow::{Result, bail};
use sha2::{Digest, Sha256};

/// A page without inline scripts, and the files that took their place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) html: String,
    pub(super) scripts: Vec<Script>,
}

/// A script with the name that says its content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) name: String,
    pub(super) text: String,
}

/// An inline script.
pub(super) struct Inline<'a> {
    pub(super) text: &'a str,
    /// Whether it may import others.
    pub(super) module: bool,
}

/// Moves each inline script into a file of its own, because the Content-Security-Policy refuses inline ones. `finish`
/// makes of its text what is to be in the file.
pub(super) fn move_inline_scripts(html: &str, mut finish: impl FnMut(Inline<'_>) -> Result<String>) -> Result<Page> {
    let mut page = Page { html: String::with_capacity(html.len()), scripts: Vec::new() };
    let mut copied = 0;
    for tag in tags(html) {
        if let Some(handler) = tag.attributes.iter().find(|attribute| attribute.name.starts_with("on")) {
            bail!("index.html has the attribute {}, which the Content-Security-Policy refuses", handler.name);
        }
        if tag.name != "script" || tag.value("src").is_some() {
            continue;
        }
        let module = match tag.value("type").unwrap_or_default() {
            "module" => true,
            "" | "text/javascript" => false,
            "application/json" | "application/ld+json" => continue,
            other => {
                bail!("index.html has an inline script of type {other}, which the Content-Security-Policy refuses")
            }
        };
        let text = finish(Inline { text: html[tag.content.clone()].trim(), module })?;
        let name = format!("loader-{}.js", content_hash(text.as_bytes()));
        page.html.push_str(&html[copied..tag.start]);
        if module {
            page.html.push_str(&format!("<link rel=modulepreload href=/{name}><script type=module src=/{name}>"));
        } else {
            page.html.push_str(&format!("<script src=/{name}>"));
        }
        copied = tag.content.end;
        page.scripts.push(Script { name, text });
    }
    page.html.push_str(&html[copied..]);
    Ok(page)
}

/// The paths, without the leading slash, of what a browser fetches because the page says so.
pub(super) fn references(html: &str) -> Vec<String> {
    const FETCHED: [&str; 5] = ["stylesheet", "preload", "modulepreload", "icon", "manifest"];
    let mut paths = Vec::new();
    for tag in tags(html) {
        let address = match tag.name.as_str() {
            "script" | "img" => tag.value("src"),
            "link" if tag.value("rel").is_some_and(|rel| rel.split(' ').any(|word| FETCHED.contains(&word))) => {
                tag.value("href")
            }
            _ => None,
        };
        let Some(path) = address.and_then(own_path) else { continue };
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

/// A style sheet that holds for every screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Its path.
    pub(super) path: String,
    /// The one document that needs it, as the attribute `data-document` says; all do, if that is left out.
    pub(super) document: Option<String>,
}

/// The style sheets that hold for every screen, in their order: the order decides which one wins.
pub(super) fn stylesheets(html: &str) -> Vec<Sheet> {
    tags(html).iter().filter_map(stylesheet).collect()
}

/// Takes away every link to one of these paths.
pub(super) fn without_links(html: &str, paths: &[String]) -> String {
    let mut rest = String::with_capacity(html.len());
    let mut copied = 0;
    for tag in tags(html).iter().filter(|tag| tag.name == "link") {
        if tag.value("href").and_then(own_path).is_some_and(|path| paths.contains(&path)) {
            rest.push_str(&html[copied..tag.start]);
            copied = tag.content.end;
        }
    }
    rest.push_str(&html[copied..]);
    rest
}

fn stylesheet(tag: &Tag) -> Option<Sheet> {
    let plain = tag.name == "link" && tag.value("rel") == Some("stylesheet") && tag.value("media").is_none();
    let path = tag.value("href").filter(|_| plain).and_then(own_path)?;
    Some(Sheet { path, document: tag.value("data-document").map(str::to_owned) })
}

/// Replaces an address wherever an attribute of a `script` or a `link` holds it.
pub(super) fn rename(html: &str, from: &str, to: &str) -> String {
    let mut renamed = String::with_capacity(html.len());
    let mut copied = 0;
    for attribute in
        tags(html).into_iter().filter(|tag| tag.name == "script" || tag.name == "link").flat_map(|tag| tag.attributes)
    {
        if own_path(&attribute.value).is_some_and(|path| path == from) {
            renamed.push_str(&html[copied..attribute.range.start]);
            renamed.push_str(&format!("\"/{to}\""));
            copied = attribute.range.end;
        }
    }
    renamed.push_str(&html[copied..]);
    renamed
}

/// The sixteen hexadecimal digits that name a content.
pub(super) fn content_hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A path on our own site, without its leading slash.
fn own_path(address: &str) -> Option<String> {
    if address.contains(':') || address.starts_with("//") || address.is_empty() {
        return None;
    }
    let path = address.split(['?', '#']).next().unwrap_or_default();
    Some(path.trim_start_matches("./").trim_start_matches('/').to_owned())
}

/// A start tag; of a script or a style also what is in it.
struct Tag {
    name: String,
    start: usize,
    attributes: Vec<Attribute>,
    content: Range<usize>,
}

impl Tag {
    fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value.as_str())
    }
}

/// `range` is where the value stands, its quotes included.
struct Attribute {
    name: String,
    value: String,
    range: Range<usize>,
}

fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        let start = at + found;
        if html[start..].starts_with("<!--") {
            at = html[start..].find("-->").map_or(html.len(), |end| start + end + 3);
            continue;
        }
        let name_start = start + 1;
        let name_end = end_of(html, name_start, |character| character.is_ascii_alphanumeric() || character == '-');
        if !html[name_start..].starts_with(|first: char| first.is_ascii_alphabetic()) {
            at = name_start;
            continue;
        }
        let name = html[name_start..name_end].to_ascii_lowercase();
        let (attributes, end) = attributes(html, name_end);
        let content = match name.as_str() {
            "script" | "style" => end..html[end..].find(&format!("</{name}")).map_or(html.len(), |length| end + length),
            _ => end..end,
        };
        at = content.end;
        tags.push(Tag { name, start, attributes, content });
    }
    tags
}

/// The attributes from `at` on, and where the tag ends.
fn attributes(html: &str, mut at: usize) -> (Vec<Attribute>, usize) {
    let mut attributes = Vec::new();
    loop {
        at = end_of(html, at, |character| character.is_whitespace() || character == '/');
        match html[at..].chars().next() {
            None => return (attributes, at),
            Some('>') => return (attributes, at + 1),
            Some(_) => {}
        }
        let name_end =
            end_of(html, at, |character| !character.is_whitespace() && !"=>/".contains(character)).max(at + 1);
        let name = html[at..name_end].to_ascii_lowercase();
        at = end_of(html, name_end, char::is_whitespace);
        if !html[at..].starts_with('=') {
            attributes.push(Attribute { name, value: String::new(), range: at..at });
            continue;
        }
        at = end_of(html, at + 1, char::is_whitespace);
        let (inner, range) = match html[at..].chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let end = end_of(html, at + 1, |character| character != quote);
                (at + 1..end, at..(end + 1).min(html.len()))
            }
            _ => {
                let end = end_of(html, at, |character| !character.is_whitespace() && character != '>');
                (at..end, at..end)
            }
        };
        at = range.end;
        attributes.push(Attribute { name, value: html[inner].to_owned(), range });
    }
}

/// Where the run of characters that belong ends.
fn end_of(text: &str, from: usize, belongs: impl Fn(char) -> bool) -> usize {
    text[from..].find(|character| !belongs(character)).map_or(text.len(), |length| from + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(html: &str) -> Result<Page> {
        move_inline_scripts(html, |script| Ok(script.text.to_owned()))
    }

    #[test]
    fn an_inline_module_becomes_a_file() {
        let html = "<head><script type=\"module\">\nimport init from '/a.js';\nawait init();\n</script></head>";
        let page = moved(html).unwrap();
        let text = "import init from '/a.js';\nawait init();";
        let name = format!("loader-{}.js", content_hash(text.as_bytes()));
        assert_eq!(
            page.html,
            format!("<head><link rel=modulepreload href=/{name}><script type=module src=/{name}></script></head>")
        );
        assert_eq!(page.scripts, [Script { name, text: text.to_owned() }]);
    }

    #[test]
    fn minified_markup_is_understood() {
        let page = moved("<title>a<b</title><script type=module>if(1<2)go()</script><p>x").unwrap();
        assert_eq!(page.scripts[0].text, "if(1<2)go()");
        assert!(page.html.ends_with("</script><p>x"));
    }

    #[test]
    fn scripts_with_a_source_and_data_stay() {
        let html =
            "<script src=/a.js></script><script type=\"application/json\">{}</script><!-- <script>x</script> -->";
        let page = moved(html).unwrap();
        assert_eq!(page, Page { html: html.to_owned(), scripts: Vec::new() });
    }

    #[test]
    fn what_the_policy_refuses_is_refused_here() {
        assert!(moved("<body onload=\"go()\">").is_err());
        assert!(moved("<script type=importmap>{}</script>").is_err());
    }

    #[test]
    fn references_are_what_is_fetched_from_our_own_site() {
        let html = "<link rel=stylesheet href=/a.css><link crossorigin href='/b.wasm' rel=preload as=fetch>\
                    <link rel=canonical href=/c><script src=\"./d.js?x\"></script>\
                    <script src=https://elsewhere.test/e.js></script><link rel=\"shortcut icon\" href=/f.svg>";
        assert_eq!(references(html), ["a.css", "b.wasm", "d.js", "f.svg"]);
    }

    #[test]
    fn style_sheets_are_those_for_every_screen() {
        let html = "<link rel=stylesheet href=/a.css><link href=\"/b.css\" rel=\"stylesheet\"/>\
                    <link rel=stylesheet href=/paper.css media=print><link data-document=desk.html href=/c.css rel=stylesheet>";
        let sheet =
            |path: &str, document: Option<&str>| Sheet { path: path.to_owned(), document: document.map(str::to_owned) };
        assert_eq!(stylesheets(html), [sheet("a.css", None), sheet("b.css", None), sheet("c.css", Some("desk.html"))]);
    }

    #[test]
    fn links_are_taken_away_whole() {
        let html = "<link rel=preload href=/a.js><script src=/a.js></script><link href='/b.js' rel=modulepreload>x";
        assert_eq!(without_links(html, &["a.js".to_owned(), "b.js".to_owned()]), "<script src=/a.js></script>x");
    }

    #[test]
    fn a_file_is_renamed_wherever_it_is_named() {
        let html =
            "<link rel=preload href=/early.js as=script><script src=\"/early.js\"></script><a href=/early.js>x</a>";
        assert_eq!(
            rename(html, "early.js", "early-1.js"),
            "<link rel=preload href=\"/early-1.js\" as=script><script src=\"/early-1.js\"></script><a href=/early.js>x</a>"
        );
    }
}
