//! Files: uploads in, `getFile` and downloads out.
//!
//! Source: Bot API, "Sending files": a photo has at most 10 MB, width + height at most 10 000, a ratio of at most 20; other files 50 MB;
//! `getFile` gives files up to 20 MB.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use serde_json::{Value, json};

use super::refusal::{Answer, Refusal};
use super::state::{FileCard, Media, MediaKind, State};
use super::wire::{Params, Upload};

const PHOTO_MAX_BYTES: usize = 10 * 1_024 * 1_024;
const DOCUMENT_MAX_BYTES: usize = 50 * 1_024 * 1_024;
const DOWNLOAD_MAX_BYTES: usize = 20 * 1_024 * 1_024;
const PHOTO_MAX_SIDES: u32 = 10_000;
const PHOTO_MAX_RATIO: u32 = 20;
/// The sides that smaller copies of a photo fit in, by the letter at the end of their ids.
const SMALLER: [(&str, u32); 2] = [("s", 90), ("m", 320)];

/// The bytes of all files, by file id.
#[derive(Debug, Default)]
pub(crate) struct Bytestore {
    /// None: in memory only.
    dir: Option<PathBuf>,
    held: Mutex<HashMap<String, Bytes>>,
}

impl Bytestore {
    pub fn new(dir: Option<PathBuf>) -> Self {
        if let Some(dir) = &dir
            && let Err(error) = std::fs::create_dir_all(dir)
        {
            tracing::error!(%error, "the sandbox cannot keep files: their directory cannot be made");
        }
        Self { dir, held: Mutex::default() }
    }

    fn put(&self, file_id: &str, bytes: Bytes) {
        if let Some(dir) = &self.dir
            && let Err(error) = std::fs::write(dir.join(file_id), &bytes)
        {
            tracing::error!(%error, file.id = file_id, "the sandbox cannot keep a file");
        }
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(file_id.to_owned(), bytes);
    }

    /// The bytes of a file whose id is in the state.
    pub fn get(&self, file_id: &str) -> Option<Bytes> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = held.get(file_id) {
            return Some(bytes.clone());
        }
        let bytes = Bytes::from(std::fs::read(self.dir.as_ref()?.join(file_id)).ok()?);
        held.insert(file_id.to_owned(), bytes.clone());
        Some(bytes)
    }
}

/// A file that a call wants to send, checked.
#[derive(Debug)]
pub(crate) enum Sent {
    /// One that the fake knows.
    Known(String),
    Fresh(FileCard, Bytes),
}

/// What the parameter `name` of a call names: an upload or a file id.
pub(crate) fn sent(state: &State, params: &Params, kind: MediaKind, name: &str) -> Result<Sent, Refusal> {
    match params.upload(name) {
        Some(upload) => fresh(kind, upload, DOCUMENT_MAX_BYTES),
        None => sent_as(state, params, kind, params.text(name)?),
    }
}

/// What `reference` names: `attach://<part>`, a file id or an address.
pub(crate) fn sent_as(state: &State, params: &Params, kind: MediaKind, reference: &str) -> Result<Sent, Refusal> {
    if let Some(upload) = params.attached(reference) {
        return fresh(kind, upload, DOCUMENT_MAX_BYTES);
    }
    if reference.is_empty() {
        return Err(Refusal::bad(match kind {
            MediaKind::Photo => "there is no photo in the request",
            MediaKind::Document => "there is no document in the request",
        }));
    }
    if reference.starts_with("http://") || reference.starts_with("https://") {
        // The sandbox fetches nothing from outside.
        return Err(Refusal::bad("failed to get HTTP URL content"));
    }
    let file_id = whole(reference);
    match state.files.get(file_id) {
        None => Err(Refusal::bad("wrong file identifier/HTTP URL specified")),
        Some(card) if card.kind == kind => Ok(Sent::Known(file_id.to_owned())),
        Some(_) if kind == MediaKind::Photo => Err(Refusal::bad("can't use file of type Document as Photo")),
        Some(_) => Err(Refusal::bad("can't use file of type Photo as Document")),
    }
}

