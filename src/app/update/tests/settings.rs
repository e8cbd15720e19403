//! The user's own settings, read again: what applies, what waits, and that nothing of it lets anything run.

use super::*;
use crate::app::keymap::{Binding, Keymap};
use crate::app::settings::{News, Right, Settings, Trouble};

fn right(settings: Settings) -> Msg {
    let theme = settings.theme.clone().unwrap_or_else(|| "dark".to_owned());
    let zone = settings.zone.clone().unwrap_or_else(Zone::utc);
    Msg::Settings(News::Right(Box::new(Right { settings, zone, theme, trouble: None, asks: false })))
}

fn kept(why: &str, read_only: bool) -> Msg {
    Msg::Settings(News::Kept { why: why.to_owned(), read_only })
}

fn toast(model: &Model) -> &str {
    model.toast.as_ref().map_or("", |(text, _)| text)
}

#[test]
fn what_can_apply_does_and_what_cannot_is_told_until_it_holds() {
    let mut model = model();
    let keymap = Keymap::bound(&[Binding { id: "log".into(), keys: vec!["L".into()] }]).0;
    let zone = Zone::new("Asia/Tokyo").unwrap();
    let wanted = Settings {
        systems: vec!["till".into()],
        theme: Some("nord".into()),
        zone: Some(zone.clone()),
        floor: Duration::from_secs(30),
        keymap: keymap.clone(),
        ..Settings::default()
    };
    let effects = send(&mut model, right(wanted.clone()));
    assert_eq!(effects, [Effect::Floor(Duration::from_secs(30))]);
    assert_eq!((model.theme(), &model.options.local_zone, &model.keymap), ("nord", &zone, &keymap));
    let told = "your settings, read again: theme, zone, keys, refresh_floor; with the next start: systems";
    assert_eq!(toast(&model), told);
    // a theme that was chosen by hand is not taken back by what has nothing to do with it
    model.themes.kept = "mono".to_owned();
    send(&mut model, right(Settings { zone: None, ..wanted }));
    assert_eq!(model.theme(), "mono");
    assert_eq!(toast(&model), "your settings, read again: zone; with the next start: systems");
}

#[test]
fn what_is_broken_changes_nothing_and_is_told_until_it_is_mended() {
    let mut model = model();
    send(&mut model, right(Settings { theme: Some("nord".into()), ..Settings::default() }));
    let before = model.settings.clone();
    assert_eq!(send(&mut model, kept("config.toml:1:9: theme: no", false)), []);
    assert_eq!((model.trouble.told(), &model.settings), (Some("config.toml:1:9: theme: no"), &before));
    send(&mut model, right(before));
    assert_eq!((model.trouble.told(), toast(&model)), (None, "your settings are right again"));
}

#[test]
fn a_theme_that_cannot_be_shown_leaves_the_one_that_is_and_comes_when_it_is_mended() {
    let mut model = model();
    model.themes.kept = "dark".to_owned();
    let mine = Settings { theme: Some("mine".into()), ..Settings::default() };
    let told = "mine.toml:3:1: no".to_owned();
    let broken =
        Right { settings: mine.clone(), zone: Zone::utc(), theme: "dark".into(), trouble: Some(told), asks: false };
    send(&mut model, Msg::Settings(News::Right(Box::new(broken))));
    assert_eq!((model.theme(), model.trouble.told()), ("dark", Some("mine.toml:3:1: no")));
    send(&mut model, right(mine));
    assert_eq!((model.theme(), &model.trouble), ("mine", &Trouble::default()));
}

#[test]
fn nothing_that_is_read_lets_anything_run() {
    let read_only = Settings { read_only: true, ..Settings::default() };
    let mut by_file = model();
    assert_eq!(send(&mut by_file, right(read_only)), [Effect::Forbid]);
    let mut by_broken_file = model();
    assert_eq!(send(&mut by_broken_file, kept("config.toml:1:1: no", true)), [Effect::Forbid]);
    let mut by_flag = model();
    by_flag.options.read_only = true;
    for mut model in [by_file, by_broken_file, by_flag] {
        assert!(model.options.read_only);
        for _ in 0..2 {
            assert_eq!(send(&mut model, right(Settings::default())), []);
            assert!(model.options.read_only);
        }
    }
}

#[test]
fn a_file_that_is_read_only_no_more_is_told_to_wait() {
    let mut model = model();
    send(&mut model, right(Settings { read_only: true, ..Settings::default() }));
    assert_eq!(toast(&model), "your settings, read again: read_only");
    send(&mut model, right(Settings::default()));
    assert_eq!(toast(&model), "with the next start: read_only");
}

#[test]
fn another_pace_reaches_what_freshness_is_judged_by() {
    let mut model = model();
    let mut slower = (*model.systems[0].system).clone();
    slower.file.component.values_mut().for_each(|spec| spec.every = crate::base::Period::secs(60));
    send(&mut model, Msg::Paced(vec![Arc::new(slower)]));
    let timing = model.systems[0].store.timing("worker").unwrap();
    assert_eq!(timing.every, Duration::from_secs(60));
}
