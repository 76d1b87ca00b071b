//! Units that are taken out go back to the seller before they leave the shop: a crash in between repeats the documents, and loses nothing.

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

/// All of these, in as few documents as fit.
pub(super) async fn all(visit: &Visit<'_>, product: &ProductId, units: &[FreeUnit]) -> Result<()> {
    for document in visit.telegram.shop.sent_back(product, units).await? {
        send(visit, document.name, document.bytes).await?;
    }
    Ok(())
}

async fn send(visit: &Visit<'_>, name: String, bytes: Vec<u8>) -> Result<()> {
    let chat = visit.customer.id.0;
    visit.telegram.pacer.bulk(chat).await?;
    visit.telegram.noted(chat, visit.telegram.api.send_document(chat, &Media::Bytes { name, bytes }).await)?;
    Ok(())
}
