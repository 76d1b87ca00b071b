//! Wiring: opens the store, starts the edges, stops all of them in order. The first edge that ends stops all.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use data_encoding::HEXLOWER;
use futures_util::future::BoxFuture;
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use teloxide::Bot;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{Config, CryptoCloud};
use crate::cryptocloud::{Client, Error as ProviderError};
use crate::domain::settlement::Rules;
use crate::http::{self, Edge};
use crate::jobs;
use crate::shop::webhook::Caller;
use crate::shop::{self, Shop, restored, set_back};
use crate::store::{self, Conn, JobKind, NewJob, Store};
use crate::telegram::api::Api;
use crate::telegram::{Failure, Telegram, poll, setup};

/// Between two tries to reach Telegram at start.
const CONNECT_PAUSE: Duration = Duration::from_secs(3);

/// Between two times that Telegram is told where updates go, in seconds: as long as a bot may be deaf whose webhook somebody has changed.
const WEBHOOK_AGAIN_SECS: i64 = 600;

/// What to do about a clock that is off.
pub(crate) const CLOCK_OFF: &str = "the clock of this machine is not that of the database; let both follow a time server";
/// How far two clocks may be apart, in seconds: much less than a claimed job stays its program's.
const CLOCK_OFF_MAX_SECS: i64 = 20;

/// How often the write of the start is tried that lost a race for rows with another program.
const TRIES: u32 = 5;

/// How long after the very first start the books are compared with the provider's list, in seconds.
const FIRST_RECONCILE_SECS: i64 = 3_600;

/// A shop that runs.
pub struct Running {
    pub shop: Shop,
    /// Where it listens for postbacks and updates.
    pub address: SocketAddr,
    /// True once Telegram knows where updates go.
    pub ready: watch::Receiver<bool>,
    stop: CancellationToken,
    edges: JoinSet<anyhow::Result<()>>,
}

impl Running {
    /// Waits until an edge ends by itself, which none should.
    pub async fn ended(&mut self) -> anyhow::Error {
        match self.edges.join_next().await {
            Some(Ok(Err(error))) => error,
            Some(Ok(Ok(()))) | None => anyhow!("an edge of the program has ended"),
            Some(Err(error)) => anyhow!(error).context("an edge of the program has stopped"),
        }
    }

    /// Stops every edge, lets what runs end, and closes the store.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.edges.join_next().await.is_some() {}
        self.shop.store.close().await;
    }
}

/// Runs the shop until the program is told to stop.
///
/// # Errors
/// When it cannot start, or when one of its edges ends.
pub async fn run(config: Config) -> anyhow::Result<()> {
    // Heard from now on: a container may be stopped while it starts.
    let mut told = Signals::new()?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let opening = async {
        let store = Store::open(&config.place, &config.data_dir, config.data_key).await.context("the database cannot be used")?;
        let listener = TcpListener::bind(config.listen).await.with_context(|| format!("cannot listen on {}", config.listen))?;
        start(&config, store, Clock::real(), listener).await
    };
    // It may wait long for a database. What it writes is whole or not there, and nothing else runs until it is over.
    let mut running = tokio::select! {
        () = told.stop() => {
            tracing::info!("stopped before it was open");
            return Ok(());
        }
        opened = opening => opened?,
    };
    tracing::info!(address = %running.address, "kiosk is running");
    let ended = tokio::select! {
        () = told.stop() => None,
        error = running.ended() => Some(error),
    };
    tracing::info!("stopping");
    tokio::select! {
        () = running.stop() => {}
        () = told.stop() => tracing::warn!("stopped at once; what ran is run again at the next start"),
    }
    ended.map_or(Ok(()), Err)
}

/// Starts every edge of a shop on this store and listener. In a box, so that it is compiled here and not again in whatever waits for it.
///
/// # Errors
/// When a client cannot be made, or the store cannot be written.
pub fn start(config: &Config, store: Store, clock: Clock, listener: TcpListener) -> BoxFuture<'_, anyhow::Result<Running>> {
    Box::pin(start_edges(config, store, clock, listener))
}

