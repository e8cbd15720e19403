//! The HTTP side of the simulated system: the application in both shapes, the services outside.

use std::sync::Arc;

use super::world::World;
use crate::sim::stage::Stage;

pub(crate) mod app;
pub(crate) mod outside;
mod told;

/// The key that the Supabase gateway asks for.
pub(crate) const SUPABASE_KEY: &str = "demo-supabase-service-role-key";
/// The token that GitHub asks for.
pub(crate) const GITHUB_TOKEN: &str = "ghp_demo_token";
/// The repository whose webhook calls Sentinel.
pub(crate) const REPOSITORY: &str = "moose/mission-control";

/// What the handlers share.
type Shared = Arc<Stage<World>>;
