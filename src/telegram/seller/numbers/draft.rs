//! A broadcast in the making: what it says, with which picture and button, and to whom it goes.

use super::super::{fetch, saying, tap, text_please, unfit, with_notice};
use super::{broadcasts, numbers_tap};
use crate::domain::product::{BlobId, ProductId, ProductState};
use crate::locale::{Text, Words, escape};
use crate::shop::broadcast::{Edit, TEXT_CHARS_MAX};
use crate::shop::fields::{self, Unfit};
use crate::store::{Audience, Broadcast, BroadcastState, new_id};
use crate::telegram::action::Action;
use crate::telegram::form::{Form, NumbersForm};
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::numbers_action::{DraftPart, Numbers};
use crate::telegram::reply::{Button, Picture, Reply, Screen};
use crate::telegram::{Result, Telegram, question};

/// Days of silence after which somebody counts as inactive.
const INACTIVE_DAYS: [u32; 3] = [7, 30, 90];
/// Languages that are offered.
const LANGUAGES_MAX: i64 = 12;

/// Begins a new one: its text first.
pub(super) async fn start(visit: &Visit<'_>) -> Result<Reply> {
    ask_text(visit, &new_id(), true).await
}

/// Asks for the text. `new`: the draft is made with it.
pub(super) async fn ask_text(visit: &Visit<'_>, id: &str, new: bool) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::Numbers(NumbersForm::BroadcastText { id: id.to_owned(), new })).await?;
    Ok(asking(visit, Text::AskBroadcastText { most: count(TEXT_CHARS_MAX) }, None))
}

/// The text was typed.
pub(super) async fn text(visit: &Visit<'_>, id: &str, new: bool, words: &str) -> Result<Reply> {
    // Telegram counts in UTF-16 units.
    let (text, chars) = (words.trim(), words.trim().encode_utf16().count());
    let wrong = match fields::goods(text) {
        Ok(_) if chars > TEXT_CHARS_MAX => Some(Unfit::TooLong { chars, most: TEXT_CHARS_MAX }),
        Ok(_) => None,
        Err(Unfit::TooLong { .. }) => Some(Unfit::TooLong { chars, most: TEXT_CHARS_MAX }),
        Err(wrong) => Some(wrong),
    };
    if let Some(wrong) = wrong {
        let said = unfit::words(visit.words, wrong);
        return Ok(asking(visit, Text::AskBroadcastText { most: count(TEXT_CHARS_MAX) }, Some(said)));
    }
    visit.telegram.end_form(visit.customer.id).await?;
    if new {
        visit.telegram.shop.draft_broadcast(id, visit.customer.id, text).await?;
        return broadcasts::page(visit, id).await;
    }
    changed(visit, id, Edit::Text(text.to_owned())).await
}

/// Asks for a picture, with something said above it.
pub(super) async fn ask_picture(visit: &Visit<'_>, id: &str, said: Option<String>) -> Result<Reply> {
    let Some(draft) = draft(visit, id).await? else { return broadcasts::page(visit, id).await };
    visit.telegram.ask(visit.customer.id, Form::Numbers(NumbersForm::BroadcastPicture { id: id.to_owned() })).await?;
    Ok(picture_asked(visit, &draft, said))
}

/// A picture was sent.
pub(super) async fn upload(visit: &Visit<'_>, id: &str, upload: Upload) -> Result<Reply> {
    let Some(draft) = draft(visit, id).await? else { return Ok(text_please(visit)) };
    match fetch::picture(visit, &upload).await? {
        Ok(picture) => {
            visit.telegram.end_form(visit.customer.id).await?;
            set_picture(visit, id, Some(picture)).await
        }
        Err(wrong) => Ok(picture_asked(visit, &draft, Some(wrong))),
    }
}

/// Gives a draft a picture, or takes it away.
pub(super) async fn set_picture(visit: &Visit<'_>, id: &str, picture: Option<BlobId>) -> Result<Reply> {
    changed(visit, id, Edit::Picture(picture)).await
}

/// Gives a draft a button that opens a product, or takes it away.
pub(super) async fn set_button(visit: &Visit<'_>, id: &str, product: Option<ProductId>) -> Result<Reply> {
    changed(visit, id, Edit::Button(product)).await
}

/// Says to whom a draft goes.
pub(super) async fn set_audience(visit: &Visit<'_>, id: &str, audience: Audience) -> Result<Reply> {
    changed(visit, id, Edit::Audience(audience)).await
}

async fn changed(visit: &Visit<'_>, id: &str, edit: Edit) -> Result<Reply> {
    let done = visit.telegram.shop.edit_broadcast(id, edit).await?;
    let page = broadcasts::page(visit, id).await?;
    Ok(if done { page } else { page.with_toast(visit.words.plain(Text::BroadcastNoDraft)) })
}

