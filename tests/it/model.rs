//! The shop against a simple model of itself: any sequence of orders, choices, answers of the provider, endings and restarts, and after every
//! step what must be true is true. Without Telegram and without a worker: the shop's verbs on SQLite, and a provider that answers what it is
//! told to. `PROPTEST_CASES` says how many sequences: `just model` for 10,000.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, LazyLock, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use kiosk::clock::Clock;
use kiosk::cryptocloud::Client;
use kiosk::domain::coin::Coin;
use kiosk::domain::customer::{Customer, CustomerId};
use kiosk::domain::invoice::{Invoice, InvoiceState};
use kiosk::domain::money::Currency;
use kiosk::domain::order::{Charge, Delivery, Order, OrderEvent, OrderId, OrderState};
use kiosk::domain::product::ProductId;
use kiosk::domain::settlement::Rules;
use kiosk::shop::Shop;
use kiosk::shop::catalog_file;
use kiosk::shop::checkout::{Placed, Started};
use kiosk::shop::settle::{Question, Rechecked};
use kiosk::store::{CaseKind, OrderFilter, Place, Store};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::world::{API_KEY, BEGIN, SHOP_ID, serve};

const CATALOG: &str = r#"shop: { name: { en: Model }, currency: USD, support: "@owner" }
products:
  - { id: code, name: { en: Code }, price: "10", kind: keys, quantity: { max: 3 }, stock: [ C-0, C-1, C-2, C-3, C-4 ] }
"#;
const BUYERS: usize = 3;
const COINS: [&str; 3] = ["USDT_TRC20", "BTC", "TON"];
/// Sequences when nothing else is asked for.
const CASES: u32 = 64;
const STEPS_MAX: usize = 25;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the program")]
fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default);
    // The same sequences each time, so that a check that was green stays green; `PROPTEST_RNG_SEED` draws others.
    let chosen = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok());
    let rng_seed = proptest::test_runner::RngSeed::Fixed(chosen.unwrap_or(1));
    ProptestConfig { cases, rng_seed, failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() }
}

/// What the provider says of an invoice: its status, and how many percent of the amount have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word {
    status: &'static str,
    percent: i64,
    /// Whether it says how much came at all.
    told: bool,
}

const NOTHING: Word = Word { status: "created", percent: 0, told: true };

#[derive(Debug, Clone)]
enum Step {
    /// A buyer starts an order of so many.
    Order {
        buyer: usize,
        quantity: u32,
    },
    /// A coin is chosen for one of the orders.
    Place {
        order: usize,
        coin: usize,
    },
    /// The provider says this about one of the invoices, so many times over.
    Answer {
        invoice: usize,
        word: Word,
        times: usize,
    },
    Cancel {
        order: usize,
    },
    /// Time goes by, and every invoice is asked about.
    Wait {
        secs: u32,
    },
    Restock {
        count: usize,
    },
    /// The goods of a paid order reach the chat.
    Arrive {
        order: usize,
    },
    /// The seller serves what had to wait.
    ServeHeld {
        order: usize,
    },
    Restart,
}

fn word() -> impl Strategy<Value = Word> {
    let some = || 1_i64..100;
    let said = prop_oneof![
        3 => Just(("created", 0)),
        1 => (1_i64..150).prop_map(|percent| ("created", percent)),
        3 => some().prop_map(|percent| ("partial", percent)),
        4 => Just(("paid", 100)),
        1 => some().prop_map(|percent| ("paid", percent)),
        3 => prop_oneof![Just(101_i64), 102_i64..300, Just(500_i64)].prop_map(|percent| ("overpaid", percent)),
        2 => Just(("canceled", 0)),
        1 => prop_oneof![3 => some(), 1 => Just(500_i64)].prop_map(|percent| ("canceled", percent)),
    ];
    (said, prop::bool::weighted(0.8)).prop_map(|((status, percent), told)| Word { status, percent, told })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..BUYERS, 1_u32..4).prop_map(|(buyer, quantity)| Step::Order { buyer, quantity }),
        6 => (0_usize..6, 0..COINS.len()).prop_map(|(order, coin)| Step::Place { order, coin }),
        9 => (0_usize..8, word(), 1_usize..3).prop_map(|(invoice, word, times)| Step::Answer { invoice, word, times }),
        2 => (0_usize..6).prop_map(|order| Step::Cancel { order }),
        3 => prop_oneof![Just(30_u32), Just(1_800), Just(3_600), Just(86_400), Just(4 * 86_400)].prop_map(|secs| Step::Wait { secs }),
        2 => (1_usize..4).prop_map(|count| Step::Restock { count }),
        2 => (0_usize..6).prop_map(|order| Step::Arrive { order }),
        1 => (0_usize..6).prop_map(|order| Step::ServeHeld { order }),
        1 => Just(Step::Restart),
    ]
}

