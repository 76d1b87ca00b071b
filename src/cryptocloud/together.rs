//! Questions about one invoice each that go out as one. The pace allows two questions a second, and one may name a hundred invoices: when
//! many want an address at once, a question for each would take twice as long.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::{Client, Error, NUMBERS_MAX};
use crate::domain::invoice::InvoiceNumber;
use crate::domain::settlement::Answer;

type Known = Result<Option<Answer>, Error>;

/// Who waits to be told about an invoice.
#[derive(Debug, Default)]
pub(super) struct Together {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever asks for all.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Waiting {
    number: InvoiceNumber,
    tell: oneshot::Sender<Known>,
}

impl Together {
    fn join(&self, number: &InvoiceNumber) -> oneshot::Receiver<Known> {
        let (tell, told) = oneshot::channel();
        self.lock().push(Waiting { number: number.clone(), tell });
        told
    }

    /// Those who still wait, as many as one question may name.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.lock();
        waiting.retain(|waiting| !waiting.tell.is_closed());
        let count = waiting.len().min(NUMBERS_MAX);
        waiting.drain(..count).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// What the provider knows about one invoice, if anything; asked together with whatever else waits to be asked in this way.
    pub async fn info_of(&self, number: &InvoiceNumber) -> Known {
        let mut told = self.together.join(number);
        let _asking = self.together.asking.lock().await;
        loop {
            match told.try_recv() {
                // Whoever held the lock before has asked for this one too.
                Ok(answer) => return answer,
                Err(TryRecvError::Empty) => {}
                // That one was stopped in the middle.
                Err(TryRecvError::Closed) => told = self.together.join(number),
            }
            // Who comes while the turn is waited for is asked about as well.
            self.turn().await?;
            let asked = self.together.take();
            let numbers: Vec<_> = asked.iter().map(|waiting| waiting.number.clone()).collect();
            let answers = self.info_in_turn(&numbers).await;
            for waiting in asked {
                let known = answers.as_ref().map_err(Clone::clone).and_then(|told| Ok(told.about(&waiting.number)?.cloned()));
                // Who does not wait any more need not be told.
                let _ = waiting.tell.send(known);
            }
        }
    }
}
