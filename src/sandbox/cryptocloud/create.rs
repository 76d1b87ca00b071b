//! What somebody who creates an invoice asks for, and the invoice that comes of it (fact sheet section 2).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::State;
use super::address;
use super::coins::{self, Coin, FIATS};
use super::invoice::{Invoice, Status};
use super::wire;

/// How long an invoice lives when nobody says otherwise.
const LIFETIME_SECS: i64 = 24 * 3_600;
/// A price above this is refused (in the unit of its currency).
const PRICE_MAX: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// What is wrong, by field.
pub type Problems = BTreeMap<&'static str, String>;

/// A request to create an invoice that has passed every check.
#[derive(Debug)]
pub struct Order {
    /// The `order_id`, as it was sent.
    label: Value,
    coin: Option<&'static Coin>,
    amount_in_fiat: Decimal,
    fiat_currency: String,
    usd: Decimal,
    lifetime_secs: i64,
}

impl Order {
    /// Reads the body of a request for the project `shop_id`. Options count inside `add_fields` only.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub fn parse(body: &Map<String, Value>, shop_id: &str, is_enabled: impl Fn(&str) -> bool) -> Result<Self, Problems> {
        let (amount, shop) = (field(body, "amount"), field(body, "shop_id"));
        let missing = [("amount", amount.is_none()), ("shop_id", shop.is_none())].into_iter().filter(|(_, missing)| *missing);
        let missing: Problems = missing.map(|(name, _)| (name, format!("{name} not passed."))).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        if shop.and_then(Value::as_str) != Some(shop_id) {
            return Err(problem("shop_id", "Project with this shop_id not found."));
        }
        let amount_in_fiat = amount.and_then(number).ok_or_else(|| problem("amount", "Invalid value amount."))?;
        let fiat_currency = field(body, "currency").map_or(Some("USD"), Value::as_str).unwrap_or_default();
        let rate = coins::fiat_usd(fiat_currency).ok_or_else(|| problem("currency", &allowed_currencies()))?;
        let options = body.get("add_fields").and_then(Value::as_object);
        let coin = options.and_then(|options| field(options, "cryptocurrency")).map(|code| coin(code, is_enabled)).transpose()?;
        let lifetime = options.and_then(|options| field(options, "time_to_pay")).map(lifetime).transpose()?;
        Ok(Self {
            label: body.get("order_id").cloned().unwrap_or_default(),
            coin,
            amount_in_fiat,
            fiat_currency: fiat_currency.to_owned(),
            usd: amount_in_fiat * rate,
            lifetime_secs: lifetime.unwrap_or(LIFETIME_SECS),
        })
    }

    /// The invoice with the number and the address that this hash stands for.
    pub(super) fn into_invoice(self, hash: &[u8; 32], state: &State, now_micros: i64) -> Invoice {
        // Two instants that differ a little, as on the wire: the end is reckoned before the address is allocated.
        let after_the_point = i64::from(hash.iter().fold(0_u32, |sum, byte| sum * 31 % 999_983 + u32::from(*byte)) % 1_000_000);
        let created_micros = now_micros - now_micros.rem_euclid(1_000_000) + after_the_point;
        let amount = self.coin.or_else(|| coins::find("USDT_TRC20")).map(|coin| coin.quote(self.usd)).unwrap_or_default();
        let fee = self.coin.filter(|_| state.client_pays).map(wire::transfer_fee).unwrap_or_default();
        Invoice {
            uuid: format!("INV-{}", number_text(hash)),
            order_id: self.label,
            chosen: self.coin.map(|coin| coin.code.to_owned()),
            address: self.coin.map(|coin| address::address(coin.network, &address::hash(&[hash, b"address"]))).unwrap_or_default(),
            amount,
            amount_to_pay: amount + fee,
            amount_usd: self.usd,
            amount_in_fiat: self.amount_in_fiat,
            fiat_currency: self.fiat_currency,
            client_pays: state.client_pays,
            status: Status::Created,
            created_micros,
            expires_micros: created_micros + (self.lifetime_secs - 1) * 1_000_000 - after_the_point % 700_000,
            finished_micros: None,
            test_mode: state.test_mode,
            payments: Vec::new(),
            postbacks_sent: 0,
            last_postback: None,
        }
    }
}

