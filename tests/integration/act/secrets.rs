//! Secrets by every road that an action has, in every form in which they leak: none of them on any surface, in any file
//! of ours, in the arguments of any process, or in the environment of what is run.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::shop::{Shop, Told};
use crate::midwatch;
use crate::support::http_stub::{Answer, Http};
use crate::support::key::Key;
use crate::support::process::processes;
use crate::support::redis_server::Redis;

/// With everything in it that an encoding changes.
const CANARY: &str = "cAn@ry+\"9f/2\\k&=Z";

/// Every form that is looked for.
fn forms() -> Vec<String> {
    let json = serde_json::to_string(CANARY).unwrap();
    let hex = CANARY.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let url: String = url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect();
    vec![CANARY.to_owned(), json.trim_matches('"').to_owned(), url, STANDARD.encode(CANARY), hex]
}

/// A system that is told its secrets, and servers and commands that repeat them.
struct Leaky {
    shop: Shop,
    http: Http,
    redis: Redis,
    seen: Vec<(String, String)>,
}

impl Leaky {
    fn open() -> Self {
        let (shop, http, redis) = (Shop::open(), Http::start(), Redis::start());
        fs::write(shop.path("forms"), forms().join("\n") + "\n").unwrap();
        let said = serde_json::json!({ "success": false, "error": forms().join(" "), "up": false }).to_string();
        shop.set_world(&serde_json::json!({ "up": false, "note": forms().join(" ") }).to_string());
        http.on("/echo", Answer::json(200, &said)).on("/broken", Answer::text(500, &forms().join("\n")));
        let leaky = Self { shop, http, redis, seen: Vec::new() };
        leaky.declare();
        leaky
    }

    fn declare(&self) {
        let say = self.shop.shim(
            "say",
            "tr '\\0' '\\n' </proc/$$/environ >\"$HOME/environ\"; cat \"$HOME/forms\"; cat \"$HOME/forms\" >&2; exit 3",
        );
        let quiet = self.shop.shim("quiet", "");
        let (echo, broken) = (self.http.url("/echo"), self.http.url("/broken"));
        let verify = "verify = { when = \"worker.note == 'well'\", within = \"1s\", samples = 1 }";
        let key = "headers = { X-API-Key = \"${key}\" }";
        self.shop.declare(&format!(
            "[var.key]\nenv = \"SHOP_KEY\"\nsecret = true\n[var.store]\nenv = \"SHOP_STORE\"\nsecret = true\n\
             [var.open_store]\nenv = \"SHOP_OPEN_STORE\"\n\
             [component.queue]\nevery = \"5s\"\ntimeout = \"5s\"\ndown_after = 1\nprobe.rq = {{ url = \"${{store}}\" }}\n\
             [component.front]\nevery = \"5s\"\ntimeout = \"5s\"\ndown_after = 1\n\
             probe.http = {{ url = \"{broken}?token=${{key}}\", {key} }}\nhealthy = \"body.up\"\n\
             [panel.services]\ntitle = \"Services\"\nkind = \"services\"\n\
             [action.say]\ntitle = \"Say\"\nrisk = \"safe\"\ncomponent = \"worker\"\ncommand = [\"{say}\"]\n{verify}\n\
             [action.echo]\ntitle = \"Echo\"\nrisk = \"safe\"\ncomponent = \"front\"\n\
             http = {{ url = \"{echo}?token=${{key}}\", {key}, json = {{ key = \"${{key}}\" }} }}\n\
             [action.broken]\ntitle = \"Broken\"\nrisk = \"safe\"\nhttp = {{ url = \"{broken}\", {key} }}\n\
             [action.gone]\ntitle = \"Gone\"\nrisk = \"safe\"\nhttp = {{ url = \"http://127.0.0.1:9/?k=${{key}}\" }}\n\
             [action.requeue]\ntitle = \"Requeue\"\nrisk = \"safe\"\ncomponent = \"queue\"\n\
             rq.requeue_failed = {{ url = \"${{store}}\" }}\n\
             [action.enqueue]\ntitle = \"Enqueue\"\nrisk = \"safe\"\n\
             rq.enqueue = {{ url = \"${{open_store}}\", queue = \"slow\", function = \"work.ok\" }}\n\
             [action.argv]\ntitle = \"Argv\"\nrisk = \"safe\"\ncommand = [\"{quiet}\", \"--url\", \"${{open_store}}\"]\n"
        ));
        self.shop.add_signal("note = \"body.note\"");
    }

    fn env(&self, command: &mut Command) {
        let password: String = url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect();
        let store = self.redis.url().replace("redis://", &format!("redis://:{password}@"));
        command.env("SHOP_KEY", CANARY).env("SHOP_STORE", &store).env("SHOP_OPEN_STORE", &store);
    }

    /// Runs an action, and keeps all that it said.
    fn act(&mut self, action: &str, format: &str) -> i32 {
        let mut command = self.shop.command_in(format, action, &["--yes"]);
        self.env(&mut command);
        self.keep(&format!("act {action} --format {format}"), &mut command)
    }

