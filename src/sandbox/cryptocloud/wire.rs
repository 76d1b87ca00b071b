//! JSON as the real provider writes it: floats as Python prints them, UTC times without a zone, and five ways to say "nothing"
//! (fact sheet sections 2.2, 5, 6, 10 and 15).

use rust_decimal::{Decimal, RoundingStrategy};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;
use time::macros::format_description;

use super::coins::{Coin, Network};
use super::invoice::Invoice;

/// A JSON object whose fields stand in the order in which they were added.
#[derive(Debug, Default)]
pub struct Object(Vec<(&'static str, Box<RawValue>)>);

impl Object {
    /// This object with one field more.
    pub fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        self.0.push((name, to_raw_value(&value).unwrap_or_default()));
        self
    }

    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// This object with an amount and what it is worth in USD.
    fn with_usd(self, name: &'static str, amount: Decimal, usd_name: &'static str, usd: Decimal) -> Self {
        self.with(name, Float(amount)).with(usd_name, Float(cents(usd)))
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// A number that the provider holds in a float and writes as Python does.
#[derive(Debug, Clone, Copy)]
pub struct Float(pub Decimal);

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(python_float(self.0)).unwrap_or_default().serialize(serializer)
    }
}

/// `repr(float)`: the fewest digits that give the same float, an exponent of two digits below 0.0001 and from 1e16.
pub fn python_float(value: Decimal) -> String {
    let float: f64 = value.to_string().parse().unwrap_or_default();
    if float == 0.0 || (1e-4..1e16).contains(&float.abs()) {
        return format!("{float:?}");
    }
    let text = format!("{float:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.strip_prefix('-') {
        Some(digits) => format!("{mantissa}e-{digits:0>2}"),
        None => format!("{mantissa}e+{exponent:0>2}"),
    }
}

/// `str(datetime)` in UTC: no fraction when it is zero.
pub fn timestamp(micros: i64) -> String {
    let whole = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let exact = format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6]");
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let format = if micros.rem_euclid(1_000_000) == 0 { time.format(whole) } else { time.format(exact) };
    format.unwrap_or_default()
}

/// The fees of an invoice: transfer and service, each in coin and in USD. The service takes 1.9 percent.
struct Fees {
    transfer: Decimal,
    transfer_usd: Decimal,
    service: Decimal,
    service_usd: Decimal,
}

fn fees(invoice: &Invoice) -> Fees {
    let transfer_usd = invoice.coin().map(|coin| coin.network.fee_usd()).unwrap_or_default();
    let places = invoice.coin().map_or(6, Coin::decimals).min(8);
    let transfer = invoice.coin().map(transfer_fee).unwrap_or_default();
    let service = (invoice.amount * Decimal::new(19, 3)).round_dp(places.max(5)).normalize();
    Fees { transfer, transfer_usd, service, service_usd: invoice.amount_usd * Decimal::new(19, 3) }
}

fn cents(usd: Decimal) -> Decimal {
    usd.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn side(client: bool) -> &'static str {
    if client { "client" } else { "merchant" }
}

fn network(network: Network) -> Object {
    Object::default()
        .with("code", network.code())
        .with("id", network.id())
        .with("icon", format!("https://cdn.example/{}.svg", network.code()))
        .with("fullname", network.fullname())
}

/// The coin as it stands inside an invoice.
fn currency(coin: &Coin) -> Object {
    Object::default()
        .with("id", coin.id)
        .with("code", coin.ticker())
        .with("fullcode", coin.code)
        .with("network", network(coin.network))
        .with("name", coin.name)
        .with("is_email_required", false)
        .with("stablecoin", coin.stable)
        .with("icon_base", format!("https://cdn.example/{}.svg", coin.ticker()))
        .with("icon_network", format!("https://cdn.example/{}.svg", coin.code))
        .with("icon_qr", format!("https://cdn.example/{}_STROKE.svg", coin.ticker()))
        .with("order", coin.id)
}