/// Checks an upload; a document has at most so many bytes.
pub(crate) fn fresh(kind: MediaKind, upload: Upload, bytes_max: usize) -> Result<Sent, Refusal> {
    let size = upload.bytes.len();
    if size == 0 {
        return Err(Refusal::bad("file must be non-empty"));
    }
    let card = match kind {
        MediaKind::Document if size > bytes_max => return Err(Refusal::new(413, "Request Entity Too Large")),
        MediaKind::Document => {
            let name = if upload.name.is_empty() { "file".to_owned() } else { upload.name };
            let mime = upload.mime.filter(|mime| mime != "application/octet-stream").unwrap_or_else(|| mime_of(&name).to_owned());
            FileCard { kind, name, mime, size, width: 0, height: 0, path: String::new() }
        }
        MediaKind::Photo if size > PHOTO_MAX_BYTES => {
            let limit = PHOTO_MAX_BYTES;
            return Err(Refusal::bad(format!("file of size {size} bytes is too big for a photo; the maximum size is {limit} bytes")));
        }
        MediaKind::Photo => {
            let (width, height, mime) = picture(&upload.bytes).ok_or_else(|| Refusal::bad("IMAGE_PROCESS_FAILED"))?;
            let (long, short) = (width.max(height), width.min(height));
            if short == 0 || width.saturating_add(height) > PHOTO_MAX_SIDES || long > short.saturating_mul(PHOTO_MAX_RATIO) {
                return Err(Refusal::bad("PHOTO_INVALID_DIMENSIONS"));
            }
            FileCard { kind, name: upload.name, mime: mime.to_owned(), size, width, height, path: String::new() }
        }
    };
    Ok(Sent::Fresh(card, upload.bytes))
}

/// Stores what is not stored yet; its file id.
pub(crate) fn keep(state: &mut State, store: &Bytestore, sent: Sent) -> String {
    match sent {
        Sent::Known(file_id) => file_id,
        Sent::Fresh(mut card, bytes) => {
            state.last_file += 1;
            let number = state.last_file;
            let extension = card.name.rsplit_once('.').map(|(_, extension)| extension).filter(|it| it.chars().all(char::is_alphanumeric));
            let (file_id, path) = match card.kind {
                MediaKind::Photo => (format!("photo-{number}"), format!("photos/file_{number}.{}", card.mime.trim_start_matches("image/"))),
                MediaKind::Document => (format!("document-{number}"), format!("documents/file_{number}.{}", extension.unwrap_or("bin"))),
            };
            card.path = path;
            store.put(&file_id, bytes);
            state.files.insert(file_id.clone(), card);
            file_id
        }
    }
}

/// The file of which `file_id` names a smaller copy, or `file_id` itself.
pub(crate) fn whole(file_id: &str) -> &str {
    match file_id.rsplit_once('-') {
        Some((whole, letter)) if SMALLER.iter().any(|(known, _)| *known == letter) => whole,
        _ => file_id,
    }
}

/// `PhotoSize`s of a photo, the whole one last.
pub(crate) fn sizes(file_id: &str, card: &FileCard) -> Value {
    let size = |id: &str, width: u32, height: u32, bytes: usize| json!({"file_id": id, "file_unique_id": format!("u-{id}"), "width": width, "height": height, "file_size": bytes});
    let long = card.width.max(card.height).max(1);
    let mut sizes = Vec::new();
    for (letter, side) in SMALLER.into_iter().filter(|(_, side)| *side < long) {
        let scaled = |length: u32| u32::try_from(u64::from(length) * u64::from(side) / u64::from(long)).unwrap_or(1).max(1);
        sizes.push(size(&format!("{file_id}-{letter}"), scaled(card.width), scaled(card.height), card.size.min(2_000)));
    }
    sizes.push(size(file_id, card.width, card.height, card.size));
    Value::Array(sizes)
}

/// `Document` of a file.
pub(crate) fn document(media: &Media, card: &FileCard) -> Value {
    json!({"file_id": media.file_id, "file_unique_id": format!("u-{}", media.file_id), "file_name": card.name, "mime_type": card.mime, "file_size": card.size})
}