/// A provider that makes every invoice it is asked for, one coin to the dollar, and says of it what it is told to.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<BTreeMap<String, (Value, Word)>>>);

impl Scripted {
    fn router(&self) -> Router {
        Router::new()
            .route("/v2/invoice/create", post(Self::create))
            .route("/v2/invoice/merchant/info", post(Self::info))
            .route("/v2/invoice/merchant/canceled", post(async || Json(json!({"status": "success", "result": "ok"}))))
            .with_state(self.clone())
    }

    #[expect(clippy::unused_async, reason = "a handler is async")]
    async fn create(State(Self(invoices)): State<Self>, Json(asked): Json<Value>) -> Json<Value> {
        let mut invoices = invoices.lock().unwrap();
        let number = format!("INV-{:08}", invoices.len());
        let invoice = json!({
            "uuid": number, "status": "created", "address": format!("T-{number}"), "amount": asked["amount"], "amount_in_fiat": asked["amount"],
            "fiat_currency": "USD", "order_id": asked["order_id"], "currency": {"fullcode": asked["add_fields"]["cryptocurrency"]},
        });
        invoices.insert(number, (invoice.clone(), NOTHING));
        Json(json!({"status": "success", "result": invoice}))
    }

    #[expect(clippy::unused_async, reason = "a handler is async")]
    async fn info(State(Self(invoices)): State<Self>, Json(asked): Json<Value>) -> Json<Value> {
        let invoices = invoices.lock().unwrap();
        let known = asked["uuids"].as_array().unwrap().iter().filter_map(|uuid| invoices.get(uuid.as_str().unwrap()));
        let answers: Vec<Value> = known.map(|(invoice, word)| said(invoice, *word)).collect();
        Json(json!({"status": "success", "result": answers}))
    }

    fn say(&self, number: &str, word: Word) {
        self.0.lock().unwrap().get_mut(number).unwrap().1 = word;
    }

    fn word(&self, number: &str) -> Word {
        self.0.lock().unwrap()[number].1
    }
}

fn said(invoice: &Value, word: Word) -> Value {
    let mut said = invoice.clone();
    let dollars = said["amount"].to_string().parse::<rust_decimal::Decimal>().unwrap();
    let paid = dollars * rust_decimal::Decimal::new(word.percent, 2);
    said["status"] = json!(word.status);
    said["amount_paid"] = if word.told { json!(paid.normalize().to_string()) } else { Value::Null };
    said
}

/// The shop, and what the model knows of it.
struct Bench {
    folder: TempDir,
    provider: Scripted,
    base: String,
    clock: Clock,
    shop: Shop,
    customers: Vec<Customer>,
    loaded: usize,
    orders: Vec<OrderId>,
    /// Our ids of all invoices, the oldest first.
    invoices: Vec<String>,
    model: Model,
}

/// What must have become of the money, by the words that were said.
#[derive(Default, Clone, Debug)]
struct Model {
    /// The invoice that paid for an order.
    payer: BTreeMap<String, String>,
    /// What was credited for an invoice, in cents.
    credit: BTreeMap<String, i64>,
    /// Invoices of which more was said than can be true, or not how much came.
    unclear: BTreeSet<String>,
    /// How every order stood after the last step.
    stood: BTreeMap<String, (OrderState, Charge)>,
}

