//! The provider's JSON as it really comes (fact sheet sections 10 and 15): unknown parts are ignored, missing ones are nothing, and
//! "nothing" has many spellings. Amounts are read from the text of the number.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::Error;
use super::model::{Balance, Figure, Statistics};
use crate::domain::invoice::InvoiceNumber;
use crate::domain::money::CoinAmount;
use crate::domain::settlement::{Answer, Status, price_of};

/// An object by its keys, each value still text. Of a key that stands there twice, the last one counts.
pub(super) struct Fields(BTreeMap<String, Box<RawValue>>);

impl Fields {
    /// The object in `json`.
    pub(super) fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().map(Self)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub(super) fn raw(&self, name: &str) -> Option<&RawValue> {
        self.0.get(name).map(AsRef::as_ref).filter(|raw| raw.get() != "null")
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.raw(name).and_then(text)
    }

    fn object(&self, name: &str) -> Option<Self> {
        self.raw(name).and_then(|raw| Self::read(raw.get()))
    }

    fn amount(&self, name: &str) -> Option<CoinAmount> {
        self.text(name).and_then(|text| CoinAmount::parse(&text))
    }

    /// Whether the payer bears a fee; the side has more than one name on the wire.
    fn is_on_client(&self, names: &[&str]) -> bool {
        names.iter().filter_map(|name| self.text(name)).any(|side| side.eq_ignore_ascii_case("client"))
    }
}

/// A string, or a number or boolean as it is written; the spellings of nothing are nothing.
pub(super) fn text(raw: &RawValue) -> Option<String> {
    let text = match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw.get()).ok()?,
        b'{' | b'[' => return None,
        _ => raw.get().to_owned(),
    };
    let text = text.trim();
    (!matches!(text, "" | "None" | "null")).then(|| text.to_owned())
}

/// The `result` of a success, out of whatever stands around it.
pub(super) fn result(body: &str) -> Result<Box<RawValue>, Error> {
    let mut fields = Fields::read(body).ok_or(Error::Garbled("not an object"))?;
    match fields.text("status").map(|status| status.to_ascii_lowercase()).as_deref() {
        Some("success") => fields.0.remove("result").ok_or(Error::Garbled("a success without a result")),
        Some("error") => Err(Error::of_error_envelope(body)),
        _ => Err(Error::Garbled("neither success nor error")),
    }
}

/// The one invoice in a result.
pub(super) fn invoice(result: &RawValue) -> Result<Answer, Error> {
    Fields::read(result.get()).and_then(|fields| answer(&fields)).ok_or(Error::Garbled("an invoice without its number"))
}

/// The invoices in a result, which is an array or a single one. What has no number, and what is a withdrawal, is left out.
pub(super) fn invoices(result: &RawValue) -> Result<Vec<Answer>, Error> {
    Ok(objects(result)?.iter().filter(|fields| fields.text("type").is_none_or(|kind| kind != "dw")).filter_map(answer).collect())
}

/// The number of each entry of a page as it is written, those that are no invoice of ours included: a page is empty only when there is none.
pub(super) fn page_numbers(result: &RawValue) -> Vec<String> {
    let entries: Vec<&RawValue> = serde_json::from_str(result.get()).unwrap_or_default();
    entries.into_iter().map(|entry| Fields::read(entry.get()).and_then(|fields| fields.text("uuid")).unwrap_or_default()).collect()
}

fn objects(result: &RawValue) -> Result<Vec<Fields>, Error> {
    if let Some(single) = Fields::read(result.get()) {
        return Ok(vec![single]);
    }
    let entries: Vec<&RawValue> = serde_json::from_str(result.get()).map_err(|_| Error::Garbled("not an array"))?;
    Ok(entries.into_iter().filter_map(|entry| Fields::read(entry.get())).collect())
}

fn answer(fields: &Fields) -> Option<Answer> {
    Some(Answer {
        number: InvoiceNumber::parse(&fields.text("uuid")?)?,
        status: status(fields.text("status").as_deref().unwrap_or_default()),
        coin: coin(fields),
        address: fields.text("address"),
        amount: fields.amount("amount"),
        amount_to_pay: fields.amount("amount_to_pay"),
        amount_paid: fields.amount("amount_paid"),
        to_surcharge: fields.amount("to_surcharge"),
        credited: fields.amount("received"),
        is_closed: fields.text("invoice_status").is_some_and(|word| word.eq_ignore_ascii_case("success")),
        price: price_of(fields.amount("amount_in_fiat"), fields.text("fiat_currency").as_deref()),
        label: fields.text("order_id"),
        test_mode: test_mode(fields),
        txs: txs(fields),
        expires_at: fields.text("expiry_date").and_then(|text| unix_secs(&text)),
        client_pays_fee: fields.is_on_client(&["side_commission"]),
        client_pays_service_fee: fields.is_on_client(&["side_commission_service", "side_commission_cc", "side_commission_ss"]),
        fee: fields.amount("fee"),
        service_fee: fields.amount("service_fee"),
    })
}

