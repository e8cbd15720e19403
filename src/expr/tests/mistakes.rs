//! What is no expression, or no condition, is refused at load: where, why, and the way out.

use super::*;

#[test]
fn mistakes_are_refused_at_load_with_their_place() {
    let table = [
        ("wal.pending >", "", "the expression ends too early", None),
        ("wal.pending = 3", "=", "'=' compares nothing", Some("write == to compare")),
        ("a.b and c.d", "and", "there is no 'and'", Some("write &&")),
        ("a.b == 'x", "'x", "the text is not closed: a second ' is missing", None),
        ("a.b c.d", "c", "'c' is unexpected here", None),
        ("a.?b", ".?", "there are no optional fields", Some("write has(a.b) && …")),
        ("", "", "it is empty", None),
        ("rat('a.b','5m') > 1", "rat('a.b','5m')", "there is no function rat()", Some("did you mean rate()?")),
        (
            "1.0 < rate('a.b', '5 parsecs')",
            "'5 parsecs'",
            "'5 parsecs' is not a duration: write a number and ms, s, m, h or d, such as 5s, 1m30s or 250ms",
            Some("as in rate('component.signal', '5m'), per minute"),
        ),
        (
            "rate(wal.pending, '5m') > 1",
            "wal.pending",
            "rate() takes the name of a signal as text",
            Some("write 'wal.pending', as in rate('component.signal', '5m'), per minute"),
        ),
        (
            "stale('wal')",
            "'wal'",
            "'wal' names no signal",
            Some("write component.signal, as in stale('component.signal')"),
        ),
        ("a.b.all(x)", "a.b.all(x)", "all() is not called like this", Some("write list.all(x, x > 0)")),
        ("size(a.b, 3)", "size(a.b, 3)", "size() is not called like this", Some("write size(list) or list.size()")),
        ("a.b.matches('(')", "'('", "this is no regular expression: unclosed group", None),
        (
            "a.b.all(x, a.b.all(y, a.b.all(z, true)))",
            "a.b.all(z, true)",
            "more than 2 of all, exists, map and filter stand within one another",
            Some("it would cost too much on long lists"),
        ),
        (
            "a.latency_ms * 2 > 5",
            "a.latency_ms * 2",
            "cannot calculate a.latency_ms * 2: a.latency_ms is a decimal, 2 is a whole number",
            Some("write 2.0"),
        ),
        (
            "queue.queued * 1.5 > 3",
            "queue.queued * 1.5",
            "cannot calculate queue.queued * 1.5: queue.queued is a whole number, 1.5 is a decimal",
            Some("write double(queue.queued)"),
        ),
        (
            "rate('a.b','5m') + 1 > 2",
            "rate('a.b','5m') + 1",
            "cannot calculate rate('a.b','5m') + 1: rate('a.b','5m') is a decimal, 1 is a whole number",
            Some("write 1.0"),
        ),
        ("a.up == 'yes'", "a.up == 'yes'", "a.up is true or false, 'yes' is a text: they are never equal", None),
        (
            "a.failures && true",
            "a.failures && true",
            "&& joins conditions, and a.failures is a whole number",
            Some("compare it: a.failures > 0"),
        ),
        ("'x' in 'xyz'", "'x' in 'xyz'", "'in' looks into a list, 'xyz' is a text", Some("write 'xyz'.contains('x')")),
        (
            "a.b == {'x': 1}",
            "a.b == {'x': 1}",
            "objects are not compared as a whole",
            Some("compare its fields one by one"),
        ),
        ("acme.Point{x: 1}", "acme.Point{x: 1}", "there are no types to construct here", None),
        ("has(a)", "a", "has() asks for a field", Some("write has(component.signal)")),
        ("999999999999999999999 > 1", "999999999999999999999", "invalid int literal: too large, or not a number", None),
    ];
    for (text, place, message, help) in table {
        let error = Expr::compile(text).expect_err(text);
        let shown = (&text[error.span.clone()], error.message.as_str(), error.help.as_deref());
        assert_eq!(shown, (place, message, help), "{text}");
    }
}

#[test]
fn a_condition_that_is_none_is_told_apart() {
    assert!(Expr::compile("a.failures + 1").unwrap().check_condition().is_err());
    for fine in ["a.up", "a.b", "a.failures > 1", "has(a.b)", "a.b.all(x, x)"] {
        Expr::compile(fine).unwrap().check_condition().unwrap();
    }
}
