//! Secrets: a type that cannot be printed, and the one layer that takes known secrets out of texts.

mod forms;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use secrecy::{ExposeSecret, SecretString};

/// A value that is never shown, logged, recorded, put into argv or an error. No `Display`, no `Serialize`; zeroed on
/// drop.
#[derive(Clone)]
pub struct Secret(Arc<SecretString>);

impl Secret {
    /// Takes a secret in.
    pub fn new(value: String) -> Self {
        Self(Arc::new(SecretString::from(value)))
    }

    /// The bare value, for the one place that sends it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The password of a URL, where it has one.
    pub fn in_url(text: &str) -> Option<Self> {
        forms::password(text).map(|password| Self::new(forms::decoded(&password)))
    }

    /// What may be told of it: `set, 43 characters`.
    pub fn told(&self) -> String {
        format!("set, {} characters", self.expose().chars().count())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// Takes known secrets, in the forms in which they leak (plain, URL, base64, hexadecimal, JSON, JSON in JSON), out of
/// texts; and the userinfo of any URL. One pass over the text, however many secrets there are.
#[derive(Clone, Default)]
pub struct Redactor(Option<Arc<Forms>>);

struct Forms {
    /// Nothing where the secrets are too many to be searched for (2^31 bytes): then no text can be shown.
    search: Option<AhoCorasick>,
    count: usize,
    longest: usize,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} needles)", self.0.as_ref().map_or(0, |forms| forms.count))
    }
}

