//! Gives back to the system what only the start needed of its own file and of libraries: relocations, the code that
//! reads system files and compiles expressions, the texts embedded for it. It decides nothing and changes no byte.
//!
//! The kernel maps a file in blocks of 64 KiB around what is touched, so that after the start most of it counts as resident
//! although the calm loop touches little of it. What is needed again comes back from the page cache, at the price
//! of a minor fault.

use std::time::Duration;

/// So long after the start every component has answered or has timed out once, as the settings have it by default.
const START: Duration = Duration::from_secs(4);
/// What a key has brought in, help or a palette, is not needed for long.
const AGAIN: Duration = Duration::from_secs(60);

/// Gives back what is not needed when the start is over, and from time to time.
pub async fn keep_small() {
    tokio::time::sleep(START).await;
    loop {
        give_back();
        tokio::time::sleep(AGAIN).await;
    }
}

/// Gives back at once what is not in use this moment.
#[cfg(target_os = "linux")]
pub fn give_back() {
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else { return };
    for (start, len) in constant_parts(&maps) {
        drop_pages(start, len);
    }
}

/// Elsewhere the system is trusted with it.
#[cfg(not(target_os = "linux"))]
pub fn give_back() {}

/// Address and length of the mappings that are what their file holds, from what `/proc/self/maps` tells (proc(5)): code,
/// and what begins at the first byte of a file. Other parts without write permission were written to, by the dynamic
/// linker that relocated them.
#[cfg(any(target_os = "linux", test))]
fn constant_parts(maps: &str) -> Vec<(usize, usize)> {
    let mapping = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (permissions, rest) = rest.split_once(' ')?;
        let (offset, rest) = rest.split_once(' ')?;
        let constant = permissions == "r-xp" || permissions == "r--p" && offset.bytes().all(|digit| digit == b'0');
        if !(constant && rest.contains('/')) {
            return None;
        }
        let (start, end) = range.split_once('-')?;
        let address = |hex| usize::from_str_radix(hex, 16).ok();
        let (start, end) = (address(start)?, address(end)?);
        Some((start, end.checked_sub(start)?))
    };
    maps.lines().filter_map(mapping).collect()
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the one way to tell the kernel; the pages hold nothing that is not in the file")]
fn drop_pages(start: usize, len: usize) {
    use rustix::mm::{Advice, madvise};
    // SAFETY: the range is a mapping of a file that nobody can write to, and nobody has: code is position independent
    // and never relocated, nor is what the file of a program or library begins with (headers, tables, constants; what is relocated
    // lies in a part of its own, `PT_GNU_RELRO`). Each page equals the file's and is read from there again.
    // A file that was replaced lives on; one that is overwritten in place breaks whoever runs it with or without us.
    // Where the kernel refuses, nothing has happened.
    let _ = unsafe { madvise(std::ptr::with_exposed_provenance_mut(start), len, Advice::LinuxDontNeed) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_relocated_or_written_to_is_kept() {
        let maps = "\
55d0c8000000-55d0c8100000 r--p 00000000 fe:01 1234                       /opt/mid watch/midwatch
55d0c8100000-55d0c8900000 r-xp 00100000 fe:01 1234                       /opt/mid watch/midwatch
55d0c8900000-55d0c8980000 r--p 00900000 fe:01 1234                       /opt/mid watch/midwatch
55d0c8980000-55d0c8981000 rw-p 00980000 fe:01 1234                       /opt/mid watch/midwatch
7f0000000000-7f0000100000 r-xp 00010000 fe:01 99                         /usr/lib/libc.so.6
7f0000100000-7f0000110000 r--p 00110000 fe:01 99                         /usr/lib/libc.so.6
7f0000200000-7f0000201000 r-xp 00000000 00:00 0                          [vdso]
7f0000300000-7f0000301000 rw-p 00000000 00:00 0
nonsense
";
        let parts = [(0x55d0_c800_0000, 0x10_0000), (0x55d0_c810_0000, 0x80_0000), (0x7f00_0000_0000, 0x10_0000)];
        assert_eq!(constant_parts(maps), parts);
    }
}
