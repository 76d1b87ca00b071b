//! Questions about many invoices at once. One of them may spoil the answer about all: then the others are asked about without it.

use std::collections::{HashMap, HashSet, VecDeque};

use serde::Serialize;

use super::{Client, Error, NUMBERS_MAX, wire, written};
use crate::domain::invoice::InvoiceNumber;
use crate::domain::settlement::Answer;

/// How many more questions one batch may cost when an invoice in it spoils the answer.
const SPLITS_MAX: usize = 16;

/// What the provider told about invoices.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    /// In no order, each once.
    answers: HashMap<InvoiceNumber, Answer>,
    /// Those about which the question failed, while others were told of.
    failed: HashMap<InvoiceNumber, Error>,
}

impl Told {
    /// What was told of one; nothing when the provider does not know it, or does not want to tell us about it.
    ///
    /// # Errors
    /// Why it is not known yet: it must be asked about again.
    pub fn about(&self, number: &InvoiceNumber) -> Result<Option<&Answer>, Error> {
        match self.failed.get(number) {
            Some(error) => Err(error.clone()),
            None => Ok(self.answers.get(number)),
        }
    }

    /// So many were told of.
    pub fn count(&self) -> usize {
        self.answers.len()
    }

    fn fail(&mut self, batch: &[InvoiceNumber], error: &Error) {
        let number = batch.first().map(ToString::to_string);
        tracing::warn!(%error, invoice.number = number, count = batch.len(), "the provider did not tell about some invoices");
        self.failed.extend(batch.iter().map(|number| (number.clone(), error.clone())));
    }
}

impl Client {
    /// What the provider knows about invoices. One that was not asked about is never in it.
    ///
    /// # Errors
    /// When it told about none of them.
    pub async fn info(&self, numbers: &[InvoiceNumber]) -> Result<Told, Error> {
        if numbers.is_empty() {
            return Ok(Told::default());
        }
        self.turn().await?;
        self.info_in_turn(numbers).await
    }

    /// The same by somebody whose turn it is.
    pub(super) async fn info_in_turn(&self, numbers: &[InvoiceNumber]) -> Result<Told, Error> {
        let mut is_turn = true;
        let mut asked: HashSet<&InvoiceNumber> = numbers.iter().collect();
        let (mut told, mut heard, mut splits) = (Told::default(), false, 0);
        // Halves wait behind the others of their size: one of two is answered, and the provider is not taken for one that is away.
        let mut batches: VecDeque<&[InvoiceNumber]> = numbers.chunks(NUMBERS_MAX).collect();
        while let Some(batch) = batches.pop_front() {
            let has_turn = std::mem::take(&mut is_turn);
            match self.info_batch(batch, has_turn).await {
                // Taking a number out of `asked` drops what was not asked for, and what is answered twice.
                Ok(found) => {
                    heard = true;
                    let ours = found.into_iter().filter(|answer| asked.remove(&answer.number));
                    told.answers.extend(ours.map(|answer| (answer.number.clone(), answer)));
                }
                Err(error) if error.may_be_about_one() && batch.len() > 1 && splits < SPLITS_MAX => {
                    splits += 1;
                    let (first, second) = batch.split_at(batch.len() / 2);
                    batches.extend([first, second]);
                }
                // Whether a foreign number is left out or refused is not documented: refused alone, it is not found.
                Err(Error::Refused { message, .. }) if batch.len() == 1 => {
                    heard = true;
                    let number = batch.first().map(ToString::to_string);
                    tracing::warn!(invoice.number = number, refusal = %message, "the provider refused to tell about an invoice");
                }
                // What others were answered counts; who was not is asked about again.
                Err(error) if heard => told.fail(batch, &error),
                Err(error) => return Err(error),
            }
        }
        Ok(told)
    }

    async fn info_batch(&self, numbers: &[InvoiceNumber], has_turn: bool) -> Result<Vec<Answer>, Error> {
        #[derive(Serialize)]
        struct Body {
            uuids: Vec<String>,
        }
        if !has_turn {
            self.turn().await?;
        }
        let uuids = numbers.iter().map(ToString::to_string).collect();
        wire::invoices(&self.send("invoice/merchant/info", Some(written(&Body { uuids })?)).await?)
    }
}
