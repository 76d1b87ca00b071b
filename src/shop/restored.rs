//! After a backup was put back: nothing is sold twice. What was sold since the backup looks unsold in it, so none of it is sold by itself.

use super::notice::{Notice, tell_staff};
use crate::clock::Clock;
use crate::store::{self, Store, new_id};

/// Looks whether the database is a copy that was made by `kiosk backup`, and sets its stock aside if so. Tells how many units were.
///
/// # Errors
/// When the store fails; then nothing has changed.
pub async fn look_after(store: &Store, clock: &Clock) -> store::Result<Option<u64>> {
    let now_millis = clock.now_millis();
    store
        .write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                if !tx.was_a_copy().await? {
                    return Ok(None);
                }
                set_aside(tx, now_millis).await.map(Some)
            })
        })
        .await
}

/// Sets the stock aside whether the database says that it is a copy or not: whoever put it back knows. Tells how many units there were.
///
/// # Errors
/// As [`look_after`].
pub async fn declare(store: &Store, clock: &Clock) -> store::Result<u64> {
    let now_millis = clock.now_millis();
    store
        .write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                tx.was_a_copy().await?;
                set_aside(tx, now_millis).await
            })
        })
        .await
}

/// Nothing was sold since the copy was made: it is taken as it is.
///
/// # Errors
/// As [`look_after`].
pub async fn vouch(store: &Store) -> store::Result<()> {
    store.write(|tx| Box::pin(async move { tx.was_a_copy().await.map(|_| ()) })).await
}

async fn set_aside(tx: &mut store::Conn, now_millis: i64) -> store::Result<u64> {
    let units = tx.set_stock_aside().await?;
    let notice = Notice::Restored { units: i64::try_from(units).unwrap_or(i64::MAX) };
    tell_staff(tx, &format!("restored:{}", new_id()), &notice, now_millis).await?;
    Ok(units)
}
