//! A panic on demand, by `MIDWATCH_TEST_PANIC`, so that tests see what one leaves behind. Release builds have none.

/// Where it may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// While a key is handled.
    Update,
    /// On the thread that writes to the terminal.
    Draw,
    /// In a poll.
    Poll,
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
