//! The command line: what may be asked of the program, and what each command prints.

use std::io::{IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::app;
use crate::clock::Clock;
use crate::config::{self, Config, DataConfig};
use crate::demo;
use crate::shop::{catalog_file, reconcile, restored};
use crate::store::{self, Chain, Conn, Place, Store};

/// How long the health command waits for an answer.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);
/// The exit code of a configuration or a command line that cannot be used; anything else that fails ends with 1.
const EXIT_MISUSED: u8 = 2;
/// The exit code of books that differ from the provider's list.
const EXIT_DIFFERS: u8 = 3;
/// The most days that a comparison may go back.
const RECONCILE_DAYS_MAX: i64 = 366;

/// The books and the provider's list are not the same.
#[derive(Debug, thiserror::Error)]
#[error("the books and the provider's list differ; a running shop looks after it by itself within a day")]
struct Differs;

/// Sells things for crypto inside a Telegram chat.
#[derive(Debug, Parser)]
#[command(name = "kiosk", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What the program is asked to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the shop (the default); settings come from the environment, see .env.example
    Run,
    /// Run a shop to play with: no keys, no accounts, no real money
    Demo {
        /// Where the page is served
        #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
        listen: SocketAddr,
        /// Keep the demo in this folder, so that it goes on after a stop
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
        /// Begin with a shop that sells nothing yet, to set one up by hand
        #[arg(long)]
        empty: bool,
    },
    /// Check the settings and the database, change nothing, and say what was found; also while the shop runs
    Check,
    /// Ask the running shop whether it is well; exit code 0 says yes
    Health,
    /// Bring the database up to date, and do nothing else
    Migrate,
    /// Copy the SQLite database into a new file, also while the shop runs
    Backup {
        /// The file to make; it must not exist
        file: PathBuf,
    },
    /// Seal everything in the database with another data key; stop the shop first
    RotateKey {
        /// A file with the new key, 32 bytes in base64 or hex; needed when the key stands in KIOSK_DATA_KEY. Without it one is made
        #[arg(long, value_name = "FILE")]
        new_key: Option<PathBuf>,
    },
    /// Say that the database was put back from a backup, before the shop is started on it: stock that may be sold already is set aside.
    /// One made by `kiosk backup` is known at the start without this
    Restored {
        /// Nothing was sold since the backup was made: sell on as if it were no copy
        #[arg(long)]
        nothing_was_sold: bool,
    },
    /// Compare the books with the provider's list and print both, also while the shop runs; exit code 3 says that they differ
    Reconcile {
        /// How many days back
        #[arg(long, default_value_t = reconcile::DAYS, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=RECONCILE_DAYS_MAX))]
        days: u16,
    },
    /// Read or write the whole catalog as one YAML file
    #[command(subcommand)]
    Catalog(CatalogCommand),
}

/// What is done with a catalog file.
#[derive(Debug, Subcommand)]
pub enum CatalogCommand {
    /// Add and change what the file says; all of it, or nothing when it has a problem
    Import {
        /// The YAML file; pictures and documents are looked for beside it
        file: PathBuf,
        /// Print what would change, and change nothing, not even the schema of the database; also while the shop runs
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the catalog, unsold stock included, also while the shop runs
    Export {
        /// The YAML file to make; pictures and documents are written beside it
        file: PathBuf,
    },
}

impl Cli {
    /// What was asked; without a command: to run.
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Run)
    }
}

/// Starts the log on standard error, as `KIOSK_LOG` says.
///
/// # Errors
/// When `KIOSK_LOG` cannot be used; what else is wrong with the settings is told by the command that needs them.
pub fn start_log() -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(config::log_from_env())?;
    // A log on a disk that is full must not stop what logs: a line that cannot be written is lost, and nothing is said about it.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    Ok(())
}

/// Carries out one command.
///
/// It waits here and not in `main`: what is async is compiled where it is waited for, and a second time when that is another crate.
///
/// # Errors
/// Whatever kept it from being done, in words for the operator.
pub fn run(command: Command) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(carry_out(command))
}

async fn carry_out(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run => app::run(Config::from_env()?).await,
        Command::Demo { listen, data, empty } => demo::run(listen, data, empty).await,
        Command::Check => check(&Config::from_env()?).await,
        Command::Health => health(config::listen_from_env()?).await,
        Command::Migrate => migrate(&DataConfig::from_env()?).await,
        Command::Backup { file } => back_up(&DataConfig::from_env()?, &file).await,
        Command::RotateKey { new_key } => rotate_key(&DataConfig::from_env()?, new_key.as_deref()).await,
        Command::Restored { nothing_was_sold } => restore(&DataConfig::from_env()?, nothing_was_sold).await,
        Command::Reconcile { days } => reconcile(&Config::from_env()?, days).await,
        Command::Catalog(CatalogCommand::Import { file, dry_run }) => import(&DataConfig::from_env()?, &file, dry_run).await,
        Command::Catalog(CatalogCommand::Export { file }) => export(&DataConfig::from_env()?, &file).await,
    }
}

