//! Telling people what they have not asked for.

use super::action::Action;
use super::buyer::checkout::order_summary;
use super::buyer::orders::answer_line;
use super::reply::{Button, Screen};
use super::seller::kind_word;
use super::{Error, Failure, Result, Telegram};
use crate::domain::customer::CustomerId;
use crate::domain::order::{Order, OrderId};
use crate::domain::product::Kind;
use crate::locale::{self, Text, Words};
use crate::shop::notice::{Addressed, CreditReason, Notice, amount};
use crate::store::CaseKind;

impl Telegram {
    /// Sends one notice. Somebody who cannot be reached just now is told when they are back.
    pub async fn tell(&self, payload: &str) -> Result<()> {
        let Ok(Addressed { to, notice }) = serde_json::from_str(payload) else {
            tracing::error!("a notice of another release cannot be read");
            return Ok(());
        };
        let person = self.shop.store.read().await?.customer(CustomerId(to)).await?;
        let language = person.as_ref().map_or("", |person| person.language.as_str());
        let Some(screen) = self.notice_screen(&notice, locale::words(language)).await? else { return Ok(()) };
        self.pacer.bulk(to).await?;
        let sent = self.send(to, &screen).await;
        if let (Err(Error::Telegram(Failure::Unreachable(_))), Some(person)) = (&sent, &person) {
            self.shop.buyer_is_gone(person).await?;
        }
        sent.map(|_| ())
    }

    async fn notice_screen(&self, notice: &Notice, words: Words) -> Result<Option<Screen>> {
        Ok(Some(match notice {
            Notice::Sale { order } => {
                let Some(order) = self.any_order(order).await? else { return Ok(None) };
                self.sale_screen(&order, words).await?
            }
            Notice::Case { order, kind, detail } => {
                let what = CaseKind::parse(kind).map_or_else(|| kind.clone(), |kind| words.plain(kind_word(kind)));
                let html = words.html(Text::NoticeCase { order, what: &what, detail });
                let open = OrderId::parse(order).map(|id| Button::tap(words.plain(Text::ButtonOrder), Action::SellerOrder { id }));
                Screen::words(html).row(open.into_iter().chain([Button::tap(words.plain(Text::ButtonCases), Action::Cases)]))
            }
            Notice::Restored { units } => Screen::words(words.html(Text::NoticeRestored { units: *units })),
            Notice::ProviderTrouble { detail } => Screen::words(words.html(Text::NoticeProvider { detail })),
            Notice::Credited { order, minor, currency, why } => {
                let Some(credited) = amount(*minor, currency) else { return Ok(None) };
                let credited = credited.to_string();
                let (order, amount) = (order.as_str(), credited.as_str());
                Screen::words(words.html(match why {
                    CreditReason::Surplus => Text::NoticeSurplus { order, amount },
                    CreditReason::Duplicate => Text::NoticeDuplicate { order, amount },
                    CreditReason::Short => Text::NoticeShort { order, amount },
                    CreditReason::CreditSpent => Text::NoticeCreditSpent { order, amount },
                    CreditReason::Seller => Text::NoticeSellerCredit { order, amount },
                }))
                .row([Button::tap(words.plain(Text::ButtonBalance), Action::Page(super::action::Page::Balance))])
            }
            Notice::CustomerCredited { order, minor, currency, why } => {
                let Some(credited) = amount(*minor, currency) else { return Ok(None) };
                let (amount, reason) = (credited.to_string(), why.code());
                Screen::words(words.html(Text::NoticeCustomerCredited { order, amount: &amount, reason }))
            }
            Notice::HandedOver { order } => {
                let Some(order) = self.any_order(order).await? else { return Ok(None) };
                let mut html = words.html(Text::NoticeHandedOver { order: order.id.as_str() });
                for note in order.lines.iter().filter_map(|line| line.note.as_deref()).filter(|note| !note.is_empty()) {
                    html = format!("{html}\n\n{}", words.html(Text::SellerNote { note }));
                }
                Screen::words(html).row([Button::tap(words.plain(Text::ButtonOrder), Action::Order { id: order.id })])
            }
            Notice::Refunded { order, note } => {
                let open = OrderId::parse(order).map(|id| Button::tap(words.plain(Text::ButtonOrder), Action::Order { id }));
                Screen::words(words.html(Text::NoticeRefunded { order, note })).row(open)
            }
            Notice::NeedsSeller { order } => Screen::words(words.html(Text::NoticeNeedsSeller { order })),
        }))
    }

    /// What the staff reads of a sale: what, for how much, to whom, and what is to be done.
    async fn sale_screen(&self, order: &Order, words: Words) -> Result<Screen> {
        let buyer = self.shop.store.read().await?.customer(order.customer).await?;
        let name = buyer.map_or_else(String::new, |buyer| match buyer.username {
            Some(username) => format!("{} (@{username})", buyer.name),
            None => buyer.name,
        });
        let mut html = format!("{}\n\n{}", words.html(Text::NoticeSale { buyer: &name }), order_summary(words, order));
        for (label, answer) in order.lines.iter().flat_map(|line| &line.answers) {
            html = format!("{html}\n{}", answer_line(label, answer));
        }
        let by_hand = order.lines.iter().any(|line| line.kind == Kind::Manual);
        let mut screen = Screen::words(html);
        if by_hand {
            screen.html = format!("{}\n\n{}", screen.html, words.html(Text::NoticeHandOver));
            screen = screen.row([Button::tap(words.plain(Text::ButtonHandOver), Action::HandOver { id: order.id.clone() })]);
        }
        Ok(screen.row([Button::tap(words.plain(Text::ButtonOrder), Action::SellerOrder { id: order.id.clone() })]))
    }

    pub(super) async fn any_order(&self, id: &str) -> Result<Option<Order>> {
        match OrderId::parse(id) {
            Some(id) => Ok(self.shop.store.read().await?.order(&id).await?),
            None => Ok(None),
        }
    }
}
