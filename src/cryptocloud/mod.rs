//! The payment provider, CryptoCloud (since 2026: Trybit), API V2, in its H2H mode: the fact sheet's sections 1 to 7, 11 and 13.
//!
//! Every call is a POST with `Authorization: Token <key>`. Redirects are not followed: that would turn a POST into a GET, and the key
//! would go to whoever answers there.

mod error;
mod form;
mod hs256;
mod info;
mod model;
mod outage;
mod pace;
pub mod postback;
mod together;
mod wire;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::value::RawValue;
use time::Date;
use time::macros::format_description;

pub use self::error::Error;
pub use self::model::{Balance, Figure, NewInvoice, Statistics, check_echo};
use self::outage::Outage;
use self::pace::{Pace, QUESTIONS_PER_SECOND};
use self::together::Together;
#[doc(hidden)]
pub use self::wire::read_any_answer;
use crate::clock::Clock;
use crate::domain::invoice::InvoiceNumber;
use crate::domain::settlement::Answer;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one call may take as a whole. Allocating an address takes the provider a second or two.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// A hundred full invoices have about 200 KiB.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The provider's limits for one question about invoices, and for one page of a list.
const NUMBERS_MAX: usize = 100;
const PAGE_RECORDS: usize = 100;
/// More pages than this are not read: ten thousand invoices.
const PAGES_MAX: usize = 100;

/// Speaks with the provider for one project of it. Cloning it gives the same one.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: Arc<str>,
    shop_id: Arc<str>,
    call_timeout: Duration,
    pace: Arc<Pace>,
    outage: Arc<Outage>,
    /// Who waits to be told about an invoice.
    together: Arc<Together>,
}