impl Redactor {
    /// A redactor of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut all: Vec<String> = secrets.into_iter().flat_map(|secret| forms::of(secret.expose())).collect();
        all.sort();
        all.dedup();
        let Some(longest) = all.iter().map(String::len).max() else { return Self(None) };
        // the kind that it chooses for few texts by itself is some times as fast, in twenty times the memory
        let search = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&all).ok();
        Self(Some(Arc::new(Forms { search, count: all.len(), longest })))
    }

    /// Length in bytes of the longest text that is searched for.
    pub fn longest(&self) -> usize {
        self.0.as_ref().map_or(0, |forms| forms.longest)
    }

    /// The text without the secrets.
    pub fn redact(&self, text: &str) -> String {
        mask_userinfo(&self.masked(text, text.len()), true).into_owned()
    }

    /// Is there anything in it to take out?
    pub fn finds(&self, text: &str) -> bool {
        let search = self.0.as_ref().map(|forms| &forms.search);
        let is_known = search.is_some_and(|search| search.as_ref().is_none_or(|search| search.is_match(text)));
        is_known || matches!(mask_userinfo(text, true), Cow::Owned(masked) if masked != text)
    }

    /// The first `most` bytes of a text without the secrets. No half of one is left at the cut, as long as the text goes
    /// on for [`longest`](Self::longest) bytes behind it, or ends there.
    pub fn redact_head(&self, text: &str, most: usize) -> String {
        let whole = most >= text.len();
        mask_userinfo(&self.masked(text, most), whole).into_owned()
    }

    /// Forms may overlap: what any of them covers is masked.
    fn masked<'t>(&self, text: &'t str, most: usize) -> Cow<'t, str> {
        let Some(forms) = &self.0 else { return Cow::Borrowed(&text[..floor(text, most)]) };
        let Some(search) = &forms.search else { return Cow::Borrowed(MASK) };
        let most = floor(text, most);
        let mut covered: Vec<std::ops::Range<usize>> = Vec::new();
        // in the order of their ends
        for found in search.find_overlapping_iter(text) {
            let mut found = found.range();
            while let Some(before) = covered.pop_if(|before| before.end > found.start) {
                found.start = found.start.min(before.start);
            }
            covered.push(found);
        }
        if covered.is_empty() {
            return Cow::Borrowed(&text[..most]);
        }
        let mut out = String::with_capacity(most);
        let mut shown = 0;
        for secret in covered.iter().take_while(|secret| secret.start < most) {
            out.push_str(&text[shown..secret.start]);
            out.push_str(MASK);
            shown = secret.end;
        }
        out.push_str(text.get(shown..most).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// The last place at which a text can be cut, up to `most` bytes.
fn floor(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// `redis://user:pw@host` becomes `redis://***@host`, wherever it stands in the text. Of a text that is cut, an
/// authority at the cut is masked whole: its `@` may come behind it.
fn mask_userinfo(text: &str, whole: bool) -> Cow<'_, str> {
    // most texts are short and have no colon, which is seen sooner than that they have no "://"
    if !text.as_bytes().contains(&b':') || !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>'));
        let authority = &tail[..end.unwrap_or(tail.len())];
        if end.is_none() && !whole {
            out.push_str(MASK);
            rest = "";
        } else if let Some(host) = authority.rfind('@') {
            out.push_str(MASK);
            rest = &tail[host..];
        } else {
            rest = tail;
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

    use super::*;

    const VALUE: &str = "p\"ss w/rd+4\u{e9}\\\"";

    fn redactor(values: &[&str]) -> Redactor {
        let secrets: Vec<Secret> = values.iter().map(|value| Secret::new((*value).to_owned())).collect();
        Redactor::new(&secrets)
    }

    #[test]
    fn every_form_of_a_secret_is_taken_out() {
        let redactor = redactor(&[VALUE]);
        let json = serde_json::to_string(VALUE).unwrap();
        let in_json = serde_json::to_string(&json).unwrap();
        for leaked in [
            VALUE.to_owned(),
            json.trim_start_matches('"').strip_suffix('"').unwrap().to_owned(),
            in_json.strip_prefix("\"\\\"").unwrap().strip_suffix("\\\"\"").unwrap().to_owned(),
            "p\\\"ss w\\/rd+4\u{e9}\\\\\\\"".into(),
            "p\\\"ss w/rd+4\\u00e9\\\\\\\"".into(),
            "p%22ss+w%2Frd%2B4%C3%A9%5C%22".into(),
            "p%22ss%20w%2Frd%2B4%C3%A9%5C%22".into(),
            "p%22ss%20w%2frd%2b4%c3%a9%5c%22".into(),
            "702273732077".to_owned() + "2f72642b34c3a95c22",
            "702273732077".to_owned() + "2F72642B34C3A95C22",
            STANDARD.encode(VALUE),
            STANDARD_NO_PAD.encode(VALUE),
            URL_SAFE_NO_PAD.encode(VALUE),
        ] {
            assert_eq!(redactor.redact(&format!("before {leaked} after")), "before *** after", "{leaked}");
        }
        assert!(!format!("{:?}{redactor:?}", Secret::new(VALUE.into())).contains("w/rd"));
    }

    #[test]
    fn a_secret_inside_a_longer_base64_text_is_taken_out_wherever_it_stands() {
        let value = "s3cret-key-0042";
        let redactor = redactor(&[value]);
        for (before, behind) in [("", "x"), ("u", ""), ("us", "xy"), ("use", "x"), ("user:", ""), ("0123456", "xyz")] {
            let leaked = STANDARD.encode(format!("{before}{value}{behind}"));
            let shown = redactor.redact(&leaked);
            assert!(shown.contains(MASK), "{before}: {shown}");
            // no group of digits is left that any three bytes of it decide
            let rest: String = shown.split(MASK).collect();
            assert!(rest.trim_end_matches('=').len() * 6 / 8 <= before.len() + behind.len() + 3, "{before}: {shown}");
        }
    }

    #[test]
    fn what_is_secret_inside_a_secret_is_taken_out_alone() {
        let dsn = redactor(&["redis://:hunter%4022@h:1/0", "https://ghp_0123456789abcdef@git.example/x"]);
        for leaked in ["hunter@22", "hunter%4022", "ghp_0123456789abcdef", "redis://:hunter%4022@h:1/0"] {
            assert_eq!(dsn.redact(&format!("AUTH {leaked}.")), "AUTH ***.", "{leaked}");
        }
        let same = redactor(&["postgresql://postgres:postgres@db/x"]);
        assert_eq!(same.redact("FATAL: no role postgres"), "FATAL: no role postgres");
        let key = redactor(&["-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"]);
        assert_eq!(key.redact("2: kqhkiG9w0BAQEF"), "2: ***");
    }

    #[test]
    fn secrets_that_overlap_leave_no_rest() {
        let both = redactor(&["abcdefgh", "efghijkl", "cdefgh"]);
        assert_eq!(both.redact("<abcdefghijkl> <cdefgh> <abcdefgh>"), "<***> <***> <***>");
    }

    #[test]
    fn a_cut_leaves_no_half_of_a_secret() {
        let secret = "s3cret-key-0042";
        let redactor = redactor(&[secret]);
        let text = format!("{secret} is {secret} {}", "x".repeat(redactor.longest()));
        for most in 0..text.len() {
            let head = redactor.redact_head(&text, most);
            assert!(!head.contains("s3c") && head.len() <= most + MASK.len(), "{most}: {head}");
        }
        assert_eq!(redactor.redact_head("at redis://:hunter22@h", 15), "at redis://***");
        assert_eq!(redactor.redact_head("caf\u{e9}", 4), "caf");
    }

    #[test]
    fn url_passwords_go_even_when_unknown() {
        let redactor = Redactor::default();
        assert_eq!(
            redactor.redact("at redis://:hunter22@h:1/0 and http://a/b@c"),
            "at redis://***@h:1/0 and http://a/b@c"
        );
    }

    #[test]
    fn short_values_are_left_alone() {
        assert_eq!(redactor(&["", "no"]).redact("no, not now"), "no, not now");
    }
}