/// A field that is there and not empty.
fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
}

fn problem(field: &'static str, sentence: &str) -> Problems {
    Problems::from([(field, sentence.to_owned())])
}

/// A positive number, written as a number or as text.
fn number(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let number = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()?;
    (number > Decimal::ZERO && number <= PRICE_MAX).then(|| number.normalize())
}

fn coin(code: &Value, is_enabled: impl Fn(&str) -> bool) -> Result<&'static Coin, Problems> {
    let known = code.as_str().and_then(coins::find).ok_or_else(|| problem("cryptocurrency", "Unknown currency."))?;
    if is_enabled(known.code) { Ok(known) } else { Err(problem("cryptocurrency", "This currency is not enabled in the project.")) }
}

fn lifetime(value: &Value) -> Result<i64, Problems> {
    let part = |name| value.get(name).map_or(Some(0), Value::as_i64).filter(|part| (0..=8_760).contains(part));
    let secs = value.as_object().and_then(|_| Some(part("hours")? * 3_600 + part("minutes")? * 60));
    secs.filter(|secs| *secs > 0).ok_or_else(|| problem("time_to_pay", "Invalid value time_to_pay."))
}

fn allowed_currencies() -> String {
    format!("Invalid currency. Allowed currencies: {}.", FIATS.map(|(code, ..)| code).join(", "))
}

/// Eight characters of `[A-Z0-9]`.
fn number_text(hash: &[u8; 32]) -> String {
    hash.iter().take(8).map(|byte| char::from_digit(u32::from(byte % 36), 36).unwrap_or('0').to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(body: &Value) -> Result<Order, Problems> {
        Order::parse(body.as_object().unwrap(), "shop", |code| code != "DAI_BSC")
    }

    #[test]
    fn options_count_inside_add_fields_only() {
        let order = parse(&json!({"shop_id": "shop", "amount": "10.5", "cryptocurrency": "BTC", "time_to_pay": {"hours": 1}})).unwrap();
        assert!(order.coin.is_none());
        assert_eq!(order.lifetime_secs, LIFETIME_SECS);
        let fields = json!({"cryptocurrency": "BTC", "time_to_pay": {"hours": 1, "minutes": 5}});
        let order = parse(&json!({"shop_id": "shop", "amount": 10.5, "currency": "RUB", "add_fields": fields})).unwrap();
        assert_eq!((order.coin.unwrap().code, order.lifetime_secs, order.usd.to_string()), ("BTC", 3_900, "0.1155".to_owned()));
    }

    #[test]
    fn what_the_provider_refuses_is_refused_by_field() {
        let refused = |body: Value| parse(&body).unwrap_err().into_keys().collect::<Vec<_>>();
        assert_eq!(refused(json!({})), ["amount", "shop_id"]);
        assert_eq!(refused(json!({"amount": 1, "shop_id": "other"})), ["shop_id"]);
        for amount in [json!("ten"), json!(0), json!(-1), json!([1]), json!("1e12")] {
            assert_eq!(refused(json!({"amount": amount, "shop_id": "shop"})), ["amount"]);
        }
        assert_eq!(refused(json!({"amount": 1, "shop_id": "shop", "currency": "usd"})), ["currency"]);
        for code in ["DAI_BSC", "USDC_TRC20", "btc"] {
            let fields = json!({"cryptocurrency": code});
            assert_eq!(refused(json!({"amount": 1, "shop_id": "shop", "add_fields": fields})), ["cryptocurrency"]);
        }
    }
}