fn status(word: &str) -> Status {
    match word.to_ascii_lowercase().as_str() {
        "created" => Status::Created,
        "partial" => Status::Partial,
        "paid" => Status::Paid,
        "overpaid" => Status::Overpaid,
        "canceled" | "cancelled" => Status::Canceled,
        // A missing status as well: it never delivers.
        _ => Status::Other(word.chars().take(40).collect()),
    }
}

/// The full code. Beside a `short_code`, `code` is the full one; alone it is only the ticker, which says nothing about the network.
fn coin(fields: &Fields) -> Option<String> {
    let Some(currency) = fields.object("currency") else { return fields.text("currency") };
    currency.text("fullcode").or_else(|| currency.text("short_code").and_then(|_| currency.text("code")))
}

/// What is not plainly a no is taken for test money, which buys nothing.
fn test_mode(fields: &Fields) -> bool {
    fields.raw("test_mode").is_some_and(|raw| match text(raw) {
        Some(flag) => !matches!(flag.as_str(), "false" | "False" | "0"),
        // Nothing, in one of its spellings, or something that has no business here.
        None => !raw.get().starts_with('"'),
    })
}

fn txs(fields: &Fields) -> Vec<String> {
    let Some(list) = fields.raw("tx_list") else { return Vec::new() };
    match serde_json::from_str::<Vec<Box<RawValue>>>(list.get()) {
        Ok(hashes) => hashes.iter().filter_map(|hash| text(hash)).collect(),
        Err(_) => text(list).into_iter().collect(),
    }
}

/// `2026-03-01 12:00:00.611870`, with or without the fraction, in UTC; or RFC 3339.
fn unix_secs(text: &str) -> Option<i64> {
    let plain = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole).replacen('T', " ", 1);
    // What names its zone, before what is taken for UTC.
    let zoned = OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp);
    zoned.or_else(|| PrimitiveDateTime::parse(&whole, plain).ok().map(|at| at.assume_utc().unix_timestamp()))
}

/// The balances in a result. The currency object differs from the one in invoices: `code` is the full code here.
pub(super) fn balances(result: &RawValue) -> Result<Vec<Balance>, Error> {
    let balance = |fields: &Fields| {
        let currency = fields.object("currency")?;
        Some(Balance {
            code: currency.text("fullcode").or_else(|| currency.text("code"))?,
            enabled: currency.text("enable").map(|flag| flag.eq_ignore_ascii_case("true") || flag == "1"),
            amount: fields.amount("balance_crypto")?,
            available: fields.amount("available_balance"),
            usd: fields.amount("balance_usd"),
        })
    };
    Ok(objects(result)?.iter().filter_map(balance).collect())
}

/// The two tables of a statistics result, as one.
pub(super) fn statistics(result: &RawValue) -> Result<Statistics, Error> {
    let tables = Fields::read(result.get()).and_then(|fields| Some((fields.object("count")?, fields.object("amount")?)));
    let (counts, amounts) = tables.ok_or(Error::Garbled("statistics without their tables"))?;
    let figure = |name| Figure {
        count: counts.text(name).and_then(|count| count.parse().ok()).unwrap_or(0),
        usd: amounts.amount(name).unwrap_or(CoinAmount::ZERO),
    };
    Ok(Statistics {
        all: figure("all"),
        created: figure("created"),
        paid: figure("paid"),
        overpaid: figure("overpaid"),
        partial: figure("partial"),
        canceled: figure("canceled"),
    })
}

