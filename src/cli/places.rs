//! Where the user's files are: the XDG folders. Reads the environment, touches no file.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use etcetera::base_strategy::Xdg;

/// `$XDG_CONFIG_HOME/midwatch`; `None` where there is no home.
pub(super) fn config() -> Option<PathBuf> {
    Xdg::new().ok().map(|xdg| xdg.config_dir().join("midwatch"))
}

/// `$XDG_STATE_HOME/midwatch`; `None` where there is no home.
pub(super) fn state() -> Option<PathBuf> {
    Xdg::new().ok().and_then(|xdg| xdg.state_dir()).map(|dir| dir.join("midwatch"))
}