impl Model {
    /// The provider says `word` of `invoice`, as it stood before; `now` in unix seconds UTC.
    fn hear(&mut self, invoice: &Invoice, word: Word, now: i64) {
        let order = invoice.order.to_string();
        let price = invoice.price.minor;
        let percent = if word.told { word.percent } else { 0 };
        let (paid, surplus) = (price * percent / 100, price * (percent - 100).max(0) / 100);
        let (order_is_paid, by_this) = (self.payer.contains_key(&order), self.payer.get(&order) == Some(&invoice.id));
        let over = now >= invoice.offer_ends_at || invoice.state != InvoiceState::Offered || word.status == "canceled";
        let pays = matches!(word.status, "paid" | "overpaid");
        let free = if by_this || (!order_is_paid && pays) {
            if !order_is_paid {
                self.payer.insert(order, invoice.id.clone());
                self.credit.insert(invoice.id.clone(), 0);
            }
            // A hundredth of the price is change.
            if surplus > price / 100 { surplus } else { 0 }
        } else if pays && percent == 0 {
            // Another one has paid the order: the word alone says that this price came as well.
            price
        } else if word.status != "created" && (order_is_paid || over) {
            paid
        } else {
            // What is only seen is nobody's yet.
            0
        };
        // What was known of before is credit, or is gone, as the provider says; or a person is asked.
        let is_gone = word.status == "created" && word.told;
        let credited = self.credit.get(&invoice.id).is_some_and(|credited| *credited > 0);
        let lost_sight_of = over
            && percent == 0
            && !invoice.received.is_zero()
            && match invoice.state {
                InvoiceState::Offered => true,
                InvoiceState::Settled => false,
                _ => !is_gone && !credited,
            };
        let unsaid = match word.status {
            "partial" => percent == 0 && invoice.state != InvoiceState::Settled,
            "canceled" | "created" => lost_sight_of,
            _ => false,
        };
        // The price, or a part that is credit by now, leaves nothing to ask about what was unclear before.
        let is_credit = percent > 0 && matches!(word.status, "partial" | "canceled" | "paid" | "overpaid") && (over || order_is_paid);
        if (!order_is_paid && pays) || is_credit {
            self.unclear.remove(&invoice.id);
        }
        if unsaid && !by_this {
            self.unclear.insert(invoice.id.clone());
        }
        if free > 3 * price {
            self.unclear.insert(invoice.id.clone());
        } else {
            let credited = self.credit.entry(invoice.id.clone()).or_default();
            *credited = (*credited).max(free);
        }
    }
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (provider, clock) = (Scripted::default(), Clock::manual(BEGIN));
        let base = serve(provider.router()).await;
        let shop = open(&folder, &base, &clock).await;
        let catalog = catalog_file::read_text(CATALOG, &|_, _| Ok(Vec::new())).unwrap();
        catalog_file::import(&shop.store, catalog).await.unwrap();
        let mut customers = Vec::new();
        for id in 0..BUYERS {
            let id = CustomerId(100 + i64::try_from(id).unwrap());
            customers.push(shop.write(move |tx| Box::pin(async move { tx.meet(id, "Buyer", None, "en", BEGIN).await })).await.unwrap());
        }
        Self {
            folder,
            provider,
            base,
            clock,
            shop,
            customers,
            loaded: 5,
            orders: Vec::new(),
            invoices: Vec::new(),
            model: Model::default(),
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Order { buyer, quantity } => {
                let code = ProductId::parse("code").unwrap();
                if let Started::Draft(order) = self.shop.start_order(&self.customers[*buyer], &code, *quantity).await.unwrap() {
                    self.orders.push(order.id);
                }
            }
            Step::Place { order, coin } => {
                let Some(order) = self.order(*order).await else { return };
                let coin = Coin::parse(COINS[*coin]).unwrap();
                if self.shop.place(order.customer, &order.id, coin, None).await.unwrap() == Placed::Asked {
                    self.get_addresses(&order.id).await;
                }
            }
            Step::Answer { invoice, word, times } => {
                let Some(id) = self.invoices.iter().rev().nth(*invoice).cloned() else { return };
                for _ in 0..*times {
                    self.answer(&id, *word).await;
                }
            }
            Step::Cancel { order } => {
                let Some(order) = self.order(*order).await else { return };
                self.shop.cancel(order.customer, &order.id).await.unwrap();
            }
            Step::Wait { secs } => {
                self.clock.advance(*secs);
                for id in self.invoices.clone() {
                    let word = self.provider.word(&self.number(&id).await);
                    self.answer(&id, word).await;
                }
            }
            Step::Restock { count } => {
                let code = ProductId::parse("code").unwrap();
                let units: Vec<String> = (self.loaded..self.loaded + count).map(|number| format!("C-{number}")).collect();
                self.loaded += count;
                self.shop.write(move |tx| Box::pin(async move { tx.add_stock(&code, &units).await })).await.unwrap();
            }
            Step::Arrive { order } => {
                let Some(order) = self.order(*order).await else { return };
                if let Some(parcel) = self.shop.parcel(&order.id).await.unwrap() {
                    self.shop.goods_arrived(&parcel).await.unwrap();
                }
            }
            Step::ServeHeld { order } => {
                let Some(order) = self.order(*order).await else { return };
                self.shop.serve_held(&order.id).await.unwrap();
            }
            Step::Restart => {
                self.shop.store.close().await;
                self.shop = open(&self.folder, &self.base, &self.clock).await;
            }
        }
    }

    /// One of the orders, the newest first, unless it is a draft that was dropped.
    async fn order(&self, index: usize) -> Option<Order> {
        let id = self.orders.iter().rev().nth(index)?;
        self.shop.store.read().await.unwrap().order(id).await.unwrap()
    }

    async fn invoice(&self, id: &str) -> Invoice {
        self.shop.store.read().await.unwrap().invoice(id).await.unwrap().unwrap()
    }

    async fn number(&self, id: &str) -> String {
        self.invoice(id).await.number.unwrap().to_string()
    }

    async fn get_addresses(&mut self, order: &OrderId) {
        let invoices = self.shop.store.read().await.unwrap().invoices_of(order).await.unwrap();
        for invoice in invoices.iter().filter(|invoice| invoice.state == InvoiceState::Creating) {
            self.shop.ask_for_address(&invoice.id, 1).await.unwrap();
            self.invoices.push(invoice.id.clone());
        }
    }

    /// The provider says this of an invoice, and the shop asks.
    async fn answer(&mut self, id: &str, word: Word) {
        let before = self.invoice(id).await;
        self.provider.say(&before.number.as_ref().unwrap().to_string(), word);
        self.model.hear(&before, word, self.clock.now());
        let asked = self.shop.recheck(&[Question { invoice: id.to_owned(), news_until: None }]).await;
        assert!(matches!(asked.as_slice(), [Ok(Rechecked::Next(_))]), "{asked:?}");
    }

    /// What must be true after every step.
    async fn check(&mut self) {
        let mut conn = self.shop.store.read().await.unwrap();
        let (mut taken, mut sold) = (0, BTreeSet::new());
        for order in conn.orders(OrderFilter::All, 0, 1_000).await.unwrap() {
            let id = order.id.to_string();
            assert_eq!(order.paid_by.as_ref(), self.model.payer.get(&id), "who paid for {id}");
            assert_eq!(order.charge.is_paid(), order.paid_by.is_some(), "{order:?}");
            let stood = self.model.stood.insert(id.clone(), (order.state, order.charge));
            let (state, charge) = stood.unwrap_or((OrderState::Draft, Charge::None));
            assert!(leads_to(state, order.state), "{id} went from {state:?} to {:?}", order.state);
            assert!(!charge.is_paid() || order.charge.is_paid(), "{id} was paid, and is not any more");
            let open: Vec<_> = conn.invoices_of(&order.id).await.unwrap();
            let open = open.iter().filter(|invoice| matches!(invoice.state, InvoiceState::Creating | InvoiceState::Offered)).count();
            assert!(open <= usize::from(order.state == OrderState::Open && !order.charge.is_paid()), "{open} offers of {order:?}");
            for line in &order.lines {
                let units = conn.sold_units(&line.id).await.unwrap();
                let has = conn.line_stock(&line.id).await.unwrap();
                let due = match line.delivery {
                    Delivery::None | Delivery::Held | Delivery::Replaced => (0, 0),
                    Delivery::Reserved => (line.quantity, 0),
                    Delivery::Assigned | Delivery::Sent => (line.quantity, line.quantity),
                };
                assert_eq!((has, u32::try_from(units.len()).unwrap()), due, "what {id} has set aside, and what it owns: {line:?}");
                let may = match (order.state, order.charge.is_paid()) {
                    (_, true) => matches!(line.delivery, Delivery::Assigned | Delivery::Sent | Delivery::Held),
                    (OrderState::Open, false) => line.delivery == Delivery::Reserved,
                    (_, false) => line.delivery == Delivery::None,
                };
                assert!(may, "{id} is {:?} and {:?}, and its goods are {:?}", order.state, order.charge, line.delivery);
                taken += usize::try_from(has).unwrap();
                for unit in units {
                    assert!(sold.insert(unit.clone()), "{unit} was sold twice");
                }
            }
            let parcel = self.shop.parcel(&order.id).await.unwrap();
            let brought: usize = parcel.iter().flat_map(|parcel| &parcel.packed).map(|packed| packed.units.len()).sum();
            assert!(brought == 0 || order.charge.is_paid(), "{id} brings goods that nobody paid for");
        }
        let free = usize::try_from(conn.free_stock(&ProductId::parse("code").unwrap()).await.unwrap()).unwrap();
        assert_eq!(taken + free, self.loaded, "{taken} taken, {free} free");
        let cases = conn.open_cases(1_000).await.unwrap();
        let mut balances: BTreeMap<i64, i64> = BTreeMap::new();
        for id in &self.invoices {
            let invoice = conn.invoice(id).await.unwrap().unwrap();
            let (got, due) =
                (conn.credited(id, Currency::Usd).await.unwrap().minor, self.model.credit.get(id).copied().unwrap_or_default());
            assert_eq!(got, due, "credited for {invoice:?}");
            let case = cases.iter().any(|case| case.order == invoice.order && case.kind == CaseKind::UnclearAmount);
            assert!(case || !self.model.unclear.contains(id), "nobody can tell how much came to {id}, and nobody was told so");
            let order = conn.order(&invoice.order).await.unwrap().unwrap();
            *balances.entry(order.customer.0).or_default() += got;
        }
        for customer in &self.customers {
            let balance = conn.balance(customer.id, Currency::Usd).await.unwrap().minor;
            assert_eq!(balance, balances.get(&customer.id.0).copied().unwrap_or_default());
            assert!(balance >= 0);
        }
    }

    /// What is left in the end, told without names that are drawn anew each time.
    async fn outcome(&self) -> (Vec<(OrderState, bool, Vec<Delivery>)>, Vec<i64>, i64) {
        let mut conn = self.shop.store.read().await.unwrap();
        let mut orders = Vec::new();
        for id in &self.orders {
            let order = conn.order(id).await.unwrap().unwrap();
            orders.push((order.state, order.charge.is_paid(), order.lines.iter().map(|line| line.delivery).collect()));
        }
        let mut balances = Vec::new();
        for customer in &self.customers {
            balances.push(conn.balance(customer.id, Currency::Usd).await.unwrap().minor);
        }
        (orders, balances, conn.free_stock(&ProductId::parse("code").unwrap()).await.unwrap())
    }
}

