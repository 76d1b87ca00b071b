//! The picture of a payment code, beside the same code drawn the plain way: a byte a pixel, packed as the picture library does by itself.

use std::hint::black_box;
use std::time::Instant;

use kiosk::telegram::qr;
use png::{BitDepth, ColorType, Encoder};
use qrcode::{Color, EcLevel, QrCode};

use super::Report;

const CODES: [&str; 2] = [
    "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
    "ethereum:0xdAC17F958D2ee523a2206206994597C13D831ec7@1/transfer?address=0x742d35Cc6634C0532925a3b844Bc454e4438f44e&uint256=12340000",
];

pub fn measure(report: &mut Report) {
    for code in CODES {
        let (ours, plain) = (qr::png(code).unwrap(), drawn_plainly(code));
        let time = (quickest(|| qr::png(code).unwrap()), quickest(|| drawn_plainly(code)));
        report.at_most(&format!("P14 QR of {} characters: time", code.len()), time.0, time.1, 0.5, "µs");
        let bytes = |picture: &[u8]| f64::from(u32::try_from(picture.len()).unwrap());
        report.at_most(&format!("P14 QR of {} characters: bytes", code.len()), bytes(&ours), bytes(&plain), 1.0, "B");
    }
}

/// Microseconds of the quickest of many.
fn quickest<T>(work: impl Fn() -> T) -> f64 {
    let once = || {
        let begun = Instant::now();
        black_box(work());
        begun.elapsed().as_secs_f64() * 1e6
    };
    (0..300).map(|_| once()).fold(f64::INFINITY, f64::min)
}

fn drawn_plainly(code: &str) -> Vec<u8> {
    let code = QrCode::with_error_correction_level(code, EcLevel::M).unwrap();
    let (width, scale) = (code.width(), 12);
    let colors = code.to_colors();
    let side = (width + 8) * scale;
    let mut pixels = vec![255_u8; side * side];
    for y in 0..width * scale {
        for x in 0..width * scale {
            if colors[(y / scale) * width + x / scale] == Color::Dark {
                pixels[(y + 4 * scale) * side + x + 4 * scale] = 0;
            }
        }
    }
    let mut bytes = Vec::new();
    let side = u32::try_from(side).unwrap();
    let mut encoder = Encoder::new(&mut bytes, side, side);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}
