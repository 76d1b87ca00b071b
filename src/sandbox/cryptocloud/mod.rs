//! A fake CryptoCloud with its invoices and its postbacks, strict about what the real one refuses. It shares no code with the bot's client.
//!
//! Facts: the provider's fact sheet, sections 1 to 7 and 10 to 16.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::sandbox::faults::FaultBoard;
use crate::sandbox::saved;

mod address;
mod api;
mod coins;
mod control;
mod create;
mod invoice;
mod notify;
mod postback;
mod register;
mod wire;

pub use self::postback::Postback;
use self::register::Register;
pub use invoice::{Invoice, Payment, Status, Transfer};

/// The credentials of the project.
#[derive(Debug, Clone)]
pub struct Keys {
    /// What must follow `Authorization: Token `.
    pub api_key: String,
    pub shop_id: String,
    /// The key that signs postbacks.
    pub secret_key: String,
}

/// The fake provider. Cloning it gives the same one.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    keys: Keys,
    clock: Clock,
    faults: FaultBoard,
    state_file: Option<PathBuf>,
    state: Mutex<State>,
    http: Option<reqwest::Client>,
    /// When each postback that has not left yet is due (unix seconds UTC), by its number.
    waiting: watch::Sender<Vec<(u64, i64)>>,
}

/// What is saved.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// From which every number and address is derived.
    seed: String,
    invoices: Register,
    postback_url: Option<String>,
    test_mode: bool,
    client_pays: bool,
    /// Coins that are switched off in the project.
    disabled: BTreeSet<String>,
    /// How many postbacks were made ready.
    postbacks: u64,
}

/// Why the control API or a test is not obeyed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there is no invoice {0}")]
    NoInvoice(String),
    #[error("{0}")]
    Impossible(String),
}

