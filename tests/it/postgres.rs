//! A PostgreSQL server of the tests' own, from the machine's binaries: started once per test process, in a folder of its own, reached
//! through a socket in it. It goes when the test process goes, however that ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// When set to `required`, tests fail where they would be left out.
const SWITCH: &str = "KIOSK_TEST_POSTGRES";
/// Debian's `nobody`: PostgreSQL refuses to run as root.
const UNPRIVILEGED: u32 = 65_534;

/// Makes a server in `$2` with the programs in `$1`, says `ready`, and waits until nobody holds the other end of its input any more: that
/// is when the test process is gone, be it by SIGKILL. Signals meant for the tests (Ctrl-C) must not end it before it has cleaned up.
const KEEPER: &str = r#"
trap '' HUP INT TERM
cd "$2" || exit 1
{
    "$1/initdb" --pgdata=data --username=kiosk --auth=trust --encoding=UTF8 --no-locale --no-sync &&
    "$1/pg_ctl" --pgdata=data --wait --timeout=60 --log=log --options="-c listen_addresses= -c unix_socket_directories='$2' \
        -c max_connections=400 -c shared_buffers=32MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off" start
} >setup 2>&1 </dev/null && echo ready || { cat setup log 2>/dev/null | tr '\n' ' '; echo; }
cat >/dev/null
"$1/pg_ctl" --pgdata=data --mode=immediate stop >/dev/null 2>&1
cd / && rm -rf "$2"
"#;

struct Server {
    socket_dir: PathBuf,
    /// Its input is open as long as this process lives.
    _keeper: Child,
}

/// The address of a new, empty database; none when the machine has no PostgreSQL.
///
/// # Panics
/// When it cannot be had although `KIOSK_TEST_POSTGRES` is `required`, or although PostgreSQL is installed.
pub async fn new_database() -> Option<SecretString> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(start).as_ref()?;
    let name = format!("kiosk_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let url = |database: &str| format!("postgres://kiosk@localhost/{database}?host={}", server.socket_dir.display());
    let mut connection = PgConnection::connect(&url("postgres")).await.expect("the server takes connections");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    Some(url(&name).into())
}

fn start() -> Option<Server> {
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
    keeper.args(["-c", KEEPER, "keeper"]).arg(&programs).arg(&dir);
    keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut keeper = keeper.spawn().unwrap();
    let mut said = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said.trim(), "ready", "PostgreSQL is installed in {} and does not start", programs.display());
    Some(Server { socket_dir: dir, _keeper: keeper })
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
