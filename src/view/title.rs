//! The title of the terminal's window: the worst state, and of which system. It is read in a list of windows: a few words
//! of ASCII, none of them remote.

use crate::app::Model;
use crate::base::{Shown, Status};

/// The title, such as `midwatch CRITICAL sabine`. While nothing is known yet it says only who we are.
pub fn title(model: &Model) -> String {
    let mut words = vec!["midwatch".to_owned()];
    if model.options.demo.is_some() {
        words.push("demo".to_owned());
    }
    let worst = model.worst_first().first().and_then(|at| model.systems.get(*at));
    if let Some(worst) = worst {
        let (status, _) = worst.situation.rank();
        let is_starting = status == Status::Ok && model.systems.iter().any(|watch| watch.situation.starting);
        if !is_starting {
            words.push(status.word().to_uppercase());
            if status != Status::Ok || model.systems.len() == 1 {
                words.push(worst.system.name.to_string());
            }
        }
    }
    crate::base::text::ascii(Shown::from_remote(&words.join(" ")).as_str()).into_owned()
}
