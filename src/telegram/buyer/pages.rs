//! Pages of words: help, support, terms, privacy, balance, language.

use crate::domain::language::{FALLBACK, own_name};
use crate::domain::order::OrderId;
use crate::locale::{self, Text, Words, escape};
use crate::store::CreditEntry;
use crate::telegram::Result;
use crate::telegram::action::{Action, Page};
use crate::telegram::card::time_tag;
use crate::telegram::form::{Form, PeopleForm};
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};

use super::front;

/// Most characters of the seller's own words on one page (Bot API: 4096 with everything).
const WORDS_CHARS_MAX: usize = 3_500;

/// One page.
pub(in crate::telegram) async fn page(visit: &Visit<'_>, page: Page) -> Result<Reply> {
    let shop = visit.telegram.shop.store.read().await?.shop().await?;
    let (words, language) = (visit.words, visit.customer.language.as_str());
    let own = |text: &str, fallback: Text<'_>| match text {
        "" => words.html(fallback),
        text => escape(&text.chars().take(WORDS_CHARS_MAX).collect::<String>()),
    };
    let support = shop.support.as_deref();
    let html = match page {
        Page::Help => words.html(Text::Help { shop: shop.name.get(language) }),
        Page::Support | Page::PaySupport if visit.role.is_some() => {
            // What is typed from here on goes to nobody, also when an answer to somebody was begun.
            if let Some(Form::People(PeopleForm::Answer { .. })) = visit.telegram.form(visit.customer.id).await? {
                visit.telegram.end_form(visit.customer.id).await?;
            }
            words.html(Text::SupportStaff)
        }
        Page::Support | Page::PaySupport => {
            super::support::open(visit).await?;
            let open = words.html(Text::SupportOpen);
            match support {
                Some(contact) => front::with_line(&open, &words.html(Text::Support { contact })),
                None => open,
            }
        }
        Page::Terms => own(shop.terms.get(language), Text::Terms),
        Page::Privacy => own(shop.privacy.get(language), Text::Privacy),
        Page::Balance => {
            let (balance, entries) = visit.telegram.shop.credit(visit.customer.id).await?;
            let entries: Vec<String> = entries.iter().map(|entry| entry_line(words, entry)).collect();
            let html = words.html(Text::Balance { amount: &balance.to_string() });
            if entries.is_empty() { html } else { front::with_line(&html, &entries.join("\n")) }
        }
        Page::Language => words.html(Text::LanguagePage),
    };
    let mut screen = Screen::words(html);
    match page {
        Page::Help => {
            let link = |text, page| Button::tap(words.plain(text), Action::Page(page));
            screen = screen
                .row([link(Text::ButtonSupport, Page::Support), link(Text::ButtonBalance, Page::Balance)])
                .row([link(Text::ButtonTerms, Page::Terms), link(Text::ButtonPrivacy, Page::Privacy)])
                .row([link(Text::ButtonLanguage, Page::Language)]);
        }
        Page::Support | Page::PaySupport => {
            let handle = support.and_then(|contact| contact.strip_prefix('@')).filter(|name| is_username(name));
            let url = handle.map(|name| format!("https://t.me/{name}"));
            screen = screen.row(url.map(|url| Button::Open { label: words.plain(Text::ButtonWrite), url }));
        }
        Page::Language => {
            let (codes, mine) = languages(visit).await?;
            let buttons = codes.into_iter().map(|code| {
                let mark = if code == mine { "✓ " } else { "" };
                Button::tap(format!("{mark}{}", own_name(&code)), Action::Language { code })
            });
            screen = screen.grid(buttons, 2);
        }
        Page::Terms | Page::Privacy | Page::Balance => {}
    }
    Ok(Reply::edit(screen.row([Button::tap(words.plain(Text::ButtonShop), Action::Front)])))
}

/// One entry of somebody's credit: how much, why, and when.
pub(in crate::telegram) fn entry_line(words: Words, entry: &CreditEntry) -> String {
    let order = entry.order.as_ref().map_or("", OrderId::as_str);
    let why = match entry.reason.as_str() {
        "surplus" => Text::CreditSurplus { order },
        "duplicate" => Text::CreditDuplicate { order },
        "short" => Text::CreditShort { order },
        "credit_spent" | "late" => Text::CreditLate { order },
        "spent" => Text::CreditSpentOn { order },
        "completed" => Text::CreditCompleted { order },
        "returned" => Text::CreditReturned { order },
        "seller" => Text::CreditSeller { order },
        "given" => Text::CreditGiven,
        "taken" => Text::CreditTaken,
        _ => Text::CreditOther,
    };
    let sign = if entry.amount.minor > 0 { "+" } else { "" };
    format!("{sign}{} · {} · {}", entry.amount, words.html(why), time_tag(entry.at))
}

/// The languages to choose from, by tag: those that the bot speaks, and those in which the shop has names; and the one that is shown now.
async fn languages(visit: &Visit<'_>) -> Result<(Vec<String>, String)> {
    let mut codes = visit.telegram.shop.named_languages().await?;
    codes.extend(locale::languages().map(|(code, _)| code.to_owned()));
    let told = visit.customer.language.as_str();
    let main = told.split('-').next().unwrap_or_default();
    let mine = [told, main].into_iter().find(|tag| codes.contains(*tag)).unwrap_or(FALLBACK).to_owned();
    Ok((codes.into_iter().collect(), mine))
}

/// Speaks another language from now on.
pub(in crate::telegram) async fn choose_language(visit: &Visit<'_>, code: &str) -> Result<Reply> {
    let (codes, mine) = languages(visit).await?;
    if !codes.iter().any(|known| known == code) {
        return visit.old_button().await;
    }
    // Who has it already keeps the tag of their own program, which may say more.
    if code == mine {
        return front::front(visit).await;
    }
    visit.telegram.shop.choose_language(visit.customer.id, code).await?;
    let mut customer = visit.customer.clone();
    code.clone_into(&mut customer.language);
    let visit = Visit { words: locale::words(code), customer, ..*visit };
    front::front(&visit).await
}

/// Bot API: user names have 5 to 32 of `a-z 0-9 _`; shorter ones exist as collectibles.
fn is_username(name: &str) -> bool {
    (3..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