/// To whom it may go.
pub(super) fn audiences(visit: &Visit<'_>, id: &str) -> Reply {
    let of = |label: Text<'_>, audience| numbers_tap(visit, label, Numbers::DraftAudience { id: id.to_owned(), audience });
    let inactive = INACTIVE_DAYS.map(|days| of(Text::ButtonInactive { days: i64::from(days) }, Audience::Inactive(days)));
    let buyers = Numbers::DraftProducts { id: id.to_owned(), for_button: false, page: 0 };
    let languages = Numbers::Draft { id: id.to_owned(), part: DraftPart::Languages };
    Reply::edit(
        Screen::words(visit.words.html(Text::AskAudience))
            .row([of(Text::ButtonEverybody, Audience::Everybody)])
            .row([numbers_tap(visit, Text::ButtonBuyersOf, buyers), numbers_tap(visit, Text::ButtonByLanguage, languages)])
            .grid(inactive, 1)
            .row([back(visit, id)]),
    )
}

/// The languages that people are spoken to in.
pub(super) async fn languages(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    let spoken = visit.telegram.shop.store.read().await?.languages_spoken(LANGUAGES_MAX).await?;
    let buttons = spoken.into_iter().filter_map(|(code, people)| {
        let audience = Audience::parse(&format!("l={code}"))?;
        Some(Button::tap(format!("{code} · {people}"), Action::Numbers(Numbers::DraftAudience { id: id.to_owned(), audience })))
    });
    Ok(Reply::edit(Screen::words(visit.words.html(Text::AskAudienceLanguage)).grid(buttons, 3).row([back(visit, id)])))
}

/// The products that the button may open, or whose buyers may be meant.
pub(super) async fn products(visit: &Visit<'_>, id: &str, for_button: bool, page: u32) -> Result<Reply> {
    let (listed, more) = visit.telegram.shop.product_page(page).await?;
    let language = visit.customer.language.as_str();
    let fitting = listed.iter().filter(|listed| !for_button || listed.state == ProductState::OnSale);
    let buttons = fitting.map(|listed| {
        let (id, product) = (id.to_owned(), listed.id.clone());
        let to = if for_button {
            Numbers::DraftButton { id, product: Some(product) }
        } else {
            Numbers::DraftAudience { id, audience: Audience::Buyers(product) }
        };
        Button::tap(listed.name.get(language), Action::Numbers(to))
    });
    let buttons: Vec<Button> = buttons.collect();
    let turn = |label, page| numbers_tap(visit, label, Numbers::DraftProducts { id: id.to_owned(), for_button, page });
    let previous = (page > 0).then(|| turn(Text::ButtonPrevious, page - 1));
    let next = more.then(|| turn(Text::ButtonNext, page + 1));
    let none = for_button.then(|| numbers_tap(visit, Text::ButtonNoButton, Numbers::DraftButton { id: id.to_owned(), product: None }));
    let title = if for_button { Text::AskBroadcastButton } else { Text::AskAudienceProduct };
    let screen = Screen::words(visit.words.html(title)).grid(buttons, 1).row(previous.into_iter().chain(next));
    Ok(Reply::edit(screen.row(none).row([back(visit, id)])))
}

/// Shows the message as its readers will see it, and the draft under it.
pub(super) async fn preview(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    let Some(draft) = draft(visit, id).await? else { return broadcasts::page(visit, id).await };
    let mut reply = broadcasts::page(visit, id).await?;
    let message = message_screen(visit.telegram, &draft, visit.words, &visit.customer.language).await?;
    reply.send = [message].into_iter().chain(reply.edit.take()).collect();
    Ok(reply)
}

/// Asks whether it is really to be sent.
pub(super) async fn ask_send(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    let Some(draft) = draft(visit, id).await? else { return broadcasts::page(visit, id).await };
    let people = visit.telegram.shop.audience_size(&draft.audience).await?;
    if people == 0 {
        return Ok(Reply::alert(visit.words.plain(Text::BroadcastNobody)));
    }
    let send = Numbers::Draft { id: id.to_owned(), part: DraftPart::Send };
    let html = visit.words.html(Text::AskSend { people });
    Ok(Reply::edit(Screen::words(html).row([numbers_tap(visit, Text::ButtonYesSend, send)]).row([back(visit, id)])))
}

/// Throws a draft away.
pub(super) async fn discard(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    visit.telegram.shop.drop_broadcast(id).await?;
    Ok(broadcasts::list(visit).await?.with_toast(visit.words.plain(Text::BroadcastDropped)))
}

