//! Every invoice of the project, found by its number at once however many there are.

use std::collections::HashMap;

use serde::{Deserialize, Serialize, Serializer};

use super::invoice::{Invoice, Status};

/// The invoices, the oldest first. Saved as their list.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<Invoice>")]
pub(super) struct Register {
    invoices: Vec<Invoice>,
    /// Where each stands, by its bare number.
    places: HashMap<String, usize>,
    /// So many of the oldest have no time any more that could run out.
    timeless: usize,
}

impl From<Vec<Invoice>> for Register {
    fn from(invoices: Vec<Invoice>) -> Self {
        let mut register = Self::default();
        for invoice in invoices {
            register.add(invoice);
        }
        register
    }
}

impl Serialize for Register {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.invoices.serialize(serializer)
    }
}

impl Register {
    pub fn add(&mut self, invoice: Invoice) {
        self.places.insert(bare(&invoice.uuid).to_owned(), self.invoices.len());
        self.invoices.push(invoice);
    }

    pub fn len(&self) -> usize {
        self.invoices.len()
    }

    pub fn newest_first(&self) -> impl Iterator<Item = &Invoice> {
        self.invoices.iter().rev()
    }

    /// The invoice with this number, in either form.
    pub fn find(&self, uuid: &str) -> Option<&Invoice> {
        self.places.get(bare(uuid)).and_then(|place| self.invoices.get(*place))
    }

    /// The invoice with this number, in either form.
    pub fn find_mut(&mut self, uuid: &str) -> Option<&mut Invoice> {
        self.places.get(bare(uuid)).and_then(|place| self.invoices.get_mut(*place))
    }

    /// The invoices with these numbers, the newest first whatever the order of the question; what is not known is not mentioned.
    pub fn find_all(&self, uuids: &[&str]) -> Vec<&Invoice> {
        let mut places: Vec<usize> = uuids.iter().filter_map(|uuid| self.places.get(bare(uuid)).copied()).collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        places.dedup();
        places.into_iter().filter_map(|place| self.invoices.get(place)).collect()
    }

    /// Ends what has run out by now. Returns whether anything has.
    pub fn expire(&mut self, now_micros: i64) -> bool {
        let mut any = false;
        for invoice in self.invoices.iter_mut().skip(self.timeless) {
            any |= invoice.expire(now_micros);
        }
        let ended = |invoice: &&Invoice| invoice.status != Status::Created;
        self.timeless += self.invoices.iter().skip(self.timeless).take_while(ended).count();
        any
    }
}

fn bare(uuid: &str) -> &str {
    uuid.trim_start_matches("INV-")
}
