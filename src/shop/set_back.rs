//! The clock of the machine is set back while the shop is open: whoever waits does not wait for that time to come again.

use std::time::Duration;

use super::reconcile::{DAYS, since};
use super::{Result, Shop, job};
use crate::store::{self, Conn, JobKind};

/// How long a failing database is left alone.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);

impl Shop {
    /// Watches over the clock, for as long as the program runs.
    pub async fn mind_the_clock(&self) {
        let mut watch = self.clock.watch();
        loop {
            let secs = watch.set_back().await;
            tracing::warn!(secs, "the clock of this machine was set back");
            while let Err(error) = self.set_back(secs).await {
                tracing::error!(error = ?error, "what waits could not be set back with the clock");
                tokio::time::sleep(TROUBLE_PAUSE).await;
            }
        }
    }

    async fn set_back(&self, secs: i64) -> Result<()> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.set_back_jobs(secs, clock.now()).await?;
                ask_again(tx, clock.now_millis()).await
            })
        })
        .await
    }
}

/// Asks about every invoice whose watch is not over after all: while the clock was ahead it seemed to be, and nobody asks any more.
///
/// # Errors
/// When the store fails.
pub async fn ask_again(tx: &mut Conn, now_millis: i64) -> store::Result<()> {
    let now = now_millis.div_euclid(1_000);
    for invoice in tx.unasked_invoices(since(DAYS, now), now).await? {
        tx.ask_for(&job(JobKind::Recheck, &invoice, now), now_millis).await?;
    }
    Ok(())
}
