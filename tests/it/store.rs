//! The store's contract: one list of stories, told on a SQLite file and on PostgreSQL.

mod catalog;
pub mod durability;
mod goods;
mod jobs;
mod load;
mod money;
mod numbers;
mod opening;
mod orders;
mod people;
mod rotate;
mod stock;

use std::path::PathBuf;

use kiosk::clock::Clock;
use kiosk::domain::coin::Coin;
use kiosk::domain::customer::CustomerId;
use kiosk::domain::invoice::{Invoice, InvoiceState};
use kiosk::domain::language::Localized;
use kiosk::domain::money::{CoinAmount, Currency, Fiat};
use kiosk::domain::order::{Charge, Delivery, Line, Order, OrderState};
use kiosk::domain::product::{Kind, Product, ProductId, ProductState};
use kiosk::store::{Conn, Place, Places, Result, Store, new_id, new_order_id};
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, Executor as _};

use crate::postgres;

/// When the stories happen, in unix seconds UTC.
pub const NOW: i64 = 1_800_000_000;
/// The same in milliseconds.
pub const NOW_MILLIS: i64 = NOW * 1_000;
/// The data key of every story.
pub const DATA_KEY: [u8; 32] = [7; 32];
/// The buyer of every story.
pub const BUYER: CustomerId = CustomerId(1_001);

/// Turns stories into tests: each runs on SQLite and on PostgreSQL under its own name.
macro_rules! stories {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    super::$story($crate::store::Db::sqlite().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    if let Some(db) = $crate::store::Db::postgres().await {
                        super::$story(db).await;
                    }
                }
            )+
        }
    };
}

/// Carries out one write: `write!(db, tx => tx.ping())`.
macro_rules! write_with {
    ($db:expr, $tx:ident => $work:expr) => {
        $db.store.write(move |$tx| Box::pin(async move { $work.await })).await
    };
}

pub(crate) use {stories, write_with};

/// Places for so many jobs and so many questions to the provider, for whoever runs nothing yet.
pub fn places(jobs: i64, rechecks: i64) -> Places {
    Places { updates: jobs, others: jobs, rechecks, ..Places::default() }
}

/// A clock that stands at this time (unix seconds UTC).
pub fn at(now: i64) -> Clock {
    Clock::manual(now)
}

/// Waits until somebody waits for a lock in the database that `onlooker` sees.
pub async fn somebody_waits(onlooker: &mut sqlx::PgConnection) {
    let sql = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted
        AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())";
    while sqlx::query_as::<_, (i64,)>(sql).fetch_one(&mut *onlooker).await.unwrap() == (0,) {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

/// A database of one story.
pub struct Db {
    pub store: Store,
    pub place: Place,
    pub dir: tempfile::TempDir,
}

impl Db {
    /// A file that goes with it.
    pub async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::open(Place::Sqlite(dir.path().join("kiosk.db")), dir).await
    }

    /// A database of its own; none when there is no PostgreSQL.
    pub async fn postgres() -> Option<Self> {
        let url = postgres::new_database().await?;
        Some(Self::open(Place::Postgres(url), tempfile::tempdir().unwrap()).await)
    }

    async fn open(place: Place, dir: tempfile::TempDir) -> Self {
        let store = Store::open(&place, dir.path(), Some(DATA_KEY)).await.unwrap();
        Self { store, place, dir }
    }

    /// A connection for reading.
    pub async fn read(&self) -> Conn {
        self.store.read().await.unwrap()
    }

    /// Stops the program and starts it again.
    pub async fn restart(self) -> Self {
        self.store.close().await;
        let Self { store, place, dir } = self;
        drop(store);
        Self::open(place, dir).await
    }

    /// What PostgreSQL does by itself within a minute, and SQLite does not need.
    pub async fn gather_statistics(&self) {
        if matches!(self.place, Place::Postgres(_)) {
            self.execute_behind_its_back("ANALYZE").await;
        }
    }

    /// Does what the store never would, past it.
    pub async fn execute_behind_its_back(&self, sql: &'static str) {
        match &self.place {
            Place::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
                connection.execute(sqlx::raw_sql(sql)).await.unwrap();
                connection.close().await.unwrap();
            }
            Place::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url.expose_secret()).await.unwrap();
                connection.execute(sqlx::raw_sql(sql)).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// A connection past the store, to PostgreSQL.
    pub async fn connect(&self) -> sqlx::PgConnection {
        let Place::Postgres(url) = &self.place else { panic!("it is a file") };
        sqlx::PgConnection::connect(url.expose_secret()).await.unwrap()
    }

    /// Where SQLite keeps it.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Sqlite(path) => Some(path.clone()),
            Place::Postgres(_) => None,
        }
    }

    /// A shop with one product of unique units, with these in stock, and the buyer.
    pub async fn with_keys(&self, units: &[&str]) -> Product {
        let product = product("editor", Kind::Keys);
        let (wanted, units) = (product.clone(), units.iter().map(|unit| (*unit).to_owned()).collect::<Vec<_>>());
        let filled: Result<()> = write_with!(self, tx => async {
            tx.put_product(&wanted).await?;
            tx.add_stock(&wanted.id, &units).await?;
            tx.meet(BUYER, "Ada", None, "en", NOW).await.map(|_| ())
        });
        filled.unwrap();
        product
    }

    /// An order of the buyer, written down.
    pub async fn with_order(&self, order: Order) -> Order {
        let wanted = order.clone();
        write_with!(self, tx => tx.add_order(&wanted)).unwrap();
        order
    }

    /// An invoice of an order, written down.
    pub async fn with_invoice(&self, invoice: Invoice) -> Invoice {
        let wanted = invoice.clone();
        write_with!(self, tx => tx.add_invoice(&wanted)).unwrap();
        invoice
    }
}

