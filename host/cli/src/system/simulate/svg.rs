//! Writing SVG: a few shapes, in whole tenths of a pixel, and text that cannot break out of it.

use core::fmt::Write as _;

/// Tenths of a pixel.
pub(super) type Tenths = u64;

/// Width of a character of text that is 10 pixels high, on average and with some room to spare.
const CHARACTER_OF_10: Tenths = 64;

/// A picture in the making.
#[derive(Debug, Default)]
pub(super) struct Svg {
    body: String,
}

/// Where a text is tied to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink {
    pub(super) size: u64,
    pub(super) fill: &'static str,
    pub(super) is_bold: bool,
    pub(super) anchor: Anchor,
}

/// A rectangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rect {
    pub(super) x: Tenths,
    pub(super) y: Tenths,
    pub(super) width: Tenths,
    pub(super) height: Tenths,
}

/// How wide a text is, about.
pub(super) fn text_width(text: &str, size: u64) -> Tenths {
    let characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    characters.saturating_mul(CHARACTER_OF_10).saturating_mul(size) / 10
}

/// A length as SVG writes it.
fn length(tenths: Tenths) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

/// Text as XML holds it; what XML cannot hold, and what would play with a reader, becomes a mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in crate::output::printable(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

impl Svg {
    fn element(&mut self, element: &str) {
        self.body.push_str("  ");
        self.body.push_str(element);
        self.body.push('\n');
    }

    /// `look` is a list of attributes of our own.
    pub(super) fn rect(&mut self, rect: Rect, look: &str) {
        let Rect { x, y, width, height } = rect;
        let (x, y, width, height) = (length(x), length(y), length(width), length(height));
        self.element(&format!(r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" {look}/>"#));
    }

    pub(super) fn line_down(&mut self, x: Tenths, from: Tenths, to: Tenths, look: &str) {
        let (x, from, to) = (length(x), length(from), length(to));
        self.element(&format!(r#"<line x1="{x}" y1="{from}" x2="{x}" y2="{to}" {look}/>"#));
    }

    /// A text on its base line.
    pub(super) fn text(&mut self, x: Tenths, y: Tenths, ink: Ink, text: &str) {
        let (x, y) = (length(x), length(y));
        let weight = if ink.is_bold { r#" font-weight="bold""# } else { "" };
        let anchor = match ink.anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
        };
        let (size, fill) = (ink.size, ink.fill);
        let text = escaped(text);
        self.element(&format!(
            r#"<text x="{x}" y="{y}" font-size="{size}" fill="{fill}"{weight}{anchor}>{text}</text>"#
        ));
    }

    /// Stripes of a colour, to be laid over another; thin white lines keep the two apart.
    pub(super) fn stripes(&mut self, id: &str, fill: &str) {
        self.element(&format!(
            r##"<pattern id="{id}" patternUnits="userSpaceOnUse" width="10" height="10" patternTransform="rotate(45)"><rect width="6" height="10" fill="#ffffff"/><rect x="1" width="4" height="10" fill="{fill}"/></pattern>"##
        ));
    }

    /// The whole picture, on ground of its own: it looks the same on light and dark pages.
    pub(super) fn finish(self, width: Tenths, height: Tenths, title: &str, description: &str) -> String {
        let (width, height) = (length(width), length(height));
        let mut svg = String::new();
        let _ = writeln!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" font-family="DejaVu Sans, Verdana, sans-serif">"#
        );
        let _ = writeln!(svg, "  <title>{}</title>\n  <desc>{}</desc>", escaped(title), escaped(description));
        let _ = writeln!(
            svg,
            r##"  <rect x="0.5" y="0.5" width="100%" height="100%" rx="8" fill="#ffffff" stroke="#d0d7de"/>"##
        );
        svg.push_str(&self.body);
        svg.push_str("</svg>\n");
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_breaks_out_of_a_picture() {
        assert_eq!(escaped("a<b>&\"c\"\u{1b}\n"), "a&lt;b&gt;&amp;&quot;c&quot;\\u{1b} ");
        assert_eq!((length(120), length(123)), ("12".to_owned(), "12.3".to_owned()));
    }
}
