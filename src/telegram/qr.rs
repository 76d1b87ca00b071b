//! QR codes as pictures: black and white, one bit a pixel, large enough for any camera and small enough for any connection.

use png::{BitDepth, ColorType, Encoder, Filter};
use qrcode::{Color, EcLevel, QrCode};

/// White around the code, in modules: the standard asks for four.
const QUIET_MODULES: usize = 4;
/// The smallest module and picture that cameras read easily from a screen, in pixels.
const MODULE_PIXELS_MIN: usize = 8;
const SIDE_PIXELS_MIN: usize = 500;
/// The largest picture, in pixels; Telegram would scale a larger one.
const SIDE_PIXELS_MAX: usize = 800;

/// Why a text has no picture.
#[derive(Debug, thiserror::Error)]
pub enum QrError {
    #[error("a text of {bytes} bytes does not fit into a QR code that can be read easily")]
    TooLong { bytes: usize },
    #[error("a QR code could not be drawn")]
    Png(#[from] png::EncodingError),
}

/// A PNG of the QR code that holds exactly `code`; error correction level M.
///
/// # Errors
/// [`QrError::TooLong`] from some 560 bytes on.
pub fn png(code: &str) -> Result<Vec<u8>, QrError> {
    let too_long = || QrError::TooLong { bytes: code.len() };
    let code = QrCode::with_error_correction_level(code, EcLevel::M).map_err(|_| too_long())?;
    let modules = code.width() + 2 * QUIET_MODULES;
    let module_pixels = SIDE_PIXELS_MIN.div_ceil(modules).max(MODULE_PIXELS_MIN);
    let side = modules * module_pixels;
    if side > SIDE_PIXELS_MAX {
        return Err(too_long());
    }
    encode(&pixels(&code, module_pixels, side), side)
}

/// Rows of bits, one per pixel, the left one highest; 1 is white. Every row of modules is made once and stands there as often as it is high.
fn pixels(code: &QrCode, module_pixels: usize, side: usize) -> Vec<u8> {
    let colors = code.to_colors();
    let row_bytes = side.div_ceil(8);
    let white = vec![0xff; row_bytes];
    let mut pixels = Vec::with_capacity(side * row_bytes);
    let mut add = |row: &[u8], modules: usize| (0..modules * module_pixels).for_each(|_| pixels.extend_from_slice(row));
    add(&white, QUIET_MODULES);
    for modules in colors.chunks(code.width()) {
        let mut row = white.clone();
        let dark = (QUIET_MODULES..).zip(modules).filter(|(_, color)| **color == Color::Dark);
        for x in dark.flat_map(|(at, _)| at * module_pixels..(at + 1) * module_pixels) {
            if let Some(byte) = row.get_mut(x / 8) {
                *byte &= !(0x80 >> (x % 8));
            }
        }
        add(&row, 1);
    }
    add(&white, QUIET_MODULES);
    pixels
}

fn encode(rows: &[u8], side: usize) -> Result<Vec<u8>, QrError> {
    let mut picture = Vec::new();
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = Encoder::new(&mut picture, side, side);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    // Most rows are as the one above: what is left of them is nothing, which packs quickly and well.
    encoder.set_filter(Filter::Up);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rows)?;
    writer.finish()?;
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::coin::Coin;
    use crate::domain::money::CoinAmount;

    /// What an independent decoder reads in a picture, after checking what any viewer relies on.
    fn read(picture: &[u8]) -> String {
        let mut reader = png::Decoder::new(Cursor::new(picture)).read_info().unwrap();
        assert_eq!((reader.info().color_type, reader.info().bit_depth), (ColorType::Grayscale, BitDepth::One));
        let (width, height) = (reader.info().width as usize, reader.info().height as usize);
        assert!(width == height && (500..=800).contains(&width), "{width}x{height}");
        let mut rows = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rows).unwrap();
        let is_white = |x: usize, y: usize| rows[y * width.div_ceil(8) + x / 8] & (0x80 >> (x % 8)) != 0;
        assert!((0..width).all(|x| (0..32).all(|y| is_white(x, y) && is_white(y, x))), "no white around it");
        let mut image = rqrr::PreparedImage::prepare_from_bitmap(width, height, |x, y| !is_white(x, y));
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn every_kind_of_payment_code_reads_back_exactly() {
        let due = CoinAmount::parse("0.31250017").unwrap();
        for (coin, address) in [
            (Coin::Btc, "bc1q7p7s02x5zwmq6ljj2strypvwmur0dfmq6re2cv"),
            (Coin::Btc, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
            (Coin::Ltc, "ltc1qmqmna50934dsrgp4vd9gtht0h44uccgupk8gnr"),
            (Coin::Sol, "H6GdwBa5jZkbunBCnS8pFuspC9fx3822wubTfAZudF53"),
            (Coin::Ton, "UQBVjSSIIz1OyAqgKo30vWpYsrX_iJ1YtJU9bST9o5ghHidT"),
            (Coin::UsdtTrc20, "TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT"),
            (Coin::Eth, "0xdAC17F958D2ee523a2206206994597C13D831ec7"),
        ] {
            let code = coin.payment_code(address, due);
            assert_eq!(read(&png(&code).unwrap()), code);
        }
    }

    #[test]
    fn a_picture_is_small() {
        let picture = png("TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT").unwrap();
        assert!(picture.len() < 10_000, "{}", picture.len());
    }

    #[test]
    fn what_no_camera_could_read_is_refused() {
        assert!(matches!(png(&"a".repeat(1_000)), Err(QrError::TooLong { bytes: 1_000 })));
        assert!(matches!(png(&"a".repeat(10_000)), Err(QrError::TooLong { .. })));
        assert_eq!(read(&png(&"a".repeat(450)).unwrap()), "a".repeat(450));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_text_of_a_fair_length_reads_back_exactly(text in "[ -~]{1,250}") {
            prop_assert_eq!(read(&png(&text).unwrap()), text);
        }
    }
}
