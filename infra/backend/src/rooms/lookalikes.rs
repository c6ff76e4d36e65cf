//! Names that look alike (Unicode Technical Standard #39, "Confusable Detection").

use std::collections::BTreeSet;

use domain::name::is_invisible;
use domain::person::PersonName;
use unicode_security::skeleton;

use crate::secrets;

/// A hash of a name's look: the same for names that look alike.
pub(crate) fn look(name: &PersonName) -> String {
    secrets::hash(normalized(name.as_str()))
}

/// The first of `name`, `name (2)`, `name (3)` and so on that looks like none of these.
pub(crate) fn distinct(name: &PersonName, looks: &BTreeSet<String>) -> PersonName {
    // One of these numbers is free, since the numbered names look different from each other.
    let mut numbered = (2..=looks.len() + 2).map(|number| name.numbered(number));
    let plain = (!looks.contains(&look(name))).then(|| name.clone());
    plain.or_else(|| numbered.find(|name| !looks.contains(&look(name)))).unwrap_or_else(|| name.clone())
}

/// The look of a name: without case, white space and invisible characters.
fn normalized(name: &str) -> String {
    let bare = |text: &str| -> String {
        skeleton(text).filter(|character| !character.is_whitespace() && !is_invisible(*character)).collect()
    };
    // A capital I looks like a small l, which is the skeleton of both. Without case, an i must then be the same, too.
    bare(&bare(name).to_lowercase().replace('i', "l"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> PersonName {
        text.parse().unwrap()
    }

    #[test]
    fn names_that_look_alike_have_the_same_hash() {
        for (one, other) in [
            ("Anna", "anna"),
            ("Anna", "Аnnа"), // Cyrillic А and а
            ("Anna", "Αnna"), // Greek Alpha
            ("Anna", "A n n a"),
            ("Paul", "Pau1"),
            ("Paul", "PauI"),
            ("Iris", "lris"),
            ("Iris", "IRIS"),
            ("Anna (2)", "Anna  (２)"),
            ("❤\u{fe0f}", "❤"),
        ] {
            assert_eq!(look(&name(one)), look(&name(other)), "{one} {other}");
        }
        for (one, other) in
            [("Anna", "Anne"), ("Anna", "Anná"), ("Anna", "Anna (2)"), ("Anna (2)", "Anna (3)"), ("李", "王")]
        {
            assert_ne!(look(&name(one)), look(&name(other)), "{one} {other}");
        }
    }

    #[test]
    fn people_with_the_same_name_get_numbers() {
        let mut looks = BTreeSet::new();
        let names: Vec<String> = ["Anna", "Аnnа", "anna", "Anna (2)", "Bo"]
            .map(|text| {
                let distinct = distinct(&name(text), &looks);
                assert!(looks.insert(look(&distinct)), "{distinct}");
                distinct.to_string()
            })
            .into();
        assert_eq!(names, ["Anna", "Аnnа (2)", "anna (3)", "Anna (2) (2)", "Bo"]);
        let long = name(&"x".repeat(80));
        for _ in 0..20 {
            assert!(looks.insert(look(&distinct(&long, &looks))));
        }
    }
}
