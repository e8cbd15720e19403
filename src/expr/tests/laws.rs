//! Laws by property: Kleene's logic against a reference, and no panic on any text.

use proptest::prelude::*;

use super::{facts, now, put, store};
use crate::expr::{Expr, Verdict};
use crate::signal::SignalStore;

/// Kleene's operators over a reference: `t` true, `f` false, `u` unknown.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(Option<bool>),
    Not(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
}

impl Tree {
    fn text(&self) -> String {
        match self {
            Tree::Leaf(Some(true)) => "k.t".to_owned(),
            Tree::Leaf(Some(false)) => "k.f".to_owned(),
            Tree::Leaf(None) => "k.u".to_owned(),
            Tree::Not(a) => format!("!({})", a.text()),
            Tree::And(a, b) => format!("({} && {})", a.text(), b.text()),
            Tree::Or(a, b) => format!("({} || {})", a.text(), b.text()),
        }
    }

    fn truth(&self) -> Option<bool> {
        match self {
            Tree::Leaf(truth) => *truth,
            Tree::Not(a) => a.truth().map(|a| !a),
            Tree::And(a, b) => match (a.truth(), b.truth()) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Tree::Or(a, b) => match (a.truth(), b.truth()) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![Just(Some(true)), Just(Some(false)), Just(None)].prop_map(Tree::Leaf);
    leaf.prop_recursive(5, 32, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| Tree::Not(Box::new(a))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Tree::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Tree::Or(Box::new(a), Box::new(b))),
        ]
    })
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "wal.pending",
        "worker.up",
        "queue.list",
        "old.mem",
        "1",
        "2.5",
        "'x'",
        "true",
        "null",
        "x",
        "x.live",
        "[1, 2]",
        "{'a': 1}",
        "+",
        "-",
        "*",
        "/",
        "%",
        "<",
        ">=",
        "==",
        "!=",
        "in",
        "&&",
        "||",
        "!",
        "?",
        ":",
        "(",
        ")",
        "[",
        "]",
        ".all(x, ",
        ".map(x, ",
        ".filter(x, ",
        ".size()",
        ".contains('a')",
        ".matches('a+')",
        "has(",
        "size(",
        "int(",
        "rate('wal.pending','5m')",
        "stale('a.b')",
        "min(",
        "double(",
        "é",
        "\n",
        "{",
        "}",
        ",",
        ".",
        "`a`",
        "1u",
        "b'x'",
        "acme.P{x: 1}",
        "optional.of(1)",
        "type(",
        "@0",
        "@result",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn three_valued_logic_is_kleenes(tree in tree()) {
        let mut store = SignalStore::default();
        put(&mut store, "k.t", true, 0.0);
        put(&mut store, "k.f", false, 0.0);
        let expr = Expr::compile(&tree.text()).unwrap();
        let truth = match expr.verdict(&store, now(0.0)) {
            Verdict::True => Some(true),
            Verdict::False => Some(false),
            Verdict::Unknown(_) => None,
        };
        prop_assert_eq!(truth, tree.truth(), "{}", tree.text());
        let evidence = expr.evidence(&store, now(0.0));
        prop_assert_eq!(evidence.contains("unknown"), truth.is_none(), "{}: {}", tree.text(), evidence);
    }

    #[test]
    fn no_text_of_pieces_panics(text in pieces()) {
        match Expr::compile(&text) {
            Ok(expr) => {
                let _ = (expr.verdict(&store(), now(1000.0)), expr.evidence(&store(), now(1000.0)), expr.over(&facts()));
                prop_assert!(expr.references().iter().all(|reference| text.get(reference.span.clone()).is_some()));
            }
            Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error),
        }
    }

    #[test]
    fn no_text_at_all_panics(text in "\\PC{0,40}") {
        if let Err(error) = Expr::compile(&text) {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error);
        }
    }
}
