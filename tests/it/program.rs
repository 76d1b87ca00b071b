//! The real program as a process of its own, against a sandbox that lives here and outlives it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use kiosk::clock::Clock;
use kiosk::sandbox::cryptocloud::Keys;
use kiosk::sandbox::{Options, Sandbox};
use kiosk::store::Place;
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::world::{API_KEY, BOT_TOKEN, SECRET_KEY, SELLER, SHOP_ID, http, serve};

/// Where programs are that start others.
const SEARCHED: &str = "/usr/local/bin:/usr/bin:/bin";
/// How long the program may take to be ready.
const START_WITHIN: Duration = Duration::from_mins(1);
/// How long a program may take to end, before the play has failed: a bound for machines that are busy, no promise.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// How much of a play was asked for, in one of its words; none: as much as `cargo test` plays.
#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the program")]
pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {value:?}")))
}

/// A sandbox in real time, and the place where a program runs.
pub struct Street {
    pub sandbox: Sandbox,
    pub base: String,
    pub folder: TempDir,
    /// Where the program listens.
    pub address: String,
    log_level: &'static str,
    /// Where the database is; none: a file in the data directory.
    database: Option<SecretString>,
}

impl Street {
    /// Nobody is there yet. `log_level` is what the program is to log.
    pub async fn new(log_level: &'static str) -> Self {
        Self::with_database(log_level, None).await
    }

    /// The same on a PostgreSQL database.
    pub async fn with_database(log_level: &'static str, database: Option<SecretString>) -> Self {
        let keys = Keys { api_key: API_KEY.to_owned(), shop_id: SHOP_ID.to_owned(), secret_key: SECRET_KEY.to_owned() };
        let sandbox = Sandbox::new(Options {
            clock: Clock::real(),
            bot_token: BOT_TOKEN.to_owned(),
            provider: keys,
            state_dir: None,
            users: Vec::new(),
        });
        let base = serve(sandbox.router()).await;
        let address = free_address().await;
        sandbox.cryptocloud.set_postback_url(Some(format!("http://{address}/postback")));
        Self { sandbox, base, folder: tempfile::tempdir().unwrap(), address, log_level, database }
    }

    /// Where the program keeps its data.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the program has logged in all its runs.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The program with these arguments and the settings of this street, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_under(&[], arguments)
    }

    /// The same, started by another program: its words, then the program's.
    pub fn command_under(&self, starter: &[&str], arguments: &[&str]) -> Command {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let words: Vec<&str> = starter.iter().copied().chain([env!("CARGO_BIN_EXE_kiosk")]).chain(arguments.iter().copied()).collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .env_clear()
            .env("PATH", SEARCHED)
            .env("KIOSK_TELEGRAM_TOKEN", BOT_TOKEN)
            .env("KIOSK_CRYPTOCLOUD_API_KEY", API_KEY)
            .env("KIOSK_CRYPTOCLOUD_SHOP_ID", SHOP_ID)
            .env("KIOSK_CRYPTOCLOUD_SECRET_KEY", SECRET_KEY)
            .env("KIOSK_TELEGRAM_API_URL", format!("{}/telegram", self.base))
            .env("KIOSK_CRYPTOCLOUD_API_URL", format!("{}/cryptocloud", self.base))
            .env("KIOSK_OWNERS", SELLER.to_string())
            .env("KIOSK_LISTEN", &self.address)
            .env("KIOSK_DATA_DIR", self.data_dir())
            .env("KIOSK_LOG", self.log_level)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        if let Some(rate) = number("KIOSK_TEST_RATE") {
            command.env("KIOSK_CRYPTOCLOUD_RATE", rate.to_string());
        }
        if let Some(url) = &self.database {
            command.env("KIOSK_DATABASE_URL", url.expose_secret());
        }
        command
    }

    /// Where the store is, for whoever looks into it once the program has ended.
    pub fn place(&self) -> Place {
        self.database.clone().map_or_else(|| Place::Sqlite(self.data_dir().join("kiosk.db")), Place::Postgres)
    }

    /// Imports a catalog file with the program.
    pub fn import(&self, file: &Path) {
        let done = self.command(&["catalog", "import", file.to_str().unwrap()]).status().unwrap();
        assert!(done.success(), "{}", self.log());
    }

    /// Starts the shop.
    pub fn run(&self) -> Program {
        self.run_under(&[])
    }

    /// Starts the shop by another program, which must become the shop or stand aside: the process that is started is killed and stopped.
    pub fn run_under(&self, starter: &[&str]) -> Program {
        Program { child: self.command_under(starter, &["run"]).spawn().unwrap() }
    }

    /// Waits until the shop that was started is ready.
    pub async fn ready(&self) {
        assert!(self.ready_by(Instant::now() + START_WITHIN).await, "the program is not ready:\n{}", self.log());
    }

    /// Waits until the shop is ready, or until then; tells which.
    pub async fn ready_by(&self, end: Instant) -> bool {
        let (client, url) = (http(), format!("http://{}/readyz", self.address));
        while !client.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) {
            if Instant::now() >= end {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        true
    }
}

/// A running program; it is killed when nobody needs it any more.
pub struct Program {
    child: Child,
}

impl Program {
    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself, or by a signal of somebody else.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Ends it between two instructions, as a power cut does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and goes on.
    pub fn ask_to_stop(&self) {
        self.signal("TERM");
    }

    /// Lets it do nothing any more, as a machine that is paused, until it is woken.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on where it was.
    pub fn wake(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.child.id())).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to stop, and waits for that as long as told.
    pub async fn terminate(self, within: Duration) -> ExitStatus {
        self.stopped(within).await.expect("the program does not stop")
    }

    /// The same; none when it did not stop.
    pub async fn stopped(mut self, within: Duration) -> Option<ExitStatus> {
        self.ask_to_stop();
        let end = Instant::now() + within;
        loop {
            match self.child.try_wait().unwrap() {
                None if Instant::now() < end => tokio::time::sleep(Duration::from_millis(10)).await,
                ended => return ended,
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a program can listen.
pub async fn free_address() -> String {
    format!("127.0.0.1:{}", free_port().await)
}

/// A port that nobody has, and that nobody gets by chance: the program needs to know it before it starts, and takes it again after each
/// death. Below those that systems give out by themselves (Linux: from 32768 on); where a process begins depends on its number, so that two
/// test runs side by side seldom meet.
async fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let first = 15_000 + u16::try_from(std::process::id() % 140).unwrap() * 100;
    loop {
        let port = first + TAKEN.fetch_add(1, Ordering::SeqCst) % 3_000;
        if TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return port;
        }
    }
}
