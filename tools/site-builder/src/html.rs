//! The page as text: its references for the build, and their replacements. Reads and writes no file. It supports the HTML that
//! `index.html` uses.
//!
//! The links with `data-trunk` are those of Trunk, so that `trunk serve` builds the same page in one module.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};

/// The page's references for the build, as paths in the checkout.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    /// `<link data-trunk rel="css">`: the order decides which sheet wins.
    pub(crate) stylesheets: Vec<String>,
    /// `<link data-trunk rel="copy-dir">`: folders of files that are served unchanged.
    pub(crate) public: Vec<String>,
    /// `<script src>`: scripts of the page's own, as paths on the site.
    pub(crate) scripts: Vec<String>,
}

/// The replacements of those links: addresses on the site.
pub(crate) struct Head<'a> {
    /// The JavaScript glue of wasm-bindgen.
    pub(crate) glue: &'a str,
    /// The module that each visit needs.
    pub(crate) main: &'a str,
    /// The script that starts the site.
    pub(crate) boot: &'a str,
    /// The style sheet, if there is any.
    pub(crate) stylesheet: Option<&'a str>,
}

/// Reads the page's references, and rejects what could not be served: the Content-Security-Policy allows no inline script and no inline
/// style.
pub(crate) fn links(html: &str) -> Result<Links> {
    let mut links = Links::default();
    let mut starts = 0;
    for tag in tags(html) {
        if let Some(handler) = tag.attributes.iter().find(|attribute| attribute.name.starts_with("on")) {
            bail!("index.html has the attribute {}, which the Content-Security-Policy refuses", handler.name);
        }
        match (tag.name.as_str(), tag.value("src").and_then(own_path)) {
            ("style", _) => bail!("index.html has an inline style, which the Content-Security-Policy refuses"),
            ("script", None) => bail!("index.html has an inline script, which the Content-Security-Policy refuses"),
            ("script", Some(path)) => links.scripts.push(path),
            ("link", _) if tag.value("data-trunk").is_some() => {
                let path = || tag.value("href").and_then(own_path).context("index.html has a data-trunk without href");
                match tag.value("rel").unwrap_or_default() {
                    "css" => links.stylesheets.push(path()?),
                    "copy-dir" => links.public.push(path()?),
                    "rust" => starts += 1,
                    other => bail!("index.html has a data-trunk of the kind {other}, which the build does not know"),
                }
            }
            _ => {}
        }
    }
    if starts != 1 {
        bail!("index.html needs one <link data-trunk rel=\"rust\">, and has {starts}");
    }
    Ok(links)
}

/// The page as it is served. `renamed` has the new address of each of the page's own scripts.
pub(crate) fn finish(html: &str, head: &Head<'_>, renamed: &BTreeMap<String, String>, version: &str) -> Result<String> {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut stylesheet = head.stylesheet;
    for tag in tags(html) {
        if tag.name == "script" {
            let source = tag.attributes.iter().find(|attribute| attribute.name == "src");
            let address = source.and_then(|source| renamed.get(&own_path(&source.value)?).map(|new| (source, new)));
            if let Some((source, new)) = address {
                edits.push((source.range.clone(), new.clone()));
            }
        } else if tag.name == "link" && tag.value("data-trunk").is_some() {
            let replacement = match tag.value("rel") {
                Some("rust") => start(head, version),
                Some("css") => {
                    stylesheet.take().map(|sheet| format!("<link rel=stylesheet href={sheet}>")).unwrap_or_default()
                }
                _ => String::new(),
            };
            edits.push((tag.range, replacement));
        }
    }
    minify(&edited(html, &edits))
}

/// The tags that start the site. All files are requested before the first script runs; `crossorigin` because a preload is used only by
/// a request of the same mode, and `fetch` uses this one.
fn start(head: &Head<'_>, version: &str) -> String {
    let Head { glue, main, boot, .. } = head;
    format!(
        "<meta name=rally-version content={version}>\n\
         <link rel=modulepreload href={glue}>\n\
         <link rel=preload as=fetch crossorigin type=application/wasm href={main}>\n\
         <link rel=preload as=fetch crossorigin href=/config.json>\n\
         <script type=module src={boot}></script>"
    )
}

fn edited(html: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut text = String::with_capacity(html.len());
    let mut copied = 0;
    for (range, replacement) in edits {
        text.push_str(&html[copied..range.start]);
        text.push_str(replacement);
        copied = range.end;
    }
    text.push_str(&html[copied..]);
    text
}

