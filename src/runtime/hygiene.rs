//! What this process asks of the system for itself, once and before anything else: that what is secret in its memory stays
//! inside it (no core file, no look into it by others), and room for its connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections and files that may be open at once, where the system allows so many: a fleet of some thousand components.
const MOST_OPEN: u64 = 16_384;

/// Raises the number of files that may be open, which is 1 024 in most shells: less than a fleet whose connections are
/// kept has. Where the system refuses, what cannot be opened is told by the component that needed it.
pub fn room_for_connections() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(MOST_OPEN, |most| most.min(MOST_OPEN));
    if limit.current.is_some_and(|now| now < wanted) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum });
    }
}

/// From now on this process and its children write no core file, and on Linux nobody but root can attach to this process,
/// read its memory, or read the environment that it was started with.
///
/// Where the system refuses, we go on: who must see what is wrong is not kept from it by this. Programs that are started
/// by us, ourselves by `/proc/self/exe` among them, can be attached to again until they say the same.
pub fn no_core_dumps() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    keep_out();
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn keep_out() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn keep_out() {}
