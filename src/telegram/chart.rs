//! Figures as a picture: columns in time, or bars by name. It has a ground of its own, so that it reads well in a light and in a dark chat,
//! and letters that are large on a phone. Everything is drawn with whole numbers on a grid of points; letters come from a font that is part
//! of the program, and what that font does not have is left out.

mod canvas;

use self::canvas::{Align, Canvas, Colour, Style};

/// Points of a picture: as wide as a phone shows, and not so high that the words under it are out of sight.
const WIDTH: i32 = 1080;
const HEIGHT: i32 = 900;
const MARGIN: i32 = 56;
/// Bars that have room; the rest is one more.
pub const BARS_MAX: usize = 6;
/// Columns that each have a label.
const LABELLED_MAX: i32 = 7;
/// Labels under more columns than these.
const LABELS_MAX: i32 = 5;

const GROUND: Colour = [24, 32, 44];
const STRONG: Colour = [244, 246, 250];
const SOFT: Colour = [164, 176, 194];
const LINE: Colour = [52, 64, 82];
const GOOD: Colour = [72, 199, 142];
const BAD: Colour = [244, 112, 103];
const TRACK: Colour = [38, 49, 66];

/// One column or bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub label: String,
    /// How long it is, in any unit that all of them share; below zero it goes the other way.
    pub size: i64,
    /// What stands beside it.
    pub shown: String,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    pub title: String,
    /// What matters most, in large letters.
    pub headline: String,
    pub note: String,
    pub bars: Vec<Bar>,
    /// Columns in time; else bars by name.
    pub in_time: bool,
    /// Stands in the middle when there is nothing to draw.
    pub nothing: String,
    /// How the top of the scale reads, given its size; for columns.
    pub top: Option<(i64, String)>,
}

/// The largest round number of a scale: 1, 2 or 5 with zeros, and not less than `most`.
pub fn round_top(most: i64) -> i64 {
    let mut step = 1_i64;
    loop {
        for factor in [1, 2, 5] {
            let Some(top) = step.checked_mul(factor) else { return most };
            if top >= most {
                return top;
            }
        }
        let Some(next) = step.checked_mul(10) else { return most };
        step = next;
    }
}

/// The picture as PNG; none when it cannot be drawn, which a test makes sure of.
pub fn png(chart: &Chart) -> Option<Vec<u8>> {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, GROUND)?;
    let inner = WIDTH - 2 * MARGIN;
    canvas.text((MARGIN, 84), Style(40, SOFT, Align::Left), &chart.title, inner);
    canvas.text((MARGIN, 176), Style(84, STRONG, Align::Left), &chart.headline, inner);
    canvas.text((MARGIN, 236), Style(36, SOFT, Align::Left), &chart.note, inner);
    if chart.bars.iter().all(|bar| bar.size == 0) {
        canvas.text((WIDTH / 2, 560), Style(52, SOFT, Align::Middle), &chart.nothing, inner);
    } else if chart.in_time {
        columns(&mut canvas, chart);
    } else {
        bars(&mut canvas, chart);
    }
    canvas.png()
}

fn columns(canvas: &mut Canvas, chart: &Chart) {
    let (left, right, top, bottom) = (MARGIN, WIDTH - MARGIN, 316, 814);
    let highest = chart.top.as_ref().map_or(1, |(size, _)| *size).max(1);
    let lowest = chart.bars.iter().map(|bar| bar.size).min().unwrap_or(0).min(0);
    let room = i64::from(bottom - top);
    let height = |size: i64| i32::try_from(scaled(size, room, highest - lowest)).unwrap_or(0);
    let zero = top + height(highest);
    for (share, shown) in [(highest, true), (highest / 2, false), (0, false)] {
        let y = zero - height(share);
        canvas.rectangle(left, y, right - left, 2, LINE);
        if let Some((_, label)) = chart.top.as_ref().filter(|_| shown) {
            canvas.text((right, y - 12), Style(32, SOFT, Align::Right), label, right - left);
        }
    }
    let count = i32::try_from(chart.bars.len()).unwrap_or(i32::MAX).max(1);
    let edge = |number: i32| left + i32::try_from(i64::from(right - left) * i64::from(number) / i64::from(count)).unwrap_or(0);
    let every = if count <= LABELLED_MAX { 1 } else { (count + LABELS_MAX - 1) / LABELS_MAX };
    for (bar, number) in chart.bars.iter().zip(0_i32..) {
        let (from, to) = (edge(number), edge(number + 1));
        let gap = ((to - from) / 5).clamp(1, 24);
        // One day alone is a column, not a wall.
        let width = (to - from - gap).clamp(2, 220);
        let x = from + (to - from - width) / 2;
        // What is not zero can be seen.
        let size = if bar.size == 0 { 0 } else { height(bar.size.abs()).max(3) };
        match bar.size {
            0 => {}
            1.. => canvas.rounded(x, zero - size, width, size, 10, GOOD),
            _ => canvas.rounded(x, zero, width, size, 10, BAD),
        }
        // From the last one backwards, so that today has its label.
        if (count - 1 - number) % every == 0 {
            let room = if count <= LABELLED_MAX { to - from - 6 } else { 150 };
            let middle = (from + (to - from) / 2).clamp(left + 50, right - 50);
            canvas.text((middle, bottom + 50), Style(32, SOFT, Align::Middle), &bar.label, room);
        }
        // A number that has no room is left out: half a number would be another one.
        if bar.size != 0 && count <= LABELLED_MAX && canvas.width(30, &bar.shown) <= to - from - 4 {
            let inside = size > 60;
            let place = match (bar.size > 0, inside) {
                (true, _) if zero - size - top >= 44 => Some((zero - size - 12, STRONG)),
                (true, true) => Some((zero - size + 40, GROUND)),
                (false, true) => Some((zero + size - 16, GROUND)),
                (_, false) => None,
            };
            if let Some((y, colour)) = place {
                canvas.text((x + width / 2, y), Style(30, colour, Align::Middle), &bar.shown, to - from);
            }
        }
    }
    canvas.rectangle(left, zero, right - left, 3, SOFT);
}

