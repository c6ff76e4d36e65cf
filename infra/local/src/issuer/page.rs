//! The issuer's pages. User input is always escaped.

use std::collections::HashMap;

/// The style sheet of both pages: the policy allows no inline styles.
pub(super) const STYLE: &str = include_str!("issuer.css");

/// The offered groups, and the rights of their members.
pub(super) const GROUPS: [(&str, &str); 2] = [
    ("admin", "may register tables and create keys"),
    ("staff", "reads and writes the items whose keys begin with @staff:"),
];

/// The parameters of a request that the form carries along.
const HIDDEN_FIELDS: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
];

/// What a form page shows in addition to the request's parameters.
pub(super) struct Form<'a> {
    /// The person who is signed in here and may continue.
    pub(super) known: Option<&'a str>,
    /// The typed name, or the one that is signed in here.
    pub(super) name: &'a str,
    /// The selected group, if any.
    pub(super) group: Option<&'a str>,
    /// Whether the page offers groups.
    pub(super) offers_groups: bool,
    /// The error of the name.
    pub(super) error: Option<&'a str>,
}

/// The page with a field for a name; hidden fields carry the request's parameters.
pub(super) fn form(query: &HashMap<String, String>, form: &Form<'_>) -> String {
    let hidden: String = HIDDEN_FIELDS
        .iter()
        .filter_map(|name| Some((name, query.get(*name)?)))
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
        .collect();
    let body = format!(
        "<h1>Sign in</h1>\
         <p class=\"hint\" id=\"hint\">This Rally runs on one machine. Any name will do, and the same name is the same \
         person.</p>{}{}",
        form.known.map(|known| continue_form(&hidden, known)).unwrap_or_default(),
        name_form(&hidden, form)
    );
    page("Sign in", &body)
}

/// A separate form: Enter in the field of the other form must not press this button.
fn continue_form(hidden: &str, known: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/oidc/authorize\">{hidden}\
         <button name=\"known\" value=\"yes\" autofocus>Go on as {}</button></form>\
         <p class=\"hint\">Or sign in under another name:</p>",
        escape(known)
    )
}

fn name_form(hidden: &str, form: &Form<'_>) -> String {
    let error = form.error.map(escape).unwrap_or_default();
    let (described, invalid) = if error.is_empty() { ("hint", "") } else { ("wrong hint", " aria-invalid=\"true\"") };
    let focus = if form.known.is_some() { "" } else { " autofocus" };
    let groups = if form.offers_groups { groups(form.group) } else { String::new() };
    // No maxlength: a browser would cut a pasted name silently, and counts characters differently from the rule.
    format!(
        "<form method=\"post\" action=\"/oidc/authorize\">{hidden}\
         <label for=\"name\">Your name<input type=\"text\" id=\"name\" name=\"name\" value=\"{}\" \
         autocomplete=\"username\"{focus} required aria-describedby=\"{described}\"{invalid}></label>\
         <p class=\"wrong\" id=\"wrong\" role=\"alert\">{error}</p>{groups}<button>Sign in</button></form>",
        escape(form.name)
    )
}

fn groups(chosen: Option<&str>) -> String {
    let radio = |value: &str, label: &str, is_chosen: bool| {
        let checked = if is_chosen { " checked" } else { "" };
        format!("<label><input type=\"radio\" name=\"group\" value=\"{value}\"{checked}>{label}</label>")
    };
    let offered = GROUPS.map(|(name, may)| radio(name, &format!("{name}: {may}"), chosen == Some(name)));
    format!("<fieldset><legend>Group</legend>{}{}</fieldset>", radio("", "None", chosen.is_none()), offered.concat())
}

/// A page with an error.
pub(super) fn error_page(message: &str) -> String {
    page("This does not work", &format!("<h1>This does not work</h1><p>{}</p>", escape(message)))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · Rally</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"/icon.svg\"><link rel=\"stylesheet\" href=\"/oidc/issuer.css\"></head><body><main>{body}</main></body></html>"
    )
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_input_is_escaped() {
        let markup = "\"><script>alert(1)</script>";
        let query = HashMap::from([("state".to_owned(), markup.to_owned())]);
        let shown = Form { known: Some(markup), name: markup, group: None, offers_groups: true, error: Some(markup) };
        let page = form(&query, &shown);
        assert!(!page.contains("<script"), "{page}");
        assert!(!error_page(markup).contains("<script"));
    }
}
