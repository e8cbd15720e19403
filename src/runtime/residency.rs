//! Gives back to the system what only the start needed of the program's own file: its relocations, the code that reads
//! system files and compiles expressions, the texts embedded for it. It decides nothing and changes no byte.
//!
//! The kernel maps a file in blocks of 64 KiB around what is touched, so that after the start most of it counts as resident
//! although the calm loop touches little of it. What is needed again comes back from the page cache, at the price
//! of a minor fault.

use std::time::Duration;

/// The start is over: every component has answered or has timed out once, as the settings have it by default.
const START: Duration = Duration::from_secs(4);

/// Gives it back once, when the start is over.
pub async fn after_the_start() {
    tokio::time::sleep(START).await;
    give_back();
}

#[cfg(target_os = "linux")]
fn give_back() {
    let (Ok(maps), Ok(program)) = (std::fs::read_to_string("/proc/self/maps"), std::env::current_exe()) else { return };
    for (start, len) in constant_parts(&maps, &program.display().to_string()) {
        drop_pages(start, len);
    }
}

#[cfg(not(target_os = "linux"))]
fn give_back() {}

/// Address and length of the mappings of this file that are what the file holds, from what `/proc/self/maps` tells
/// (proc(5)): its code, and what begins at its first byte. Other parts without write permission were written to, by the
/// dynamic linker that relocated them.
#[cfg(any(target_os = "linux", test))]
fn constant_parts(maps: &str, program: &str) -> Vec<(usize, usize)> {
    let mapping = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (permissions, rest) = rest.split_once(' ')?;
        let (offset, rest) = rest.split_once(' ')?;
        let constant = permissions == "r-xp" || permissions == "r--p" && offset.bytes().all(|digit| digit == b'0');
        if !constant || program.strip_prefix('/') != Some(rest.split_once('/')?.1) {
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
    // SAFETY: the range is a mapping of this program's file that nobody can write to, and nobody has: code is position
    // independent and never relocated, nor is what the file begins with (headers, tables, constants; what is relocated
    // lies in a part of its own, `PT_GNU_RELRO`). Each page equals the file's and is read from there again.
    // The file of a program that runs cannot be changed in place (ETXTBSY), and one that was replaced lives on.
    // Where the kernel refuses, nothing has happened.
    let _ = unsafe { madvise(std::ptr::with_exposed_provenance_mut(start), len, Advice::LinuxDontNeed) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_relocated_or_is_of_another_file_is_kept() {
        let maps = "\
55d0c8000000-55d0c8100000 r--p 00000000 fe:01 1234                       /opt/mid watch/midwatch
55d0c8100000-55d0c8900000 r-xp 00100000 fe:01 1234                       /opt/mid watch/midwatch
55d0c8900000-55d0c8980000 r--p 00900000 fe:01 1234                       /opt/mid watch/midwatch
55d0c8980000-55d0c8981000 rw-p 00980000 fe:01 1234                       /opt/mid watch/midwatch
7f0000000000-7f0000100000 r-xp 00000000 fe:01 99                         /usr/lib/libc.so.6
7f0000200000-7f0000201000 r-xp 00000000 00:00 0                          [vdso]
7f0000300000-7f0000301000 rw-p 00000000 00:00 0
nonsense
";
        let parts = [(0x55d0_c800_0000, 0x10_0000), (0x55d0_c810_0000, 0x80_0000)];
        assert_eq!(constant_parts(maps, "/opt/mid watch/midwatch"), parts);
        assert_eq!(constant_parts(maps, "/opt/other"), []);
    }
}
