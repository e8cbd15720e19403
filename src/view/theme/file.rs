//! A theme file: a palette and the roles, each a colour name, `#rrggbb` or a table with modifiers. Strict.

use std::ops::Range;

use indexmap::IndexMap;
use ratatui::style::{Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use crate::base::problem::nearest as nearest_name;
use crate::base::{Problem, Source};
use crate::view::theme::RAMP;
use crate::view::theme::color::{ColorDepth, Rgb, nearest};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    #[serde(rename = "title")]
    _title: String,
    #[serde(default)]
    palette: IndexMap<String, Spanned<String>>,
    role: RolesFile,
}

/// A role as written.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum RoleSpec {
    Color(String),
    Full(FullRole),
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FullRole {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reverse: bool,
}

/// What a role is for; it decides which contrast it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A ground on which texts stand.
    Ground,
    /// Text on any ground.
    Text,
    /// Text on a ground of its own.
    Badge,
    /// A line or an area.
    Line,
}

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident: $kind:ident),+ $(,)?) => {
        /// The styles by role.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Roles { $($(#[$doc])* pub $name: Style),+ }

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct RolesFile { $($name: Spanned<RoleSpec>),+ }

        impl Roles {
            fn from_file(file: &RolesFile, mut resolve: impl FnMut(&'static str, Use, &Spanned<RoleSpec>) -> Style) -> Self {
                Self { $($name: resolve(stringify!($name), Use::$kind, &file.$name)),+ }
            }

            /// Every role with its name and use.
            #[cfg(test)]
            pub(super) fn all(&self) -> Vec<(&'static str, Use, Style)> {
                vec![$((stringify!($name), Use::$kind, self.$name)),+]
            }
        }
    };
}

roles! {
    /// The ground of the screen.
    base: Ground,
    /// The header.
    header: Ground,
    /// A box over the screen.
    popup: Ground,
    /// The selected row.
    selection: Ground,
    /// The situation line in a warning.
    band_warning: Ground,
    /// The situation line in a critical state.
    band_critical: Ground,
    /// The situation line when something cannot be told.
    band_unknown: Ground,
    /// The program's name.
    brand: Text,
    /// Plain text.
    text: Text,
    /// Labels, units, what matters less.
    dim: Text,
    /// Numbers and names that matter most.
    strong: Text,
    /// The accent.
    accent: Text,
    /// A panel's title.
    title: Text,
    /// The focused panel's title.
    title_focus: Text,
    /// A key in a hint.
    key: Text,
    /// The word beside it.
    hint: Text,
    /// What matched a search.
    matched: Text,
    /// Good.
    ok: Text,
    /// Warning.
    warning: Text,
    /// Critical.
    critical: Text,
    /// Cannot be told.
    unknown: Text,
    /// Worth a line.
    info: Text,
    /// The label of a stale reading.
    stale: Text,
    /// Good, as a badge.
    badge_ok: Badge,
    /// Warning, as a badge.
    badge_warning: Badge,
    /// Critical, as a badge.
    badge_critical: Badge,
    /// Cannot be told, as a badge.
    badge_unknown: Badge,
    /// A mark such as READ-ONLY.
    badge_info: Badge,
    /// Banner of production.
    production: Badge,
    /// Banner of staging.
    staging: Badge,
    /// Banner of development.
    development: Badge,
    /// Borders.
    border: Line,
    /// Border of the focused panel.
    border_focus: Line,
    /// Axes of a chart.
    axis: Line,
    /// Sparklines.
    spark: Line,
    /// The filled part of a bar.
    gauge: Line,
    /// The empty part of a bar.
    track: Line,
    /// A bar or an area that is not believed any more.
    faded: Line,
    /// Foot of an area chart.
    area_low: Line,
    /// Top of an area chart.
    area_high: Line,
}

/// What a theme file comes to at a colour depth.
pub(super) struct Resolved {
    pub(super) roles: Roles,
    pub(super) ramp: [Style; RAMP],
}