    fn keep(&mut self, name: &str, command: &mut Command) -> i32 {
        let output = command.output().unwrap();
        let said = [&output.stdout[..], &output.stderr].concat();
        self.seen.push((name.to_owned(), String::from_utf8_lossy(&said).into_owned()));
        output.status.code().unwrap_or(-1)
    }

    /// Any other subcommand, in the same surroundings.
    fn look(&mut self, args: &[&str]) {
        let mut command = crate::support::command_line::midwatch(args, &[]);
        command.envs(self.shop.env());
        self.env(&mut command);
        self.keep(&args.join(" "), &mut command);
    }

    /// The dashboard, with what it shows of the component that repeats everything.
    fn on_a_screen(&mut self) {
        let mut program = midwatch::program(&self.shop.path(".")).args(["--system-file"]).args([self.shop.file()]);
        let mut command = Command::new("env");
        self.env(&mut command);
        for (name, value) in command.get_envs() {
            program = program.env(name, value.unwrap());
        }
        for (name, value) in self.shop.env() {
            program = program.env(name, value);
        }
        let pty = program.start().unwrap();
        pty.wait_text("not so: body.up").unwrap();
        pty.send_key(Key::Enter).unwrap();
        pty.wait_text("Last errors").unwrap();
        self.seen.push(("screen".to_owned(), String::from_utf8_lossy(&pty.raw()).into_owned()));
    }

    fn hits(&self) -> Vec<String> {
        let forms = forms();
        let files = all_files(&self.shop.state());
        let texts = files.iter().map(|(name, text)| (name, text)).chain(self.seen.iter().map(|(n, t)| (n, t)));
        let leaks = |text: &str| forms.iter().any(|form| text.contains(form) || text.contains(&form.to_uppercase()));
        texts.filter(|(_, text)| leaks(text)).map(|(name, text)| format!("{name}: {text}")).collect()
    }
}

fn all_files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(all_files(&path));
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.push((path.display().to_string(), text));
        }
    }
    found
}

/// Looks at the arguments of all processes until it is told to stop; returns those with a secret in them.
fn watch_arguments(stop: &AtomicBool) -> Vec<String> {
    let forms = forms();
    let mut hits = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        for process in processes() {
            let arguments = fs::read(format!("/proc/{}/cmdline", process.id)).unwrap_or_default();
            let arguments = String::from_utf8_lossy(&arguments).into_owned();
            if forms.iter().any(|form| arguments.contains(form)) {
                hits.push(arguments);
            }
        }
    }
    hits
}

#[test]
fn s01_s02_no_secret_on_any_surface_by_any_road() {
    let mut leaky = Leaky::open();
    let stop = AtomicBool::new(false);
    let arguments = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch_arguments(&stop));
        for format in ["text", "json"] {
            for (action, code) in
                [("say", 1), ("echo", 1), ("broken", 1), ("gone", 1), ("requeue", 5), ("enqueue", 1), ("argv", 5)]
            {
                assert_eq!(leaky.act(action, format), code, "{action}: {}", leaky.seen.last().unwrap().1);
            }
        }
        stop.store(true, Ordering::Relaxed);
        watcher.join().unwrap()
    });
    assert_eq!(arguments, [""; 0], "S02");
    let file = leaky.shop.file().to_str().unwrap().to_owned();
    for args in [
        &["check", "--system-file", &file][..],
        &["check", "--system-file", &file, "--format", "json"],
        &["doctor", "--system-file", &file],
        &["systems", "validate", &file],
        &["audit", "show"],
        &["audit", "show", "--format", "json"],
        &["act", "shop", "echo", "--dry-run", "--system-file", &file],
    ] {
        leaky.look(args);
    }
    leaky.on_a_screen();
    for record in leaky.shop.records() {
        leaky.look(&["audit", "show", "--run", record["run"].as_str().unwrap()]);
    }
    assert_eq!(leaky.hits(), [""; 0], "S01");
    // the roads were taken: what was masked stands there as masked
    let said = |name: &str| leaky.seen.iter().find(|(seen, _)| seen == name).map(|(_, text)| text.clone()).unwrap();
    for name in ["act say --format json", "act echo --format text", "act echo --format json"] {
        assert!(said(name).contains("***"), "{name}: {}", said(name));
    }
    assert!(leaky.http.hits().iter().any(|hit| hit.header("x-api-key") == Some(CANARY)), "where it belongs it arrives");
    let environ = fs::read_to_string(leaky.shop.path("environ")).unwrap();
    assert!(environ.contains("HOME=") && !environ.contains("SHOP_") && !environ.contains(CANARY), "{environ}");
    leaky.shop.assert_whole();
}

/// Variables that name a secret never become an argument, in whatever file.
#[test]
fn s02_a_secret_as_an_argument_is_no_system() {
    let shop = Shop::open();
    shop.declare(
        "[var.key]\nenv = \"SHOP_KEY\"\nsecret = true\n\
         [action.say]\ntitle = \"Say\"\nrisk = \"safe\"\ncommand = [\"echo\", \"--key=${key}\"]\n",
    );
    let told = Told::of(shop.command("say", &["--yes"]).env("SHOP_KEY", CANARY));
    assert!(told.code != 0 && told.err.contains("secret") && !told.err.contains(CANARY), "{told:#?}");
    assert!(!shop.path("state").exists());
}