/// What is known of a draft, and what can be done with it.
pub(super) async fn page(visit: &Visit<'_>, draft: &Broadcast, said: Option<String>) -> Result<Reply> {
    let (words, shop) = (visit.words, &visit.telegram.shop);
    let people = shop.audience_size(&draft.audience).await?;
    let whom = audience_words(visit, &draft.audience).await?;
    let opens = product_name(visit.telegram, draft.product.as_ref(), &visit.customer.language).await?;
    let mut lines = vec![words.html(Text::BroadcastDraft), format!("<blockquote>{}</blockquote>", escape(&draft.text))];
    lines.push(words.html(if draft.picture.is_some() { Text::BroadcastWithPicture } else { Text::BroadcastNoPicture }));
    lines.push(match &opens {
        Some(name) => words.html(Text::BroadcastOpens { name }),
        None => words.html(Text::BroadcastNoButton),
    });
    lines.push(words.html(Text::BroadcastTo { whom: &whom, people }));
    let part = |label, part| numbers_tap(visit, label, Numbers::Draft { id: draft.id.clone(), part });
    let picture = if draft.picture.is_some() {
        part(Text::ButtonNoPicture, DraftPart::NoPicture)
    } else {
        part(Text::ButtonPicture, DraftPart::Picture)
    };
    let button = Numbers::DraftProducts { id: draft.id.clone(), for_button: true, page: 0 };
    let reply = Reply::edit(
        Screen::words(lines.join("\n"))
            .row([part(Text::ButtonText, DraftPart::Text), picture])
            .row([numbers_tap(visit, Text::ButtonProductButton, button), part(Text::ButtonAudience, DraftPart::Audience)])
            .row([part(Text::ButtonPreview, DraftPart::Preview), part(Text::ButtonSendBroadcast { people }, DraftPart::AskSend)])
            .row([part(Text::ButtonDropDraft, DraftPart::Drop), numbers_tap(visit, Text::ButtonBroadcasts, Numbers::Broadcasts)]),
    );
    Ok(match said {
        Some(said) => saying(reply, &said),
        None => reply,
    })
}

/// The message as one of its readers sees it.
pub(in crate::telegram) async fn message_screen(
    telegram: &Telegram,
    broadcast: &Broadcast,
    words: Words,
    language: &str,
) -> Result<Screen> {
    let name = product_name(telegram, broadcast.product.as_ref(), language).await?;
    let button = name
        .zip(broadcast.product.clone())
        .map(|(name, id)| Button::tap(words.plain(Text::ButtonSee { name: &name }), Action::Product { id, quantity: 1 }));
    let screen = Screen::words(escape(&broadcast.text)).picture(broadcast.picture.clone().map(Picture::Stored)).row(button);
    Ok(question::kept(screen))
}

/// The name of a product that can still be bought.
async fn product_name(telegram: &Telegram, id: Option<&ProductId>, language: &str) -> Result<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    let product = telegram.shop.store.read().await?.product(id).await?;
    Ok(product.filter(|product| product.state == ProductState::OnSale).map(|product| product.name.get(language).to_owned()))
}

/// To whom a broadcast goes, in words.
pub(super) async fn audience_words(visit: &Visit<'_>, audience: &Audience) -> Result<String> {
    let words = visit.words;
    Ok(match audience {
        Audience::Everybody => words.plain(Text::AudienceEverybody),
        Audience::Language(code) => words.plain(Text::AudienceLanguage { code }),
        Audience::Inactive(days) => words.plain(Text::AudienceInactive { days: i64::from(*days) }),
        Audience::Buyers(id) => {
            let product = visit.telegram.shop.store.read().await?.product(id).await?;
            let name = product.map_or_else(|| id.to_string(), |product| product.name.get(&visit.customer.language).to_owned());
            words.plain(Text::AudienceBuyers { name: &name })
        }
    })
}

async fn draft(visit: &Visit<'_>, id: &str) -> Result<Option<Broadcast>> {
    Ok(visit.telegram.shop.broadcast(id).await?.filter(|broadcast| broadcast.state == BroadcastState::Draft))
}

fn picture_asked(visit: &Visit<'_>, draft: &Broadcast, said: Option<String>) -> Reply {
    let mut reply = asking(visit, Text::AskBroadcastPicture, said);
    if let (true, Some(screen)) = (draft.picture.is_some(), &mut reply.edit) {
        let part = Numbers::Draft { id: draft.id.clone(), part: DraftPart::NoPicture };
        screen.keyboard.insert(0, vec![numbers_tap(visit, Text::ButtonNoPicture, part)]);
    }
    reply
}

fn asking(visit: &Visit<'_>, what: Text<'_>, said: Option<String>) -> Reply {
    let html = with_notice(said, &visit.words.html(what));
    Reply::edit(Screen::words(html).row([tap(visit, Text::ButtonCancel, Action::FormCancel)]))
}

fn back(visit: &Visit<'_>, id: &str) -> Button {
    numbers_tap(visit, Text::ButtonBack, Numbers::Broadcast { id: id.to_owned() })
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
