//! The payment card in the chat: always the order's present state. An address that should no longer be paid is not on it.

use super::action::Action;
use super::api::Failure;
use super::buyer::checkout::order_summary;
use super::buyer::orders::{standing_text, standing_word};
use super::reply::{Button, Own, Picture, Screen};
use super::{Error, Result, Telegram};
use crate::domain::invoice::Invoice;
use crate::domain::money::CoinAmount;
use crate::domain::order::{Order, OrderId, Standing};
use crate::locale::{self, Html, Text, Words};
use crate::shop::card::{Card, Face, Wait};

impl Telegram {
    /// Makes the card of an order show the truth; sends one when there is none. The new one carries no address before its id is kept, so
    /// that a crash can never leave an address in the chat that nobody takes away. Tells when it will be another one because of the time
    /// alone (unix seconds UTC): a question to the provider that hangs must not keep its buyer in the dark.
    pub async fn bring_card(&self, id: &OrderId) -> Result<Option<i64>> {
        let Some(card) = self.shop.card(id).await? else { return Ok(None) };
        let customer = self.shop.store.read().await?.customer(card.order.customer).await?;
        let Some(customer) = customer.filter(|customer| customer.reachable) else { return Ok(None) };
        let (chat, words) = (customer.id.0, locale::words(&customer.language));
        match self.put_card(chat, &card, words).await {
            Err(Error::Telegram(Failure::Unreachable(why))) => {
                tracing::info!(chat.id = chat, why, "a card found nobody");
                self.shop.buyer_is_gone(&customer).await?;
                Ok(None)
            }
            other => other.map(|()| card.changes_at),
        }
    }

