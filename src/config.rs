//! Text to checked [`System`], and to the user's own [`Settings`]. No network, no clock. Every mistake of a file is reported at once, each with
//! `file:line:column`, key path, what is allowed and the nearest name.

mod catalog;
mod check;
mod database;
pub mod issued;
mod leaf;
mod lint;
mod load;
mod path;
mod runbooks;
mod schema;
mod settings;
mod shape;
mod system;
mod tree;
mod variables;

pub use catalog::{Catalog, FILE, Listed, NoSystem, Origin, RUNBOOKS, UserSystem};
pub use check::Surroundings;
pub use lint::{Level, Lint, lint, lint_file, lint_foreign};
pub use load::{load, load_within};
pub use runbooks::RunbookFile;
pub use schema::schema;
pub use settings::{
    DEFAULT_SETTINGS, Keys, Known, NoticeSettings, Settings, SettingsFile, Sign, Wall, WhenColor, settings_schema,
};
pub use system::{Environment, Escalation, Mark, PanelKind, PanelSpec, System, SystemFile, VarSpec};
pub use variables::{
    Override, SetBy, VariableProblem, VariableReport, is_meant, report, resolve, resolve_each, shared_names,
};
