//! The names of a component's URLs, for the library's connector: one bounded resolver for each name, shared by all that
//! connects to it.

use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::probe::http::progress::{Progress, Stage};
use crate::probe::net::{Address, Resolver, candidates};

/// What is connected to.
pub(super) struct Origin {
    /// Host and port.
    pub(super) address: Address,
    /// `https`.
    pub(super) tls: bool,
    /// Kept open between polls.
    pub(super) keep: bool,
    /// Of its name.
    pub(super) resolver: Arc<Resolver>,
}

impl Origin {
    /// The place of an origin among those known; a new one is added.
    pub(super) fn place(origins: &mut Vec<Self>, address: Address, tls: bool, keep: bool) -> usize {
        if let Some(known) = origins.iter().position(|origin| origin.address == address && origin.tls == tls) {
            return known;
        }
        let same_name = origins.iter().find(|origin| origin.address.host() == address.host());
        let resolver = same_name.map_or_else(|| Arc::new(Resolver::system()), |origin| origin.resolver.clone());
        origins.push(Self { address, tls, keep, resolver });
        origins.len() - 1
    }
}

/// Resolves the names of some origins, and no others.
pub(super) struct Names {
    known: Vec<(Address, Arc<Resolver>)>,
    progress: Arc<Progress>,
}

impl Names {
    /// The names of these origins.
    pub(super) fn of(origins: &[Origin], progress: Arc<Progress>) -> Self {
        let known = origins.iter().map(|origin| (origin.address.clone(), origin.resolver.clone())).collect();
        Self { known, progress }
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let known = self.known.iter().find(|(address, _)| address.host().eq_ignore_ascii_case(name.as_str()));
        let Some((address, resolver)) = known.cloned() else {
            return Box::pin(std::future::ready(Err("a name that no URL of this component holds".into())));
        };
        let progress = self.progress.clone();
        Box::pin(async move {
            progress.reach(Stage::Dns);
            let mut addresses = candidates(resolver.find(&address).await?);
            progress.reach(Stage::Connect);
            // one name may have several ports: the library fills in the one that is asked for
            for address in &mut addresses {
                address.set_port(0);
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
