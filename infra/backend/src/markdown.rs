//! Markdown to safe HTML: parsed by pulldown-cmark, then cleaned by ammonia. Scripts, styles, forms, images, and links other than to web
//! pages and mail addresses are removed.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd, html};

/// The allowed tags. Headings are not among them: a question is shown under the page's own heading.
const TAGS: [&str; 22] = [
    "p",
    "br",
    "hr",
    "em",
    "strong",
    "del",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "sub",
    "sup",
    "kbd",
];

/// The allowed schemes of a link.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        .tags(HashSet::from(TAGS))
        .tag_attributes([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))].into())
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(ammonia::UrlRelative::Deny)
        .clean_content_tags(HashSet::from(["script", "style"]))
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank");
    cleaner
});

/// Whether a link leads to a web page or a mail address. Any other link is reduced to its text, so that it does not look like a link.
fn leads_to_page(link_type: LinkType, address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    // `<ada@example.org>` has no scheme; the HTML writer adds it.
    link_type == LinkType::Email || scheme.is_some_and(|scheme| SCHEMES.contains(&scheme.as_str()))
}

/// The HTML of a question's text.
pub fn render(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut is_plain = false;
    let events = Parser::new_ext(text, options).filter_map(|event| match event {
        // Links do not nest (CommonMark 0.31, section 6.3), so the next end belongs to this link.
        Event::Start(Tag::Link { link_type, dest_url, .. }) if !leads_to_page(link_type, &dest_url) => {
            is_plain = true;
            None
        }
        Event::End(TagEnd::Link) if std::mem::take(&mut is_plain) => None,
        Event::Start(Tag::Heading { .. }) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Paragraph)),
        // A single line break stays one, as authors without knowledge of Markdown expect.
        Event::SoftBreak => Some(Event::HardBreak),
        // An image is replaced by its description.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        // HTML is shown as text: an author of a question about `<b>` wants it to be read.
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        other => Some(other),
    });
    let mut html_text = String::new();
    html::push_html(&mut html_text, events);
    CLEANER.clean(&html_text).to_string().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html() {
        let cases = [
            ("How *many*?", "<p>How <em>many</em>?</p>"),
            ("one\ntwo", "<p>one<br>\ntwo</p>"),
            ("# Big", "<p>Big</p>"),
            ("`a < b`", "<p><code>a &lt; b</code></p>"),
            ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
            ("<b>bold</b>", "<p>&lt;b&gt;bold&lt;/b&gt;</p>"),
            ("![a cat](https://example.org/cat.png)", "<p>a cat</p>"),
        ];
        for (text, expected) in cases {
            assert_eq!(render(text), expected, "{text}");
        }
        let link = render("[here](https://example.org)");
        assert!(link.contains(r#"href="https://example.org""#) && link.contains("noopener"), "{link}");
        let mail = render("<ada@example.org>");
        assert!(mail.contains(r#"href="mailto:ada@example.org""#), "{mail}");
    }

    #[test]
    fn a_disallowed_link_becomes_plain_text() {
        for address in ["javascript:alert(1)", "data:text/html,x", "//example.org/x", "/rooms", "x", "JavaScript:x"] {
            assert_eq!(
                render(&format!("[*Rooms*]({address}) or [y](HTTPS://example.org)")).matches("<a").count(),
                1,
                "{address}"
            );
            assert_eq!(render(&format!("[*Rooms*]({address})")), "<p><em>Rooms</em></p>", "{address}");
        }
    }

    #[test]
    fn scripts_and_unsafe_links_are_removed() {
        let malicious = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<a href='vbscript:x' onclick=alert(1)>x</a>",
            "<style>body{display:none}</style>",
            "<iframe src=//example.org></iframe>",
            "[x](//example.org/x)",
            "<svg><script>alert(1)</script></svg>",
            "```\n</code><script>alert(1)</script>\n```",
        ];
        for text in malicious {
            let html_text = render(text);
            let tags: Vec<&str> = html_text.split('<').skip(1).filter_map(|tag| tag.split(['>', ' ']).next()).collect();
            assert!(tags.iter().all(|tag| TAGS.contains(&tag.trim_start_matches('/'))), "{text}: {html_text}");
            for attribute in ["href=\"javascript", "href=\"data", "href=\"vbscript", "href=\"//", "src="] {
                let inside_tag =
                    html_text.split('<').skip(1).any(|tag| tag.split('>').next().unwrap().contains(attribute));
                assert!(!inside_tag, "{text}: {html_text}");
            }
        }
    }
}
