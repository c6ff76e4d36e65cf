//! The site's sizes, as `site-builder` reports them.

use serde_json::Value;

/// A finished site.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Built {
    /// Every file, the largest first.
    pub(crate) files: Vec<Served>,
    /// The pages of the chunk table.
    pub(crate) pages: Vec<Page>,
}

/// A file of the site.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Served {
    /// Its path below the site's folder.
    pub(crate) name: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// The size of its compressed twin, if it has one.
    pub(crate) compressed: Option<u64>,
}

/// The cost of a page, in bytes over the network.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// `/rooms/*/control`: a star stands for one segment of a path.
    pub(crate) pattern: String,
    /// As the first page of an empty browser.
    pub(crate) first: u64,
    /// After the page that shares the least with it.
    pub(crate) later: u64,
}

impl Served {
    /// The transferred size: that of the compressed twin if there is one.
    fn over_the_wire(&self) -> u64 {
        self.compressed.unwrap_or(self.bytes)
    }
}

impl Built {
    /// Reads the report; `None` if it is invalid.
    pub(crate) fn from_report(text: &str) -> Option<Self> {
        let report: Value = serde_json::from_str(text).ok()?;
        let file = |file: &Value| {
            Some(Served {
                name: file["name"].as_str()?.to_owned(),
                bytes: file["bytes"].as_u64()?,
                compressed: file["compressed"].as_u64(),
            })
        };
        let page = |page: &Value| {
            Some(Page {
                pattern: page["pattern"].as_str()?.to_owned(),
                first: page["first"].as_u64()?,
                later: page["later"].as_u64()?,
            })
        };
        let mut files: Vec<Served> = report["files"].as_array()?.iter().map(file).collect::<Option<_>>()?;
        files.sort_by_key(|file| std::cmp::Reverse(file.over_the_wire()));
        Some(Self { files, pages: report["pages"].as_array()?.iter().map(page).collect::<Option<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_has_files_and_pages() {
        let report = r#"{
            "files": [{"name": "icon.png", "bytes": 900, "compressed": null}, {"name": "a.js", "bytes": 5000, "compressed": 1000}],
            "pages": [{"pattern": "/", "first": 1900, "later": 0}]
        }"#;
        let built = Built::from_report(report).unwrap();
        let names: Vec<&str> = built.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.js", "icon.png"]);
        assert_eq!(built.pages, [Page { pattern: "/".to_owned(), first: 1_900, later: 0 }]);
    }

    #[test]
    fn half_a_report_is_none() {
        assert_eq!(Built::from_report("{\"files\": [{}], \"pages\": []}"), None);
        assert_eq!(Built::from_report("{\"files\": []}"), None);
        assert_eq!(Built::from_report(""), None);
    }
}
