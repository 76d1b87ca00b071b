//! The stage of the plays: the real app, a fake Telegram, a fake provider, one clock that moves when told. People do what people do in a
//! chat, and the play looks at what they see.
//!
//! Every step waits until all that follows from it has happened; nothing sleeps. A play ends with [`World::end`], which looks for what
//! must always be true.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use axum::body::Bytes;
use kiosk::app::{self, Running};
use kiosk::clock::Clock;
use kiosk::config::{Config, CryptoCloud, Telegram};
use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::invoice::{InvoiceNumber, InvoiceState};
use kiosk::domain::money::{CoinAmount, Currency};
use kiosk::domain::order::{Charge, Delivery, Order, OrderState};
use kiosk::domain::product::{Kind, ProductId};
use kiosk::sandbox::cryptocloud::{Invoice, Keys, Payment};
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::sandbox::telegram::{Picture, Saying, Tapped};
use kiosk::sandbox::{Options as SandboxOptions, Sandbox};
use kiosk::shop::Shop;
use kiosk::shop::catalog_file;
use kiosk::store::{self, Case, Error, OrderFilter, Place, Store};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// The owner of the shop, whose chat is open from the start.
pub const SELLER: i64 = 900;
/// Two buyers.
pub const ANN: i64 = 101;
pub const BEN: i64 = 102;
/// What opens nothing but this stage.
pub const BOT_TOKEN: &str = "7000000002:canary-token-5f1d2c";
pub const API_KEY: &str = "canary-api-key-8b7e";
pub const SHOP_ID: &str = "stageshop0000000";
pub const SECRET_KEY: &str = "canary-secret-key-3a9c41d7";
/// When every play begins: 2026-06-01 12:00 UTC.
pub const BEGIN: i64 = 1_780_315_200;
/// How long a step may take in real time before the play has failed.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the shop of the plays sells.
pub const CATALOG: &str = r#"shop: { name: { en: Night Owl Store }, currency: USD, support: "@owner" }
categories:
  - { id: keys, name: { en: Licence keys } }
  - { id: things, name: { en: Things } }
products:
  - { id: editor, category: keys, name: { en: Editor Pro }, price: "10", kind: keys, quantity: { max: 12 }, picture: editor.png,
      stock: [ EDIT-0001, EDIT-0002, EDIT-0003, EDIT-0004, EDIT-0005, EDIT-0006, EDIT-0007, EDIT-0008, EDIT-0009, EDIT-0010, EDIT-0011, EDIT-0012, EDIT-0013, EDIT-0014 ] }
  - { id: last, category: keys, name: { en: Last Timer }, price: "8", kind: keys, stock: [ ONLY-ONE-LEFT ] }
  - { id: handbook, category: things, name: { en: Handbook }, price: "4", kind: file, text: { en: "Read it at https://example.com/handbook" },
      files: [ handbook.pdf, cover.txt ] }
  - { id: mug, category: things, name: { en: Mug }, price: "12.50", kind: manual, quantity: { max: 5 }, ask: [
      { id: phone, kind: phone, label: { en: Your phone? } },
      { id: colour, kind: choice, label: { en: Which colour? }, choices: [ Black, White ] },
      { id: address, kind: address, label: { en: Where to send it? } } ] }
"#;

/// Says something about a play, as `println!` does; a run with `--nocapture` shows it, and one that fails.
macro_rules! tell {
    ($($said:tt)*) => {
        $crate::world::print(&format!($($said)*))
    };
}

pub(crate) use tell;

#[expect(clippy::print_stdout, reason = "a test shows what it did")]
pub fn print(said: &str) {
    println!("{said}");
}