/// Reads and resolves a theme file.
pub(super) fn resolve(source: &Source, depth: ColorDepth) -> Result<Resolved, Vec<Problem>> {
    let file: ThemeFile = toml::from_str(&source.text).map_err(|error| {
        vec![Problem {
            source: source.clone(),
            span: error.span().unwrap_or(0..0),
            path: String::new(),
            message: error.message().to_owned(),
            help: None,
        }]
    })?;
    let mut reader = Reader { source, palette: &file.palette, depth, ground: None, problems: Vec::new() };
    for (name, value) in &file.palette {
        if Rgb::parse(value.get_ref()).is_none() {
            reader.problem(value.span(), format!("palette.{name}"), value.get_ref(), None);
        }
    }
    // the ground first: smaller palettes choose colours that can be read on it
    let ground = match file.role.base.get_ref() {
        RoleSpec::Full(base) => base.bg.as_ref().and_then(|bg| reader.look_up(bg)),
        RoleSpec::Color(_) => None,
    };
    reader.ground = ground.map(|ground| nearest(ground, None, depth).1);
    let roles = Roles::from_file(&file.role, |name, kind, spec| reader.style(name, kind, spec));
    let roles = seen(roles);
    let ends = (reader.color_of(file.role.area_low.get_ref()), reader.color_of(file.role.area_high.get_ref()));
    let ramp = std::array::from_fn(|step| match ends {
        (Some(low), Some(high)) => Style::new().fg(nearest(low.between(high, step, RAMP - 1), None, depth).0),
        _ => roles.area_high,
    });
    if reader.problems.is_empty() { Ok(Resolved { roles, ramp }) } else { Err(reader.problems) }
}

/// Where few colours make the selected row's ground that of the screen, it is reversed instead.
fn seen(mut roles: Roles) -> Roles {
    if roles.selection.bg.is_some() && roles.selection.bg == roles.base.bg {
        roles.selection = Style::new().add_modifier(Modifier::REVERSED);
    }
    roles
}

struct Reader<'a> {
    source: &'a Source,
    palette: &'a IndexMap<String, Spanned<String>>,
    depth: ColorDepth,
    ground: Option<Rgb>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn look_up(&self, name: &str) -> Option<Rgb> {
        Rgb::parse(name).or_else(|| Rgb::parse(self.palette.get(name)?.get_ref()))
    }

    fn problem(&mut self, span: Range<usize>, path: String, name: &str, help: Option<String>) {
        self.problems.push(Problem {
            source: self.source.clone(),
            span,
            path,
            message: format!("'{name}' is no colour: write #rrggbb or a name of [palette]"),
            help,
        });
    }

    fn rgb(&mut self, role: &str, span: Range<usize>, name: &str) -> Option<Rgb> {
        let found = self.look_up(name);
        if found.is_none() {
            let near = nearest_name(name, self.palette.keys().map(String::as_str));
            self.problem(span, format!("role.{role}"), name, near.map(|near| format!("did you mean '{near}'?")));
        }
        found
    }

    fn style(&mut self, role: &'static str, kind: Use, spec: &Spanned<RoleSpec>) -> Style {
        let full = match spec.get_ref() {
            RoleSpec::Color(fg) => FullRole { fg: Some(fg.clone()), ..FullRole::default() },
            RoleSpec::Full(full) => full.clone(),
        };
        let mut look = |name: &Option<String>| name.as_ref().and_then(|name| self.rgb(role, spec.span(), name));
        let (fg, bg) = (look(&full.fg), look(&full.bg));
        let bg = bg.map(|bg| nearest(bg, None, self.depth));
        let against = bg.map(|(_, rgb)| rgb).or(self.ground).filter(|_| kind != Use::Line);
        let fg = fg.map(|fg| nearest(fg, against, self.depth));
        let mut style = Style::new();
        if self.depth != ColorDepth::None {
            style.bg = bg.map(|(color, _)| color);
            style.fg = fg.map(|(color, _)| color);
        }
        for (on, modifier) in [
            (full.bold, Modifier::BOLD),
            (full.dim, Modifier::DIM),
            (full.underline, Modifier::UNDERLINED),
            (full.reverse, Modifier::REVERSED),
        ] {
            if on {
                style = style.add_modifier(modifier);
            }
        }
        style
    }

    fn color_of(&self, spec: &RoleSpec) -> Option<Rgb> {
        match spec {
            RoleSpec::Color(fg) => self.look_up(fg),
            RoleSpec::Full(full) => full.fg.as_ref().and_then(|fg| self.look_up(fg)),
        }
    }
}
