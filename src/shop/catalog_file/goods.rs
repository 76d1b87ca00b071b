//! From YAML to the parts of a product that are prices and ways: options, prices by quantity, invites, webhooks.

use std::collections::HashMap;

use super::fields::{Fields, Reading};
use super::node::Node;
use super::problem::Problem;
use super::product::{Document, ProductEntry};
use super::read::TEXT_CHARS_MAX;
use crate::domain::goods::{DAYS_MAX, Invite, Webhook};
use crate::domain::language::Localized;
use crate::domain::money::{Currency, Fiat};
use crate::domain::option::{
    OPTION_ID_BYTES_MAX, OPTION_NAME_CHARS_MAX, OPTIONS_MAX, OptionId, ProductOption, VOLUME_MAX, VolumeError, VolumePrice, check_volume,
};
use crate::domain::product::{Kind, NAME_CHARS_MAX, Product, QUANTITY_MAX};
use crate::shop::webhook::{Caller, is_secret, new_secret};

/// A price by quantity as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeEntry {
    pub line: usize,
    pub from: u32,
    /// As it was written: the currency may be the shop's.
    pub price: String,
}

/// An option of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionEntry {
    pub line: usize,
    pub id: OptionId,
    pub name: Localized,
    /// As it was written: the currency may be the shop's.
    pub price: String,
    pub volume: Vec<VolumeEntry>,
    pub days: Option<u32>,
    pub stock: Vec<String>,
    /// Units that are files.
    pub stock_files: Vec<Document>,
}

/// A seller's system in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookEntry {
    pub url: String,
    /// None: the one that the shop has, or a new one.
    pub secret: Option<String>,
}

/// Says where, and not the secret.
impl std::fmt::Debug for WebhookEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.url)
    }
}

impl Reading<'_> {
    pub(super) fn volume(&mut self, node: Option<&Node>) -> Vec<VolumeEntry> {
        let nodes = self.list(node, "volume");
        if let Some(one_more) = nodes.get(VOLUME_MAX) {
            self.problem(one_more.line, format!("there are at most {VOLUME_MAX} prices by quantity"));
        }
        let mut volume = Vec::new();
        for node in nodes {
            let Some(fields) = self.fields(node, "a price by quantity", &["from", "price"]) else { continue };
            let from = fields.get("from").and_then(|node| self.number(node, "from", QUANTITY_MAX));
            if fields.get("from").is_none() {
                self.problem(node.line, "a price by quantity has no from");
            }
            let price = fields.get("price").and_then(|node| self.text(node, "price", TEXT_CHARS_MAX));
            if fields.get("price").is_none() {
                self.problem(node.line, "a price by quantity has no price");
            }
            if let (Some(from), Some(price)) = (from, price) {
                volume.push(VolumeEntry { line: node.line, from, price });
            }
        }
        volume
    }

    pub(super) fn options(&mut self, node: Option<&Node>) -> Vec<OptionEntry> {
        let nodes = self.list(node, "options");
        if let Some(one_more) = nodes.get(OPTIONS_MAX) {
            self.problem(one_more.line, format!("a product has at most {OPTIONS_MAX} options"));
        }
        let mut seen = HashMap::new();
        nodes.iter().filter_map(|node| self.option(node, &mut seen)).collect()
    }

    fn option(&mut self, node: &Node, seen: &mut HashMap<String, usize>) -> Option<OptionEntry> {
        let fields = self.fields(node, "an option", &["id", "name", "price", "volume", "days", "stock"])?;
        let id = self.id(&fields, "an option", seen);
        let what = id.as_ref().map_or("an option".to_owned(), |id| format!("the option {id}"));
        if let Some(id) = id.as_ref().filter(|id| OptionId::parse(id).is_none()) {
            self.problem(node.line, format!("the id {id} of an option has more than {OPTION_ID_BYTES_MAX} letters"));
        }
        let name = self.required_localized(&fields, "name", &what, OPTION_NAME_CHARS_MAX);
        let price = fields.get("price").and_then(|node| self.text(node, "price", TEXT_CHARS_MAX));
        if fields.get("price").is_none() {
            self.problem(node.line, format!("{what} has no price"));
        }
        let volume = self.volume(fields.get("volume"));
        let days = fields.get("days").map(|node| self.number(node, "days", DAYS_MAX));
        let (stock, stock_files) = self.stock(fields.get("stock"));
        let line = fields.get("price").map_or(node.line, |node| node.line);
        let id = OptionId::parse(&id?)?;
        Some(OptionEntry { line, id, name: name?, price: price?, volume, days: days.flatten(), stock, stock_files })
    }

    pub(super) fn invite(&mut self, node: &Node) -> Option<Invite> {
        let fields = self.fields(node, "invite", &["chat", "title", "days"])?;
        let text = fields.get("chat").and_then(|node| self.text(node, "chat", TEXT_CHARS_MAX));
        let chat = text.as_deref().and_then(|text| text.parse::<i64>().ok()).filter(|chat| *chat < 0);
        if chat.is_none() {
            self.problem(node.line, "invite wants a chat: write the id of a channel or group, like -1001234567890");
        }
        let title = fields.get("title").and_then(|node| self.text(node, "title", NAME_CHARS_MAX * 4));
        let days = fields.get("days").map(|node| self.number(node, "days", DAYS_MAX));
        Some(Invite { chat: chat?, title: title.unwrap_or_default(), days: days.flatten() })
    }

    pub(super) fn webhook(&mut self, node: &Node) -> Option<WebhookEntry> {
        let fields = self.fields(node, "webhook", &["url", "secret"])?;
        let Some(url) = fields.get("url") else {
            self.problem(node.line, "webhook has no url");
            return None;
        };
        let text = self.text(url, "url", TEXT_CHARS_MAX)?;
        // Whether it may be called is up to the machine that calls it.
        if let Err(error) = Caller::new(true).check(&text) {
            self.problem(url.line, format!("the url {text:?} cannot be called: {error}"));
            return None;
        }
        let secret = match fields.get("secret") {
            Some(node) => Some(self.text(node, "secret", TEXT_CHARS_MAX)?).filter(|secret| {
                let fits = is_secret(secret);
                if !fits {
                    self.problem(node.line, "the secret must be whsec_ and 24 to 64 bytes in base64; leave it out for a new one");
                }
                fits
            }),
            None => None,
        };
        Some(WebhookEntry { url: text, secret })
    }

    /// Fewest and most units in one order.
    pub(super) fn quantities(&mut self, node: &Node) -> (Option<u32>, Option<u32>) {
        let Some(fields) = self.fields(node, "quantity", &["min", "max"]) else { return (None, None) };
        let min = fields.get("min").and_then(|node| self.number(node, "min", QUANTITY_MAX));
        let max = fields.get("max").and_then(|node| self.number(node, "max", QUANTITY_MAX));
        (min, max)
    }

    /// What fits neither the kind of a product nor its other parts.
    pub(super) fn fits_options(&mut self, fields: &Fields<'_>, what: &str, kind: Kind, options: &[OptionEntry]) {
        for option in options {
            if kind != Kind::Keys && !(option.stock.is_empty() && option.stock_files.is_empty()) {
                self.problem(option.line, format!("{what} is of kind {}: its options have no stock", kind.code()));
            }
            if kind != Kind::Invite && option.days.is_some() {
                self.problem(option.line, format!("{what} is of kind {}: its options have no days", kind.code()));
            }
        }
        if options.is_empty() {
            return;
        }
        for key in ["stock", "volume"] {
            if let Some(node) = fields.get(key) {
                self.problem(node.line, format!("{what} has options: write {key} under them"));
            }
        }
    }

    fn number(&mut self, node: &Node, what: &str, most: u32) -> Option<u32> {
        let text = self.text(node, what, TEXT_CHARS_MAX)?;
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        if number.is_none() {
            self.problem(node.line, format!("{what} is {text:?}: write a number from 1 to {most}"));
        }
        number
    }
}

