//! A panic on demand, by `MIDWATCH_TEST_PANIC`, and a sudden end of a runner, by `MIDWATCH_TEST_KILL`, so that tests see
//! what one leaves behind. Release builds have neither.

/// Where a panic may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// While a key is handled.
    Update,
    /// On the thread that writes to the terminal.
    Draw,
    /// In a poll.
    Poll,
}

/// The steps of a runner, at which its end may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It has a feed, and nothing else.
    BeforeLock,
    /// It holds its target.
    Locked,
    /// The guard let it through.
    Permitted,
    /// The intent is durable.
    Intended,
    /// The call is over.
    Called,
    /// It begins to look for the effect.
    Verifying,
    /// The effect was seen, or was not.
    Verified,
    /// The outcome is durable, and not told yet.
    Recorded,
}

/// Panics if this is the place that was asked for.
#[cfg(debug_assertions)]
pub(super) fn trip(site: Site) {
    let wanted = match site {
        Site::Update => "update",
        Site::Draw => "draw",
        Site::Poll => "poll",
    };
    let asked = std::env::var_os("MIDWATCH_TEST_PANIC");
    assert!(asked.is_none_or(|asked| asked != wanted), "a panic was asked for in {wanted}");
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(super) fn trip(_: Site) {}

/// Ends this process as `kill -9` does if this is the step that was asked for.
#[cfg(debug_assertions)]
pub(super) fn die(step: Step) {
    let wanted = match step {
        Step::BeforeLock => "before-lock",
        Step::Locked => "locked",
        Step::Permitted => "permitted",
        Step::Intended => "intended",
        Step::Called => "called",
        Step::Verifying => "verifying",
        Step::Verified => "verified",
        Step::Recorded => "recorded",
    };
    if std::env::var_os("MIDWATCH_TEST_KILL").is_some_and(|asked| asked == wanted) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(super) fn die(_: Step) {}
