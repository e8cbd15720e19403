//! Ten dashboards on one service: each asks one question at a time, and they do not ask in step.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::midwatch::{home, program};
use crate::support::eventually::eventually;
use crate::support::tcp_stub::{Stop, TcpStub};

const DASHBOARDS: usize = 10;
const POLLS: usize = 8;
const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

/// What the service sees of one dashboard.
#[derive(Default)]
struct Guest {
    open: usize,
    most: usize,
    asked: Vec<Instant>,
}

type Guests = Arc<Mutex<HashMap<String, Guest>>>;

#[test]
fn x05_ten_dashboards_ask_one_question_each_and_not_in_step() {
    let guests = Guests::default();
    let seen = Arc::clone(&guests);
    let service = TcpStub::start(move |stream, stop| serve(stream, stop, &seen));
    let home = home();
    let open: Vec<_> = (0..DASHBOARDS)
        .map(|n| {
            let file = home.path().join(format!("shop{n}.toml"));
            let url = format!("http://{}/{n}", service.address());
            let text = format!("title = \"Shop\"\n[component.api]\nevery = \"1s\"\ntimeout = \"1s\"\nprobe.http = {{ url = \"{url}\" }}\n");
            std::fs::write(&file, text).unwrap();
            program(home.path()).args(["--system-file".as_ref(), file.as_os_str()]).start().unwrap()
        })
        .collect();
    eventually("every dashboard has asked often enough", Duration::from_secs(60), || {
        let guests = guests.lock().unwrap();
        (guests.len() == DASHBOARDS && guests.values().all(|guest| guest.asked.len() >= POLLS)).then_some(())
    });
    drop(open);
    let guests = guests.lock().unwrap();
    assert!(guests.values().all(|guest| guest.most == 1), "one question at a time");
    // between two polls of one dashboard lies a second, a little less or more: so its load is known, and ten ask ten times
    for (path, guest) in &*guests {
        let gaps: Vec<Duration> = guest.asked.windows(2).skip(2).map(|pair| pair[1] - pair[0]).collect();
        let whole: Duration = gaps.iter().sum();
        let mean = whole / u32::try_from(gaps.len()).unwrap();
        assert!(mean > Duration::from_millis(700), "{path} asks every {mean:?}");
        let steady = gaps.windows(2).all(|pair| pair[0].abs_diff(pair[1]) < Duration::from_millis(2));
        assert!(!steady, "{path} asks like a clock: {gaps:?}");
    }
    println!("X05 ten dashboards → at most 1 question in flight each, each with its own rhythm");
}

fn serve(stream: &mut TcpStream, stop: &Stop, guests: &Guests) {
    let Ok(handle) = stream.try_clone() else { return };
    let mut lines = BufReader::new(handle).lines().map_while(Result::ok);
    let Some(path) = lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned)) else { return };
    let _ = lines.find(String::is_empty);
    {
        let mut guests = guests.lock().unwrap();
        let guest = guests.entry(path.clone()).or_default();
        guest.asked.push(Instant::now());
        guest.open += 1;
        guest.most = guest.most.max(guest.open);
    }
    // long enough that a second question would meet the first
    stop.pause(Duration::from_millis(50));
    guests.lock().unwrap().get_mut(&path).unwrap().open -= 1;
    let _ = stream.write_all(ANSWER.as_bytes());
}
