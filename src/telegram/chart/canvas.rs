//! A grid of points with rectangles and letters on it.

use std::collections::HashMap;
use std::sync::OnceLock;

use fontdue::{Font, FontSettings};

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

/// Where a text stands to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

/// How a text is written: so many points high, in a colour, and to which side of its point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style(pub i32, pub Colour, pub Align);

pub(super) struct Canvas {
    width: i32,
    height: i32,
    /// Three bytes a point, row by row.
    points: Vec<u8>,
    font: &'static Font,
    /// Letters drawn before: many come again.
    drawn: HashMap<(char, i32), Letter>,
}

#[derive(Clone)]
struct Letter {
    left: i32,
    /// From the line to the letter's lower edge, upwards.
    above: i32,
    width: i32,
    height: i32,
    advance: i32,
    /// How much of each point it covers.
    cover: Vec<u8>,
}

impl Canvas {
    /// A canvas of one colour; none when there is no font, which cannot be.
    pub fn new(width: i32, height: i32, ground: Colour) -> Option<Self> {
        let count = usize::try_from(width.checked_mul(height)?).ok()?;
        Some(Self { width, height, points: ground.repeat(count), font: font()?, drawn: HashMap::new() })
    }

    /// Fills a rectangle; what of it is outside is not there.
    pub fn rectangle(&mut self, x: i32, y: i32, width: i32, height: i32, colour: Colour) {
        for row in y..y + height {
            for column in x..x + width {
                self.blend(column, row, colour, 255);
            }
        }
    }

    /// Fills a rectangle with round corners.
    pub fn rounded(&mut self, x: i32, y: i32, width: i32, height: i32, radius: i32, colour: Colour) {
        let radius = radius.min(width / 2).min(height / 2).max(0);
        for row in 0..height {
            for column in 0..width {
                let cover = corner_cover(column, row, width, height, radius);
                self.blend(x + column, y + row, colour, cover);
            }
        }
    }

    /// Writes one line at a point, no wider than `room`: what is longer ends in an ellipsis.
    pub fn text(&mut self, (x, y): (i32, i32), Style(size, colour, align): Style, text: &str, room: i32) {
        let text = self.fitted(size, &self.known(text), room);
        let width = self.width(size, &text);
        let mut pen = match align {
            Align::Left => x,
            Align::Middle => x - width / 2,
            Align::Right => x - width,
        };
        for c in text.chars() {
            let letter = self.letter(c, size);
            for row in 0..letter.height {
                for column in 0..letter.width {
                    let at = usize::try_from(row * letter.width + column).unwrap_or(usize::MAX);
                    let cover = letter.cover.get(at).copied().unwrap_or(0);
                    let line = y - letter.above - letter.height + row;
                    self.blend(pen + letter.left + column, line, colour, cover);
                }
            }
            pen += letter.advance;
        }
    }

    /// How wide a text is.
    pub fn width(&mut self, size: i32, text: &str) -> i32 {
        self.known(text).chars().map(|c| self.letter(c, size).advance).sum()
    }

    /// The picture as PNG.
    pub fn png(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&self.points).ok()?;
        writer.finish().ok()?;
        Some(bytes)
    }

    /// The letters that the font has, with single blanks between them; a name of which nothing is left is a dot.
    fn known(&self, text: &str) -> String {
        let letters: String =
            text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| *c == ' ' || self.font.has_glyph(*c)).collect();
        let words: Vec<&str> = letters.split(' ').filter(|word| !word.is_empty()).collect();
        if words.is_empty() && !text.trim().is_empty() { "•".to_owned() } else { words.join(" ") }
    }

    fn fitted(&mut self, size: i32, text: &str, room: i32) -> String {
        if self.width(size, text) <= room {
            return text.to_owned();
        }
        let mut left = room - self.width(size, "…");
        let mut fitted = String::new();
        for c in text.chars() {
            left -= self.letter(c, size).advance;
            if left < 0 {
                break;
            }
            fitted.push(c);
        }
        format!("{}…", fitted.trim_end())
    }

    fn letter(&mut self, c: char, size: i32) -> Letter {
        let font = self.font;
        self.drawn.entry((c, size)).or_insert_with(|| rasterized(font, c, size)).clone()
    }

    fn blend(&mut self, x: i32, y: i32, colour: Colour, cover: u8) {
        if cover == 0 || x < 0 || y < 0 || x >= self.width || y >= self.height {
            return;
        }
        let Ok(start) = usize::try_from((y * self.width + x) * 3) else { return };
        let Some(point) = self.points.get_mut(start..start + 3) else { return };
        for (old, new) in point.iter_mut().zip(colour) {
            let mixed = (u32::from(*old) * u32::from(255 - cover) + u32::from(new) * u32::from(cover) + 127) / 255;
            *old = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
    }
}

/// How much of a point of a rectangle with round corners is inside, from 0 to 255: of sixteen spots in it those that are.
fn corner_cover(x: i32, y: i32, width: i32, height: i32, radius: i32) -> u8 {
    let near = |at: i32, length: i32| at < radius || at >= length - radius;
    if radius == 0 || !near(x, width) || !near(y, height) {
        return 255;
    }
    // In eighths of a point, from the middle of the corner's circle.
    let from_centre = |at: i32, spot: i32, length: i32| {
        if at < radius { radius * 8 - (at * 8 + spot) } else { at * 8 + spot - (length - radius) * 8 }
    };
    let mut inside = 0_u16;
    for spot_y in [1, 3, 5, 7] {
        for spot_x in [1, 3, 5, 7] {
            let (dx, dy) = (from_centre(x, spot_x, width), from_centre(y, spot_y, height));
            inside += u16::from(dx * dx + dy * dy <= radius * radius * 64);
        }
    }
    u8::try_from((inside * 255) / 16).unwrap_or(u8::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a font reckons in fractions of points; they are rounded here"
)]
fn rasterized(font: &Font, c: char, size: i32) -> Letter {
    let (metrics, cover) = font.rasterize(c, size as f32);
    let length = |length: usize| i32::try_from(length).unwrap_or(0);
    Letter {
        left: metrics.xmin,
        above: metrics.ymin,
        width: length(metrics.width),
        height: length(metrics.height),
        advance: metrics.advance_width.round() as i32,
        cover,
    }
}

fn font() -> Option<&'static Font> {
    static FONT: OnceLock<Option<Font>> = OnceLock::new();
    let load = || Font::from_bytes(include_bytes!("../fonts/labels.ttf").as_slice(), FontSettings::default()).ok();
    FONT.get_or_init(load).as_ref()
}