impl ProductEntry {
    /// What is wrong with its prices in this currency.
    pub(super) fn price_problems(&self, currency: Currency) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut read = |line: usize, text: &str| match Fiat::parse_price(text, currency) {
            Ok(price) => Some(price),
            Err(error) => {
                problems.push(Problem::at(line, format!("the price {text:?} in {} is {error}", currency.code())));
                None
            }
        };
        let mut volumes = vec![(read(self.price_line, &self.price), &self.volume, self.price_line)];
        for option in &self.options {
            volumes.push((read(option.line, &option.price), &option.volume, option.line));
        }
        let mut wrong = Vec::new();
        for (price, volume, line) in volumes {
            let steps: Option<Vec<VolumePrice>> =
                volume.iter().map(|step| read(step.line, &step.price).map(|p| VolumePrice { from: step.from, minor: p.minor })).collect();
            let (Some(price), Some(steps)) = (price, steps) else { continue };
            let what = match check_volume(price, &steps) {
                Ok(()) | Err(VolumeError::TooMany) => continue,
                Err(VolumeError::Quantity) => "prices by quantity must rise in from, which is 2 at least",
                Err(VolumeError::Price) => "prices by quantity must fall, and be below the price of one",
            };
            wrong.push(Problem::at(volume.first().map_or(line, |step| step.line), what));
        }
        problems.extend(wrong);
        problems
    }

    /// Its prices by quantity and its options in this currency, once there is nothing wrong with them.
    pub(super) fn priced(&self, currency: Currency) -> (Vec<VolumePrice>, Vec<ProductOption>) {
        let read = |text: &str| Fiat::parse_price(text, currency).unwrap_or(Fiat::new(0, currency));
        let volume = |entries: &[VolumeEntry]| -> Vec<VolumePrice> {
            entries.iter().map(|entry| VolumePrice { from: entry.from, minor: read(&entry.price).minor }).collect()
        };
        let option = |entry: &OptionEntry| ProductOption {
            id: entry.id.clone(),
            name: entry.name.clone(),
            price: read(&entry.price),
            volume: volume(&entry.volume),
            days: entry.days,
        };
        (volume(&self.volume), self.options.iter().map(option).collect())
    }

    /// Its webhook: a secret that the file does not name stays as it is, or is made.
    pub(super) fn webhook_after(&self, before: Option<&Product>) -> Option<Webhook> {
        let entry = self.webhook.as_ref()?;
        let known = before.and_then(|before| before.webhook.as_ref()).map(|webhook| webhook.secret.clone());
        Some(Webhook { url: entry.url.clone(), secret: entry.secret.clone().or(known).unwrap_or_else(new_secret) })
    }
}
