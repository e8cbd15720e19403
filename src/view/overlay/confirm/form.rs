//! The parameters that no row gives, one below the other.

use crate::app::act::Form;
use crate::view::Theme;
use crate::view::overlay::doc::Doc;

/// Fills the text of the form.
pub(super) fn fill(form: &Form, theme: &Theme, doc: &mut Doc<'_>) {
    for (at, field) in form.fields.iter().enumerate() {
        let here = at == form.at;
        let mut pieces = vec![
            (format!("{} ", if here { theme.glyphs.cursor } else { " " }), theme.accent),
            (format!("{}: ", field.title), theme.dim),
            (field.input.text.clone(), if here { theme.strong } else { theme.text }),
        ];
        if here && field.one_of.is_empty() {
            pieces.push((theme.glyphs.caret.to_owned(), theme.accent));
        }
        doc.pieces(4, pieces);
        if here && !field.one_of.is_empty() {
            doc.pieces(4, vec![(format!("    Left and Right choose: {}", field.one_of.join(", ")), theme.dim)]);
        }
    }
    if let Some(problem) = &form.problem {
        doc.pieces(0, Vec::new());
        doc.pieces(2, vec![(format!("{} ", theme.glyphs.warning), theme.warning), (problem.clone(), theme.strong)]);
    }
}
