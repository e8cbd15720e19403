//! On the wall: keys that quit, and nothing else that a key, a paste or an hour does.

use super::*;
use crate::app::Redraw;

fn on_the_wall() -> Model {
    let mut model = model();
    model.options.wall = true;
    model.options.read_only = true;
    // what the dashboard said before
    model.toast = None;
    model
}

#[test]
fn no_key_does_anything_but_those_that_quit() {
    let mut model = on_the_wall();
    let keys =
        ["?", ":", "F", "R", "D", "r", "i", "x", "z", "p", "t", "0", "1", "a", "e", "/", "Enter", "Esc", "y", "Ctrl-z"];
    for key in keys {
        assert_eq!(press(&mut model, &[key]), [], "{key}");
        assert!(model.overlays.is_empty() && !model.filtering && !model.paused && !model.zoomed, "{key}");
        assert_eq!((model.screen, model.toast.clone()), (Screen::System, None), "{key}");
    }
    assert_eq!(send(&mut model, Msg::Paste("q\nR\ny".to_owned())), []);
    assert_eq!(press(&mut model, &["q"]), [Effect::Quit(0)]);
    assert_eq!(press(&mut model, &["Ctrl-c"]), []);
    assert_eq!(press(&mut model, &["Ctrl-c"]), [Effect::Quit(130)]);
}

#[test]
fn a_new_size_is_taken_and_each_hour_draws_anew() {
    let mut model = on_the_wall();
    model.redraw = Redraw::No;
    assert_eq!(send(&mut model, Msg::Resize(200, 60)), []);
    assert_eq!((model.size, model.redraw), ((200, 60), Redraw::Now));
    let anew = (0..7200_u32).filter(|_| {
        let now = model.now.plus(Duration::from_secs(1));
        update(&mut model, Msg::Tick, now).contains(&Effect::Redraw)
    });
    assert_eq!(anew.count(), 2);
}