/// What is different in this play.
pub struct Options {
    /// Whether Telegram pushes updates to the app; else it asks for them.
    pub webhook: bool,
    /// Whether the provider tells the app about payments.
    pub postbacks: bool,
    /// Where the store is; none: a file of its own.
    pub place: Option<Place>,
    pub owners: Vec<i64>,
    /// The catalog that is imported at first; the files it names are there.
    pub catalog: String,
    /// Stands between the app and the provider, and changes what the provider answers: path of the call, body of the answer.
    pub tamper: Option<fn(&str, Value) -> Value>,
    pub accept_test_invoices: bool,
    /// How far the clock of the app's machine is ahead of everybody else's, in seconds; none: it is the same clock.
    pub ahead_secs: Option<i64>,
    /// How long the app waits for an answer of a PostgreSQL server; none: as long as it does by itself.
    pub answers_within: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            webhook: false,
            postbacks: true,
            place: None,
            owners: vec![SELLER],
            catalog: CATALOG.to_owned(),
            tamper: None,
            accept_test_invoices: false,
            ahead_secs: None,
            answers_within: None,
        }
    }
}

/// A shop that is open, and the world around it.
pub struct World {
    pub sandbox: Sandbox,
    pub clock: Clock,
    /// The clock of the machine that the app runs on.
    pub machine: Clock,
    options: Options,
    folder: TempDir,
    /// Where the sandbox is served, `http://127.0.0.1:port`.
    pub base: String,
    provider: String,
    running: Option<Running>,
}

impl World {
    /// A shop as most plays need it.
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// A shop with something different. The owners have pressed Start.
    pub async fn with(options: Options) -> Self {
        let clock = Clock::manual(BEGIN);
        let keys = Keys { api_key: API_KEY.to_owned(), shop_id: SHOP_ID.to_owned(), secret_key: SECRET_KEY.to_owned() };
        let sandbox = Sandbox::new(SandboxOptions {
            clock: clock.clone(),
            bot_token: BOT_TOKEN.to_owned(),
            provider: keys,
            state_dir: None,
            users: Vec::new(),
        });
        let base = serve(sandbox.router()).await;
        let provider = match options.tamper {
            Some(change) => serve(tampering(format!("{base}/cryptocloud"), change)).await,
            None => format!("{base}/cryptocloud"),
        };
        let machine = options.ahead_secs.map_or_else(|| clock.clone(), |secs| Clock::manual(BEGIN + secs));
        let mut world = Self { sandbox, clock, machine, options, folder: tempfile::tempdir().unwrap(), base, provider, running: None };
        let store = world.open_store().await;
        let catalog = catalog_file::read_text(&world.options.catalog, &|name, _| Ok(file(name))).unwrap();
        catalog_file::import(&store, catalog).await.unwrap();
        world.start(store).await;
        for owner in world.options.owners.clone() {
            world.say(owner, "/start").await;
        }
        world
    }

    async fn open_store(&self) -> Store {
        self.try_open_store().await.unwrap()
    }

    async fn try_open_store(&self) -> store::Result<Store> {
        let place = self.options.place.clone().unwrap_or_else(|| Place::Sqlite(self.folder.path().join("kiosk.db")));
        let store = Store::open(&place, self.folder.path(), None).await?;
        Ok(match self.options.answers_within {
            Some(limit) => store.answered_within(limit),
            None => store,
        })
    }

