//! PostgreSQL servers of the tests' own, from the machine's binaries: one for all, and one for each play that kills it. Each is in a folder
//! of its own, reached through a socket in it, and goes when the test process goes, however that ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// When set to `required`, tests fail where they would be left out.
const SWITCH: &str = "KIOSK_TEST_POSTGRES";
/// Debian's `nobody`: PostgreSQL refuses to run as root.
const UNPRIVILEGED: u32 = 65_534;

/// Makes a server in `$2` with the programs in `$1` and the options in `$3`, as a standby of the one in `$4` if there is one, says `ready`, does what it is told line by line, and stops when
/// nobody holds the other end of its input any more: that is when the test process is gone, be it by SIGKILL. Signals meant for the tests
/// (Ctrl-C) must not end it before it has cleaned up.
const KEEPER: &str = r#"
trap '' HUP INT TERM
cd "$2" || exit 1
start() {
    "$1/pg_ctl" --pgdata=data --wait --timeout=60 --log=log --options="-c listen_addresses= -c unix_socket_directories='$2' \
        -c max_connections=400 -c shared_buffers=32MB $3" start
}
{
    if [ -n "$4" ]; then
        "$1/pg_basebackup" --pgdata=data --host="$4" --username=kiosk --checkpoint=fast --write-recovery-conf --no-sync
    else
        "$1/initdb" --pgdata=data --username=kiosk --auth=trust --encoding=UTF8 --no-locale --no-sync
    fi && start "$@"
} >setup 2>&1 </dev/null && echo ready || { cat setup log 2>/dev/null | tr '\n' ' '; echo; }
while read -r word; do
    {
        case "$word" in
            kill) kill -9 "$(head -n 1 data/postmaster.pid)" ;;
            promote) "$1/pg_ctl" --pgdata=data --wait promote ;;
            stop) "$1/pg_ctl" --pgdata=data --mode=immediate stop ;;
            # What is left of a killed server goes by itself, and until then another one does not start.
            start) for _ in 1 2 3 4 5 6 7 8 9 10; do start "$@" && break; sleep 0.2; done ;;
        esac
    } >>setup 2>&1 </dev/null
    echo done
done
"$1/pg_ctl" --pgdata=data --mode=immediate stop >/dev/null 2>&1
cd / && rm -rf "$2"
"#;
/// For a server that no story stops: it is quick, and would lose what it has acknowledged.
const FORGETFUL: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";
/// As PostgreSQL comes, said aloud.
const DURABLE: &str = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on";

/// What PostgreSQL calls its socket.
pub const SOCKET: &str = ".s.PGSQL.5432";

/// A running server.
pub struct Server {
    socket_dir: PathBuf,
    /// Its input is open as long as this is there.
    keeper: Child,
    said: BufReader<ChildStdout>,
}

impl Server {
    /// A server of one play's own, which may be killed and keeps what it has acknowledged; none when the machine has no PostgreSQL.
    ///
    /// # Panics
    /// As [`new_database`].
    pub fn new() -> Option<Self> {
        start(DURABLE, None)
    }

    /// A standby that has everything this server has acknowledged from now on: no commit is acknowledged before it is there too.
    pub async fn standby(&self) -> Self {
        let standby = start(DURABLE, Some(&self.socket_dir)).expect("PostgreSQL is there");
        let mut connection = PgConnection::connect(self.url("postgres").expose_secret()).await.expect("the server takes connections");
        for sql in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"] {
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
        let sql = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        while sqlx::query_as::<_, (i64,)>(sql).fetch_one(&mut connection).await.unwrap() == (0,) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        connection.close().await.unwrap();
        standby
    }

    /// Makes a standby the server that is written to; it takes writes when this returns.
    pub fn promote(&mut self) {
        self.tell("promote");
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.socket_dir.join(SOCKET)
    }

    /// The address of one of its databases; `postgres` is there from the start.
    pub fn url(&self, database: &str) -> SecretString {
        format!("postgres://kiosk@localhost/{database}?host={}", self.socket_dir.display()).into()
    }

    /// Ends it as a power cut does: nothing is said to anybody, and what was not written yet is gone.
    pub fn kill(&mut self) {
        self.tell("kill");
    }

    /// Breaks every connection and stops; the next start recovers.
    pub fn stop_at_once(&mut self) {
        self.tell("stop");
    }

    /// Starts it again; it takes connections when this returns.
    pub fn start_again(&mut self) {
        self.tell("start");
    }

    /// Breaks every connection but this one, from the server's side; tells how many there were.
    pub async fn cut_connections(&self) -> i64 {
        let mut connection = PgConnection::connect(self.url("postgres").expose_secret()).await.expect("the server takes connections");
        let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let (cut,): (i64,) = sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        cut
    }

    fn tell(&mut self, word: &str) {
        writeln!(self.keeper.stdin.as_mut().unwrap(), "{word}").unwrap();
        let mut said = String::new();
        self.said.read_line(&mut said).unwrap();
        assert_eq!(said.trim(), "done");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input makes the keeper clean up.
        self.keeper.stdin.take();
        let _ = self.keeper.wait();
    }
}

/// The address of a new, empty database; none when the machine has no PostgreSQL.
///
/// # Panics
/// When it cannot be had although `KIOSK_TEST_POSTGRES` is `required`, or although PostgreSQL is installed.
pub async fn new_database() -> Option<SecretString> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(|| start(FORGETFUL, None)).as_ref()?;
    let name = format!("kiosk_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(server.url("postgres").expose_secret()).await.expect("the server takes connections");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    Some(server.url(&name))
}

fn start(options: &str, origin: Option<&Path>) -> Option<Server> {
    let Some(programs) = programs() else {
        let required = std::env::var_os(SWITCH).is_some_and(|value| value == "required");
        assert!(!required, "{SWITCH} is `required`, and PostgreSQL is not installed: apt-get install postgresql");
        // Not with `eprintln!`, which a passing test keeps to itself.
        let notice = b"PostgreSQL is not installed: the tests on it are left out (apt-get install postgresql brings them in)\n";
        std::io::stderr().write_all(notice).unwrap();
        return None;
    };
    // In /tmp itself: the path of a socket has little room, and the unprivileged user must get there.
    let dir = tempfile::Builder::new().prefix("kiosk-pg-").tempdir_in("/tmp").unwrap().keep();
    let mut keeper = if std::fs::metadata(&dir).unwrap().uid() == 0 {
        std::os::unix::fs::chown(&dir, Some(UNPRIVILEGED), Some(UNPRIVILEGED)).unwrap();
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={UNPRIVILEGED}")).arg(format!("--regid={UNPRIVILEGED}")).args(["--clear-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    keeper.args(["-c", KEEPER, "keeper"]).arg(&programs).arg(&dir).arg(options).arg(origin.unwrap_or(Path::new("")));
    keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut keeper = keeper.spawn().unwrap();
    let (mut said, mut first) = (BufReader::new(keeper.stdout.take().unwrap()), String::new());
    said.read_line(&mut first).unwrap();
    assert_eq!(first.trim(), "ready", "PostgreSQL is installed in {} and does not start", programs.display());
    Some(Server { socket_dir: dir, keeper, said })
}

/// Where `initdb`, `pg_ctl` and `postgres` are: the newest of Debian's folders, else on the path.
fn programs() -> Option<PathBuf> {
    let version = |folder: &Path| folder.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok());
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = versions.filter(|folder| version(folder).is_some()).max_by_key(|folder| version(folder));
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let candidates = newest.map(|folder| folder.join("bin")).into_iter().chain(on_path);
    candidates.into_iter().find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file()))
}
