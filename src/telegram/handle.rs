//! One update, from what came to what is shown. Whatever comes, something sensible is said.

use std::sync::atomic::{AtomicI32, Ordering};

use futures_util::future::BoxFuture;

use super::action::goods::GoodsAction;
use super::action::{Action, Page};
use super::answer::{Answer, AnsweredUpdate};
use super::form::Form;
use super::input::{Input, InputKind, Tap, Touched};
use super::reply::{Reply, Screen};
use super::turn::Turns;
use super::{Error, Result, Telegram, buyer, input, question, seller};
use crate::domain::customer::{Customer, Role};
use crate::locale::{self, Text, Words};
use crate::shop;
use crate::shop::support::Place;
use crate::store::{self, new_id};

/// Who is here, and where.
pub(super) struct Visit<'a> {
    pub telegram: &'a Telegram,
    pub customer: Customer,
    pub words: Words,
    /// What this person may do in the shop.
    pub role: Option<Role>,
    /// The message under the tapped button.
    pub touched: Option<Touched>,
    /// The message that the person sent.
    pub message: Option<i32>,
    /// The message to which it is a reply.
    pub reply_to: Option<i32>,
    /// The channel or group that the person chose, or from which the message was forwarded.
    pub chat: Option<i64>,
    /// What the documents that were sent together have in common.
    pub album: Option<&'a str>,
    /// When the message was sent, in unix seconds UTC.
    pub sent_at: Option<i64>,
    /// The message that shows how far the answer is, in which the answer takes its place; 0: there is none.
    pub shown_in: &'a AtomicI32,
}

impl Telegram {
    /// Answers one update, given as it came. What is no person's doing is passed over.
    ///
    /// # Errors
    /// When it is to be tried again, as a crash would have it tried again. The last time (`is_last`) the person is told that it failed.
    pub async fn handle(&self, raw: &str, is_last: bool) -> Result<()> {
        let Ok(update) = serde_json::from_str::<serde_json::Value>(raw) else { return Ok(()) };
        // It was answered before, and what it was answered with took its place.
        if update.get("answered").is_some()
            && let Ok(AnsweredUpdate { answered, query, cause }) = serde_json::from_str(raw)
        {
            self.pacer.answer(answered.chat)?;
            return self.show(answered, query.as_deref(), cause).await;
        }
        let caused = Self { shop: self.shop.caused_by(input::cause(&update)), turns: Turns::default(), ..self.clone() };
        Box::pin(caused.handle_update(&update, is_last)).await
    }

