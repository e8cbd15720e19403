//! A real `prometheus` and a real `prometheus-alertmanager` on free loopback ports, each in a folder of its own, ended by
//! their own process ids.

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::process::Process;

/// How long a server may take to start on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; dropping it ends it.
pub(crate) struct Server {
    port: u16,
    _folder: TempDir,
    _process: Process,
}

impl Server {
    /// A Prometheus that scrapes `host:port` each second, evaluates these rules as often, and tells an Alertmanager.
    pub(crate) fn prometheus(target: &str, rules: &str, alertmanager: Option<&Server>) -> Self {
        let alerting = alertmanager.map(|server| {
            format!(
                "alerting: {{ alertmanagers: [{{ static_configs: [{{ targets: ['127.0.0.1:{}'] }}] }}] }}\n",
                server.port
            )
        });
        let config = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}\nrule_files: [rules.yml]\n{}\
             scrape_configs: [{{ job_name: app, static_configs: [{{ targets: ['{target}'] }}] }}]\n",
            alerting.unwrap_or_default()
        );
        Self::start("prometheus", &config, rules, |port, folder| {
            vec![
                format!("--web.listen-address=127.0.0.1:{port}"),
                format!("--config.file={folder}/config.yml"),
                format!("--storage.tsdb.path={folder}/data"),
            ]
        })
    }

    /// An Alertmanager that tells nobody.
    pub(crate) fn alertmanager() -> Self {
        let config = "route: { receiver: nobody, group_wait: 0s }\nreceivers: [{ name: nobody }]\n";
        Self::start("prometheus-alertmanager", config, "", |port, folder| {
            vec![
                format!("--web.listen-address=127.0.0.1:{port}"),
                format!("--config.file={folder}/config.yml"),
                format!("--storage.path={folder}/data"),
                "--cluster.listen-address=".to_owned(),
            ]
        })
    }

    fn start(program: &str, config: &str, rules: &str, args: impl Fn(u16, &str) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("config.yml"), config).expect("its configuration");
        fs::write(folder.path().join("rules.yml"), rules).expect("its rules");
        let path = folder.path().to_str().expect("a path in UTF-8").to_owned();
        let mut said = String::new();
        // between finding a free port and taking it, somebody else may take it
        for _ in 0..5 {
            let port = free_port();
            let process = Process::start(program, Command::new(program).args(args(port, &path)))
                .unwrap_or_else(|error| panic!("cannot start {program} ({error}): ./test.sh installs it"));
            // Prometheus listens before it is ready
            let wanted = if program == "prometheus" { "Server is ready to receive" } else { "Listening on" };
            match process.wait_line(PATIENCE, |line| line.contains(wanted)) {
                Ok(_) => return Self { port, _folder: folder, _process: process },
                Err(error) => said = error,
            }
        }
        panic!("{said}");
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}