/// `getFile`
pub(crate) fn get_file(state: &State, params: &Params) -> Answer {
    let file_id = params.text("file_id")?;
    let card = state.files.get(whole(file_id)).ok_or_else(|| Refusal::bad("wrong file_id or the file is temporarily unavailable"))?;
    if card.size > DOWNLOAD_MAX_BYTES {
        return Err(Refusal::bad("file is too big"));
    }
    Ok(json!({"file_id": file_id, "file_unique_id": format!("u-{file_id}"), "file_size": card.size, "file_path": card.path}))
}

/// Width, height and media type of a PNG or JPEG picture; none when it is neither, or broken.
pub(crate) fn picture(bytes: &[u8]) -> Option<(u32, u32, &'static str)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), png::Limits { bytes: 256 * 1_024 * 1_024 });
        let (width, height) = decoder.read_header_info().ok().map(|header| (header.width, header.height))?;
        if width.saturating_add(height) <= PHOTO_MAX_SIDES {
            let mut reader = decoder.read_info().ok()?;
            let mut pixels = vec![0; reader.output_buffer_size()?];
            reader.next_frame(&mut pixels).ok()?;
        }
        return Some((width, height, "image/png"));
    }
    jpeg(bytes).map(|(width, height)| (width, height, "image/jpeg"))
}

/// Width and height out of the frame header of a JPEG; the pixels are not looked at.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    // Cameras put more behind the end of the picture; one that was cut off has no end at all.
    if !bytes.windows(2).any(|pair| pair == [0xff, 0xd9]) {
        return None;
    }
    loop {
        let [0xff, marker, high, low, ..] = *rest else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // All frame headers but the three markers among them that mean something else.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let [_, _, _, _, _, height_high, height_low, width_high, width_low, ..] = *rest else { return None };
            let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
            return Some((side(width_high, width_low), side(height_high, height_low)));
        }
        rest = rest.get(2 + length..)?;
    }
}

fn mime_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
        Some("txt" | "log") => "text/plain",
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        Some("yaml" | "yml") => "application/yaml",
        Some("zip") => "application/zip",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frame of a JPEG, 640 wide and 480 high; there are no pixels in it.
    const JPEG: [u8; 23] = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 11, 8, 0x01, 0xe0, 0x02, 0x80, 1, 1, 0x11, 0, 0xff, 0xd9];

    fn upload(bytes: impl Into<Bytes>) -> Upload {
        Upload { name: "a.jpg".to_owned(), mime: None, bytes: bytes.into() }
    }

    #[test]
    fn a_jpeg_is_measured_and_a_torn_one_is_none() {
        assert_eq!(picture(&JPEG), Some((640, 480, "image/jpeg")));
        assert_eq!(picture(JPEG.strip_suffix(&[0xff, 0xd9]).unwrap()), None);
    }

    #[test]
    fn files_have_a_biggest_size() {
        let of_size = |size: usize| {
            let mut bytes = JPEG.to_vec();
            bytes.resize(size, 0);
            upload(bytes)
        };
        assert!(fresh(MediaKind::Photo, of_size(PHOTO_MAX_BYTES), DOCUMENT_MAX_BYTES).is_ok());
        let refused = fresh(MediaKind::Photo, of_size(PHOTO_MAX_BYTES + 1), DOCUMENT_MAX_BYTES).unwrap_err();
        assert!(refused.description.contains("is too big for a photo"), "{refused:?}");
        assert!(fresh(MediaKind::Document, of_size(DOCUMENT_MAX_BYTES), DOCUMENT_MAX_BYTES).is_ok());
        assert_eq!(fresh(MediaKind::Document, of_size(DOCUMENT_MAX_BYTES + 1), DOCUMENT_MAX_BYTES).unwrap_err().status, 413);
        assert!(fresh(MediaKind::Document, upload(Vec::new()), DOCUMENT_MAX_BYTES).is_err());
    }
}
