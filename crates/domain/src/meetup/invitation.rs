//! The people whom a host invites: mail addresses, and the list of them that a host pastes.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::person::PersonName;
use crate::validation::{Violation, checked_text};

/// The longest address, in bytes (RFC 5321, section 4.5.3.1.3, without the brackets).
pub const ADDRESS_LIMIT: usize = 254;

/// The longest part before the `@`, in bytes (RFC 5321, section 4.5.3.1.1).
const LOCAL_LIMIT: usize = 64;

/// The largest number of people in one list.
pub const INVITED_AT_ONCE: usize = 500;

/// The longest list, in bytes.
pub const LIST_LIMIT: usize = 64 * 1024;

/// The number of characters of a faulty entry that an error shows.
const ENTRY_SHOWN: usize = 80;

/// A mail address: ASCII, without quotes and comments, with a domain that has a dot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailAddress(String);

checked_text!(
    MailAddress,
    crate::schema::text(concat!(
        "^(?=.{3,254}$)(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*",
        "@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$",
    ))
);

impl MailAddress {
    /// The same for all spellings of one mailbox: two addresses that differ only in the case of letters are one person's.
    pub fn normalized(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for MailAddress {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let is_address = text.len() <= ADDRESS_LIMIT
            && text.split_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
        if is_address {
            return Ok(Self(text.to_owned()));
        }
        Err(Violation::new("address", text, "mail", "A mail address has a form like ada@example.org."))
    }
}

/// A dot-atom (RFC 5322, section 3.2.3).
fn is_local_part(local: &str) -> bool {
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte);
    local.len() <= LOCAL_LIMIT && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(fit))
}

/// Labels of letters, digits and hyphens (RFC 1123, section 2.1), at least two; the last one begins with a letter.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.split('.').all(is_label)
        && last.len() >= 2
        && last.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// A person whom the host invites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitee {
    /// The name, if the host wrote one.
    pub name: Option<PersonName>,
    /// The address.
    pub address: MailAddress,
}

/// An entry of a list that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryFault {
    /// The line, from 1 on.
    pub line: u32,
    /// The entry, shortened to 80 characters.
    pub entry: String,
    /// What is wrong with it.
    pub message: String,
}

/// A list as a host pastes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvitationList {
    /// The people, each address once.
    pub invitees: Vec<Invitee>,
    /// The number of entries whose address is in the list already.
    pub repeated: usize,
    /// The entries that are not understood.
    pub faults: Vec<EntryFault>,
}

impl InvitationList {
    /// Reads a list: entries on lines of their own, or separated by commas, semicolons or tabs. An entry is an address, or a name and an
    /// address in angle brackets. A quoted name may have a comma.
    ///
    /// # Errors
    /// The list is longer than [`LIST_LIMIT`] or has more than [`INVITED_AT_ONCE`] people.
    pub fn read(text: &str) -> Result<Self, Violation> {
        if text.len() > LIST_LIMIT {
            let message = format!("A list has at most {LIST_LIMIT} bytes. Send it in parts.");
            return Err(Violation::new("list", text, "length", message));
        }
        let (mut list, mut known) = (Self::default(), BTreeSet::new());
        for (line, number) in text.lines().zip(1..) {
            for entry in entries(line) {
                match read_entry(entry) {
                    Ok(invitee) if known.insert(invitee.address.normalized()) => list.invitees.push(invitee),
                    Ok(_) => list.repeated += 1,
                    Err(violation) => list.faults.push(EntryFault {
                        line: number,
                        entry: entry.chars().take(ENTRY_SHOWN).collect(),
                        message: violation.message(),
                    }),
                }
            }
        }
        if list.invitees.len() > INVITED_AT_ONCE {
            let message = format!(
                "A list has at most {INVITED_AT_ONCE} people; this one has {}. Send it in parts.",
                list.invitees.len()
            );
            return Err(Violation::of_rule("list", "", "count", message));
        }
        Ok(list)
    }
}

/// The entries of a line. A separator within quotes separates nothing.
fn entries(line: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let separates = move |character: char| {
        is_quoted ^= character == '"';
        !is_quoted && matches!(character, ',' | ';' | '\t')
    };
    line.split(separates).map(str::trim).filter(|entry| !entry.is_empty())
}

