//! Keeps what is secret in the memory of this process inside it: no core file, no look into it by others. To be called
//! once, before anything else.

use rustix::process::{Resource, Rlimit, setrlimit};

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