async fn start_edges(config: &Config, store: Store, clock: Clock, listener: TcpListener) -> anyhow::Result<Running> {
    let provider = provider(&config.cryptocloud)?.paced_by(&clock);
    let rules = Rules { accept_test_invoices: config.accept_test_invoices };
    let shop = Shop::new(store, provider, clock, rules).asking_by(Caller::new(config.allow_private_webhooks));
    prepare(&shop, config).await.context("the database cannot be written")?;
    let (token, api_url) = (config.telegram.token.expose_secret(), config.telegram.api_url.as_str());
    let bot = setup::bot(token, api_url).map_err(|why| anyhow!(why))?;
    let uploads = setup::uploading_bot(token, api_url).map_err(|why| anyhow!(why))?;
    let telegram = Telegram::new(shop.clone(), Api { bot: bot.clone(), uploads });
    let (readiness, ready) = watch::channel(false);
    let stop = CancellationToken::new();
    let address = listener.local_addr()?;
    let webhook = config.public_url.as_deref().map(|url| Webhook::new(url, &config.telegram.token));
    let edge = Edge {
        store: shop.store.clone(),
        clock: shop.clock.clone(),
        postback_secret: config.cryptocloud.secret_key.clone(),
        telegram_secret: webhook.as_ref().map(|webhook| SecretString::from(webhook.secret.clone())),
        wake: shop.wake.clone(),
        ready: ready.clone(),
    };
    let mut edges = JoinSet::new();
    let token = stop.clone();
    edges.spawn(async move { http::serve(listener, edge, token).await.context("the HTTP side has failed") });
    let (worker, token) = (telegram.clone(), stop.clone());
    edges.spawn(async move { jobs::work(worker, token).await.context("no jobs can be run") });
    let (token, store) = (stop.clone(), shop.store.clone());
    edges.spawn(async move {
        tokio::select! {
            () = token.cancelled() => Ok(()),
            () = store.key_is_changed() => Err(anyhow!(store::Error::WrongDataKey).context("the data key was changed beside this program")),
        }
    });
    let (token, asked) = (stop.clone(), shop.clone());
    edges.spawn(async move {
        tokio::select! {
            () = token.cancelled() => return Ok(()),
            () = test_provider(&asked) => {}
        }
        token.cancelled().await;
        Ok(())
    });
    let (token, watching) = (stop.clone(), shop.clone());
    edges.spawn(async move {
        tokio::select! {
            () = token.cancelled() => {}
            () = watching.mind_the_clock() => {}
        }
        Ok(())
    });
    let token = stop.clone();
    edges.spawn(async move { updates(telegram, bot, webhook, readiness, token).await });
    Ok(Running { shop, address, ready, stop, edges })
}

/// A client for the project of this configuration, at its pace.
pub(crate) fn provider(config: &CryptoCloud) -> Result<Client, ProviderError> {
    let client = Client::new(&config.api_url, config.api_key.clone(), config.shop_id.clone())?;
    Ok(match config.rate {
        Some(per_second) => client.with_pace(per_second),
        None => client,
    })
}

/// How far this machine's clock is from that of a database that programs share, in seconds, ahead above zero; none when it is near
/// enough, or when there is nothing to compare it with. Each program would take the work of one whose clock is behind for abandoned.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn clock_is_off(conn: &mut Conn, clock: &Clock) -> store::Result<Option<i64>> {
    let server = conn.server_time().await?;
    Ok(server.map(|server| clock.now() - server).filter(|off_secs| off_secs.abs() > CLOCK_OFF_MAX_SECS))
}

/// What must be true before anything runs.
async fn prepare(shop: &Shop, config: &Config) -> anyhow::Result<()> {
    if shop.clock.is_real()
        && let Some(off_secs) = clock_is_off(&mut shop.store.read().await?, &shop.clock).await?
    {
        tracing::error!(off_secs, "{CLOCK_OFF}");
    }
    if shop.store.is_alone() {
        // Whoever held a lease is gone.
        shop.store.write(|tx| Box::pin(async move { tx.end_leases().await })).await?;
    }
    shop.appoint(&config.owners).await?;
    if let Some(units) = restored::look_after(&shop.store, &shop.clock).await? {
        tracing::warn!(units, "this database was put back from a backup: what it calls unsold was set aside, and the staff is told");
    }
    let (kind, key) = (JobKind::Sweep, "one".to_owned());
    let sweep = NewJob { kind, lane: "sweep".to_owned(), key, payload: String::new(), run_at: shop.now() };
    let (kind, key) = (JobKind::Reconcile, "one".to_owned());
    let reconcile = NewJob { kind, lane: "reconcile".to_owned(), key, payload: String::new(), run_at: shop.now() + FIRST_RECONCILE_SECS };
    let mut tried = 1;
    loop {
        match begin(shop, sweep.clone(), reconcile.clone()).await {
            // Other programs on this database go on meanwhile.
            Err(shop::Error::Store(error)) if error.is_lost_race() && tried < TRIES => tried += 1,
            begun => return Ok(begun?),
        }
    }
}

/// Asks for what runs all the time, and about all money once more.
async fn begin(shop: &Shop, sweep: NewJob, reconcile: NewJob) -> shop::Result<()> {
    let (now_millis, now) = (shop.clock.now_millis(), shop.now());
    shop.write(move |tx| {
        Box::pin(async move {
            tx.ask_for(&sweep, now_millis).await?;
            // Once for good: it comes again by itself, and a restart changes nothing about when. But a clock that was far ahead may have put
            // it off for as long, and the summary of the day as well.
            tx.ask_once(&reconcile, now_millis).await?;
            tx.hurry_kind(JobKind::Reconcile, now + jobs::RECONCILE_SECS).await?;
            tx.hurry_kind(JobKind::Daily, now).await?;
            tx.hurry_kind(JobKind::Recheck, now).await?;
            set_back::ask_again(tx, now_millis).await
        })
    })
    .await
}

