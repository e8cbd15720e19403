//! Links to other runbooks and to headings.

use crate::config::lint::{Level, Linter, suggest};
use crate::runbook::Link;

impl Linter<'_> {
    /// Looks at every link of a file.
    pub(super) fn links(&mut self, links: &[Link]) {
        for link in links {
            let (file, anchor) =
                link.target.split_once('#').map_or((link.target.as_str(), None), |(f, a)| (f, Some(a)));
            if file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            match anchor {
                Some(anchor) if file.is_empty() => {
                    let own = self.anchors.clone();
                    self.anchor(link, anchor, &own);
                }
                _ => self.file(link, file, anchor),
            }
        }
    }

    fn file(&mut self, link: &Link, file: &str, anchor: Option<&str>) {
        // what lies elsewhere in a repository cannot be seen from here
        let (Some(system), Some(stem)) = (self.system, file.trim_start_matches("./").strip_suffix(".md")) else {
            return;
        };
        if stem.contains('/') {
            return;
        }
        match system.runbook(stem) {
            None => {
                let known = self.runbooks();
                self.push(Level::Error, link.span.clone(), "", format!("no runbook '{stem}'"), suggest(stem, &known));
            }
            Some(other) => {
                if let Some(anchor) = anchor {
                    let anchors = other.read().anchors;
                    self.anchor(link, anchor, &anchors);
                }
            }
        }
    }

    fn anchor(&mut self, link: &Link, anchor: &str, anchors: &[String]) {
        if !anchors.iter().any(|known| known == anchor) {
            let known: Vec<&str> = anchors.iter().map(String::as_str).collect();
            self.push(Level::Error, link.span.clone(), "", format!("no heading '#{anchor}'"), suggest(anchor, &known));
        }
    }
}