/// Prints why a command failed, once, to standard error, and gives the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let (text, code) = match error.downcast_ref::<config::Problems>() {
        Some(problems) => (list("the configuration cannot be used", &problems.to_string()), EXIT_MISUSED),
        None => match error.downcast_ref() {
            Some(catalog_file::Error::Problems(problems)) => {
                (list("the catalog file cannot be used and nothing was changed; by line", &problems.to_string()), 1)
            }
            _ if error.is::<Differs>() => (error.to_string(), EXIT_DIFFERS),
            _ => (format!("{error:#}"), 1),
        },
    };
    // Nobody reads a closed pipe, and there is nowhere else to say so.
    let _ = writeln!(std::io::stderr(), "kiosk: {text}");
    ExitCode::from(code)
}

fn list(title: &str, lines: &str) -> String {
    lines.lines().fold(format!("{title}:"), |text, line| format!("{text}\n  {line}"))
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

async fn check(config: &Config) -> anyhow::Result<()> {
    let updates = match &config.public_url {
        Some(url) => format!("delivered to {url}"),
        None => "asked for (long polling)".to_owned(),
    };
    let owners = match config.owners.as_slice() {
        [] => "nobody yet: the first start logs a link to claim the shop".to_owned(),
        owners => owners.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let database = match &config.place {
        Place::Sqlite(path) => path.display().to_string(),
        Place::Postgres(_) => "PostgreSQL".to_owned(),
    };
    say("settings   good");
    say(&format!("telegram   {}, updates are {updates}", config.telegram.api_url));
    say(&format!("provider   {}", config.cryptocloud.api_url));
    say(&format!("owners     {owners}"));
    say(&format!("listen     {}", config.listen));
    say(&format!("database   {database}"));
    for warning in config.warnings() {
        say(&format!("warning    {warning}"));
    }
    let (mut conn, is_new) = look(&config.place, &config.data_dir, config.data_key).await?;
    if is_new {
        say("           nothing is in it yet; the first start of the shop makes what it needs");
    }
    let checked = check_database(&mut conn).await;
    conn.close().await;
    checked
}

async fn check_database(conn: &mut Conn) -> anyhow::Result<()> {
    let (categories, products) = (conn.categories().await?.len(), conn.product_ids().await?.len());
    let record = conn.audit_chain().await?;
    say(&format!("catalog    {categories} categories, {products} products"));
    if let Some(off_secs) = app::clock_is_off(conn, &Clock::real()).await? {
        say(&format!("clock      {off_secs} s off: {}", app::CLOCK_OFF));
    }
    tell_record(&record)
}

/// The database as it is, for a look that changes nothing, also beside a running shop and before an upgrade; whether there is none yet, and
/// what is looked at is an empty one.
async fn look(place: &Place, data_dir: &Path, data_key: Option<[u8; 32]>) -> anyhow::Result<(Conn, bool)> {
    match Store::open_read_only(place, data_dir, data_key).await {
        Err(store::Error::Empty) => Ok((Store::nothing().await?, true)),
        opened => Ok((opened.context("the database cannot be read")?, false)),
    }
}

/// Whether what the staff did is still as it was written.
fn tell_record(record: &Chain) -> anyhow::Result<()> {
    match record {
        Chain::Whole { rows: 0, .. } => say("record     empty: the staff has changed nothing yet"),
        Chain::Whole { rows, head } => say(&format!("record     {rows} things that were done, none changed since; the newest is {head}")),
        Chain::Broken { number } => bail!("the record of what was done is not as it was written, from number {number} on"),
    }
    Ok(())
}

async fn health(listen: SocketAddr) -> anyhow::Result<()> {
    let host = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let url = format!("http://{}/healthz", SocketAddr::new(host, listen.port()));
    // A proxy for the outside world is no way to oneself.
    let client = reqwest::Client::builder().timeout(HEALTH_TIMEOUT).no_proxy().build()?;
    let status = client.get(&url).send().await.context("the shop does not answer")?.status();
    if !status.is_success() {
        bail!("the shop is not well: {url} answers {status}");
    }
    say("well");
    Ok(())
}

async fn open(config: &DataConfig) -> anyhow::Result<Store> {
    Store::open(&config.place, &config.data_dir, config.data_key).await.context("the database cannot be used")
}

async fn migrate(config: &DataConfig) -> anyhow::Result<()> {
    open(config).await?.close().await;
    say("the database is up to date");
    Ok(())
}

async fn back_up(config: &DataConfig, file: &Path) -> anyhow::Result<()> {
    let Place::Sqlite(database) = &config.place else {
        bail!("the database is PostgreSQL: back it up with pg_dump");
    };
    Store::back_up_sqlite(database, file).await.with_context(|| format!("{} is not backed up", database.display()))?;
    say(&format!("{} holds the database; it opens only with the data key, which is not in it", file.display()));
    Ok(())
}

async fn rotate_key(config: &DataConfig, new_key: Option<&Path>) -> anyhow::Result<()> {
    if config.data_key.is_some() && new_key.is_none() {
        bail!(
            "the data key stands in KIOSK_DATA_KEY: write the new one into a file (`openssl rand -base64 32`) and name it with --new-key"
        );
    }
    let given = new_key.map(config::data_key_in).transpose()?;
    let rotated = Store::rotate_key(&config.place, &config.data_dir, config.data_key, given).await;
    let rotated = match rotated {
        Err(error @ store::Error::KeyInDoubt) if config.data_key.is_none() => {
            return Err(error).context("both keys stand in the data folder, and the next start of the shop finds out");
        }
        Err(error @ store::Error::KeyInDoubt) => {
            return Err(error).context("set KIOSK_DATA_KEY to whichever of the two opens the database");
        }
        rotated => rotated.context("the data key is the old one, and nothing was changed")?,
    };
    say(&format!("{} values are sealed with the new data key", rotated.values));
    if config.data_key.is_some() {
        say("set KIOSK_DATA_KEY to the new key before the shop starts again");
    }
    say("keep a copy of the new key away from the data; older backups still open with the old one");
    rotated.key_file.context("the new data key is in force, but is not in its place yet: the next start of the shop puts it there")?;
    rotated.old_pages.context(
        "the new data key is in force, but the database may still hold what the old one opens: make room beside it, and rotate once more",
    )
}

async fn restore(config: &DataConfig, nothing_was_sold: bool) -> anyhow::Result<()> {
    let store = open(config).await?;
    let done = if nothing_was_sold {
        restored::vouch(&store).await.map(|()| "nothing was set aside".to_owned())
    } else {
        restored::declare(&store, &Clock::real()).await.map(|units| format!("{units} units of stock were set aside"))
    };
    store.close().await;
    say(&done.context("the database cannot be written")?);
    Ok(())
}

async fn reconcile(config: &Config, days: u16) -> anyhow::Result<()> {
    let provider = app::provider(&config.cryptocloud)?;
    let now = Clock::real().now();
    let since = reconcile::since(days, now);
    let answers = reconcile::listed(&provider, days, now).await.context("the provider's list cannot be read")?;
    let opened = Store::open_read_only(&config.place, &config.data_dir, config.data_key).await;
    let mut conn = opened.context("the database cannot be read")?;
    let books = reconcile::books(&mut conn, &answers, since).await;
    conn.close().await;
    let books = books.context("the books cannot be read")?;
    let report = reconcile::report(&reconcile::compare(&books, &answers, since, now));
    say(&report.text);
    if report.differences > 0 { Err(Differs.into()) } else { Ok(()) }
}

async fn import(config: &DataConfig, file: &Path, dry_run: bool) -> anyhow::Result<()> {
    if dry_run {
        say(&format!("{}\nnothing was changed: this was a dry run", plan(config, file).await?));
        return Ok(());
    }
    let store = open(config).await?;
    let imported = catalog_file::import_file(&store, file, Clock::real().now()).await;
    store.close().await;
    let catalog_file::Done { plan, secrets } = imported?;
    say(&plan.to_string());
    for new in secrets {
        say(&format!("questions about {} are signed with {}; this is said once", new.product, new.secret));
    }
    Ok(())
}

/// What an import would change.
async fn plan(config: &DataConfig, file: &Path) -> anyhow::Result<catalog_file::Plan> {
    let (mut conn, _) = look(&config.place, &config.data_dir, config.data_key).await?;
    let plan = catalog_file::plan_file(&mut conn, file).await;
    conn.close().await;
    Ok(plan?)
}

async fn export(config: &DataConfig, file: &Path) -> anyhow::Result<()> {
    let opened = Store::open_read_only(&config.place, &config.data_dir, config.data_key).await;
    let mut conn = opened.context("the database cannot be read")?;
    let exported = match conn.at_one_moment().await {
        Ok(()) => catalog_file::export_from(&mut conn, file).await,
        Err(error) => Err(error.into()),
    };
    conn.close().await;
    say(&exported?.to_string());
    Ok(())
}