    async fn start(&mut self, store: Store) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = Config {
            telegram: Telegram { token: SecretString::from(BOT_TOKEN), api_url: format!("{}/telegram", self.base) },
            cryptocloud: CryptoCloud {
                api_url: self.provider.clone(),
                api_key: SecretString::from(API_KEY),
                shop_id: SHOP_ID.to_owned(),
                secret_key: SecretString::from(SECRET_KEY),
                rate: None,
            },
            owners: self.options.owners.iter().map(|id| CustomerId(*id)).collect(),
            place: Place::Sqlite(self.folder.path().join("kiosk.db")),
            data_dir: self.folder.path().to_owned(),
            data_key: None,
            listen: address,
            public_url: self.options.webhook.then(|| format!("http://{address}")),
            accept_test_invoices: self.options.accept_test_invoices,
            allow_private_webhooks: true,
            log: String::new(),
        };
        if self.options.postbacks {
            self.sandbox.cryptocloud.set_postback_url(Some(format!("http://{address}/postback")));
        }
        let running = app::start(&config, store, self.machine.clone(), listener).await.unwrap();
        let mut ready = running.ready.clone();
        self.running = Some(running);
        within("the app to be ready", ready.wait_for(|ready| *ready)).await.unwrap();
    }

    /// Stops the app in order. The world around it goes on.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Starts the app again on the same store, after a stop.
    pub async fn start_again(&mut self) {
        let store = self.open_store().await;
        self.start(store).await;
    }

    /// Whether Telegram pushes updates from the next start on.
    pub fn set_webhook(&mut self, on: bool) {
        self.options.webhook = on;
    }

    /// Whom the settings name as owners from the next start on.
    pub fn set_owners(&mut self, owners: &[i64]) {
        self.options.owners = owners.to_vec();
    }

    /// Stops the app and starts it again.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// Lets the app die in the middle of whatever it does, and starts it again.
    pub async fn crash(&mut self) {
        drop(self.running.take());
        // What it was doing in other threads ends a moment later, and only then is the database nobody's.
        let opened = async {
            loop {
                match self.try_open_store().await {
                    Err(Error::Occupied) => tokio::time::sleep(Duration::from_millis(2)).await,
                    opened => break opened.unwrap(),
                }
            }
        };
        let store = within("the dead program to let go of its database", opened).await;
        self.start(store).await;
    }

    /// Waits until the app ends by itself, and tells why.
    pub async fn ended(&mut self) -> String {
        format!("{:#}", self.running.as_mut().unwrap().ended().await)
    }

    /// A connection past the store, to the PostgreSQL of this play.
    pub async fn connect(&self) -> PgConnection {
        let Some(Place::Postgres(url)) = &self.options.place else { panic!("it is a file") };
        PgConnection::connect(url.expose_secret()).await.unwrap()
    }

    /// The shop that runs.
    pub fn shop(&self) -> &Shop {
        &self.running.as_ref().unwrap().shop
    }

    /// Where the app listens, `http://127.0.0.1:port`.
    pub fn app_url(&self) -> String {
        format!("http://{}", self.running.as_ref().unwrap().address)
    }

    /// Where the app keeps its data.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Puts these faults in force, and no others.
    pub fn faults(&self, faults: Faults) {
        self.sandbox.faults.set(faults);
    }

    // What people do.

    /// Somebody writes; all that follows has happened when this returns.
    pub async fn say(&self, user: i64, text: &str) {
        self.sandbox.telegram.say(user, text).unwrap();
        self.settled().await;
    }

    /// Somebody sends a document or a photo.
    pub async fn upload(&self, user: i64, name: &str, bytes: Vec<u8>, as_photo: bool) {
        let file = Some(Picture { as_photo, name: name.to_owned(), mime: None, bytes: Bytes::from(bytes) });
        self.sandbox.telegram.send(user, Saying { file, ..Saying::default() }).unwrap();
        self.settled().await;
    }

    /// Somebody sends several documents at once, as an album; none waits for the answer to the one before.
    pub async fn upload_together(&self, user: i64, album: &str, files: &[(&str, &[u8])]) {
        for (name, bytes) in files {
            let file = Some(Picture { as_photo: false, name: (*name).to_owned(), mime: None, bytes: Bytes::copy_from_slice(bytes) });
            self.sandbox.telegram.send(user, Saying { file, album: Some(album.to_owned()), ..Saying::default() }).unwrap();
        }
        self.settled().await;
    }

    /// Somebody taps the button with `label` in its label, on the newest message that has one. What a copy button copies comes back.
    pub async fn tap(&self, user: i64, label: &str) -> Option<String> {
        let (message, button) = self.button(user, label);
        let done = self.press(user, message, &button);
        self.settled().await;
        done
    }

    /// The newest button with `label` in its label: its message and itself.
    pub fn button(&self, user: i64, label: &str) -> (i32, Value) {
        let found = self.messages(user).into_iter().rev().find_map(|message| {
            let button = buttons(&message).into_iter().find(|button| button["text"].as_str().unwrap().contains(label))?;
            Some((id_of(&message), button))
        });
        found.unwrap_or_else(|| panic!("there is no button {label:?} in the chat of {user}:\n{}", self.transcript(user)))
    }

    /// Taps without waiting for anything.
    pub fn press(&self, user: i64, message: i32, button: &Value) -> Option<String> {
        match self.sandbox.telegram.tap_label(user, message, button["text"].as_str().unwrap()).unwrap() {
            Tapped::Told(_) => None,
            Tapped::Copied(what) | Tapped::Opened(what) => Some(what),
        }
    }

    /// Somebody sends this callback data from under a message, whether there is such a button or not.
    pub async fn send_data(&self, user: i64, message: i32, data: &str) {
        self.sandbox.telegram.tap(user, message, data).unwrap();
        self.settled().await;
    }

    /// Takes one of the bot's messages out of somebody's chat.
    pub async fn delete(&self, user: i64, message: &Value) {
        let url = format!("{}/telegram/bot{BOT_TOKEN}/deleteMessage", self.base);
        let gone = serde_json::json!({"chat_id": user, "message_id": id_of(message)});
        let answer = http().post(url).json(&gone).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// From /start to the address: one unit of `product` for USDT on Tron.
    pub async fn order(&self, user: i64, product: &str) -> Invoice {
        self.say(user, &format!("/start p_{product}")).await;
        self.tap(user, "Buy ·").await;
        self.pick_usdt(user).await
    }

    /// Picks USDT on Tron where a coin is asked for.
    pub async fn pick_usdt(&self, user: i64) -> Invoice {
        self.tap(user, "USDT ›").await;
        self.tap(user, "TRON").await;
        self.sees(user, "Send exactly").await;
        self.invoice()
    }

    /// Pays an invoice at the provider; all that follows has happened when this returns.
    pub async fn pay(&self, uuid: &str, payment: Payment) -> Invoice {
        self.sandbox.cryptocloud.pay(uuid, payment).unwrap();
        self.settled().await;
        self.sandbox.cryptocloud.invoice(uuid).unwrap()
    }

    /// Time goes by, in one step.
    pub async fn advance(&self, secs: u32) {
        self.clock.advance(secs);
        if self.options.ahead_secs.is_some() {
            self.machine.advance(secs);
        }
        self.settled().await;
    }

    /// Time goes by in steps of ten seconds, as for somebody who watches.
    pub async fn wait(&self, secs: u32) {
        for _ in 0..secs.div_ceil(10) {
            self.advance(10).await;
        }
    }

    // What people see.

    /// Every message that is in somebody's chat now, the oldest first; what was deleted is not.
    pub fn messages(&self, user: i64) -> Vec<Value> {
        messages(&self.sandbox, user)
    }

    /// The newest message of the bot in somebody's chat.
    pub fn newest(&self, user: i64) -> Value {
        self.messages(user).into_iter().rfind(|message| message["from"] == "bot").unwrap()
    }

    /// The newest message of the bot that has `text` in its text.
    pub fn message(&self, user: i64, text: &str) -> Value {
        let found = self.messages(user).into_iter().rfind(|message| message["from"] == "bot" && has(message, text));
        found.unwrap_or_else(|| panic!("nothing says {text:?} in the chat of {user}:\n{}", self.transcript(user)))
    }

    /// How many of the bot's messages have `text` in their text now.
    pub fn count(&self, user: i64, text: &str) -> usize {
        self.messages(user).iter().filter(|message| message["from"] == "bot" && has(message, text)).count()
    }

    /// Waits until one of the bot's messages has `text` in its text.
    pub async fn sees(&self, user: i64, text: &str) -> Value {
        self.until(user, &format!("{text:?} is in the chat"), || self.count(user, text) > 0).await;
        self.message(user, text)
    }

    /// Waits until words that have `text` in them were shown over the chat.
    pub async fn hears(&self, user: i64, text: &str) {
        let heard = || {
            let chat = self.sandbox.telegram.chat(user, 0);
            chat["toasts"].as_array().unwrap().iter().any(|toast| toast["text"].as_str().unwrap().contains(text))
        };
        self.until(user, &format!("{text:?} was shown over the chat"), heard).await;
    }

    /// Waits until something holds that nobody sees.
    pub async fn holds(&self, what: &str, holds: impl AsyncFn() -> bool) {
        within(what, async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }

    /// Lets Telegram never answer any of these calls, as long as nothing else is put in force.
    pub fn hang(&self, methods: &[&str]) {
        let methods = methods.iter().map(|method| (*method).to_owned()).collect();
        self.faults(Faults { telegram: CallFaults { methods, hang_secs: Some(600), ..CallFaults::default() }, ..Faults::default() });
    }

    async fn until(&self, user: i64, what: &str, done: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !done() {
            assert!(Instant::now() < end, "waited in vain until {what}; the chat of {user}:\n{}", self.transcript(user));
            let version = self.sandbox.telegram.chat(user, 0)["version"].as_u64().unwrap();
            if !done() {
                self.sandbox.telegram.chat_after(user, version, Duration::from_millis(100)).await;
            }
        }
    }

    /// A chat as text: every message, button and toast.
    pub fn transcript(&self, user: i64) -> String {
        transcript(&self.sandbox, user)
    }

    // What is stored.

    /// The newest invoice at the provider.
    pub fn invoice(&self) -> Invoice {
        self.sandbox.cryptocloud.invoices().into_iter().next().expect("no invoice was made yet")
    }

    /// The newest order of a buyer that is no draft.
    pub async fn order_of(&self, user: i64) -> Order {
        self.orders_of(user).await.into_iter().next().expect("nothing was ordered yet")
    }

    /// The orders of a buyer that are no drafts, the newest first.
    pub async fn orders_of(&self, user: i64) -> Vec<Order> {
        self.shop().store.read().await.unwrap().orders(OrderFilter::Of(CustomerId(user)), 0, 1_000).await.unwrap()
    }

    /// What a buyer can spend, in cents.
    pub async fn balance(&self, user: i64) -> i64 {
        self.shop().store.read().await.unwrap().balance(CustomerId(user), Currency::Usd).await.unwrap().minor
    }

    /// The cases that are open.
    pub async fn cases(&self) -> Vec<Case> {
        self.shop().store.read().await.unwrap().open_cases(1_000).await.unwrap()
    }

    /// Free units of a product.
    pub async fn stock(&self, product: &str) -> i64 {
        self.shop().store.read().await.unwrap().free_stock(&ProductId::parse(product).unwrap()).await.unwrap()
    }

    /// Puts more units of a product in stock.
    pub async fn restock(&self, product: &str, units: &[&str]) {
        let (id, units) = (ProductId::parse(product).unwrap(), units.iter().map(|unit| (*unit).to_owned()).collect::<Vec<_>>());
        self.shop().write(move |tx| Box::pin(async move { tx.add_stock(&id, &units).await })).await.unwrap();
    }

    /// Waits until no postback is on its way, no update waits and no job is due or running. What is due later waits for the clock.
    pub async fn settled(&self) {
        let Some(running) = &self.running else { return };
        let end = Instant::now() + PATIENCE;
        loop {
            within("postbacks to be answered", self.sandbox.cryptocloud.postbacks_done()).await;
            let updates = self.sandbox.telegram.pending_updates();
            let jobs = running.shop.store.read().await.unwrap().jobs_under_way(self.machine.now()).await.unwrap();
            if updates == 0 && jobs == 0 {
                return;
            }
            assert!(Instant::now() < end, "it never comes to rest: {updates} updates and {jobs} jobs wait");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Ends the play: nothing is left undone, and what must always be true is true.
    pub async fn end(mut self) {
        self.settled().await;
        self.check().await;
        self.stop().await;
    }

    /// Gives somebody, who has pressed Start, a role.
    pub async fn appoint(&self, who: i64, role: Role) {
        self.say(who, "/start").await;
        self.appoint_quietly(who, role).await;
    }

    /// The same, and whatever the person was about to write stays open.
    pub async fn appoint_quietly(&self, who: i64, role: Role) {
        self.shop().write(move |tx| Box::pin(async move { tx.set_role(CustomerId(who), role, 0).await })).await.unwrap();
    }

    /// The words of the newest message in somebody's chat.
    pub fn shown(&self, user: i64) -> String {
        text_of(&self.newest(user)).to_owned()
    }

    /// See [`check`].
    pub async fn check(&self) {
        check(&self.sandbox, &self.shop().store, self.machine.now()).await;
    }

    /// See [`shows`].
    pub fn shows(&self, user: i64, text: &str) -> bool {
        shows(&self.sandbox, user, text)
    }
}

/// A chat as text: every message, button and toast; what was deleted is a line without words.
pub fn transcript(sandbox: &Sandbox, user: i64) -> String {
    let chat = sandbox.telegram.chat(user, 0);
    let mut text = String::new();
    for message in chat["messages"].as_array().unwrap() {
        let gone = if message["deleted"] == true { " (deleted)" } else { "" };
        writeln!(text, "--- {} {}{gone}\n{}", message["from"].as_str().unwrap(), message["message_id"], text_of(message)).unwrap();
        for file in [&message["document"]["file_name"], &message["photo"]["file_id"]].into_iter().filter(|file| file.is_string()) {
            writeln!(text, "    file {file}").unwrap();
        }
        for button in buttons(message) {
            writeln!(text, "    [{}] {}", button["text"].as_str().unwrap(), button["data"].as_str().unwrap_or_default()).unwrap();
        }
    }
    for toast in chat["toasts"].as_array().unwrap() {
        writeln!(text, "--- toast: {}", toast["text"].as_str().unwrap()).unwrap();
    }
    text
}

/// What must always be true, as far as the store, the chats and the provider tell.
pub async fn check(sandbox: &Sandbox, store: &Store, now: i64) {
    let mut conn = store.read().await.unwrap();
    let (_, failed) = conn.job_counts(now).await.unwrap();
    assert_eq!(failed, 0, "jobs have failed for good");
    let cases: BTreeSet<String> = conn.open_cases(1_000).await.unwrap().iter().map(|case| case.order.to_string()).collect();
    let orders = conn.orders(OrderFilter::All, 0, 1_000_000).await.unwrap();
    let users: Vec<i64> = sandbox.telegram.users().iter().map(|user| user.id).collect();
    let chats: BTreeMap<i64, String> = users.iter().map(|id| (*id, transcript(sandbox, *id))).collect();
    let shown: BTreeMap<i64, Vec<String>> = users.iter().map(|id| (*id, shown_texts(sandbox, *id))).collect();
    let by_id: BTreeMap<&str, _> = orders.iter().map(|order| (order.id.as_str(), order)).collect();
    let mut sold = BTreeSet::new();
    for order in &orders {
        for line in order.lines.iter().filter(|line| line.kind == Kind::Keys) {
            let units = conn.sold_units(&line.id).await.unwrap();
            let owned = matches!(line.delivery, Delivery::Assigned | Delivery::Sent);
            let due = if owned { usize::try_from(line.quantity).unwrap() } else { 0 };
            assert_eq!(units.len(), due, "order {} has what it was promised, or nothing", order.id);
            assert!(order.charge.is_paid() || units.is_empty(), "order {} was served unpaid", order.id);
            for unit in units {
                for (user, chat) in chats.iter().filter(|(user, _)| **user != order.customer.0) {
                    assert!(!chat.contains(&unit), "{user} sees {unit}, which {} bought", order.customer);
                }
                assert!(sold.insert(unit.clone()), "{unit} was sold twice");
            }
        }
        let told = cases.contains(order.id.as_str());
        let served = order.lines.iter().all(|line| line.delivery.is_served());
        assert!(order.state != OrderState::Completed || served, "order {} is complete without its goods", order.id);
        let held = order.lines.iter().any(|line| line.delivery == Delivery::Held);
        assert!(!held || told, "order {} waits for a seller who was not told", order.id);
    }
    for paid in sandbox.cryptocloud.invoices() {
        let invoice = conn.invoice_by_number(&InvoiceNumber::parse(&paid.uuid).unwrap()).await.unwrap();
        let shows = |texts: &[String]| texts.iter().any(|text| text.contains(&paid.address));
        let shown: Vec<i64> = shown.iter().filter(|(_, texts)| shows(texts)).map(|(user, _)| *user).collect();
        let Some(invoice) = invoice else {
            assert!(shown.is_empty(), "an address of an unknown invoice is shown");
            continue;
        };
        let order = by_id[invoice.order.as_str()];
        let payable = order.state == OrderState::Open && !order.charge.is_paid() && invoice.state == InvoiceState::Offered;
        let payable = payable && now < invoice.offer_ends_at;
        assert!(
            shown.is_empty() || (payable && shown == [order.customer.0]),
            "order {} shows an address to {shown:?}:\n{}",
            order.id,
            chats[&order.customer.0]
        );
        let came = CoinAmount::from_decimal(paid.paid()).unwrap();
        let booked = order.paid_by.as_ref() == Some(&invoice.id)
            || conn.credited(&invoice.id, Currency::Usd).await.unwrap().minor > 0
            || cases.contains(order.id.as_str())
            || (payable && order.charge == Charge::Partial);
        assert!(came.is_zero() || booked, "money came for order {} and nobody has it", order.id);
    }
}

/// Every message that is in somebody's chat now, the oldest first; what was deleted is not.
pub fn messages(sandbox: &Sandbox, user: i64) -> Vec<Value> {
    let chat = sandbox.telegram.chat(user, 0);
    chat["messages"].as_array().unwrap().iter().filter(|message| message["deleted"] == false).cloned().collect()
}

/// Whether a message in somebody's chat has `text` now, or a button copies it.
pub fn shows(sandbox: &Sandbox, user: i64, text: &str) -> bool {
    shown_texts(sandbox, user).iter().any(|shown| shown.contains(text))
}

/// What somebody's chat shows now: the words of each message, and what its buttons copy.
fn shown_texts(sandbox: &Sandbox, user: i64) -> Vec<String> {
    let of = |message: &Value| {
        let copied = buttons(message).into_iter().filter_map(|button| button["copy_text"].as_str().map(str::to_owned));
        std::iter::once(text_of(message).to_owned()).chain(copied).collect::<Vec<_>>()
    };
    messages(sandbox, user).iter().flat_map(of).collect()
}

/// A file that the catalogs of the plays may name.
fn file(name: &str) -> Vec<u8> {
    if Path::new(name).extension().is_some_and(|extension| extension == "png") {
        picture()
    } else {
        format!("the content of {name}").into_bytes()
    }
}

/// A grey PNG picture.
pub fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[128; 64 * 64]).unwrap();
    writer.finish().unwrap();
    bytes
}

/// What a message says.
pub fn text_of(message: &Value) -> &str {
    message["text"].as_str().unwrap_or_default()
}

/// Whether a message says `text`.
pub fn has(message: &Value, text: &str) -> bool {
    text_of(message).contains(text)
}

/// The id of a message.
pub fn id_of(message: &Value) -> i32 {
    i32::try_from(message["message_id"].as_i64().unwrap()).unwrap()
}

/// The buttons under a message.
pub fn buttons(message: &Value) -> Vec<Value> {
    let rows = message["keyboard"].as_array().cloned().unwrap_or_default();
    rows.iter().flat_map(|row| row.as_array().cloned().unwrap_or_default()).collect()
}

/// A client that goes straight to where it is told.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Waits for something that must come.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Serves a router on a free port of loopback; `http://127.0.0.1:port`.
pub async fn serve(router: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

/// Hands calls on to `base` and changes the answers.
fn tampering(base: String, change: fn(&str, Value) -> Value) -> axum::Router {
    let client = http();
    axum::Router::new().fallback(move |request: axum::extract::Request| {
        let (client, base) = (client.clone(), base.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let mut headers = parts.headers;
            headers.remove("host");
            let answer = client.request(parts.method, format!("{base}{}", parts.uri)).headers(headers).body(body).send().await.unwrap();
            let status = answer.status();
            let answer: Value = answer.json().await.unwrap();
            (status, axum::Json(change(parts.uri.path(), answer)))
        }
    })
}
