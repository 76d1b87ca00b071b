//! Units that are taken out go back to the seller before they leave the shop: a crash in between repeats a document, and loses nothing.

use crate::domain::product::ProductId;
use crate::store::FreeUnit;
use crate::telegram::Result;
use crate::telegram::api::Media;
use crate::telegram::handle::Visit;

/// One file, as it came.
pub(super) async fn one(visit: &Visit<'_>, file: &FreeUnit) -> Result<()> {
    let Some(blob) = &file.blob else { return Ok(()) };
    match visit.telegram.shop.blob(blob).await? {
        Some((_, bytes)) => send(visit, file.content.clone(), bytes).await,
        None => Ok(()),
    }
}

/// The first of these in one document; tells how many were in it.
pub(super) async fn part(visit: &Visit<'_>, product: &ProductId, units: &[FreeUnit], number: usize) -> Result<usize> {
    let (document, count) = visit.telegram.shop.sent_back(product, units, number).await?;
    send(visit, document.name, document.bytes).await?;
    Ok(count)
}

async fn send(visit: &Visit<'_>, name: String, bytes: Vec<u8>) -> Result<()> {
    let chat = visit.customer.id.0;
    // Somebody waits for it.
    visit.telegram.pacer.answer(chat)?;
    visit.telegram.noted(chat, visit.telegram.api.send_document(chat, &Media::Bytes { name, bytes }).await)?;
    Ok(())
}