    async fn put_card(&self, chat: i64, card: &Card, words: Words) -> Result<()> {
        if self.clear_left(chat, card, words).await? && card.order.card_message.is_none() {
            return Ok(());
        }
        let screen = screen(card, words);
        let picture = screen.picture.clone().unwrap_or(Picture::Own(Own::Waiting));
        if let Some(message) = card.order.card_message {
            self.pacer.bulk(chat).await?;
            let answer = self.edit_picture(chat, message, &picture, &screen).await?;
            match self.noted(chat, answer) {
                Ok(()) => return Ok(()),
                Err(Failure::CannotEdit(_) | Failure::Refused(_)) => {
                    // Whatever it shows, it must not show an address: it goes, and a new one comes.
                    self.take_out(chat, message, &order_summary(words, &card.order), words).await?;
                    if !self.shop.replace_card(&card.order.id, Some(message), None).await? {
                        // Another message became the card meanwhile, and whoever did that asked for it to be brought up to date.
                        return Ok(());
                    }
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        self.pacer.bulk(chat).await?;
        let blank = Screen::words(order_summary(words, &card.order)).picture(Some(Picture::Own(Own::Waiting)));
        let sent = self.send(chat, &blank).await?;
        match self.shop.replace_card(&card.order.id, None, Some(sent.id)).await {
            Ok(true) => {}
            Ok(false) => {
                self.api.delete(chat, sent.id).await?;
                return Ok(());
            }
            Err(error) => return Err(self.unkept(chat, sent.id, error).await),
        }
        let answer = self.edit_picture(chat, sent.id, &picture, &screen).await?;
        match self.noted(chat, answer) {
            Err(Failure::Refused(why)) => {
                // The words hold all that is needed to pay, and the picture that stands there was just taken.
                tracing::error!(chat.id = chat, order.id = %card.order.id, why, "telegram refuses the picture of a card; it has none");
                let answer = self.edit_picture(chat, sent.id, &Picture::Own(Own::Waiting), &screen).await?;
                match self.noted(chat, answer) {
                    // Not even that one: it was sent without a picture.
                    Err(Failure::Refused(_)) if sent.file_id.is_none() => {
                        let answer = self.api.edit_text(chat, sent.id, &screen.html, &screen.keyboard).await;
                        Ok(self.noted(chat, answer)?)
                    }
                    answer => Ok(answer?),
                }
            }
            answer => Ok(answer?),
        }
    }

    /// Takes what was the card before out of the chat: an address must not stay where nobody looks after it. No other card of the order is
    /// being written in this moment, and what was about to be written has been. True when no new card is due for what was taken away.
    async fn clear_left(&self, chat: i64, card: &Card, words: Words) -> Result<bool> {
        let order = &card.order;
        let mut was_final = false;
        for left in self.shop.left_cards(&order.id).await? {
            match self.shop.card_owner(order.customer, left.message).await? {
                Some(owner) if owner == order.id => {}
                // It may be under this order's words: its own order writes it again.
                Some(owner) => self.shop.refresh_card(&owner).await?,
                None => self.take_out(chat, left.message, &order_summary(words, order), words).await?,
            }
            self.shop.forget_left_card(&order.id, left.message).await?;
            was_final |= left.was_final;
        }
        Ok(was_final)
    }

    /// Takes a card out of the chat. One that is too old for that says that it is none any more.
    async fn take_out(&self, chat: i64, message: i32, summary: &str, words: Words) -> Result<()> {
        let answer = self.api.delete(chat, message).await;
        if self.noted(chat, answer)? {
            return Ok(());
        }
        let picture = Picture::Own(Own::Over);
        let screen = Screen::words(format!("{summary}\n\n{}", words.html(Text::CardMoved)));
        let answer = self.edit_picture(chat, message, &picture, &screen).await?;
        match self.noted(chat, answer) {
            Err(Failure::CannotEdit(why) | Failure::Refused(why)) => {
                tracing::warn!(chat.id = chat, why, "an old card can be neither deleted nor changed");
                Ok(())
            }
            other => Ok(other?),
        }
    }
}

/// The card as its buyer sees it.
fn screen(card: &Card, words: Words) -> Screen {
    let order = &card.order;
    let summary = order_summary(words, order);
    let say = |text: Text<'_>| format!("{summary}\n\n{}", words.html(text));
    let own = |own: Own| Some(Picture::Own(own));
    let tap = |text: Text<'_>, action: Action| Button::tap(words.plain(text), action);
    let id = || order.id.clone();
    let other = || tap(Text::ButtonOtherCoin, Action::PickAsset { order: id() });
    let check = || tap(Text::ButtonCheck, Action::Check { order: id() });
    let cancel = || tap(Text::ButtonCancel, Action::AskCancel { order: id() });
    let shop = || tap(Text::ButtonShop, Action::Front);
    match &card.face {
        Face::Asking { invoice, wait } => {
            let (asset, network) = (invoice.coin.asset(), invoice.coin.network().name());
            let asking = |text: Text<'_>| Screen::words(say(text)).picture(own(Own::Waiting));
            match wait {
                Wait::Short => asking(Text::CardAsking { asset, network }).row([other(), cancel()]),
                Wait::Long => asking(Text::CardSlow { asset, network }).row([other(), cancel()]),
                // Another coin would not help.
                Wait::Away => asking(Text::CardAway).row([cancel()]),
            }
        }
        Face::Pay { invoice, address, due, part } => pay(order, invoice, address, *due, *part, words),
        Face::Checking => Screen::words(say(Text::CardChecking)).picture(own(Own::Waiting)).row([check()]),
        Face::Confirming { coin, seen } => {
            let (asset, network, amount) = (coin.asset(), coin.network().name(), seen.to_string());
            let seen = Text::CardConfirming { amount: &amount, asset, network };
            Screen::words(say(seen)).picture(own(Own::Waiting)).row([check()])
        }
        Face::Counting => Screen::words(say(Text::CardCounting)).picture(own(Own::Waiting)).row([check()]),
        Face::NoAddress { away: true, .. } => {
            let again = tap(Text::ButtonRenew, Action::PickAsset { order: id() });
            Screen::words(say(Text::CardNoAnswer)).picture(own(Own::Over)).row([again]).row([shop()])
        }
        Face::NoAddress { coin, away: false } => {
            let (asset, network) = (coin.asset(), coin.network().name());
            Screen::words(say(Text::CardNoAddress { asset, network })).picture(own(Own::Over)).row([other()]).row([shop()])
        }
        Face::Paid { paid, txs } => paid_screen(order, paid.as_ref(), txs, words),
        Face::Expired { credited } => {
            let mut html = say(Text::CardExpired);
            if let Some(credited) = credited {
                html = format!("{html}\n\n{}", words.html(Text::CardCredited { amount: &credited.to_string() }));
            }
            let renew = tap(Text::ButtonRenew, Action::PickAsset { order: id() });
            Screen::words(html).picture(own(Own::Over)).row([renew]).row([check(), shop()])
        }
        Face::GivenBack => Screen::words(say(Text::CardGivenBack)).picture(own(Own::Over)).row([shop()]),
        Face::Cancelled => Screen::words(say(Text::CardCancelled)).picture(own(Own::Over)).row([shop()]),
    }
}

/// The address, the amount, the network, the time: everything that is needed to pay, and nothing that is not.
fn pay(order: &Order, invoice: &Invoice, address: &str, due: CoinAmount, part: Option<(CoinAmount, CoinAmount)>, words: Words) -> Screen {
    let (asset, network) = (invoice.coin.asset(), invoice.coin.network().name());
    let to_send = part.map_or(due, |(_, rest)| rest);
    let amount = to_send.to_string();
    let time = time_tag(invoice.offer_ends_at);
    let mut html = order_summary(words, order);
    if let Some((paid, _)) = part {
        html = format!("{html}\n\n{}", words.html(Text::CardPart { paid: &paid.to_string(), asset }));
    }
    let facts = Text::CardPay { amount: &amount, asset, network, address, before: Html(&time) };
    let rules = if part.is_some() { Text::CardRulesRest { asset, network } } else { Text::CardRules { asset, network } };
    let html = format!("{html}\n\n{}\n\n{}", words.html(facts), words.html(rules));
    let code = invoice.coin.payment_code(address, to_send);
    let copy = |text: Text<'_>, what: &str| Button::copy(words.plain(text), what);
    let tap = |text: Text<'_>, action: Action| Button::tap(words.plain(text), action);
    let id = || order.id.clone();
    let mut last = vec![tap(Text::ButtonCancel, Action::AskCancel { order: id() })];
    if part.is_none() {
        last.insert(0, tap(Text::ButtonOtherCoin, Action::PickAsset { order: id() }));
    } else {
        last.clear();
    }
    Screen::words(html)
        .picture(Some(Picture::Qr { name: format!("{}:{amount}", invoice.id), code }))
        .row(copy(Text::ButtonCopyAddress, address).into_iter().chain(copy(Text::ButtonCopyAmount, &amount)))
        .row([tap(Text::ButtonCheck, Action::Check { order: id() })])
        .row(last)
}

fn paid_screen(order: &Order, paid: Option<&Invoice>, txs: &[String], words: Words) -> Screen {
    let standing = order.standing();
    let mut html = order_summary(words, order);
    html = format!("{html}\n\n{}\n{}", words.html(Text::CardPaid), words.html(standing_text(standing)));
    if let Some(invoice) = paid {
        let received = if invoice.received.is_zero() { invoice.due.unwrap_or(CoinAmount::ZERO) } else { invoice.received };
        let (amount, asset, network) = (received.to_string(), invoice.coin.asset(), invoice.coin.network().name());
        html = format!("{html}\n\n{}", words.html(Text::CardReceived { amount: &amount, asset, network }));
        for tx in txs.iter().take(TXS_MAX) {
            if let Some(url) = invoice.coin.network().tx_url(tx) {
                let short: String = tx.chars().take(10).collect();
                html = format!("{html}\n🔗 <a href=\"{}\">{}…</a>", locale::escape(&url), locale::escape(&short));
            }
        }
    }
    let id = || order.id.clone();
    let resend =
        matches!(standing, Standing::Delivered).then(|| order.lines.iter().any(|l| l.kind != crate::domain::product::Kind::Manual));
    let mut screen = Screen::words(html).picture(Some(Picture::Own(Own::Paid)));
    if resend == Some(true) {
        screen = screen.row([Button::tap(words.plain(Text::ButtonResend), Action::Resend { id: id() })]);
    }
    screen.row([
        Button::tap(format!("{} · {}", words.plain(Text::ButtonOrder), words.plain(standing_word(standing))), Action::Order { id: id() }),
        Button::tap(words.plain(Text::ButtonShop), Action::Front),
    ])
}

/// Transactions named on a card; more would not fit under the picture.
const TXS_MAX: usize = 3;

/// A moment (unix seconds UTC) in the reader's own zone; a server or an app that does not know the tag shows UTC.
pub(super) fn time_tag(at: i64) -> String {
    let format = time::macros::format_description!("[day] [month repr:short], [hour]:[minute] UTC");
    let shown = time::OffsetDateTime::from_unix_timestamp(at).ok().and_then(|at| at.format(&format).ok()).unwrap_or_default();
    format!("<tg-time unix=\"{at}\" format=\"Dt\">{shown}</tg-time>")
}