fn read_entry(entry: &str) -> Result<Invitee, Violation> {
    let Some((name, rest)) = entry.split_once('<') else {
        return Ok(Invitee { name: None, address: entry.parse()? });
    };
    let address = rest.strip_suffix('>').ok_or_else(|| {
        Violation::new(
            "address",
            entry,
            "brackets",
            "An address in angle brackets has a form like Ada <ada@example.org>.",
        )
    })?;
    let name = name.trim().trim_matches('"').trim();
    let name = if name.is_empty() { None } else { Some(name.parse()?) };
    Ok(Invitee { name, address: address.trim().parse()? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_has_a_local_part_and_a_domain() {
        for good in ["ada@example.org", "a.b+c@sub.example.co", "o'neil@ex-ample.org", "A@b.io", "1@2.3.de"] {
            assert!(good.parse::<MailAddress>().is_ok(), "{good}");
        }
        let (long_local, long) = (format!("{}@b.io", "a".repeat(65)), format!("a@{}.io", ["b"; 126].join(".")));
        for bad in [
            "",
            "@",
            "a",
            "a@",
            "@b.io",
            "a@b",
            "a@b.",
            "a@.io",
            "a@-b.io",
            "a@b-.io",
            "a@b..io",
            "a..b@c.io",
            ".a@b.io",
            "a.@b.io",
            "a b@c.io",
            "a@b@c.io",
            "\"a b\"@c.io",
            "a@[127.0.0.1]",
            "a@b.1",
            "a@b.c",
            "ä@b.io",
            "a@ä.io",
            "a@b.io\n",
            "a\r\nBcc: x@b.io",
            &long_local,
            &long,
        ] {
            assert!(bad.parse::<MailAddress>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn one_mailbox_in_two_spellings_is_one_person() {
        let list = InvitationList::read("ada@example.org\nADA@Example.ORG, Ada <Ada@example.org>").unwrap();
        assert_eq!((list.invitees.len(), list.repeated, list.faults.len()), (1, 2, 0));
    }

    #[test]
    fn a_list_is_read_as_people_paste_it() {
        let text = "\u{feff}ada@example.org; Bo <bo@example.org>,\"Lee, Cy\" <cy@example.org>\r\n\r\n  di@example.org\tei@example.org\n";
        let list = InvitationList::read(text.trim_start_matches('\u{feff}')).unwrap();
        let read: Vec<(Option<&str>, &str)> = list
            .invitees
            .iter()
            .map(|invitee| (invitee.name.as_ref().map(PersonName::as_str), invitee.address.as_str()))
            .collect();
        let expected = [
            (None, "ada@example.org"),
            (Some("Bo"), "bo@example.org"),
            (Some("Lee, Cy"), "cy@example.org"),
            (None, "di@example.org"),
            (None, "ei@example.org"),
        ];
        assert_eq!((read, list.faults), (expected.to_vec(), Vec::new()));
    }

    #[test]
    fn what_is_not_understood_is_named_by_its_line_and_hides_nothing() {
        let list =
            InvitationList::read("ada@example.org\nsome words\nBo <bo@example.org\n\ncy@example.org, @x").unwrap();
        assert_eq!(list.invitees.len(), 2);
        let faults: Vec<(u32, &str)> = list.faults.iter().map(|fault| (fault.line, fault.entry.as_str())).collect();
        assert_eq!(faults, [(2, "some words"), (3, "Bo <bo@example.org"), (5, "@x")]);
    }

    #[test]
    fn a_list_is_bounded() {
        let of = |count: usize| (0..count).map(|number| format!("a{number}@example.org\n")).collect::<String>();
        assert_eq!(InvitationList::read(&of(INVITED_AT_ONCE)).unwrap().invitees.len(), INVITED_AT_ONCE);
        assert_eq!(InvitationList::read(&of(INVITED_AT_ONCE + 1)).unwrap_err().property, "list");
        assert!(InvitationList::read(&"x".repeat(LIST_LIMIT + 1)).is_err());
    }

    proptest! {
        #[test]
        fn each_entry_is_read_repeated_or_named(text in "[a-c@.<>\", ;\\n]{0,60}") {
            let list = InvitationList::read(&text).unwrap();
            let count: usize = text.lines().map(|line| entries(line).count()).sum();
            prop_assert_eq!(list.invitees.len() + list.repeated + list.faults.len(), count);
        }

        #[test]
        fn no_address_ends_a_header_line(text in "\\PC{0,40}") {
            if let Ok(address) = text.parse::<MailAddress>() {
                prop_assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
