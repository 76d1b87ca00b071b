//! Files that a seller sends: brought here from Telegram, or a sentence that says why not.

use crate::domain::product::BlobId;
use crate::locale::Text;
use crate::shop::catalog_file::PICTURE_BYTES_MAX;
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::{Failure, Result};

/// The bytes of a file, or what is wrong.
pub(super) async fn bytes(visit: &Visit<'_>, upload: &Upload, limit: usize) -> Result<std::result::Result<Vec<u8>, String>> {
    let megabytes = i64::try_from(limit / 1024 / 1024).unwrap_or(i64::MAX);
    let too_large = || Ok(Err(visit.words.html(Text::WrongFileSize { megabytes })));
    if upload.size.is_some_and(|size| usize::try_from(size).map_or(true, |size| size > limit)) {
        return too_large();
    }
    match visit.telegram.api.download(&upload.file_id, limit).await {
        Ok(Some(bytes)) if bytes.is_empty() => Ok(Err(visit.words.html(Text::WrongFileEmpty))),
        Ok(Some(bytes)) => Ok(Ok(bytes)),
        Ok(None) => too_large(),
        Err(Failure::Refused(why)) if why.contains("too big") => too_large(),
        Err(Failure::Wait(wait)) => Err(Failure::Wait(wait).into()),
        Err(failure) => {
            tracing::info!(chat.id = visit.customer.id.0, error = %failure, "a seller's file could not be fetched");
            Ok(Err(visit.words.html(Text::WrongFileFetch)))
        }
    }
}

/// A picture that was sent, kept; or what is wrong with it. Whether it is one is told by its bytes.
pub(super) async fn picture(visit: &Visit<'_>, upload: &Upload) -> Result<std::result::Result<BlobId, String>> {
    let limit = usize::try_from(PICTURE_BYTES_MAX).unwrap_or(usize::MAX);
    let bytes = match bytes(visit, upload, limit).await? {
        Ok(bytes) => bytes,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let kept = visit.telegram.shop.keep_picture(bytes).await?;
    Ok(kept.ok_or_else(|| visit.words.html(Text::WrongPicture)))
}