async fn open(folder: &TempDir, base: &str, clock: &Clock) -> Shop {
    let store = Store::open(&Place::Sqlite(folder.path().join("kiosk.db")), folder.path(), None).await.unwrap();
    let client = Client::new(base, SecretString::from(API_KEY), SHOP_ID.to_owned()).unwrap().paced_by(clock);
    Shop::new(store, client, clock.clone(), Rules { accept_test_invoices: false })
}

/// Whether one step may lead from one state to the other: by the table, and by two events at most.
fn leads_to(from: OrderState, to: OrderState) -> bool {
    let events = [OrderEvent::Offer, OrderEvent::Cancel, OrderEvent::Expire, OrderEvent::Charge, OrderEvent::Serve];
    let next = |state: OrderState| events.into_iter().filter_map(move |event| state.after(event));
    from == to || next(from).any(|state| state == to || next(state).any(|state| state == to))
}

fn run<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.block_on(work)
}

/// What is said, and of which invoice.
type Told = Vec<(usize, Word)>;

/// What one provider says of two invoices of one order, one after the other as money comes, and the order in which the shop hears it.
fn rumours() -> impl Strategy<Value = (Told, Told, bool)> {
    let story = prop_oneof![
        Just(vec![NOTHING]),
        Just(vec![NOTHING, Word { status: "partial", percent: 40, told: true }]),
        Just(vec![NOTHING, Word { status: "partial", percent: 40, told: true }, Word { status: "paid", percent: 100, told: true }]),
        Just(vec![NOTHING, Word { status: "paid", percent: 100, told: true }, Word { status: "overpaid", percent: 130, told: true }]),
        Just(vec![NOTHING, Word { status: "canceled", percent: 0, told: true }]),
        Just(vec![NOTHING, Word { status: "canceled", percent: 0, told: true }, Word { status: "paid", percent: 100, told: true }]),
    ];
    (story.clone(), story, any::<bool>()).prop_flat_map(|(old, new, late)| {
        let told: Vec<(usize, Word)> = old.iter().map(|word| (0, *word)).chain(new.iter().map(|word| (1, *word))).collect();
        let doubled: Vec<(usize, Word)> = told.iter().chain(&told).copied().collect();
        (Just(told), Just(doubled).prop_shuffle(), Just(late))
    })
}