impl Provider {
    /// A provider with what was saved in `state_file`, or with no invoices.
    pub fn new(keys: Keys, clock: Clock, faults: FaultBoard, state_file: Option<PathBuf>) -> Self {
        let mut state: State = saved::load(state_file.as_deref());
        if state.seed.is_empty() {
            // Another seed each time, so that a bot that remembers an earlier sandbox never meets the same invoice number twice.
            let mut seed = [0; 16];
            let filled = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut seed);
            if filled.is_err() {
                tracing::warn!("the system gives no random bytes; this sandbox repeats its invoice numbers");
            }
            state.seed = data_encoding::HEXLOWER.encode(&seed);
        }
        let inner = Inner {
            keys,
            clock,
            faults,
            state_file,
            state: Mutex::new(state),
            http: postback::client(),
            waiting: watch::channel(Vec::new()).0,
        };
        Self(Arc::new(inner))
    }

    /// The provider's API: `/v2/...`.
    pub fn router(&self) -> axum::Router {
        api::router(self.clone())
    }

    /// The control API: `/invoices/...` and the project's switches.
    pub fn control(&self) -> axum::Router {
        control::router(self.clone())
    }

    /// Where the project's notifications go; none: nowhere.
    pub fn set_postback_url(&self, url: Option<String>) {
        self.change(|state, _| state.postback_url = url);
    }

    /// Where the project's notifications go.
    pub fn postback_url(&self) -> Option<String> {
        self.lock().postback_url.clone()
    }

    /// Whether invoices made from now on are test invoices.
    pub fn set_test_mode(&self, on: bool) {
        self.change(|state, _| state.test_mode = on);
    }

    /// Whether the payer bears the transfer fee of invoices made from now on.
    pub fn set_client_pays(&self, on: bool) {
        self.change(|state, _| state.client_pays = on);
    }

    /// Switches a coin on or off in the project.
    ///
    /// # Errors
    /// When the provider knows no such coin.
    pub fn set_coin(&self, code: &str, on: bool) -> Result<(), Refused> {
        let coin =
            coins::find(code).ok_or_else(|| Refused::Impossible(format!("there is no coin {code}; write its full code: USDT_TRC20")))?;
        self.change(|state, _| if on { state.disabled.remove(coin.code) } else { state.disabled.insert(coin.code.to_owned()) });
        Ok(())
    }

    /// Every invoice, the newest first.
    pub fn invoices(&self) -> Vec<Invoice> {
        self.read(|state| state.invoices.newest_first().cloned().collect())
    }

    /// Every invoice as the control API shows it, the newest first.
    pub fn invoices_json(&self) -> Value {
        self.invoices().iter().map(Invoice::json).collect()
    }

    /// The invoice with this number, in either form.
    ///
    /// # Errors
    /// When there is none.
    pub fn invoice(&self, uuid: &str) -> Result<Invoice, Refused> {
        self.read(|state| state.invoices.find(uuid).cloned()).ok_or_else(|| Refused::NoInvoice(uuid.to_owned()))
    }

    /// The invoice that was given this address, if there is one.
    pub fn invoice_with_address(&self, address: &str) -> Option<Invoice> {
        self.read(|state| state.invoices.newest_first().find(|invoice| invoice.address == address).cloned())
    }

    /// Pays: the money counts at once, and a postback leaves when it makes the invoice paid or overpaid. Call it inside a runtime.
    ///
    /// # Errors
    /// When there is no such invoice, or no such payment is possible.
    pub fn pay(&self, uuid: &str, payment: Payment) -> Result<Invoice, Refused> {
        self.receive(uuid, payment, true)
    }

    /// Pays, but the transaction is only seen: nothing changes until [`Self::confirm`].
    ///
    /// # Errors
    /// As for [`Self::pay`].
    pub fn pay_unconfirmed(&self, uuid: &str, payment: Payment) -> Result<Invoice, Refused> {
        self.receive(uuid, payment, false)
    }

    fn receive(&self, uuid: &str, payment: Payment, confirmed: bool) -> Result<Invoice, Refused> {
        self.on_invoice(uuid, |invoice, now_micros| {
            let amount = invoice.worth(payment).map_err(Refused::Impossible)?;
            Ok(invoice.receive(amount, confirmed, now_micros))
        })
    }

    /// Lets every transaction count that was only seen.
    ///
    /// # Errors
    /// When there is no such invoice.
    pub fn confirm(&self, uuid: &str) -> Result<Invoice, Refused> {
        self.on_invoice(uuid, |invoice, now_micros| Ok(invoice.confirm(now_micros)))
    }

    /// Ends the time of an invoice now.
    ///
    /// # Errors
    /// When there is no such invoice.
    pub fn expire(&self, uuid: &str) -> Result<Invoice, Refused> {
        self.on_invoice(uuid, |invoice, now_micros| {
            invoice.expires_micros = invoice.expires_micros.min(now_micros);
            invoice.expire(now_micros);
            Ok(false)
        })
    }

    /// Sends the notification of an invoice once more, whatever its state: the token is good and the body is the truth.
    ///
    /// # Errors
    /// When there is no such invoice.
    pub fn postback(&self, uuid: &str) -> Result<Invoice, Refused> {
        self.on_invoice(uuid, |_, _| Ok(true))
    }

    /// Changes one invoice; what `change` returns says whether the project is to be notified.
    fn on_invoice(&self, uuid: &str, change: impl FnOnce(&mut Invoice, i64) -> Result<bool, Refused>) -> Result<Invoice, Refused> {
        let (invoice, notify) = self.change(|state, now_micros| {
            let invoice = state.invoices.find_mut(uuid).ok_or_else(|| Refused::NoInvoice(uuid.to_owned()))?;
            let notify = change(invoice, now_micros)?;
            Ok((invoice.clone(), notify))
        })?;
        if notify {
            self.notify(&invoice.uuid);
        }
        Ok(invoice)
    }

    /// Looks at the state at the present time.
    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        let mut state = self.lock();
        if state.invoices.expire(self.now_micros()) {
            self.save(&state);
        }
        look(&state)
    }

    /// Changes the state at the present time, and saves it before anybody hears of it.
    fn change<T>(&self, change: impl FnOnce(&mut State, i64) -> T) -> T {
        let mut state = self.lock();
        let now_micros = self.now_micros();
        state.invoices.expire(now_micros);
        let done = change(&mut state, now_micros);
        self.save(&state);
        done
    }

    fn now_micros(&self) -> i64 {
        self.0.clock.now_millis() * 1_000
    }

    fn save(&self, state: &State) {
        if let Err(problem) = saved::save(self.0.state_file.as_deref(), state) {
            tracing::error!(error = %problem, "the fake provider's state was not saved");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a new invoice on the books; its number and address are derived from the seed and how many there are.
    fn add(&self, order: create::Order) -> Invoice {
        self.change(|state, now_micros| {
            let count = state.invoices.len().to_be_bytes();
            let hash = address::hash(&[state.seed.as_bytes(), &count]);
            let invoice = order.into_invoice(&hash, state, now_micros);
            state.invoices.add(invoice.clone());
            invoice
        })
    }

    fn is_enabled(&self, code: &str) -> bool {
        !self.lock().disabled.contains(code)
    }

    fn balance(invoices: &[Invoice], code: &str) -> Decimal {
        invoices.iter().filter(|invoice| invoice.chosen.as_deref() == Some(code) && !invoice.test_mode).map(wire::credited).sum()
    }
}
