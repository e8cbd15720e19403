//! Addresses in a runbook that no part of the system has: the endpoint was renamed, the runbook was not.

use crate::base::Template;
use crate::config::System;
use crate::config::lint::{Level, Linter};
use crate::runbook::Step;

impl Linter<'_> {
    /// Looks at the addresses of a command.
    pub(super) fn endpoints(&mut self, step: &Step) {
        let Some(system) = self.system else { return };
        for word in step.source.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')) {
            let Some(path) = own_path(word) else { continue };
            if !known(system).iter().any(|known| same(known, path)) {
                let message = format!("no component and no action has the endpoint {path}");
                let span = self.find_from(step.line, path);
                self.push(Level::Warning, span, "", message, None);
            }
        }
    }
}

/// The path of an address at the system itself: at one of its variables, or on this host.
fn own_path(word: &str) -> Option<&str> {
    let after = if let Some((_, rest)) = word.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
        rest
    } else {
        let (_, rest) = word.split_once("://")?;
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        if !matches!(host, "localhost" | "127.0.0.1") {
            return None;
        }
        rest.find('/').map(|at| &rest[at..])?
    };
    let path = after.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    path.starts_with('/').then_some(path)
}

/// The paths that probes and actions ask.
fn known(system: &System) -> Vec<String> {
    let probes = system.component.values().flat_map(|spec| {
        let variants = spec.variant.values().filter_map(|variant| variant.probe.as_ref());
        std::iter::once(&spec.probe).chain(variants).flat_map(|probe| probe.templates()).collect::<Vec<_>>()
    });
    let requests = system.action.values().flat_map(|spec| {
        let of_variants = spec.variant.values().filter_map(|operation| match operation {
            crate::action::Operation::Http(request) => Some(&request.url),
            _ => None,
        });
        spec.http.iter().map(|request| &request.url).chain(of_variants).collect::<Vec<_>>()
    });
    probes.chain(requests).filter_map(path_of).collect()
}

/// `${api_url}/wal/stats` has the path `/wal/stats`.
fn path_of(template: &Template) -> Option<String> {
    let text = template.to_string();
    let rest = match text.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
        Some((_, rest)) => rest.to_owned(),
        None => text.split_once("://").and_then(|(_, rest)| Some(rest[rest.find('/')?..].to_owned()))?,
    };
    let path = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
    path.starts_with('/').then_some(path)
}

/// Segment by segment; a variable stands for any.
fn same(known: &str, path: &str) -> bool {
    let (mut known, mut path) = (known.split('/'), path.split('/'));
    loop {
        match (known.next(), path.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || a.contains("${") || b.contains("${") || b.starts_with('<') => {}
            _ => return false,
        }
    }
}