impl Client {
    /// A client for the project `shop_id` at `base_url` (`https://host`, with a path before `/v2` if need be).
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the address or the key cannot be used in a request.
    #[expect(clippy::needless_pass_by_value, reason = "the client takes over who it speaks for; the caller has no more use for the key")]
    pub fn new(base_url: &str, api_key: SecretString, shop_id: String) -> Result<Self, Error> {
        let url = reqwest::Url::parse(base_url.trim()).map_err(|_| Error::Misconfigured("its address is no URL"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || url.query().is_some() || url.fragment().is_some() {
            return Err(Error::Misconfigured("its address must be http(s)://host, without a query"));
        }
        // Copying and pasting leaves blanks and line ends, which the provider takes for another key.
        let key = api_key.expose_secret().trim();
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err(Error::Misconfigured("the API key is empty or has a blank in it"));
        }
        let mut authorization = HeaderValue::try_from(format!("Token {key}"))
            .map_err(|_| Error::Misconfigured("the API key has characters that no header can carry"))?;
        authorization.set_sensitive(true);
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("kiosk/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([
                (AUTHORIZATION, authorization),
                (ACCEPT, HeaderValue::from_static("application/json")),
            ]));
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        let base = url.as_str().trim_end_matches('/');
        Ok(Self {
            http: builder.build().map_err(|_| Error::Misconfigured("TLS cannot be set up"))?,
            base_url: base.strip_suffix("/v2").unwrap_or(base).into(),
            shop_id: shop_id.trim().into(),
            call_timeout: CALL_TIMEOUT,
            pace: Arc::new(Pace::new(QUESTIONS_PER_SECOND)),
            outage: Arc::new(Outage::new(Clock::real())),
            together: Arc::default(),
        })
    }

    /// The same client with another limit for one call as a whole; 20 s unless told.
    pub fn with_call_timeout(mut self, call_timeout: Duration) -> Self {
        self.call_timeout = call_timeout;
        self
    }

    /// The same client with another pace, in questions a second; two unless told.
    pub fn with_pace(mut self, per_second: u32) -> Self {
        self.pace = Arc::new(Pace::new(per_second));
        self
    }

    /// The same client in the time of `clock`: while that stands still, no turn is waited for.
    pub fn paced_by(mut self, clock: &Clock) -> Self {
        if !clock.is_real() {
            self.pace = Arc::new(Pace::off());
        }
        self.outage = Arc::new(Outage::new(clock.clone()));
        self
    }

    /// Whether the provider is away: none of the last questions had an answer.
    pub fn is_away(&self) -> bool {
        self.outage.is_on()
    }

    /// Whether it makes sense to prepare a question now.
    ///
    /// # Errors
    /// [`Error::Away`] when it would not be sent.
    pub fn may_be_asked(&self) -> Result<(), Error> {
        self.outage.check()
    }

    /// Makes an invoice in one coin. Compare the answer with what was asked ([`check_echo`]); its address is missing when the project does
    /// not take the coin now.
    ///
    /// # Errors
    /// After one that [may have happened](Error::may_have_happened), look for its label in [`Client::list`] before asking again.
    pub async fn create(&self, new: &NewInvoice) -> Result<Answer, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            shop_id: &'a str,
            amount: Box<RawValue>,
            currency: &'a str,
            order_id: &'a str,
            add_fields: Options<'a>,
        }
        // At the top level of the body these are ignored.
        #[derive(Serialize)]
        struct Options<'a> {
            cryptocurrency: &'a str,
            time_to_pay: TimeToPay,
        }
        #[derive(Serialize)]
        struct TimeToPay {
            hours: i64,
            minutes: i64,
        }
        let amount = RawValue::from_string(new.price.number()).map_err(|_| Error::Misconfigured("a price is no number"))?;
        let minutes = new.lifetime_secs.max(1).saturating_add(59) / 60;
        let body = Body {
            shop_id: &self.shop_id,
            amount,
            currency: new.price.currency.code(),
            order_id: &new.label,
            add_fields: Options { cryptocurrency: new.coin.code(), time_to_pay: TimeToPay { hours: minutes / 60, minutes: minutes % 60 } },
        };
        wire::invoice(&self.call("invoice/create", &body).await?)
    }

    /// Takes an invoice back. Works only while nothing has come to it; money may still come to its address afterwards.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not in its first state any more, or is not known.
    pub async fn cancel(&self, number: &InvoiceNumber) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body {
            uuid: String,
        }
        // The result is "ok" or ["ok"]; that there is one says enough.
        self.call("invoice/merchant/canceled", &Body { uuid: number.to_string() }).await.map(drop)
    }

    /// Every invoice of some days, both ends included, each once. In which time zone the provider's days begin is not documented: ask for a
    /// day more on both sides.
    pub async fn list(&self, first_day: Date, last_day: Date) -> Result<Vec<Answer>, Error> {
        let mut seen = HashSet::new();
        let mut listed = HashSet::new();
        let mut answers: Vec<Answer> = Vec::new();
        let mut offset = 0;
        for _ in 0..PAGES_MAX {
            let page = self.page(first_day, last_day, offset).await?;
            answers.extend(wire::invoices(&page)?.into_iter().filter(|answer| listed.insert(answer.number.clone())));
            let numbers = wire::page_numbers(&page);
            offset += numbers.len();
            let seen_before = seen.len();
            seen.extend(numbers);
            // A page without anything new is the end too: the provider may not count as we do.
            if seen.len() == seen_before {
                return Ok(answers);
            }
        }
        tracing::warn!(%first_day, %last_day, invoices = answers.len(), "the provider's list is longer than what is read of it");
        Ok(answers)
    }

    /// One page. `limit` is documented as the number of the last record, not as the size of a page; where it is the size after all, the
    /// page is longer than asked for, or refused and asked for again by size.
    async fn page(&self, first_day: Date, last_day: Date, offset: usize) -> Result<Box<RawValue>, Error> {
        #[derive(Serialize)]
        struct Body {
            start: String,
            end: String,
            offset: usize,
            limit: usize,
        }
        let mut body = Body { start: day(first_day)?, end: day(last_day)?, offset, limit: offset + PAGE_RECORDS };
        match self.call("invoice/merchant/list", &body).await {
            Err(Error::Refused { .. }) if offset > 0 => {
                body.limit = PAGE_RECORDS;
                self.call("invoice/merchant/list", &body).await
            }
            other => other,
        }
    }

    /// What the shop holds, coin by coin. The cheapest question that tells whether address and key are right.
    pub async fn balance(&self) -> Result<Vec<Balance>, Error> {
        wire::balances(&self.post("merchant/wallet/balance/all", None).await?)
    }

    /// The figures of some days, both ends included.
    pub async fn statistics(&self, first_day: Date, last_day: Date) -> Result<Statistics, Error> {
        #[derive(Serialize)]
        struct Body {
            start: String,
            end: String,
        }
        let body = Body { start: day(first_day)?, end: day(last_day)? };
        wire::statistics(&self.call("invoice/merchant/statistics", &body).await?)
    }

    async fn call(&self, path: &str, body: &impl Serialize) -> Result<Box<RawValue>, Error> {
        self.post(path, Some(written(body)?)).await
    }

    /// Asks, at the pace, and gives the `result` of a success.
    async fn post(&self, path: &str, json: Option<String>) -> Result<Box<RawValue>, Error> {
        self.turn().await?;
        self.send(path, json).await
    }

    /// Waits until a question may go out; it must then.
    async fn turn(&self) -> Result<(), Error> {
        // Before the pace is waited for, so that nobody takes a turn that is not used, and after it: much may have been learned meanwhile.
        self.outage.check()?;
        self.pace.turn().await?;
        self.outage.turn()
    }

    /// Asks, and keeps in mind whether there was an answer.
    async fn send(&self, path: &str, json: Option<String>) -> Result<Box<RawValue>, Error> {
        let answer = self.exchange(path, json).await;
        self.outage.note(answer.as_ref().err());
        answer
    }

    async fn exchange(&self, path: &str, json: Option<String>) -> Result<Box<RawValue>, Error> {
        let request = self.http.post(format!("{}/v2/{path}", self.base_url)).timeout(self.call_timeout);
        let request = match json {
            Some(json) => request.header(CONTENT_TYPE, "application/json").body(json),
            // Some gateways want to be told that there is no body.
            None => request.header(CONTENT_LENGTH, "0"),
        };
        let response = request.send().await.map_err(|error| Error::of_transport(&error))?;
        let status = response.status();
        if status.is_success() {
            return wire::result(&read_body(response).await?);
        }
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        // The status says what to do; the body only adds words.
        let body = read_body(response).await.unwrap_or_default();
        let error = Error::of_status(status.as_u16(), retry_after.as_deref(), &body);
        if let Error::RateLimited { retry_after_secs } = error {
            self.pace.hold(retry_after_secs);
        }
        Err(error)
    }
}

fn written(body: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(body).map_err(|_| Error::Misconfigured("a request cannot be written"))
}

/// A body of at most [`BODY_BYTES_MAX`], counted while it comes.
async fn read_body(mut response: reqwest::Response) -> Result<String, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Error::of_transport(&error))? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(Error::Garbled("too long"));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| Error::Garbled("no text"))
}

/// A proxy of the machine has no business with a provider on the machine.
fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// `dd.mm.yyyy`, as the provider reads days.
fn day(date: Date) -> Result<String, Error> {
    date.format(format_description!("[day].[month].[year]")).map_err(|_| Error::Misconfigured("a day cannot be written"))
}