    async fn handle_update(&self, update: &serde_json::Value, is_last: bool) -> Result<()> {
        let Some(Input { from, message, reply_to, chat: named, album, sent_at, kind }) = input::read(update) else {
            return self.handle_group(update).await;
        };
        if let InputKind::Knock { chat, link } = &kind {
            return Ok(self.shop.knock(from.id, *chat, link.as_deref()).await?);
        }
        if matches!(kind, InputKind::Blocked) {
            return Ok(self.shop.part(from.id).await?);
        }
        let language = locale::own_language(from.language.as_deref());
        let customer = self.shop.meet(from, &language).await?;
        let role = self.shop.role(customer.id).await?;
        let (touched, query) = match &kind {
            InputKind::Tap(tap) => (tap.message.filter(|_| !question::keeps(&tap.data)), Some(tap.query_id.clone())),
            _ => (None, None),
        };
        let chat = customer.id.0;
        let words = locale::words(&customer.language);
        let shown_in = AtomicI32::new(0);
        let visit = Visit {
            telegram: self,
            words,
            customer,
            role,
            touched,
            message,
            reply_to,
            chat: named,
            album: album.as_deref(),
            sent_at,
            shown_in: &shown_in,
        };
        self.pacer.answer(chat)?;
        let cause = input::cause(update);
        let answered = async {
            // Apart from this: what every handler needs together is much for one stack.
            let reply = Box::pin(visit.answer(kind)).await?;
            let shown = Some(shown_in.load(Ordering::SeqCst)).filter(|id| *id != 0).map(|id| Touched { id, has_picture: false });
            let answer = Answer { chat, touched: visit.touched.or(shown), reply };
            let answered = AnsweredUpdate { answered: answer, query: query.clone(), cause: cause.clone() };
            let is_ours = self.keep_turns(|| answered.in_place_of(update)).await?;
            Ok(is_ours.then_some(answered.answered))
        };
        let answer = match answered.await {
            Ok(Some(answer)) => answer,
            Ok(None) => return Ok(()),
            // The program ends: it is answered after the next start, and nobody need try again.
            Err(error @ Error::Shop(shop::Error::Store(store::Error::Closed))) => return Err(error),
            // It may have been written all the same: whoever is asked to try again would do twice what one update does once.
            Err(error @ Error::Shop(shop::Error::Store(store::Error::Sql(_)))) if !is_last => return Err(error),
            Err(error) => {
                let reference = new_id();
                let reference = reference.get(..6).unwrap_or_default();
                tracing::error!(chat.id = chat, reference, error = ?error, "an update could not be answered");
                let sorry = visit.words.html(Text::Sorry { reference });
                let answer = Answer { chat, touched: visit.touched, reply: Reply::send(Screen::words(sorry)) };
                let answered = AnsweredUpdate { answered: answer, query: query.clone(), cause: cause.clone() };
                // What was done stays done: a form that has ended takes no second answer.
                if let Err(error) = self.keep_turns(|| answered.in_place_of(update)).await {
                    tracing::error!(chat.id = chat, error = ?error, "what became of a form could not be kept");
                }
                answered.answered
            }
        };
        self.show(answer, query.as_deref(), cause).await
    }
}

