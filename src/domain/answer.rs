//! A photo that a buyer gave as an answer, as it stands among answers that are words: what Telegram calls it, behind a mark that no typed
//! answer has.

use serde::{Deserialize, Serialize};

/// Opens an answer that is a photo. People cannot type it: see [`typed`].
const MARK: char = '\u{2}';

/// A photo, as Telegram knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    pub file_id: String,
    /// Sent as a document: it is shown as one, too.
    pub as_document: bool,
}

impl Photo {
    /// The answer that is this photo.
    pub fn answer(&self) -> String {
        format!("{MARK}{}:{}", if self.as_document { "document" } else { "photo" }, self.file_id)
    }

    /// The photo that an answer is; none when it is words.
    pub fn in_answer(answer: &str) -> Option<Self> {
        let (kind, file_id) = answer.strip_prefix(MARK)?.split_once(':')?;
        let as_document = match kind {
            "photo" => false,
            "document" => true,
            _ => return None,
        };
        Some(Self { file_id: file_id.to_owned(), as_document })
    }
}

/// What somebody typed, without what would make it look like a photo.
pub fn typed(words: &str) -> String {
    words.chars().filter(|c| *c != MARK).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_is_read_back_and_nobody_types_one() {
        for as_document in [true, false] {
            let photo = Photo { file_id: "AgAC:x".to_owned(), as_document };
            assert_eq!(Photo::in_answer(&photo.answer()), Some(photo.clone()));
            assert_eq!(Photo::in_answer(&typed(&photo.answer())), None);
        }
        for words in ["", "photo:x", "\u{2}", "\u{2}video:x", "Black"] {
            assert_eq!(Photo::in_answer(words), None);
        }
    }
}
