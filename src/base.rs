//! The words that every room shares: ids, time, severities, causes, remote text, secrets, problems. Pure leaves.
//!
//! Nothing here knows a probe, a system or a screen; everything may import from here.

pub mod cause;
pub mod id;
pub mod problem;
pub mod secret;
pub mod severity;
pub mod template;
pub mod text;
pub mod time;

pub use cause::{Cause, Missing};
pub use id::{ActionId, ComponentId, JobId, PanelId, RuleId, RunbookId, SignalKey, SignalName, SystemName};
pub use problem::{Problem, Source};
pub use secret::{Redactor, Secret};
pub use severity::{Severity, State, Status, own_word};
pub use template::{Filled, Template, Variables};
pub use text::Shown;
pub use time::{Mono, Now, Period};