impl Visit<'_> {
    pub(super) async fn answer(&self, kind: InputKind) -> Result<Reply> {
        let reply = Box::pin(self.answer_to(kind)).await?;
        question::marked(self, reply).await
    }

    async fn answer_to(&self, kind: InputKind) -> Result<Reply> {
        if let Some(reply) = buyer::blocked::instead(self, &kind).await? {
            return Ok(reply);
        }
        if let Some(chat) = self.chat
            && let Some(reply) = seller::chat_named(self, chat).await?
        {
            return Ok(reply);
        }
        if let InputKind::Text(words) = &kind
            && let Some(reply) = seller::pieces::instead(self, words).await?
        {
            return Ok(reply);
        }
        if let Some(reply) = self.conversation(&kind).await? {
            return Ok(reply);
        }
        match kind {
            InputKind::Command { name, rest } => self.command(&name, &rest).await,
            InputKind::Tap(Tap { data, .. }) => match question::tapped(&data) {
                Ok(tapped) => match question::instead(self, &tapped).await? {
                    Some(reply) => Ok(reply),
                    None => self.action(tapped.action).await,
                },
                Err(_) => self.old_button().await,
            },
            InputKind::Text(words) | InputKind::Shared(words) => match self.telegram.form(self.customer.id).await? {
                Some(form) => self.form_text(form, &words).await,
                None => buyer::front::not_understood(self).await,
            },
            InputKind::Picture(upload) => match self.telegram.form(self.customer.id).await? {
                Some(Form::Answer { order, question, answered, asked, .. }) => {
                    let again = answered.is_some() && answered == self.message;
                    buyer::photo::sent(self, &order, (question, &asked), (!again).then_some(&upload), true).await
                }
                Some(form) => seller::upload(self, form, upload, true).await,
                None => buyer::front::not_understood(self).await,
            },
            InputKind::Document(upload) => match self.telegram.form(self.customer.id).await? {
                Some(Form::Answer { order, question, answered, asked, .. }) => {
                    let again = answered.is_some() && answered == self.message;
                    buyer::photo::sent(self, &order, (question, &asked), (!again).then_some(&upload), false).await
                }
                Some(form) => seller::upload(self, form, upload, false).await,
                None => buyer::front::not_understood(self).await,
            },
            InputKind::Other => match self.telegram.form(self.customer.id).await? {
                Some(Form::Answer { order, .. }) => buyer::photo::other(self, &order).await,
                Some(form) => seller::other(self, form).await,
                None => buyer::front::not_understood(self).await,
            },
            InputKind::Blocked | InputKind::Unblocked | InputKind::Knock { .. } => Ok(Reply::default()),
        }
    }

    /// What belongs to a conversation between a customer and the staff: a reply to a message of one, and whatever a customer writes after
    /// /support.
    async fn conversation(&self, kind: &InputKind) -> Result<Option<Reply>> {
        if matches!(kind, InputKind::Command { .. } | InputKind::Tap(_) | InputKind::Blocked | InputKind::Unblocked) {
            return Ok(None);
        }
        let written = buyer::support::written(kind);
        if let Some(message) = self.reply_to {
            let customer = self.telegram.shop.conversation(Place { chat: self.customer.id.0, message }).await?;
            match (customer, written.clone()) {
                (Some(customer), Some(written)) if customer != self.customer.id && seller::support::may_answer(self) => {
                    return seller::support::answer(self, customer, written).await.map(Some);
                }
                (Some(customer), written) if customer == self.customer.id => return buyer::support::write(self, written).await.map(Some),
                _ => {}
            }
        }
        match self.telegram.form(self.customer.id).await? {
            Some(Form::Support) => buyer::support::write(self, written).await.map(Some),
            _ => Ok(None),
        }
    }

    /// A button of another release, or of nobody.
    pub(super) async fn old_button(&self) -> Result<Reply> {
        let front = buyer::front::front(self).await?;
        let send = front.edit.into_iter().chain(front.send).collect();
        Ok(Reply { send, ..Reply::default() }.with_toast(self.words.plain(Text::OldButton)))
    }

    // Each of these has many ways to go on: together with their callers' they would be much for one stack, so they lie apart.
    fn command<'v>(&'v self, name: &'v str, rest: &'v str) -> BoxFuture<'v, Result<Reply>> {
        Box::pin(self.obey(name, rest))
    }

    fn form_text<'v>(&'v self, form: Form, words: &'v str) -> BoxFuture<'v, Result<Reply>> {
        Box::pin(self.take_text(form, words))
    }

    fn action(&self, action: Action) -> BoxFuture<'_, Result<Reply>> {
        Box::pin(self.act(action))
    }

    async fn obey(&self, name: &str, rest: &str) -> Result<Reply> {
        if let Some(page) = Page::parse(name) {
            return buyer::pages::page(self, page).await;
        }
        if name == "cancel" {
            return self.cancel().await;
        }
        // A command is a new wish: what was being typed is over, and a product in the making waits.
        self.telegram.leave_form(self.customer.id).await?;
        match name {
            "start" => {
                seller::greet(self).await?;
                buyer::front::start(self, rest).await
            }
            "shop" | "menu" | "catalog" => buyer::front::front(self).await,
            "orders" => buyer::orders::list(self, 0).await,
            "claim" => seller::claim(self, rest).await,
            _ => match seller::command(self, name, rest).await? {
                Some(reply) => Ok(reply),
                None => buyer::front::not_understood(self).await,
            },
        }
    }

    /// `/cancel`: what the button does, where the staff has one.
    async fn cancel(&self) -> Result<Reply> {
        match self.telegram.form(self.customer.id).await? {
            Some(Form::Answer { .. } | Form::Support) | None => {
                self.telegram.end_form(self.customer.id).await?;
                Ok(Reply::send(Screen::words(self.words.html(Text::FormEnded))))
            }
            Some(_) => seller::action(self, Action::FormCancel).await,
        }
    }

    async fn take_text(&self, form: Form, words: &str) -> Result<Reply> {
        match form {
            Form::Answer { order, question, answered, asked, .. } => {
                let again = answered.is_some() && answered == self.message;
                buyer::questions::answered(self, &order, (question, &asked), if again { None } else { Some(words) }).await
            }
            form => seller::text(self, form, words).await,
        }
    }

    /// A button of a buyer about one option of a product.
    async fn choice(&self, goods: GoodsAction) -> Result<Reply> {
        match goods {
            GoodsAction::Choice { id, option, quantity } => buyer::product::product_of(self, &id, Some(&option), quantity).await,
            GoodsAction::Buy { id, option, quantity } => buyer::checkout::buy_of(self, &id, Some(&option), quantity, None).await,
            GoodsAction::QuickBuy { id, option, quantity, coin } => {
                buyer::checkout::buy_of(self, &id, Some(&option), quantity, Some(coin)).await
            }
            _ => self.old_button().await,
        }
    }

    async fn act(&self, action: Action) -> Result<Reply> {
        if leaves_form(&action) {
            self.telegram.leave_form(self.customer.id).await?;
        }
        match Box::pin(self.as_buyer(action)).await? {
            Ok(reply) => Ok(reply),
            Err(of_staff) => seller::action(self, of_staff).await,
        }
    }

    /// What a buyer's button shows; another one is given back.
    async fn as_buyer(&self, action: Action) -> Result<std::result::Result<Reply, Action>> {
        let reply = match action {
            Action::Front => buyer::front::front(self).await?,
            Action::Shelf { category, page } => buyer::front::shelf(self, Some(&category), page).await?,
            Action::Loose { page } => buyer::front::shelf(self, None, page).await?,
            Action::Product { id, quantity } => buyer::product::product(self, &id, quantity).await?,
            Action::Buy { id, quantity } => buyer::checkout::buy(self, &id, quantity, None).await?,
            Action::QuickBuy { id, quantity, coin } => buyer::checkout::buy(self, &id, quantity, Some(coin)).await?,
            Action::Choose { question, index } => buyer::questions::chosen(self, question, index).await?,
            Action::PickAsset { order } => buyer::checkout::pick_asset(self, &order).await?,
            Action::PickNetwork { order, asset } => buyer::checkout::pick_network(self, &order, &asset).await?,
            Action::PickCoin { order, coin } => buyer::checkout::pick_coin(self, &order, coin).await?,
            Action::PayWithCredit { order } => buyer::checkout::pay_with_credit(self, &order).await?,
            Action::UseCredit { order, on } => buyer::checkout::use_credit(self, &order, on).await?,
            Action::Card { order } => buyer::orders::show_card(self, &order).await?,
            Action::Check { order } => buyer::orders::check(self, &order).await?,
            Action::AskCancel { order } => buyer::orders::ask_cancel(self, &order).await?,
            Action::Cancel { order } => buyer::orders::cancel(self, &order).await?,
            Action::Orders { page } => buyer::orders::list(self, page).await?,
            Action::Order { id } => buyer::orders::order(self, &id).await?,
            Action::Resend { id } => buyer::orders::resend(self, &id).await?,
            Action::Page(page) => buyer::pages::page(self, page).await?,
            Action::Language { code } => buyer::pages::choose_language(self, &code).await?,
            Action::Goods(goods) if goods.is_of_buyer() => self.choice(goods).await?,
            other => return Ok(Err(other)),
        };
        Ok(Ok(reply))
    }
}

/// Whether a button of the buyer's side shows something else than the form that is open. Those that only say a few words over the chat do not,
/// nor those that look at it themselves.
fn leaves_form(action: &Action) -> bool {
    match action {
        Action::Front
        | Action::Shelf { .. }
        | Action::Loose { .. }
        | Action::Product { .. }
        | Action::PickAsset { .. }
        | Action::PickNetwork { .. }
        | Action::UseCredit { .. }
        | Action::Card { .. }
        | Action::AskCancel { .. }
        | Action::Orders { .. }
        | Action::Order { .. }
        | Action::Page(_)
        | Action::Language { .. } => true,
        Action::Goods(goods) => matches!(goods, GoodsAction::Choice { .. }),
        _ => false,
    }
}