/// Two offers of one order, and everything that is said of them; at last the truth once more, as the next question brings it.
async fn after(told: &[(usize, Word)], truth: [Word; 2], late: bool) -> (Vec<(OrderState, bool, Vec<Delivery>)>, Vec<i64>, i64) {
    let mut bench = Bench::new().await;
    for step in [Step::Order { buyer: 0, quantity: 2 }, Step::Place { order: 0, coin: 0 }, Step::Place { order: 0, coin: 1 }] {
        bench.take(&step).await;
    }
    if late {
        bench.clock.advance(3_600);
    }
    let ids = bench.invoices.clone();
    for (which, word) in told.iter().copied().chain((0..2).zip(truth)) {
        bench.answer(&ids[which], word).await;
        bench.check().await;
    }
    let outcome = bench.outcome().await;
    bench.shop.store.close().await;
    outcome
}

proptest! {
    #![proptest_config(cases(CASES))]
    #[test]
    fn after_every_step_of_any_sequence_the_shop_is_as_the_model_says(steps in prop::collection::vec(step(), 1..=STEPS_MAX)) {
        run(async {
            let mut bench = Bench::new().await;
            for step in &steps {
                bench.take(step).await;
                bench.check().await;
            }
            bench.shop.store.close().await;
        });
    }
}

proptest! {
    #![proptest_config(cases(CASES / 4))]
    #[test]
    fn in_whatever_order_and_however_often_answers_come_the_end_is_the_same((told, shuffled, late) in rumours()) {
        let truth = |which| told.iter().rfind(|(invoice, _)| *invoice == which).unwrap().1;
        let truth = [truth(0), truth(1)];
        let (one, other) = run(async { (after(&told, truth, late).await, after(&shuffled, truth, late).await) });
        prop_assert_eq!(one, other);
    }
}
