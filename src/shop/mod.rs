//! What people can do in a shop, one verb a file. Knows nothing of chats: what a person can cause comes back as a value, and what they
//! must hear is a job.

pub mod archive;
pub mod audit;
pub mod broadcast;
pub mod browse;
pub mod cancel;
pub mod card;
pub mod catalog_file;
mod change;
pub mod checkout;
pub mod credit;
pub mod customers;
pub mod daily;
pub mod deliver;
pub mod desk;
mod differences;
pub mod export;
pub mod extend;
pub mod fields;
pub mod hand_over;
pub mod inbox;
pub mod membership;
pub mod notice;
pub mod notice_place;
pub mod obtain;
pub mod offer;
pub mod orders;
pub mod people;
pub mod postbacks;
pub mod products;
pub mod promise;
pub mod reconcile;
pub mod restored;
mod sell;
pub mod set_back;
pub mod settings;
pub mod settle;
pub mod shelves;
pub mod solve;
pub mod staff;
pub mod statistics;
pub mod stock;
pub mod stock_file;
pub mod support;
pub mod time;
pub mod units;
pub mod webhook;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::cryptocloud::{self, Client};
use crate::domain::coin::Coin;
use crate::domain::settlement::Rules;
use crate::store::{self, Conn, JobKind, NewJob, Store};

/// How long a coin that the provider refused is not offered, in seconds: it has no call that tells which coins a project takes (OQ-8).
const REFUSED_COIN_SECS: i64 = 300;

/// Why a verb could not be carried out: trouble of ours, never something that a buyer did.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the store failed")]
    Store(#[from] store::Error),
    #[error("the payment provider failed")]
    Provider(#[from] cryptocloud::Error),
    #[error("a file could not be made: {0}")]
    Document(String),
}

/// What verbs return.
pub type Result<T> = std::result::Result<T, Error>;

/// The shop. Cloning it gives the same one.
#[derive(Clone)]
pub struct Shop {
    pub store: Store,
    pub provider: Client,
    pub clock: Clock,
    pub rules: Rules,
    /// Who of the staff acts, when somebody does: see [`Shop::acting`].
    actor: Option<store::Actor>,
    /// What brings about what is done, when it is an update: see [`Shop::caused_by`].
    cause: Option<String>,
    /// Asks the systems of sellers.
    pub webhooks: webhook::Caller,
    /// Told whenever there may be a new job.
    pub wake: Arc<Notify>,
    /// Coins that the provider refused lately, and when they may be tried again (unix seconds UTC).
    refused_coins: Arc<Mutex<HashMap<Coin, i64>>>,
    /// The provider's list, for offers whose answer was lost.
    listing: Arc<tokio::sync::Mutex<Option<offer::Listing>>>,
}

impl Shop {
    /// A shop on these.
    pub fn new(store: Store, provider: Client, clock: Clock, rules: Rules) -> Self {
        Self {
            store,
            provider,
            clock,
            rules,
            actor: None,
            cause: None,
            webhooks: webhook::Caller::default(),
            wake: Arc::new(Notify::new()),
            refused_coins: Arc::default(),
            listing: Arc::default(),
        }
    }

    /// The same shop, asking sellers' systems in this way.
    pub fn asking_by(mut self, webhooks: webhook::Caller) -> Self {
        self.webhooks = webhooks;
        self
    }

    /// Unix seconds UTC.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Carries out `work` in one transaction (see [`Store::write`]) and wakes whoever runs jobs. What somebody of the staff changes in it
    /// is written down in the same transaction: this is the one place where that happens.
    pub async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Conn) -> BoxFuture<'t, store::Result<T>> + Send + 'static,
    {
        let value = match self.actor.clone() {
            None => self.store.write(work).await?,
            Some(actor) => {
                let clock = self.clock.clone();
                let written = self.store.write(move |tx| {
                    Box::pin(async move {
                        tx.act_as(actor);
                        let value = work(tx).await?;
                        tx.write_down(clock.now()).await?;
                        Ok(value)
                    })
                });
                written.await?
            }
        };
        self.wake.notify_one();
        Ok(value)
    }

    /// Offers a coin to nobody for a while.
    fn refuse_coin(&self, coin: Coin) {
        let until = self.now() + REFUSED_COIN_SECS;
        self.refused_coins.lock().unwrap_or_else(PoisonError::into_inner).insert(coin, until);
    }

    fn is_refused(&self, coin: Coin) -> bool {
        let now = self.now();
        self.refused_coins.lock().unwrap_or_else(PoisonError::into_inner).get(&coin).is_some_and(|until| *until > now)
    }
}

/// A job about one order or invoice, in a lane of its own, due at `run_at` (unix seconds UTC).
fn job(kind: JobKind, key: &str, run_at: i64) -> NewJob {
    NewJob { kind, key: key.to_owned(), lane: format!("{}:{key}", kind.code()), payload: String::new(), run_at }
}
