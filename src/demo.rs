//! The demo: the real bot, unchanged, against the sandbox on loopback, with a shop that is open already.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use data_encoding::HEXLOWER;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{self, Signals};
use crate::clock::Clock;
use crate::config::{Config, CryptoCloud, Telegram, default_place};
use crate::domain::customer::CustomerId;
use crate::sandbox::cryptocloud::Keys;
use crate::sandbox::telegram::Place;
use crate::sandbox::{Options, Sandbox, User, demo_shop};
use crate::store::{Store, random};

/// Keys that open nothing but this sandbox.
const BOT_TOKEN: &str = "7000000001:demo-token-that-opens-nothing-at-all";
const API_KEY: &str = "demo-api-key";
const SHOP_ID: &str = "demoshop00000000";
const SECRET_KEY: &str = "demo-secret-key-that-protects-nothing-at-all";
const SELLER: i64 = 100_001;
/// How long what the page still asks for may take once the demo stops.
const DRAIN: Duration = Duration::from_secs(1);

/// Runs the demo until it is told to stop; the page is at `listen`. `data`: where it is kept, so that it goes on after a stop.
/// `empty`: nothing is sold yet.
///
/// # Errors
/// When it cannot start, or when one of its edges ends.
pub async fn run(listen: SocketAddr, data: Option<PathBuf>, empty: bool) -> anyhow::Result<()> {
    let mut told = Signals::new()?;
    let folder = Folder::new(data);
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}: is another program there? --listen 127.0.0.1:0 takes a free port"))?;
    let page = listener.local_addr()?;
    let clock = Clock::real();
    let sandbox = Sandbox::new(Options {
        clock: clock.clone(),
        bot_token: BOT_TOKEN.to_owned(),
        provider: Keys { api_key: API_KEY.to_owned(), shop_id: SHOP_ID.to_owned(), secret_key: SECRET_KEY.to_owned() },
        state_dir: Some(folder.path.join("sandbox")),
        users: people(),
    });
    if !sandbox.telegram.places().contains_key(&demo_shop::NIGHT_OWLS) {
        sandbox.telegram.put_place(demo_shop::NIGHT_OWLS, Place::channel("Night Owls", SELLER));
    }
    let stop = CancellationToken::new();
    let (router, stopped) = (sandbox.router(), stop.clone());
    let served = tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped.cancelled_owned()).await });
    let config = config(page, &folder.path);
    let store = Store::open(&config.place, &config.data_dir, None).await.context("the demo's database cannot be used")?;
    let filled = if empty { Ok(()) } else { demo_shop::fill(&store).await };
    filled.context("the demo shop cannot be filled")?;
    demo_shop::point_at(&store, &format!("http://{page}")).await.context("the demo shop cannot be told its receiver")?;
    let bot = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    sandbox.cryptocloud.set_postback_url(Some(format!("http://{}/postback", bot.local_addr()?)));
    let mut running = app::start(&config, store, clock, bot).await?;
    open_sellers_chat(&sandbox);
    let mut ready = running.ready.clone();
    let ended = tokio::select! {
        Ok(_) = ready.wait_for(|ready| *ready) => None,
        () = told.stop() => Some(None),
        error = running.ended() => Some(Some(error)),
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        say(&format!("kiosk demo ready: http://{page}/"));
        tokio::select! {
            () = told.stop() => None,
            error = running.ended() => Some(error),
        }
    };
    tokio::select! {
        () = running.stop() => {}
        () = told.stop() => {}
    }
    stop.cancel();
    // A page that waits for news would hold the door open for ever.
    if let Ok(Err(error)) = tokio::time::timeout(DRAIN, served).await {
        tracing::warn!(%error, "the demo's page has stopped badly");
    }
    ended.map_or(Ok(()), Err)
}

/// Who is there: two buyers of different languages, and the seller.
fn people() -> Vec<User> {
    let user = |id, name: &str, username: &str, language: &str, role: &str| User {
        id,
        first_name: name.to_owned(),
        username: Some(username.to_owned()),
        language_code: Some(language.to_owned()),
        role: role.to_owned(),
    };
    vec![
        user(200_001, "Ada", "ada_buys", "en", "buyer"),
        user(200_002, "Борис", "boris_buys", "ru", "buyer"),
        user(SELLER, "Olive", "night_owl", "en", "seller"),
    ]
}

/// A bot cannot write first: the seller has pressed Start once, so that sales can be told.
fn open_sellers_chat(sandbox: &Sandbox) {
    let chat = sandbox.telegram.chat(SELLER, 0);
    let is_empty = chat.get("messages").and_then(serde_json::Value::as_array).is_none_or(Vec::is_empty);
    if is_empty && sandbox.telegram.say(SELLER, "/start").is_err() {
        tracing::warn!("the seller's chat could not be opened");
    }
}

fn config(page: SocketAddr, folder: &Path) -> Config {
    let data_dir = folder.join("shop");
    Config {
        telegram: Telegram { token: SecretString::from(BOT_TOKEN), api_url: format!("http://{page}/telegram") },
        cryptocloud: CryptoCloud {
            api_url: format!("http://{page}/cryptocloud"),
            api_key: SecretString::from(API_KEY),
            shop_id: SHOP_ID.to_owned(),
            secret_key: SecretString::from(SECRET_KEY),
            rate: None,
        },
        owners: vec![CustomerId(SELLER)],
        place: default_place(&data_dir),
        data_dir,
        data_key: None,
        listen: page,
        public_url: None,
        accept_test_invoices: false,
        // The demo's own receiver is on loopback.
        allow_private_webhooks: true,
        log: String::new(),
    }
}

fn say(text: &str) {
    // Nobody reads a closed pipe, and there is nowhere else to say so.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Where the demo lives; a folder of its own goes when the demo ends.
struct Folder {
    path: PathBuf,
    passing: bool,
}

impl Folder {
    fn new(data: Option<PathBuf>) -> Self {
        if let Some(path) = data {
            Self { path, passing: false }
        } else {
            let name = format!("kiosk-demo-{}", HEXLOWER.encode(&random::<6>()));
            Self { path: std::env::temp_dir().join(name), passing: true }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.passing && self.path.exists() {
            // What stays is swept by the machine one day.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