fn project(logo: Option<&str>) -> Object {
    Object::default()
        .with("id", 777_001)
        .with("name", "Sandbox shop")
        .with("fail", "https://shop.example/fail")
        .with("success", "https://shop.example/ok")
        .with("logo", logo)
}

/// What `create` answers (section 2.2): the service's side is called otherwise here than elsewhere, and there is no order id.
pub fn created(invoice: &Invoice) -> Object {
    let fees = fees(invoice);
    Object::default()
        .with("uuid", &invoice.uuid)
        .with("created", timestamp(invoice.created_micros))
        .with("address", &invoice.address)
        .with("expiry_date", timestamp(invoice.expires_micros))
        .with("side_commission", side(invoice.client_pays))
        .with("side_commission_service", "merchant")
        .with("type_payments", "crypto")
        .with_usd("amount", invoice.amount, "amount_usd", invoice.amount_usd)
        .with("amount_in_fiat", Float(invoice.amount_in_fiat))
        .with_usd("fee", fees.transfer, "fee_usd", fees.transfer_usd)
        .with_usd("service_fee", fees.service, "service_fee_usd", fees.service_usd)
        .with("fiat_currency", &invoice.fiat_currency)
        .with("status", invoice.status.word())
        .with("is_email_required", false)
        .with("link", format!("https://pay.example/{}", invoice.uuid.trim_start_matches("INV-")))
        .with("invoice_id", ())
        .with("currency", invoice.coin().map(currency))
        .with("project", project(Some("")))
        .with("test_mode", invoice.test_mode)
}

/// The part that `info`, `list` and the postback have in common.
fn read(invoice: &Invoice) -> Object {
    let fees = fees(invoice);
    let rate = invoice.coin().map_or(Decimal::ONE, Coin::usd);
    let (paid, missing) = (invoice.paid(), invoice.missing());
    let fee_paid = if invoice.client_pays { fees.transfer } else { Decimal::ZERO };
    let received = (paid - fees.transfer - fees.service).max(Decimal::ZERO);
    let hashes: Vec<&str> = invoice.payments.iter().filter(|transfer| transfer.confirmed).map(|transfer| transfer.tx.as_str()).collect();
    let hashes = if hashes.is_empty() { vec![""] } else { hashes };
    let confirmed = invoice.status.is_paid();
    Object::default()
        .with("uuid", &invoice.uuid)
        .with("created", timestamp(invoice.created_micros))
        .with("address", &invoice.address)
        .with("expiry_date", timestamp(invoice.expires_micros))
        .with("date_finished", invoice.finished_micros.map(timestamp))
        .with("side_commission", side(invoice.client_pays))
        .with("type_payments", "crypto")
        .with_usd("amount", invoice.amount, "amount_usd", invoice.amount_usd)
        .with("amount_in_fiat", Float(invoice.amount_in_fiat))
        .with("amount_in_crypto", ())
        .with_usd("amount_to_pay", invoice.amount_to_pay, "amount_to_pay_usd", invoice.amount_usd + fee_paid * rate)
        .with_usd("amount_paid", paid, "amount_paid_usd", paid * rate)
        .with_usd("to_surcharge", missing, "to_surcharge_usd", missing * rate)
        .with_usd("fee", fees.transfer, "fee_usd", fees.transfer_usd)
        .with_usd("service_fee", fees.service, "service_fee_usd", fees.service_usd)
        .with_usd("received", received, "received_usd", received * rate)
        .with("status", invoice.status.word())
        .with("invoice_status", if confirmed { "success" } else { "start" })
        .with("step", if confirmed { 3 } else { 1 })
        .with("type", "up")
        .with("tx_list", hashes)
        .with("currency", invoice.coin().map(currency))
        .with("is_email_required", false)
        .with("total_rub", 0)
        .with("links_invoice", ())
        .with("test_mode", invoice.test_mode)
}

