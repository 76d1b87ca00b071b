//! Telling people what they have not asked for.

use super::action::Action;
use super::buyer::checkout::order_summary;
use super::buyer::orders::answer_line;
use super::card::time_tag;
use super::people_action::PeopleAction;
use super::reply::{Button, Screen};
use super::seller::{kind_word, photo_buttons, role_word};
use super::{Error, Failure, Result, Telegram, question, relay};
use crate::domain::customer::{CustomerId, Role};
use crate::domain::order::{Order, OrderId};
use crate::domain::product::{Kind, ProductId};
use crate::locale::{self, Html, Text, Words};
use crate::shop::notice::{Addressed, CreditReason, NEWER, Notice, Weight, amount};
use crate::store::{self, CaseKind};

impl Telegram {
    /// Sends one notice. Somebody who cannot be reached just now is told when they are back.
    pub async fn tell(&self, key: &str, payload: &str) -> Result<()> {
        let Ok(Addressed { to, notice }) = serde_json::from_str(payload) else {
            if key.starts_with(NEWER) {
                // A newer program on the same database may know it: it is tried again, and given up like all that cannot be told.
                return Err(store::Error::corrupt("a notice of another release").into());
            }
            return Ok(self.shop.leave_to_newer(key, payload).await?);
        };
        if to < 0 && !relay::is_conversation(&notice) {
            return self.tell_place(&notice).await;
        }
        // It may have waited for a group that is not the staff's any more, or has another id by now.
        if to < 0 && self.shop.staff_group().await? != Some(to) {
            return Ok(self.shop.staff_group_is_gone(to, notice).await?);
        }
        // It may have waited for somebody who is not of the staff any more.
        if to > 0
            && let Some(roles) = notice.of_staff()
            && self.shop.role(CustomerId(to)).await?.is_none_or(|role| !roles.contains(&role))
        {
            tracing::info!(chat.id = to, "a notice of the staff is for somebody who is none of it any more; it is not sent");
            return Ok(());
        }
        let person = self.shop.store.read().await?.customer(CustomerId(to)).await?;
        let language = person.as_ref().map_or("", |person| person.language.as_str());
        let words = locale::words(language);
        let sent = if relay::is_conversation(&notice) {
            self.pacer.bulk(to).await?;
            self.relay(to, &notice, words).await
        } else {
            let Some(screen) = self.any_notice_screen(&notice, words, language).await? else { return Ok(()) };
            // What is said to one person alone may stand nowhere else; what all of the staff hear of has a page.
            let screen = if notice.weight() == Weight::Rings { question::kept(screen) } else { screen };
            let silent = self.shop.is_silent(&notice).await?;
            self.pacer.bulk(to).await?;
            if silent { self.send_notice(to, None, true, &screen).await } else { self.send(to, &screen).await.map(|_| ()) }
        };
        if let Err(Error::Telegram(Failure::Unreachable(why))) = &sent {
            if let Some(person) = &person {
                self.shop.buyer_is_gone(person).await?;
            }
            // The panel shows the same: a pile of old sales is no news for whoever comes back, or never comes.
            if notice.weight() == Weight::CanWait {
                tracing::info!(chat.id = to, why, "a notice that nobody waits for found nobody; it is not sent");
                return Ok(());
            }
        }
        sent
    }

    /// What a notice says; none when what it is about is gone.
    pub(super) async fn any_notice_screen(&self, notice: &Notice, words: Words, language: &str) -> Result<Option<Screen>> {
        match self.numbers_notice(notice, words, language).await? {
            Some(screen) => Ok(Some(screen)),
            None => self.notice_screen(notice, words).await,
        }
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
                    CreditReason::Late => Text::NoticeLate { order, amount },
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
            Notice::Extended { order } => {
                let show = OrderId::parse(order).map(|order| Button::tap(words.plain(Text::ButtonShowCard), Action::Card { order }));
                Screen::words(words.html(Text::NoticeExtended { order })).row(show)
            }
            Notice::NeedsSeller { order } => Screen::words(words.html(Text::NoticeNeedsSeller { order })),
            Notice::MoneyHeld { order } => Screen::words(words.html(Text::NoticeMoneyHeld { order })),
            Notice::CreditByHand { minor, currency } => {
                let Some(credited) = amount(minor.saturating_abs(), currency) else { return Ok(None) };
                let credited = credited.to_string();
                let said =
                    if *minor < 0 { Text::NoticeCreditTaken { amount: &credited } } else { Text::NoticeCreditGiven { amount: &credited } };
                Screen::words(words.html(said))
                    .row([Button::tap(words.plain(Text::ButtonBalance), Action::Page(super::action::Page::Balance))])
            }
            Notice::FromSeller { words: written, .. } => Screen::words(words.html(Text::SupportAnswered { words: written }))
                .row([Button::tap(words.plain(Text::ButtonAnswer), Action::Page(super::action::Page::Support))]),
            Notice::StaffJoined { who, name, role } => {
                let role = Role::parse(role).map_or_else(String::new, |role| words.plain(role_word(role)));
                Screen::words(words.html(Text::NoticeStaffJoined { name, number: &who.to_string(), role: &role }))
                    .row([Button::tap(words.plain(Text::ButtonStaff), Action::People(PeopleAction::Staff))])
            }
            Notice::YourRole { role } => Screen::words(match role.as_deref().and_then(Role::parse) {
                Some(role) => words.html(Text::NoticeYourRole { role: &words.plain(role_word(role)) }),
                None => words.html(Text::NoticeNoRole),
            }),
            // Brought by [`super::relay`].
            Notice::Support { .. } | Notice::SupportAnswer { .. } | Notice::SupportAnswered { .. } => return Ok(None),
            Notice::MembershipEnds { title, product, ends_at } => {
                let (end, again) = (time_tag(*ends_at), renew(product, words));
                Screen::words(words.html(Text::NoticeMembershipEnds { title, end: Html(&end) })).row(again)
            }
            Notice::MembershipOver { title, product } => {
                Screen::words(words.html(Text::NoticeMembershipOver { title })).row(renew(product, words))
            }
            Notice::NoticesHere { title } => Screen::words(words.html(Text::NoticesHere { title })),
            Notice::NoticesHome { title } => Screen::words(words.html(Text::NoticesHome { title })),
            Notice::NoticesEnded { title } => Screen::words(words.html(Text::NoticesEnded { title })),
            Notice::StaffGroupGone => Screen::words(words.html(Text::StaffGroupGone)),
            Notice::StaffGroupEnded => Screen::words(words.html(Text::StaffGroupEnded)),
            Notice::NewSecrets { secrets } => {
                let line = |(product, secret): &(String, String)| words.html(Text::CatalogSecret { product, secret });
                let lines: Vec<String> = secrets.iter().map(line).collect();
                let count = i64::try_from(secrets.len()).unwrap_or(i64::MAX);
                Screen::words(format!("{}\n{}", words.html(Text::CatalogSecrets { count }), lines.join("\n")))
            }
            // See `numbers_notices`.
            Notice::CancelledBySeller { .. } | Notice::LowStock { .. } | Notice::Daily { .. } => {
                return Ok(None);
            }
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
            html = format!("{html}\n{}", answer_line(words, label, answer));
        }
        let by_hand = order.lines.iter().any(|line| line.kind == Kind::Manual);
        let mut screen = Screen::words(html).grid(photo_buttons(words, order), 2);
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

/// The way to buy it once more.
fn renew(product: &str, words: Words) -> Option<Button> {
    let id = ProductId::parse(product)?;
    Some(Button::tap(words.plain(Text::ButtonRenewMembership), Action::Product { id, quantity: 1 }))
}
