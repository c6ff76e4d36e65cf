//! The issuer's pages. Never lets through what somebody typed as markup.

use std::collections::HashMap;

/// The style of both pages: the policy allows none inside them.
pub(super) const STYLE: &str = "\
:root{color-scheme:light dark;font:1.125rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\
body{margin:0;min-height:100dvh;display:grid;place-items:center;background:light-dark(#f5f3ee,#151412);color:light-dark(#1c1a17,#f2efe9)}\
main{box-sizing:border-box;width:min(26rem,100%);padding:1.5rem}\
h1{font-size:2rem;line-height:1.1;margin:0 0 .5rem}p{margin:.25rem 0 1rem}\
form{display:grid;gap:1rem}label{display:grid;gap:.25rem;font-weight:600}fieldset{border:0;margin:0;padding:0}\
legend{font-weight:600;padding:0}fieldset label{display:flex;align-items:center;gap:.75rem;min-height:2.75rem;font-weight:400}\
input[type=text]{font:inherit;min-height:2.75rem;padding:.4rem .75rem;border:1px solid light-dark(#8d8677,#7d766a);border-radius:.5rem;background:light-dark(#fff,#201e1b);color:inherit}\
input[type=radio]{width:1.3rem;height:1.3rem;accent-color:light-dark(#9a4600,#ffb36b)}\
button{font:inherit;font-weight:600;min-height:2.75rem;border:0;border-radius:.5rem;background:light-dark(#f08a24,#f79a3e);color:#241300;cursor:pointer}\
:focus-visible{outline:3px solid light-dark(#b45309,#ffb36b);outline-offset:3px}\
.wrong{color:light-dark(#a52a2a,#ff9c92);margin:0}.hint{font-size:.95rem;color:light-dark(#5c574e,#b3ada2)}";

/// What a form page shows beside the request's own parameters.
pub(super) struct Form<'a> {
    /// The name that was typed, or that is signed in here.
    pub(super) name: &'a str,
    /// What is wrong with it.
    pub(super) wrong: Option<&'a str>,
    /// Whether the group `admin` is offered.
    pub(super) offers_admin: bool,
    /// Whether it is chosen.
    pub(super) is_admin: bool,
}

/// The page that asks for a name; the request's parameters travel on in hidden fields.
pub(super) fn form(query: &HashMap<String, String>, form: &Form<'_>) -> String {
    let names = ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method"];
    let hidden: String = names
        .iter()
        .filter_map(|name| Some((name, query.get(*name)?)))
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
        .collect();
    let wrong = form.wrong.map(escape).unwrap_or_default();
    let (described, invalid) = if wrong.is_empty() { ("hint", "") } else { ("wrong hint", " aria-invalid=\"true\"") };
    let groups = if form.offers_admin {
        let (member, admin) = if form.is_admin { ("", " checked") } else { (" checked", "") };
        format!(
            "<fieldset><legend>Group</legend>\
             <label><input type=\"radio\" name=\"group\" value=\"\"{member}>None</label>\
             <label><input type=\"radio\" name=\"group\" value=\"admin\"{admin}>admin: may register tables and make keys</label></fieldset>"
        )
    } else {
        String::new()
    };
    let body = format!(
        "<h1>Sign in</h1><p class=\"hint\" id=\"hint\">This Rally runs on one machine. Any name will do, and the same name is the same person.</p>\
         <form method=\"post\" action=\"/oidc/authorize\">{hidden}\
         <label for=\"name\">Your name<input type=\"text\" id=\"name\" name=\"name\" value=\"{}\" autocomplete=\"username\" autofocus maxlength=\"80\" required aria-describedby=\"{described}\"{invalid}></label>\
         <p class=\"wrong\" id=\"wrong\" role=\"alert\">{wrong}</p>{groups}<button>Sign in</button></form>",
        escape(form.name)
    );
    page("Sign in", &body)
}

/// A page that says why it goes no further.
pub(super) fn refusal(message: &str) -> String {
    page("This does not work", &format!("<h1>This does not work</h1><p>{}</p>", escape(message)))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · Rally</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/oidc/issuer.css\"></head><body><main>{body}</main></body></html>"
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
    fn what_is_typed_stays_text() {
        let evil = "\"><script>alert(1)</script>";
        let query = HashMap::from([("state".to_owned(), evil.to_owned())]);
        let page = form(&query, &Form { name: evil, wrong: Some(evil), offers_admin: true, is_admin: false });
        assert!(!page.contains("<script"), "{page}");
        assert!(!refusal(evil).contains("<script"));
    }
}
