//! Text inside signed structures: bounded, and nothing that makes a screen lie.

/// Whether a text may stand in a signed structure: short enough, no control characters, and none
/// of those that reorder what is displayed (Unicode TR 9: bidirectional embeddings, overrides,
/// isolates and marks).
pub(crate) fn is_clean(text: &str, bytes_max: usize) -> bool {
    let is_plain = || text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    text.len() <= bytes_max
        && (is_plain()
            || text.chars().all(|character| {
                !matches!(
                    character,
                    '\0'..='\u{1f}'
                        | '\u{7f}'..='\u{9f}'
                        | '\u{61c}'
                        | '\u{200e}'..='\u{200f}'
                        | '\u{2028}'..='\u{202e}'
                        | '\u{2066}'..='\u{2069}'
                        | '\u{feff}'
                )
            }))
}
