//! QR codes: the squares come from a library, and are drawn here for pages and for terminals.

use core::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code, which readers need (ISO/IEC 18004, 9.1).
const QUIET: usize = 4;

/// A QR code.
pub struct Picture {
    width: usize,
    dark: Vec<bool>,
}

impl Picture {
    /// The picture of a text; `None` if it is too long for one.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { width, dark })
    }

    /// Modules of a side, with the quiet zone.
    #[must_use]
    pub const fn side(&self) -> usize {
        self.width.saturating_add(QUIET.saturating_mul(2))
    }

    /// Whether a module is dark, counted with the quiet zone.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < self.width);
        let (Some(x), Some(y)) = (inside(x), inside(y)) else { return false };
        self.dark.get(y.saturating_mul(self.width).saturating_add(x)).copied().unwrap_or(false)
    }

    /// The outlines of the dark modules as the `d` of an SVG path, one unit for a module.
    #[must_use]
    pub fn svg_path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.side() {
            let mut x = 0;
            while x < self.side() {
                let run = (x..self.side()).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x = x.saturating_add(run).saturating_add(1);
            }
        }
        path
    }

    /// The picture for a terminal: two modules in a character, light drawn, as most terminals are dark.
    /// Readers take it either way.
    #[must_use]
    pub fn terminal(&self) -> String {
        let mut text = String::new();
        for y in (0..self.side()).step_by(2) {
            for x in 0..self.side() {
                let below = y.saturating_add(1);
                let is_light_below = below < self.side() && !self.is_dark(x, below);
                text.push(match (!self.is_dark(x, y), is_light_below) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;
    use crate::carried;

    /// What somebody else reads in a picture of which one can ask for each module.
    fn read(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
        const SCALE: usize = 4;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, |x, y| {
            if is_dark(x / SCALE, y / SCALE) { 0 } else { 255 }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one code is seen");
        grids[0].decode().unwrap().1
    }

    #[test]
    fn somebody_else_reads_the_largest_part() {
        let bytes: Vec<u8> = (0..carried::PART_BYTES_MAX * 2).map(|index| (index % 253) as u8).collect();
        for part in carried::parts(&bytes) {
            let picture = Picture::of(&part).unwrap();
            assert!(picture.side() <= 93, "{} modules", picture.side());
            assert_eq!(read(picture.side(), |x, y| picture.is_dark(x, y)), part);
        }
    }

    #[test]
    fn somebody_else_reads_what_a_terminal_shows() {
        let part = &carried::parts(b"a short request")[0];
        let shown = Picture::of(part).unwrap().terminal();
        let rows: Vec<Vec<char>> = shown.lines().map(|line| line.chars().collect()).collect();
        let is_dark = |x: usize, y: usize| match rows[y / 2][x] {
            '█' => false,
            '▀' => !y.is_multiple_of(2),
            '▄' => y.is_multiple_of(2),
            _ => true,
        };
        let side = rows[0].len();
        assert_eq!(&read(side, |x, y| y / 2 < rows.len() && is_dark(x, y)), part);
    }

    #[test]
    fn the_path_draws_each_dark_module_once() {
        let picture = Picture::of("HWL1").unwrap();
        let dark = (0..picture.side()).flat_map(|y| (0..picture.side()).map(move |x| (x, y)));
        let dark = dark.filter(|(x, y)| picture.is_dark(*x, *y)).count();
        let drawn: usize = picture
            .svg_path()
            .split('h')
            .skip(1)
            .step_by(2)
            .map(|rest| rest.split('v').next().unwrap().parse::<usize>().unwrap())
            .sum();
        assert_eq!(drawn, dark);
    }
}