/// The page without comments, indentation and empty lines. Line breaks remain: between two words or two links they count.
fn minify(html: &str) -> Result<String> {
    if let Some(tag) = tags(html).iter().find(|tag| matches!(tag.name.as_str(), "pre" | "textarea")) {
        bail!("index.html has a <{}>, in which each space counts: the build would change it", tag.name);
    }
    let mut bare = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(begin) = rest.find("<!--") {
        bare.push_str(&rest[..begin]);
        rest = rest[begin..].find("-->").map_or("", |end| &rest[begin + end + 3..]);
    }
    bare.push_str(rest);
    let lines: Vec<&str> = bare.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Ok(lines.join("\n"))
}

/// The paths, without the leading slash, of the page's subresources.
pub(crate) fn references(html: &str) -> Vec<String> {
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

/// A path on this site, without its leading slash.
fn own_path(address: &str) -> Option<String> {
    if address.contains(':') || address.starts_with("//") || address.is_empty() {
        return None;
    }
    let path = address.split(['?', '#']).next().unwrap_or_default();
    Some(path.trim_start_matches("./").trim_start_matches('/').to_owned())
}

/// A start tag; for a script or a style also its content.
struct Tag {
    name: String,
    /// From `<` to `>`.
    range: Range<usize>,
    attributes: Vec<Attribute>,
}

impl Tag {
    fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value.as_str())
    }
}

/// `range` is the position of the value, including its quotes.
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
        // Text in a script that looks like a tag is none.
        at = match name.as_str() {
            "script" | "style" => html[end..].find(&format!("</{name}")).map_or(html.len(), |length| end + length),
            _ => end,
        };
        tags.push(Tag { name, range: start..end, attributes });
    }
    tags
}

/// The attributes from `at` on, and the end of the tag.
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

/// The end of the run of characters that satisfy the predicate.
fn end_of(text: &str, from: usize, belongs: impl Fn(char) -> bool) -> usize {
    text[from..].find(|character| !belongs(character)).map_or(text.len(), |length| from + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <script src="/theme.js"></script>
    <link rel="icon" href="/icon.svg" type="image/svg+xml">
    <!-- <script>in a comment</script> -->
    <link data-trunk rel="css" href="style/tokens.css">
    <link data-trunk rel="css" href="style/base.css">
    <link data-trunk rel="rust" data-wasm-opt="z">
    <link data-trunk rel="copy-dir" href="public" data-target-path=".">
  </head>
  <body>
    <p>Two
      words</p>
  </body>
</html>
"#;

    const HEAD: Head<'static> = Head {
        glue: "/assets/rally-1.js",
        main: "/assets/rally-2.wasm",
        boot: "/assets/boot-3.js",
        stylesheet: Some("/assets/style-4.css"),
    };

    #[test]
    fn the_page_says_what_the_build_needs() {
        let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expected = Links {
            stylesheets: strings(&["style/tokens.css", "style/base.css"]),
            public: strings(&["public"]),
            scripts: strings(&["theme.js"]),
        };
        assert_eq!(links(PAGE).unwrap(), expected);
    }

    #[test]
    fn what_the_policy_refuses_is_refused_here() {
        for part in
            ["<script>go()</script>", "<body onload=\"go()\">", "<style>a{}</style>", "<script type=module>x</script>"]
        {
            assert!(links(&format!("{PAGE}{part}")).is_err(), "{part}");
        }
    }

    #[test]
    fn the_site_is_started_once() {
        assert!(links("<head></head>").is_err());
        assert!(links(&format!("{PAGE}<link data-trunk rel=rust>")).is_err());
        assert!(links(&format!("{PAGE}<link data-trunk rel=sass href=a.scss>")).is_err());
    }

    #[test]
    fn the_head_names_what_is_served() {
        let renamed = [("theme.js".to_owned(), "/assets/theme-5.js".to_owned())].into();
        assert_eq!(
            finish(PAGE, &HEAD, &renamed, "6").unwrap(),
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<script src=/assets/theme-5.js></script>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel=stylesheet href=/assets/style-4.css>
<meta name=rally-version content=6>
<link rel=modulepreload href=/assets/rally-1.js>
<link rel=preload as=fetch crossorigin type=application/wasm href=/assets/rally-2.wasm>
<link rel=preload as=fetch crossorigin href=/config.json>
<script type=module src=/assets/boot-3.js></script>
</head>
<body>
<p>Two
words</p>
</body>
</html>"#
        );
    }

    #[test]
    fn a_text_in_which_each_space_counts_is_refused() {
        assert!(minify("<pre>\n  a\n</pre>").is_err());
    }

    #[test]
    fn references_are_what_is_fetched_from_our_own_site() {
        let html = "<link rel=stylesheet href=/a.css><link crossorigin href='/b.wasm' rel=preload as=fetch>\
                    <link rel=canonical href=/c><script src=\"./d.js?x\"></script>\
                    <script src=https://elsewhere.test/e.js></script><link rel=\"shortcut icon\" href=/f.svg>";
        assert_eq!(references(html), ["a.css", "b.wasm", "d.js", "f.svg"]);
    }
}
