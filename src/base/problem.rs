//! A mistake in a file that a person wrote: where, what, what is allowed, and the line itself with a caret.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A text file as it was read, for pointing into it.
#[derive(Debug, Clone)]
pub struct Source {
    /// How it is named to the user.
    pub path: PathBuf,
    /// Its whole text.
    pub text: Arc<str>,
}

impl Source {
    /// 1-based line and column (in characters) of a byte offset.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = floor_boundary(&self.text, offset);
        let before = &self.text[..offset];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// One mistake. A file's mistakes are reported all at once, in the order of the file.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The file.
    pub source: Source,
    /// Byte range in it that is wrong.
    pub span: Range<usize>,
    /// Key path: `rule.wal-backlog.when`.
    pub path: String,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What is allowed or meant: `did you mean 'healthy'?`.
    pub help: Option<String>,
}

impl Problem {
    /// `file:line:column: path: message`, the form that editors jump to.
    pub fn headline(&self) -> String {
        let (line, column) = self.source.line_column(self.span.start);
        let mut text = format!("{}:{line}:{column}: ", self.source.path.display());
        if !self.path.is_empty() {
            let _ = write!(text, "{}: ", self.path);
        }
        text + &self.message
    }

    /// The headline, the source line with a caret, and the help.
    pub fn render(&self) -> String {
        let text = &self.source.text;
        let start = floor_boundary(text, self.span.start);
        // an annotation never runs past its line: carets under twenty lines help nobody
        let line_end = text[start..].find('\n').map_or(text.len(), |n| start + n);
        let end = floor_boundary(text, self.span.end).clamp(start, line_end);
        let annotation = AnnotationKind::Primary.span(start..end.max(start));
        let label = self.help.as_deref().unwrap_or("");
        let snippet = Snippet::source(&**text).fold(true).annotation(annotation.label(label));
        let report = [Level::ERROR.primary_title(&self.message).element(snippet)];
        let body = Renderer::plain().render(&report);
        // the renderer's own title and arrow lines are replaced by the headline
        let body: String = body.lines().skip(1).filter(|line| !line.trim_start().starts_with("-->")).fold(
            String::new(),
            |mut all, line| {
                all.push_str(line);
                all.push('\n');
                all
            },
        );
        format!("{}\n{}", self.headline(), body.trim_end())
    }
}

/// The nearest of the allowed names, if near enough to be meant: a few letters off, or cut short.
pub fn nearest<'a>(wrong: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let meant = |(distance, name): &(usize, &str)| {
        *distance <= (wrong.len().max(name.len()) / 3).max(1) || (wrong.len() >= 3 && name.starts_with(wrong))
    };
    let distances = allowed.into_iter().map(|name| (strsim::damerau_levenshtein(wrong, name), name));
    distances.filter(meant).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_place_line_and_way_out() {
        let text = "title = \"x\"\n[rule.a]\nwehn = \"true\"\n";
        let source = Source { path: "sys.toml".into(), text: text.into() };
        let start = text.find("wehn").unwrap();
        let problem = Problem {
            source,
            span: start..start + 4,
            path: "rule.a.wehn".into(),
            message: "unknown key 'wehn'".into(),
            help: Some("did you mean 'when'?".into()),
        };
        let shown = problem.render();
        assert!(shown.starts_with("sys.toml:3:1: rule.a.wehn: unknown key 'wehn'\n"), "{shown}");
        assert!(shown.contains("wehn = \"true\""), "{shown}");
        assert!(shown.contains("^^^^ did you mean 'when'?"), "{shown}");
    }

    #[test]
    fn nearest_suggests_only_what_is_near() {
        assert_eq!(nearest("helthy", ["healthy", "degraded"]), Some("healthy"));
        assert_eq!(nearest("zzz", ["healthy", "degraded"]), None);
        assert_eq!(nearest("prod", ["development", "production"]), Some("production"));
    }
}