fn bars(canvas: &mut Canvas, chart: &Chart) {
    let (left, right, top, bottom) = (MARGIN, WIDTH - MARGIN, 290, 870);
    let most = chart.bars.iter().map(|bar| bar.size.abs()).max().unwrap_or(1).max(1);
    let count = i32::try_from(chart.bars.len()).unwrap_or(1).max(1);
    let pitch = ((bottom - top) / count).min(120);
    for (bar, number) in chart.bars.iter().zip(0_i32..) {
        let y = top + number * pitch;
        let room = right - left;
        let taken = canvas.width(36, &bar.shown);
        canvas.text((right, y + 36), Style(36, STRONG, Align::Right), &bar.shown, room);
        canvas.text((left, y + 36), Style(36, STRONG, Align::Left), &bar.label, room - taken - 30);
        let length = i32::try_from(scaled(bar.size.abs(), i64::from(room), most)).unwrap_or(0);
        let thick = (pitch - 66).clamp(12, 30);
        canvas.rounded(left, y + 52, room, thick, thick / 2, TRACK);
        if bar.size != 0 {
            canvas.rounded(left, y + 52, length.max(thick), thick, thick / 2, if bar.size > 0 { GOOD } else { BAD });
        }
    }
}

/// `size` of `whole` as a part of `room`.
fn scaled(size: i64, room: i64, whole: i64) -> i64 {
    let scaled = i128::from(size) * i128::from(room) / i128::from(whole.max(1));
    i64::try_from(scaled).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, size: i64) -> Bar {
        Bar { label: label.to_owned(), size, shown: format!("{}.{:02}", size / 100, (size % 100).abs()) }
    }

    fn chart(in_time: bool, bars: Vec<Bar>) -> Chart {
        let most = bars.iter().map(|bar| bar.size).max().unwrap_or(0);
        Chart {
            title: "Net revenue · 7 days".to_owned(),
            headline: "1 234.50 USD".to_owned(),
            note: "12 orders".to_owned(),
            bars,
            in_time,
            nothing: "Nothing sold yet".to_owned(),
            top: Some((round_top(most), format!("{} USD", round_top(most) / 100))),
        }
    }

    #[test]
    fn a_scale_ends_at_a_round_number() {
        let tops = [0, 1, 3, 7, 10, 11, 2_649, 999_999].map(round_top);
        assert_eq!(tops, [1, 1, 5, 10, 10, 20, 5_000, 1_000_000]);
        assert_eq!(round_top(i64::MAX), i64::MAX);
    }

    /// To look at the pictures: `KIOSK_CHARTS=/tmp/charts cargo test --lib chart`.
    #[test]
    fn every_chart_is_a_picture_of_the_right_size() {
        let days =
            |count: i64, size: fn(i64) -> i64| (0..count).map(|day| bar(&format!("{} Jun", day % 30 + 1), size(day))).collect::<Vec<_>>();
        let names = [
            "Editor Pro",
            "Очень длинное название товара, которое не помещается в одну строку никак",
            "🦉 Night Owl 🦉",
            "العربية",
            "A",
            "Rest",
        ];
        let charts = [
            ("none", chart(true, days(7, |_| 0))),
            ("one-day", chart(true, days(1, |_| 2_649))),
            ("week", chart(true, days(7, |day| if day == 3 { 0 } else { 900 + day * 1_313 }))),
            ("loss", chart(true, days(7, |day| if day == 4 { -3_000 } else { 500 + day * 700 }))),
            ("month", chart(true, days(30, |day| day * day % 17 * 999))),
            ("quarter", chart(true, days(90, |day| day * 37 % 101 * 123))),
            ("products", chart(false, names.iter().zip(1..).map(|(name, size)| bar(name, 90_000 / size)).collect())),
            ("cards", chart(false, vec![bar("Payment cards", 40), bar("Paid", 29)])),
            ("huge", chart(true, days(7, |day| i64::MAX / 10 - day))),
        ];
        for (name, chart) in charts {
            let bytes = png(&chart).unwrap();
            let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
            assert_eq!((reader.info().width, reader.info().height), (1080, 900), "{name}");
            assert!(bytes.len() < 120_000, "{name} has {} bytes", bytes.len());
            if let Some(folder) = option_env!("KIOSK_CHARTS") {
                std::fs::write(format!("{folder}/{name}.png"), &bytes).unwrap();
            }
        }
    }
}