/// So much in dollars.
pub fn usd(minor: i64) -> Fiat {
    Fiat::new(minor, Currency::Usd)
}

/// So much of a coin.
pub fn coins(text: &str) -> CoinAmount {
    CoinAmount::parse(text).unwrap()
}

/// A product on sale.
pub fn product(id: &str, kind: Kind) -> Product {
    Product {
        id: ProductId::parse(id).unwrap(),
        category: None,
        position: 1,
        name: Localized::plain("Editor Pro"),
        description: Localized::plain("One year, one computer."),
        price: usd(999),
        kind,
        state: ProductState::OnSale,
        quantity_max: 5,
        picture: None,
        text: Localized::default(),
        files: Vec::new(),
        questions: Vec::new(),
        invite: None,
        webhook: None,
        quantity_min: 1,
        volume: Vec::new(),
        options: Vec::new(),
    }
}

/// An order of the buyer for so many units of one product, as it is when it is put together.
pub fn order(product: &Product, quantity: u32, state: OrderState) -> Order {
    Order {
        id: new_order_id(),
        customer: BUYER,
        state,
        charge: Charge::None,
        total: product.price.times(quantity).unwrap(),
        credit: usd(0),
        wants_credit: false,
        created_at: NOW,
        paid_at: None,
        paid_by: None,
        card_message: None,
        goods_message: None,
        lines: vec![line(product, quantity)],
    }
}

/// A line of an order.
pub fn line(product: &Product, quantity: u32) -> Line {
    Line {
        id: new_id(),
        product: product.id.clone(),
        name: product.name.get("en").to_owned(),
        kind: product.kind,
        unit_price: product.price,
        quantity,
        option: None,
        days: None,
        answers: Vec::new(),
        delivery: Delivery::None,
        documents_sent: 0,
        documents_of: None,
        document_message: None,
        note: None,
    }
}

/// An invoice of an order that is being made.
pub fn invoice(order: &Order) -> Invoice {
    Invoice {
        id: new_id(),
        order: order.id.clone(),
        coin: Coin::parse("USDT_TRC20").unwrap(),
        state: InvoiceState::Creating,
        price: order.total,
        number: None,
        address: None,
        due: None,
        received: CoinAmount::ZERO,
        missing: None,
        created_at: NOW,
        offer_ends_at: NOW + 3_600,
        watch_ends_at: NOW + 262_800,
        checked_at: 0,
    }
}