/// Asks the provider for a balance: the cheapest way to learn that host and key are right (fact sheet section 6). Sales wait for nothing.
async fn test_provider(shop: &Shop) {
    match shop.provider.balance().await {
        Ok(_) => tracing::info!("the payment provider knows this shop"),
        Err(error @ (ProviderError::Unauthorized | ProviderError::Moved { .. })) => tracing::error!(
            error = %error,
            "the payment provider does not take KIOSK_CRYPTOCLOUD_API_KEY at KIOSK_CRYPTOCLOUD_API_URL; the other host is https://api.trybit.com"
        ),
        Err(error) => tracing::warn!(error = %error, "the payment provider could not be asked at start"),
    }
}

/// Where Telegram pushes updates to.
struct Webhook {
    url: String,
    secret: String,
}

impl Webhook {
    /// Secret and path are made from the bot token: every program of one bot has the same ones, and nobody else can make them.
    fn new(public_url: &str, token: &SecretString) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, token.expose_secret().as_bytes());
        let derived = |what: &str| HEXLOWER.encode(hmac::sign(&key, what.as_bytes()).as_ref());
        let path = derived("kiosk webhook path 1");
        let path = path.get(..32).unwrap_or_default();
        Self { url: format!("{}/telegram/{path}", public_url.trim_end_matches('/')), secret: derived("kiosk webhook secret 1") }
    }
}

/// Gets updates for as long as the program runs.
async fn updates(
    telegram: Telegram,
    bot: Bot,
    webhook: Option<Webhook>,
    readiness: watch::Sender<bool>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    tokio::select! {
        () = stop.cancelled() => return Ok(()),
        connected = connect(&telegram, &bot, webhook.as_ref()) => connected?,
    }
    readiness.send_replace(true);
    match &webhook {
        Some(webhook) => tokio::select! {
            () = stop.cancelled() => {}
            () = keep_webhook(&bot, webhook, &telegram.shop.clock) => {}
        },
        None => poll::run(bot, telegram.shop.clone(), stop).await,
    }
    Ok(())
}

/// Says again and again where updates go. Somebody with the token may change it at any time, and nobody would hear of it: then Telegram
/// simply says nothing any more. Said again it changes nothing, and what waits stays.
async fn keep_webhook(bot: &Bot, webhook: &Webhook, clock: &Clock) {
    let mut said_at = clock.steady_millis();
    loop {
        let left_millis = said_at + WEBHOOK_AGAIN_SECS * 1_000 - clock.steady_millis();
        if left_millis > 0 {
            clock.sleep_until(clock.now() + left_millis / 1_000 + 1).await;
            continue;
        }
        said_at = clock.steady_millis();
        if let Err(error) = setup::set_webhook(bot, webhook.url.clone(), webhook.secret.clone()).await {
            tracing::warn!(error = %error, "telegram could not be told again where updates go");
        }
    }
}

/// Makes Telegram know where updates go, and what the bot can do; waits for Telegram as long as it takes.
async fn connect(telegram: &Telegram, bot: &Bot, webhook: Option<&Webhook>) -> anyhow::Result<()> {
    let username = loop {
        match setup::username(bot).await {
            Ok(username) => break username,
            Err(Failure::Token) => bail!("telegram does not know KIOSK_TELEGRAM_TOKEN: @BotFather shows the right one under /mybots"),
            Err(error) => {
                tracing::warn!(error = %error, "telegram cannot be reached yet");
                tokio::time::sleep(CONNECT_PAUSE).await;
            }
        }
    };
    loop {
        let set = match webhook {
            Some(webhook) => setup::set_webhook(bot, webhook.url.clone(), webhook.secret.clone()).await,
            None => setup::delete_webhook(bot).await,
        };
        match set {
            Ok(()) => break,
            Err(error) => {
                tracing::warn!(error = %error, "telegram does not take where updates go");
                tokio::time::sleep(CONNECT_PAUSE).await;
            }
        }
    }
    if let Some(code) = telegram.shop.claim_code().await? {
        tracing::warn!("this shop has no owner: whoever opens this link first owns it: https://t.me/{username}?start=claim_{code}");
    }
    if let Err(error) = telegram.tell_commands().await {
        tracing::warn!(error = %error, "the commands could not be set");
    }
    Ok(())
}

/// The ways in which a program is told to stop.
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    /// Waits until somebody says stop.
    pub(crate) async fn stop(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
