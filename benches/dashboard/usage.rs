//! What a process has used so far, from /proc.

use std::fs;

/// A reading of one process.
pub(crate) struct Usage {
    /// User and system time, seconds.
    pub(crate) cpu_s: f64,
    /// Voluntary context switches of all threads.
    pub(crate) wakeups: u64,
    /// Resident memory.
    pub(crate) rss_mib: f64,
    /// Threads.
    pub(crate) threads: usize,
}

impl Usage {
    /// Reads it.
    pub(crate) fn of(pid: u32) -> Self {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        let rss_mib = field(&format!("/proc/{pid}/status"), "VmRSS:") as f64 / 1024.0;
        let tasks: Vec<_> = fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(|t| t.unwrap().path()).collect();
        let switches =
            |task: &std::path::PathBuf| field(&task.join("status").to_string_lossy(), "voluntary_ctxt_switches:");
        // Linux counts in hundredths of a second for everybody
        Self { cpu_s: ticks / 100.0, wakeups: tasks.iter().map(switches).sum(), rss_mib, threads: tasks.len() }
    }
}

fn field(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
