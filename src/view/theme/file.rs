//! A theme file: a palette and the roles, each a colour name, `#rrggbb` or a table with modifiers. Strict.

use std::ops::Range;

use indexmap::IndexMap;
use ratatui::style::{Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use crate::base::problem::nearest as nearest_name;
use crate::base::{Problem, Source};
use crate::view::theme::RAMP;
use crate::view::theme::color::{self, Against, ColorDepth, Rgb, nearest};

/// The contrast that a text keeps with every ground it can stand on (WCAG 2, level AA).
pub(super) const TEXT: f64 = 4.5;
/// The contrast that a line, a bar or a mark keeps with the ground of the screen where the theme gives it as much.
pub(super) const MARK: f64 = 3.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    title: String,
    #[serde(default)]
    palette: IndexMap<String, Spanned<String>>,
    role: RolesFile,
}

/// A role as written.
#[derive(Clone, Deserialize)]
#[serde(untagged, expecting = "a colour, or a table of fg, bg, bold, dim, underline and reverse")]
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
    pub(super) title: String,
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
    let mut reader = Reader { source, palette: &file.palette, depth, grounds: Vec::new(), problems: Vec::new() };
    for (name, value) in &file.palette {
        if Rgb::parse(value.get_ref()).is_none() {
            reader.problem(value.span(), format!("palette.{name}"), value.get_ref(), None);
        }
    }
    // the grounds first: smaller palettes choose colours that can be read on them
    Roles::from_file(&file.role, |_, kind, spec| {
        reader.grounds.extend((kind == Use::Ground).then(|| reader.ground(spec)).flatten());
        Style::new()
    });
    if depth == ColorDepth::Ansi16 {
        // the sixteen are the user's own: only the screen's ground can be reckoned with
        reader.grounds.truncate(1);
    }
    let roles = Roles::from_file(&file.role, |name, kind, spec| reader.style(name, kind, spec));
    let roles = seen(roles);
    let ends = (reader.color_of(file.role.area_low.get_ref()), reader.color_of(file.role.area_high.get_ref()));
    let ramp = std::array::from_fn(|step| match ends {
        (Some(low), Some(high)) => {
            Style::new().fg(nearest(low.between(high, step, RAMP - 1), Against::NOTHING, depth).0)
        }
        _ => roles.area_high,
    });
    if reader.problems.is_empty() {
        Ok(Resolved { title: file.title.clone(), roles, ramp })
    } else {
        Err(reader.problems)
    }
}

/// Where few colours make the selected row's ground that of the screen or of a pop-up, it is reversed instead.
fn seen(mut roles: Roles) -> Roles {
    if roles.selection.bg.is_some() && [roles.base.bg, roles.popup.bg].contains(&roles.selection.bg) {
        roles.selection = Style::new().add_modifier(Modifier::REVERSED);
    }
    roles
}

struct Reader<'a> {
    source: &'a Source,
    palette: &'a IndexMap<String, Spanned<String>>,
    depth: ColorDepth,
    /// As this depth shows them, that of the screen first.
    grounds: Vec<Rgb>,
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
        let bg = bg.map(|bg| match kind {
            Use::Ground => color::ground(bg, self.depth),
            Use::Text | Use::Badge | Use::Line => nearest(bg, Against::NOTHING, self.depth),
        });
        let own: Vec<Rgb> = bg.map(|(_, rgb)| rgb).into_iter().collect();
        let fg = fg.map(|fg| {
            let grounds = if own.is_empty() { &self.grounds } else { &own };
            nearest(fg, self.against(kind, fg, grounds), self.depth)
        });
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

    /// What a role's colour must stay apart from. A line that is faint on purpose may stay so.
    fn against<'g>(&self, kind: Use, wanted: Rgb, grounds: &'g [Rgb]) -> Against<'g> {
        let screen = self.grounds.get(..1).unwrap_or_default();
        match kind {
            Use::Line if screen.iter().any(|ground| wanted.contrast(*ground) < MARK) => Against::NOTHING,
            Use::Line => Against { grounds: grounds.get(..1).unwrap_or_default(), least: MARK },
            Use::Ground | Use::Text | Use::Badge => Against { grounds, least: TEXT },
        }
    }

    /// A ground as this depth shows it.
    fn ground(&self, spec: &Spanned<RoleSpec>) -> Option<Rgb> {
        let RoleSpec::Full(full) = spec.get_ref() else { return None };
        let rgb = self.look_up(full.bg.as_ref()?)?;
        Some(color::ground(rgb, self.depth).1)
    }

    fn color_of(&self, spec: &RoleSpec) -> Option<Rgb> {
        match spec {
            RoleSpec::Color(fg) => self.look_up(fg),
            RoleSpec::Full(full) => full.fg.as_ref().and_then(|fg| self.look_up(fg)),
        }
    }
}