/// One invoice as `info` answers it: the label that is not there is the word `None`.
pub fn info(invoice: &Invoice) -> Object {
    let nothing = serde_json::Value::from("None");
    let order_id = if invoice.order_id.is_null() { &nothing } else { &invoice.order_id };
    read(invoice)
        .with("side_commission_cc", "merchant")
        .with("fiat_currency", &invoice.fiat_currency)
        .with("order_id", order_id)
        .with("project", project(None))
}

/// One invoice as `list` answers it: everything, with holes of every kind.
pub fn list_item(invoice: &Invoice) -> Object {
    read(invoice)
        .with("side_commission_cc", "merchant")
        .with("fiat_currency", &invoice.fiat_currency)
        .with("order_id", &invoice.order_id)
        .with("link", format!("https://pay.example/{}", invoice.uuid.trim_start_matches("INV-")))
        .with("invoice_id", ())
        .with("pay_url", "None")
        .with("phone", "")
        .with("user_email", "")
        .with("currency_list", ())
        .with("project", project(Some("None")))
}

/// The invoice inside a postback: without the service's side, the fiat code and the link.
pub fn postback_info(invoice: &Invoice) -> Object {
    read(invoice)
        .with("project", project(Some("")))
        .with("aml_enabled", false)
        .with("aml_side", "merchant")
        .with("aml_checks", Vec::<()>::new())
}

/// One entry of the balances (section 6), whose coin object differs from the one in invoices.
pub fn balance(coin: &Coin, enabled: bool, amount: Decimal) -> Object {
    let native = coin.ticker() == coin.code;
    let icon = if native { "None".to_owned() } else { format!("https://cdn.example/{}.svg", coin.code) };
    let currency = Object::default()
        .with("id", coin.id)
        .with("code", coin.code)
        .with("short_code", coin.ticker())
        .with("name", coin.name)
        .with("is_email_required", false)
        .with("stablecoin", coin.stable)
        .with("icon_base", format!("https://cdn.example/{}.svg", coin.ticker()))
        .with("icon_network", icon)
        .with("icon_qr", format!("https://cdn.example/{}_STROKE.svg", coin.ticker()))
        .with("order", coin.id)
        .with("obj_network", network(coin.network))
        .with("enable", enabled);
    let worth = amount * coin.usd();
    Object::default().with("currency", currency).with_usd("balance_crypto", amount, "balance_usd", worth).with_usd(
        "available_balance",
        amount,
        "available_balance_usd",
        worth,
    )
}

/// What has been credited to the merchant for this invoice, in its coin.
pub fn credited(invoice: &Invoice) -> Decimal {
    let fees = fees(invoice);
    (invoice.paid() - fees.transfer - fees.service).max(Decimal::ZERO)
}

/// The transfer fee of an invoice in its coin.
pub fn transfer_fee(coin: &Coin) -> Decimal {
    coin.quote(coin.network.fee_usd())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (decimal, text) in [
            ("25", "25.0"),
            ("25.010", "25.01"),
            ("0", "0.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("0.0000014", "1.4e-06"),
            ("0.00000000000123", "1.23e-12"),
            ("2272727.272728", "2272727.272728"),
            ("10000000000000000", "1e+16"),
        ] {
            assert_eq!(python_float(decimal.parse().unwrap()), text);
        }
    }

    #[test]
    fn times_have_six_digits_or_none() {
        assert_eq!(timestamp(1_767_265_500_904_112), "2026-01-01 11:05:00.904112");
        assert_eq!(timestamp(1_767_265_500_000_000), "2026-01-01 11:05:00");
    }

    #[test]
    fn fields_stand_in_their_order() {
        let object = Object::default().with("b", 1).with("a", ()).with("c", Float(Decimal::new(14, 7)));
        assert_eq!(serde_json::to_string(&object).unwrap(), r#"{"b":1,"a":null,"c":1.4e-06}"#);
    }
}
