//! Product pictures, as far as their header tells: the kind, and the size that Telegram takes as a photo (Bot API, sendPhoto: 10 MB,
//! width and height at most 10000 together, ratio at most 20).

/// Largest picture, in bytes.
pub const PICTURE_BYTES_MAX: u64 = 10 * 1024 * 1024;
const SIDES_MAX: u32 = 10_000;
const RATIO_MAX: u32 = 20;

/// A picture that Telegram takes as a photo.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Says how large it is, not what is in it.
impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} bytes", self.media_type, self.bytes.len())
    }
}

impl Picture {
    /// The picture in `bytes`, or what is wrong with it; that follows the file's name in a sentence.
    pub(in crate::shop) fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.len() as u64 > PICTURE_BYTES_MAX {
            return Err("is larger than 10 MB".to_owned());
        }
        let png = png_size(&bytes).map(|size| ("image/png", size));
        let (media_type, (width, height)) = png
            .or_else(|| jpeg_size(&bytes).map(|size| ("image/jpeg", size)))
            .ok_or_else(|| "is neither a PNG nor a JPEG picture".to_owned())?;
        let (short, long) = (width.min(height), width.max(height));
        if short == 0 || width.saturating_add(height) > SIDES_MAX || long / short > RATIO_MAX {
            return Err(format!("has {width} x {height} pixels: Telegram shows at most {SIDES_MAX} together, and none so long and thin"));
        }
        Ok(Self { media_type, bytes })
    }
}

/// Width and height from the header chunk, which is always the first (PNG, section 11.2.1).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(4..)?.strip_prefix(b"IHDR")?;
    let (width, rest) = rest.split_first_chunk()?;
    let (height, _) = rest.split_first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

/// Width and height from the frame header, which comes after any number of other segments (ITU T.81, section B.2.2).
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let (head, body) = rest.split_first_chunk::<4>()?;
        let [0xff, marker, high, low] = *head else { return None };
        if marker == 0xff {
            // Any number of fill bytes may stand before a marker.
            rest = rest.get(1..)?;
            continue;
        }
        let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(2)?;
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            let [_, h1, h0, w1, w0] = *body.first_chunk::<5>()?;
            return Some((u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into()));
        }
        rest = body.get(length..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat()
    }

    #[test]
    fn pictures_are_known_by_their_headers() {
        assert_eq!(Picture::parse(png(640, 400)).unwrap().media_type, "image/png");
        let jpeg =
            [&[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xff, 0xc2, 0, 17, 8], 400_u16.to_be_bytes().as_slice(), &[2, 128]].concat();
        assert_eq!(jpeg_size(&jpeg), Some((640, 400)));
        assert_eq!(Picture::parse(jpeg).unwrap().media_type, "image/jpeg");
    }

    #[test]
    fn what_telegram_would_refuse_is_refused() {
        for bytes in [png(0, 10), png(9_000, 2_000), png(2_100, 100), b"GIF89a".to_vec(), vec![], vec![0xff, 0xd8, 0xff, 0xff]] {
            assert!(Picture::parse(bytes).is_err());
        }
        assert!(Picture::parse(vec![0; 11 * 1024 * 1024]).unwrap_err().contains("10 MB"));
    }
}
