//! Notices of what the seller writes, and of what the seller learns of the shop.

use super::action::{Action, Page};
use super::numbers_action::{Numbers, View};
use super::reply::{Button, Screen};
use super::seller::{stock_left, summary_words};
use super::{Result, Telegram};
use crate::domain::language::Localized;
use crate::domain::option::OptionId;
use crate::domain::order::OrderId;
use crate::domain::product::ProductId;
use crate::locale::{Text, Words};
use crate::shop::notice::Notice;
use crate::shop::statistics::Span;
use crate::store::Listed;

impl Telegram {
    /// A notice of this file; none when it is of another one, or when what it is about is gone.
    pub(super) async fn numbers_notice(&self, notice: &Notice, words: Words, language: &str) -> Result<Option<Screen>> {
        let order_button = |order: &str| OrderId::parse(order).map(|id| Button::tap(words.plain(Text::ButtonOrder), Action::Order { id }));
        Ok(match notice {
            Notice::FromSeller { words: text, order: Some(order) } => {
                let answer = Button::tap(words.plain(Text::ButtonAnswer), Action::Page(Page::Support));
                let buttons = order_button(order).into_iter().chain([answer]);
                Some(Screen::words(words.html(Text::NoticeFromSeller { order, text })).row(buttons))
            }
            Notice::CancelledBySeller { order } => {
                Some(Screen::words(words.html(Text::NoticeCancelledBySeller { order })).row(order_button(order)))
            }
            Notice::LowStock { product, left, option } => self.low_stock_screen(product, option.as_deref(), *left, words, language).await?,
            Notice::Daily { day } => {
                let summary = self.shop.summary(*day).await?;
                let stats = Action::Numbers(Numbers::Stats { view: View::Days, span: Span::Week });
                let screen = Screen::words(summary_words(words, language, &summary));
                Some(
                    screen.row([
                        Button::tap(words.plain(Text::ButtonStats), stats),
                        Button::tap(words.plain(Text::ButtonPanel), Action::Panel),
                    ]),
                )
            }
            _ => None,
        })
    }

    async fn low_stock_screen(
        &self,
        product: &str,
        option: Option<&str>,
        left: i64,
        words: Words,
        language: &str,
    ) -> Result<Option<Screen>> {
        let Some(id) = ProductId::parse(product) else { return Ok(None) };
        let Some(product) = self.shop.store.read().await?.product(&id).await? else { return Ok(None) };
        let listed = Listed {
            id: id.clone(),
            name: Localized::plain(product.name_of(option.and_then(OptionId::parse).as_ref(), language)),
            price: product.price,
            kind: product.kind,
            state: product.state,
            stock: Some(left),
            has_options: false,
        };
        let open = Button::tap(words.plain(Text::ButtonOpenProduct), Action::SellerProduct { id });
        Ok(Some(Screen::words(stock_left(words, language, &listed)).row([open])))
    }
}