/// Reads a body as every kind of answer there is and forgets it: a door for fuzzing, because what it reads is nobody else's business.
pub fn read_any_answer(body: &str) {
    let _ = Error::of_error_envelope(body);
    let Ok(result) = result(body) else { return };
    let _ = (invoice(&result), invoices(&result), page_numbers(&result), balances(&result), statistics(&result));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::coin::Coin;
    use crate::domain::money::{Currency, Fiat};
    use crate::domain::settlement::Price;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn read(json: &str) -> Answer {
        invoice(&raw(json)).unwrap()
    }

    fn amount(text: &str) -> Option<CoinAmount> {
        CoinAmount::parse(text)
    }

    #[test]
    fn the_documented_answer_is_read_whole() {
        let answer = read(
            r#"{"uuid":"INV-K7Q2ZP9M","created":"2026-11-20 10:00:01.904112","address":"TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT",
            "expiry_date":"2026-11-20 11:00:00.611870","side_commission":"merchant","side_commission_cc":"client","amount":25.01,
            "amount_usd":25.0,"amount_in_fiat":25.0,"fiat_currency":"USD","fee":1.4,"fee_usd":1.4,"service_fee":0.47519,"received":23.13481,
            "status":"paid","invoice_status":"success","order_id":"ord_01J8Z6M2","amount_to_pay":25.485190,"amount_paid":30,
            "to_surcharge":0.0,"tx_list":["ab12",""],"currency":{"id":4,"code":"USDT","fullcode":"USDT_TRC20","network":{"code":"TRC20"}},
            "project":{"id":777001,"logo":null},"test_mode":false,"type":"up","whatever":[[{}]]}"#,
        );
        assert_eq!(answer.number.as_str(), "K7Q2ZP9M");
        assert_eq!(answer.status, Status::Paid);
        assert_eq!(answer.coin.as_deref().and_then(Coin::parse), Some(Coin::UsdtTrc20));
        assert_eq!(answer.address.as_deref(), Some("TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT"));
        assert_eq!(answer.amount, amount("25.01"));
        assert_eq!(answer.amount_to_pay, amount("25.48519"));
        assert_eq!(answer.amount_paid, amount("30"));
        assert_eq!(answer.to_surcharge, amount("0"));
        assert_eq!((answer.credited, answer.is_closed), (amount("23.13481"), true));
        assert_eq!(answer.price, Some(Price::Known(Fiat::new(2_500, Currency::Usd))));
        assert_eq!(answer.label.as_deref(), Some("ord_01J8Z6M2"));
        assert_eq!(answer.txs, ["ab12"]);
        assert_eq!(answer.expires_at, Some(1_795_172_400));
        assert!(!answer.test_mode && !answer.client_pays_fee && answer.client_pays_service_fee);
        assert_eq!((answer.fee, answer.service_fee), (amount("1.4"), amount("0.47519")));
    }

    #[test]
    fn number_and_status_are_enough() {
        let answer = read(r#"{"uuid":"k7q2zp9m","status":"created"}"#);
        assert_eq!((answer.coin, answer.address, answer.amount, answer.price, answer.label), (None, None, None, None, None));
        assert!(answer.txs.is_empty() && !answer.test_mode && answer.expires_at.is_none());
        assert_eq!(invoice(&raw(r#"{"status":"created"}"#)), Err(Error::Garbled("an invoice without its number")));
    }

    #[test]
    fn nothing_has_many_spellings() {
        for nothing in ["null", "\"\"", "\"None\"", "\" \"", "\"null\""] {
            let json = format!(
                r#"{{"uuid":"A1","status":"paid","address":{nothing},"order_id":{nothing},"amount_paid":{nothing},"expiry_date":{nothing},
                "tx_list":{nothing},"test_mode":{nothing},"currency":{nothing}}}"#
            );
            let answer = read(&json);
            assert_eq!((answer.address, answer.label, answer.amount_paid, answer.expires_at), (None, None, None, None), "{nothing}");
            assert_eq!((answer.txs.len(), answer.test_mode, answer.coin), (0, false, None), "{nothing}");
        }
        assert!(read(r#"{"uuid":"A1","tx_list":[""]}"#).txs.is_empty());
        assert_eq!(read(r#"{"uuid":"A1","order_id":4711}"#).label.as_deref(), Some("4711"));
    }

    #[test]
    fn amounts_keep_every_digit() {
        for (json, expected) in [
            ("1.4e-06", "0.0000014"),
            ("1E-8", "0.00000001"),
            ("0.1", "0.1"),
            ("123456789.123456789012345678", "123456789.123456789012345678"),
            ("\"25.010\"", "25.01"),
            ("7", "7"),
        ] {
            let answer = read(&format!(r#"{{"uuid":"A1","amount":{json}}}"#));
            assert_eq!(answer.amount.unwrap().to_string(), expected, "{json}");
        }
        for json in ["-1", "true", "[1]", "{}", "\"1,5\"", "1e999"] {
            assert_eq!(read(&format!(r#"{{"uuid":"A1","amount":{json}}}"#)).amount, None, "{json}");
        }
    }

    #[test]
    fn words_that_are_not_known_are_kept() {
        assert_eq!(read(r#"{"uuid":"A1","status":"cancelled"}"#).status, Status::Canceled);
        assert_eq!(read(r#"{"uuid":"A1","status":"Overpaid"}"#).status, Status::Overpaid);
        assert_eq!(read(r#"{"uuid":"A1","status":"frozen"}"#).status, Status::Other("frozen".to_owned()));
        assert_eq!(read(r#"{"uuid":"A1"}"#).status, Status::Other(String::new()));
    }

    #[test]
    fn what_is_not_plainly_real_is_test_money() {
        for (json, expected) in [
            ("true", true),
            ("1", true),
            ("\"true\"", true),
            ("{}", true),
            ("7", true),
            ("false", false),
            ("0", false),
            ("null", false),
            ("\"None\"", false),
        ] {
            assert_eq!(read(&format!(r#"{{"uuid":"A1","test_mode":{json}}}"#)).test_mode, expected, "{json}");
        }
    }

    #[test]
    fn the_coin_is_its_full_code_or_nothing() {
        let coin = |json: &str| read(&format!(r#"{{"uuid":"A1","currency":{json}}}"#)).coin;
        assert_eq!(coin(r#"{"code":"USDT","fullcode":"USDT_BSC"}"#).as_deref(), Some("USDT_BSC"));
        assert_eq!(coin(r#"{"code":"USDT_TRC20","short_code":"USDT"}"#).as_deref(), Some("USDT_TRC20"));
        assert_eq!(coin(r#"{"code":"ETH"}"#), None, "on which network?");
        assert_eq!(coin("\"USDT_TON\"").as_deref(), Some("USDT_TON"));
    }

    #[test]
    fn times_are_utc_in_three_spellings() {
        for text in [
            "2026-03-01 12:00:00.611870",
            "2026-03-01 12:00:00",
            "2026-03-01T12:00:00Z",
            "2026-03-01T14:00:00.5+02:00",
            "2026-03-01T07:00:00.5-05:00",
        ] {
            assert_eq!(unix_secs(text), Some(1_772_366_400), "{text}");
        }
        assert_eq!(unix_secs("2026-03-01T12:00:00"), Some(1_772_366_400));
        assert_eq!(unix_secs("01.03.2026"), None);
    }

    #[test]
    fn a_withdrawal_is_no_invoice_and_one_alone_is_a_list() {
        let list =
            invoices(&raw(r#"[{"uuid":"A1","type":"up"},{"uuid":"A2","type":"dw"},{"status":"paid"},7,null,{"uuid":"A3"}]"#)).unwrap();
        assert_eq!(list.iter().map(|answer| answer.number.as_str()).collect::<Vec<_>>(), ["A1", "A3"]);
        assert_eq!(invoices(&raw(r#"{"uuid":"A1"}"#)).unwrap().len(), 1);
        assert_eq!(invoices(&raw("[]")).unwrap(), []);
        assert_eq!(invoices(&raw("\"ok\"")), Err(Error::Garbled("not an array")));
    }

    #[test]
    fn balances_and_statistics_are_read() {
        let found = balances(&raw(
            r#"[{"currency":{"code":"USDT_TRC20","short_code":"USDT","enable":true},"balance_crypto":118.402,"available_balance":90.0},
            {"currency":{"code":"BTC"},"balance_crypto":"0E-8"}]"#,
        ))
        .unwrap();
        assert_eq!((found[0].code.as_str(), found[0].enabled, found[0].available), ("USDT_TRC20", Some(true), amount("90")));
        assert_eq!((found[1].enabled, found[1].amount), (None, CoinAmount::ZERO));
        let sums = statistics(&raw(r#"{"count":{"all":41,"paid":30},"amount":{"all":1490.5,"paid":1210.0}}"#)).unwrap();
        assert_eq!((sums.all.count, sums.all.usd, sums.paid.count), (41, amount("1490.5").unwrap(), 30));
        assert_eq!(sums.canceled, Figure { count: 0, usd: CoinAmount::ZERO });
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in "\\PC{0,200}", value in "\\PC{0,20}") {
            let _ = result(&body);
            let _ = Error::of_error_envelope(&body);
            let json = serde_json::json!({"uuid": "A1", "amount": value, "expiry_date": value, "tx_list": value, "currency": value});
            let _ = read(&json.to_string());
        }

        #[test]
        fn no_number_makes_the_reader_panic(number in "-?[1-9][0-9]{0,40}(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,12})?") {
            let _ = read(&format!(r#"{{"uuid":"A1","amount":{number}}}"#));
        }
    }
}
