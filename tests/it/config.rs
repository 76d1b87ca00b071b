//! The configuration from the outside: what is wrong is told all at once, in words, and no secret is repeated.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use kiosk::config::{Config, DataConfig, Problems, VARIABLES};
use kiosk::store::{Place, Store};
use secrecy::ExposeSecret as _;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::store::durability::SmallDisk;

const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
const NEEDED: [(&str, &str); 4] = [
    ("KIOSK_TELEGRAM_TOKEN", TOKEN),
    ("KIOSK_CRYPTOCLOUD_API_KEY", "api-key-not-real"),
    ("KIOSK_CRYPTOCLOUD_SHOP_ID", "shop-id"),
    ("KIOSK_CRYPTOCLOUD_SECRET_KEY", "secret-key-not-real"),
];

fn read(more: &[(&str, &str)]) -> Result<Config, Problems> {
    let mut all: Vec<(&str, &str)> = NEEDED.to_vec();
    all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    all.extend(more);
    read_only(&all)
}

fn read_only(all: &[(&str, &str)]) -> Result<Config, Problems> {
    let names: Vec<String> = all.iter().map(|(name, _)| (*name).to_owned()).collect();
    Config::read(&|name| all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()), &names)
}

/// The report's one line about a variable, when that is the only problem.
fn only_problem(variable: &str, value: &str) -> String {
    let problems = read(&[(variable, value)]).expect_err(&format!("{variable}={value}"));
    let report = problems.to_string();
    assert_eq!(problems.0.len(), 1, "{report}");
    assert!(report.starts_with(variable), "{report}");
    report
}

fn kiosk(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kiosk")).args(arguments).env_clear().envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn the_four_keys_are_enough() {
    let config = read(&[]).unwrap();
    assert_eq!(config.telegram.token.expose_secret(), TOKEN);
    assert_eq!(config.telegram.api_url, "https://api.telegram.org");
    assert_eq!(config.cryptocloud.api_url, "https://api.cryptocloud.plus");
    assert_eq!(config.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(config.log, "info");
    assert!(matches!(&config.place, Place::Sqlite(path) if path.ends_with("data/kiosk.db")));
    assert_eq!((config.public_url, config.data_key, config.owners.len(), config.accept_test_invoices), (None, None, 0, false));
}

#[test]
fn every_variable_is_understood() {
    let config = read(&[
        ("KIOSK_OWNERS", "5234567890, 42 5234567890"),
        ("KIOSK_CRYPTOCLOUD_RATE", "10"),
        ("KIOSK_PUBLIC_URL", "https://shop.example.com/"),
        ("KIOSK_LISTEN", "[::1]:9000"),
        ("KIOSK_DATABASE_URL", "postgres://kiosk:pw@db/kiosk"),
        ("KIOSK_DATA_KEY", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
        ("KIOSK_ACCEPT_TEST_INVOICES", "true"),
        ("KIOSK_LOG", "warn,kiosk=debug"),
        ("KIOSK_TELEGRAM_API_URL", "http://10.0.0.7:8081/telegram/"),
        ("KIOSK_TELEGRAM_TOKEN", "123456:TEST"),
        ("KIOSK_DATA_DIR", ""),
    ])
    .unwrap();
    assert_eq!(config.owners.iter().map(|owner| owner.0).collect::<Vec<_>>(), [5_234_567_890, 42]);
    assert_eq!(config.public_url.as_deref(), Some("https://shop.example.com"));
    assert_eq!(config.telegram.api_url, "http://10.0.0.7:8081/telegram");
    assert!(matches!(config.place, Place::Postgres(_)));
    assert_eq!(config.data_key.unwrap()[31], 31);
    assert!(config.accept_test_invoices);
    assert_eq!(config.cryptocloud.rate, Some(10));
    let base64 = read(&[("KIOSK_DATA_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]).unwrap();
    assert_eq!(base64.data_key, config.data_key);
    let sqlite = read(&[("KIOSK_DATABASE_URL", "sqlite:///var/lib/kiosk/shop.db")]).unwrap();
    assert!(matches!(sqlite.place, Place::Sqlite(path) if path.to_str() == Some("/var/lib/kiosk/shop.db")));
    assert_eq!(read(&[("KIOSK_PUBLIC_URL", "http://127.0.0.1:9")]).unwrap().public_url.as_deref(), Some("http://127.0.0.1:9"));
}

#[test]
fn a_value_that_cannot_be_meant_is_refused_with_what_to_write() {
    for (variable, value, hint) in [
        ("KIOSK_TELEGRAM_TOKEN", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "110201543:AAHdq..."),
        ("KIOSK_TELEGRAM_TOKEN", "123456:TEST", "35 letters"),
        ("KIOSK_TELEGRAM_TOKEN", "\"110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw\"", "quotes"),
        ("KIOSK_CRYPTOCLOUD_API_KEY", "two words", "space"),
        ("KIOSK_CRYPTOCLOUD_SECRET_KEY", "   ", "is empty"),
        ("KIOSK_CRYPTOCLOUD_RATE", "0", "from 1 to 100"),
        ("KIOSK_CRYPTOCLOUD_RATE", "0.5", "whole number"),
        ("KIOSK_OWNERS", "@me", "numbers"),
        ("KIOSK_OWNERS", "-5", "above zero"),
        ("KIOSK_PUBLIC_URL", "http://shop.example.com", "https://"),
        ("KIOSK_PUBLIC_URL", "https://user:pw@shop.example.com", "password"),
        ("KIOSK_PUBLIC_URL", "https://shop.example.com/?a=b", "after a ?"),
        ("KIOSK_PUBLIC_URL", "https://shop.example.com:8080", "8443"),
        ("KIOSK_PUBLIC_URL", "shop.example.com", "https://shop.example.com"),
        ("KIOSK_TELEGRAM_API_URL", "ftp://example.com", "https://"),
        ("KIOSK_CRYPTOCLOUD_API_URL", "nonsense", "https://"),
        ("KIOSK_LISTEN", "8080", "0.0.0.0:8080"),
        ("KIOSK_DATABASE_URL", "mysql://db", "postgres://"),
        ("KIOSK_DATABASE_URL", "sqlite::memory:", "file"),
        ("KIOSK_DATA_KEY", "too short", "openssl"),
        ("KIOSK_ACCEPT_TEST_INVOICES", "maybe", "true or false"),
        ("KIOSK_LOG", "inof", "did you mean info?"),
        ("KIOSK_LOG", "kiosk=[", "no filter"),
        ("KIOSK_DATA_DIR", "Cargo.toml", "not a folder"),
        ("KIOSK_TELEGRAM_TOKN", TOKEN, "did you mean KIOSK_TELEGRAM_TOKEN?"),
        ("KIOSK_OWNERS_FILE", "/nowhere/at/all", "/nowhere/at/all"),
    ] {
        let report = only_problem(variable, value);
        assert!(report.contains(hint), "{report}");
        assert!(!report.contains("AAHdqTcv"), "{report}");
    }
}

#[test]
fn a_secret_may_come_from_a_file_but_not_from_two_places() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "  from-a-file\n").unwrap();
    let path = file.path().to_str().unwrap();
    let (file_name, name) = ("KIOSK_CRYPTOCLOUD_SECRET_KEY_FILE", "KIOSK_CRYPTOCLOUD_SECRET_KEY");
    let config = read_only(&[NEEDED[0], NEEDED[1], NEEDED[2], (file_name, path)]).unwrap();
    assert_eq!(config.cryptocloud.secret_key.expose_secret(), "from-a-file");
    let both = read(&[(file_name, path)]).unwrap_err().to_string();
    assert!(both.starts_with(name) && both.contains(file_name), "{both}");
    std::fs::write(file.path(), "\n").unwrap();
    let empty = read_only(&[NEEDED[0], NEEDED[1], NEEDED[2], (file_name, path)]).unwrap_err().to_string();
    assert!(empty.starts_with(file_name) && empty.contains("empty"), "{empty}");
}

#[test]
fn what_kubernetes_puts_there_disturbs_nobody() {
    read(&[("KIOSK_PORT_8080_TCP_ADDR", "10.0.0.1"), ("KIOSK_SERVICE_HOST", "10.0.0.1"), ("KIOSK_PORT", "tcp://10.0.0.1:8080")]).unwrap();
}

#[test]
fn work_on_the_data_alone_asks_for_no_key() {
    let config = DataConfig::read(&|name| (name == "KIOSK_DATA_DIR").then(|| "/srv/kiosk".to_owned()), &[]).unwrap();
    assert!(matches!(config.place, Place::Sqlite(path) if path.to_str() == Some("/srv/kiosk/kiosk.db")));
}

#[test]
fn the_program_tells_every_problem_at_once_and_no_secret() {
    let secret = "hush-hush-hush-hush-hush";
    let output = kiosk(
        &[],
        &[
            ("KIOSK_TELEGRAM_TOKEN", secret),
            ("KIOSK_CRYPTOCLOUD_API_KEY", "hush-hush hush-hush"),
            ("KIOSK_OWNERS", secret),
            ("KIOSK_DATABASE_URL", "postgres//kiosk:hush-hush@db/kiosk"),
            ("KIOSK_DATA_KEY", secret),
            ("KIOSK_LISTN", "0.0.0.0:80"),
        ],
    );
    let report = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{report}");
    assert!(output.stdout.is_empty());
    let told: BTreeSet<&str> = report.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let expected = [
        "KIOSK_CRYPTOCLOUD_API_KEY",
        "KIOSK_CRYPTOCLOUD_SECRET_KEY",
        "KIOSK_CRYPTOCLOUD_SHOP_ID",
        "KIOSK_DATABASE_URL",
        "KIOSK_DATA_KEY",
        "KIOSK_LISTN",
        "KIOSK_OWNERS",
        "KIOSK_TELEGRAM_TOKEN",
    ];
    assert_eq!(told, BTreeSet::from(expected), "{report}");
    assert!(!report.contains("hush") && !report.contains("panicked"), "{report}");
}

#[test]
fn a_check_of_good_settings_says_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut variables = NEEDED.to_vec();
    variables.push(("KIOSK_DATA_DIR", folder.path().to_str().unwrap()));
    let output = kiosk(&["check"], &variables);
    let (said, report) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert!(said.contains("long polling") && said.contains("0 products"), "{said}");
    assert!(said.contains("record     empty"), "{said}");
    for (name, value) in [NEEDED[0], NEEDED[1], NEEDED[3]] {
        assert!(!said.contains(value) && !report.contains(value), "{name} is printed");
    }
    assert!(said.contains("nothing is in it yet") && !said.contains("warning"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a check makes nothing");
}

#[test]
fn a_check_names_what_works_and_should_be_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        NEEDED[0],
        NEEDED[1],
        NEEDED[2],
        ("KIOSK_CRYPTOCLOUD_SECRET_KEY", "hush-hush"),
        ("KIOSK_CRYPTOCLOUD_API_URL", "http://provider.example"),
        ("KIOSK_DATA_DIR", folder.path().to_str().unwrap()),
    ];
    let output = kiosk(&["check"], &variables);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("warning    KIOSK_CRYPTOCLOUD_SECRET_KEY has fewer than 16 characters"), "{said}");
    assert!(said.contains("warning    KIOSK_CRYPTOCLOUD_API_URL starts with http://"), "{said}");
    assert!(!said.contains("hush"), "{said}");
}

/// Of a release before this one: what only looks must not bring it up to date.
#[tokio::test]
async fn what_only_looks_leaves_a_database_of_another_release_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut variables = NEEDED.to_vec();
    variables.push(("KIOSK_DATA_DIR", folder.path().to_str().unwrap()));
    assert_eq!(kiosk(&["migrate"], &variables).status.code(), Some(0));
    let file = folder.path().join("kiosk.db");
    let forget = "DELETE FROM _sqlx_migrations WHERE version > 1";
    let mut conn = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    sqlx::query(forget).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    let before = std::fs::read(&file).unwrap();
    let catalog = folder.path().join("shop.yaml");
    std::fs::write(&catalog, "products: []\n").unwrap();
    let (catalog, copy) = (catalog.to_str().unwrap(), folder.path().join("copy.yaml"));
    let copy = copy.to_str().unwrap();
    for command in [&["check"][..], &["catalog", "import", "--dry-run", catalog], &["catalog", "export", copy]] {
        let output = kiosk(command, &variables);
        let report = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && report.contains("`kiosk migrate`"), "{command:?}: {report}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert!(!Path::new(copy).exists());
}

#[test]
fn what_the_driver_would_log_stands_in_no_address_of_a_database() {
    for query in ["sslmode=require&application_name=shop", "host=/run/postgresql&options[statement_timeout]=5s", "ssl-ca=ca.pem"] {
        assert!(read(&[("KIOSK_DATABASE_URL", &format!("postgres://kiosk@db/kiosk?{query}"))]).is_ok(), "{query}");
    }
    let report = only_problem("KIOSK_DATABASE_URL", "postgres://kiosk@db/kiosk?sslmode=require&passwd=hunter2");
    assert!(report.contains("has passwd after the ?") && !report.contains("hunter2"), "{report}");
    // A password with a question mark in it, as it is.
    let report = only_problem("KIOSK_DATABASE_URL", "postgres://kiosk:12?hunter2@db/kiosk");
    assert!(report.contains("has something after the ?") && !report.contains("hunter2"), "{report}");
}

#[tokio::test]
async fn a_check_says_from_where_on_the_record_of_what_was_done_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut variables = NEEDED.to_vec();
    variables.push(("KIOSK_DATA_DIR", folder.path().to_str().unwrap()));
    assert_eq!(kiosk(&["migrate"], &variables).status.code(), Some(0));
    let file = folder.path().join("kiosk.db");
    let mut conn = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let forged = "INSERT INTO audit (number, at, who, what, words_sealed, hash) VALUES (1, 0, 7, 'other', '', '')";
    sqlx::query(forged).execute(&mut conn).await.unwrap();
    drop(conn);
    let output = kiosk(&["check"], &variables);
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stderr).unwrap();
    assert!(report.contains("not as it was written, from number 1 on"), "{report}");
}

#[test]
fn a_shop_that_does_not_run_is_not_well() {
    let output = kiosk(&["health"], &[("KIOSK_LISTEN", "127.0.0.1:1")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("does not answer"));
}

#[test]
fn a_backup_is_a_database_of_its_own_and_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("KIOSK_DATA_DIR", folder.path().to_str().unwrap())];
    let copy = folder.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    assert_eq!(kiosk(&["backup", copy], &variables).status.code(), Some(1), "there is nothing to copy yet");
    assert!(!std::path::Path::new(copy).exists());
    assert_eq!(kiosk(&["migrate"], &variables).status.code(), Some(0));
    // What one has left that was killed is in nobody's way.
    let left = ["copy.db.part", "copy.db.part-journal"].map(|name| folder.path().join(name));
    for file in &left {
        std::fs::write(file, "half a copy").unwrap();
    }
    assert_eq!(kiosk(&["backup", copy], &variables).status.code(), Some(0));
    assert!(std::fs::read(copy).unwrap().starts_with(b"SQLite format 3\0"));
    assert!(!left.iter().any(|file| file.exists()));
    let again = kiosk(&["backup", copy], &variables);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("exists"));
    let postgres = kiosk(&["backup", "other.db"], &[("KIOSK_DATABASE_URL", "postgres://kiosk:hush@db/kiosk")]);
    assert!(String::from_utf8(postgres.stderr).unwrap().contains("pg_dump"));
}

#[test]
fn the_data_key_is_rotated_by_a_command_that_says_what_to_do_next() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    assert_eq!(kiosk(&["migrate"], &[("KIOSK_DATA_DIR", place)]).status.code(), Some(0));
    let key = || std::fs::read_to_string(folder.path().join("data.key")).unwrap();
    let old = key();
    let rotated = kiosk(&["rotate-key"], &[("KIOSK_DATA_DIR", place)]);
    assert_eq!(rotated.status.code(), Some(0), "{}", String::from_utf8_lossy(&rotated.stderr));
    assert_ne!(key(), old);
    let said = [rotated.stdout, rotated.stderr].concat();
    assert!(!String::from_utf8(said).unwrap().contains(key().trim()), "the key itself is not printed");
    let current = key();
    let variables = [("KIOSK_DATA_DIR", place), ("KIOSK_DATA_KEY", current.trim())];
    let unnamed = kiosk(&["rotate-key"], &variables);
    assert_eq!(unnamed.status.code(), Some(1));
    assert!(String::from_utf8(unnamed.stderr).unwrap().contains("--new-key"));
    let new = folder.path().join("new.key");
    std::fs::write(&new, "no key").unwrap();
    let refused = kiosk(&["rotate-key", "--new-key", new.to_str().unwrap()], &variables);
    assert_eq!(refused.status.code(), Some(1));
    std::fs::write(&new, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    let rotated = kiosk(&["rotate-key", "--new-key", new.to_str().unwrap()], &variables);
    assert!(String::from_utf8(rotated.stdout).unwrap().contains("set KIOSK_DATA_KEY"));
    assert_eq!(kiosk(&["migrate"], &variables).status.code(), Some(1), "the old key opens nothing any more");
    let variables = [("KIOSK_DATA_DIR", place), ("KIOSK_DATA_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")];
    assert_eq!(kiosk(&["migrate"], &variables).status.code(), Some(0));
}

/// A database that is larger than what SQLite keeps in memory, in this folder with its key.
async fn large_database(folder: &Path) {
    let store = Store::open(&Place::Sqlite(folder.join("kiosk.db")), folder, None).await.unwrap();
    for part in 0..8 {
        store.write(move |tx| Box::pin(async move { tx.put_blob("application/pdf", &vec![part; 1 << 20]).await })).await.unwrap();
    }
    store.close().await;
}

/// A container has little room for what is temporary, and SQLite writes the whole file anew.
#[tokio::test]
async fn the_data_key_of_a_large_database_is_rotated_where_little_fits_into_the_temporary_folder() {
    let Some(small) = SmallDisk::mount("256k") else { return };
    let folder = tempfile::tempdir().unwrap();
    large_database(folder.path()).await;
    let temporary = small.0.path().to_str().unwrap();
    let variables = [("KIOSK_DATA_DIR", folder.path().to_str().unwrap()), ("TMPDIR", temporary), ("SQLITE_TMPDIR", temporary)];
    let rotated = kiosk(&["rotate-key"], &variables);
    assert_eq!(rotated.status.code(), Some(0), "{}", String::from_utf8_lossy(&rotated.stderr));
    assert_eq!(kiosk(&["migrate"], &variables).status.code(), Some(0));
}

#[tokio::test]
async fn a_data_key_that_is_in_force_is_said_to_be_when_old_pages_cannot_be_wiped() {
    let Some(disk) = SmallDisk::mount("40m") else { return };
    let folder = disk.0.path();
    large_database(folder).await;
    let key = || std::fs::read_to_string(folder.join("data.key")).unwrap();
    let old = key();
    // Room to seal everything once more, and not to write the file anew besides.
    let filler = folder.join("filler");
    std::fs::write(&filler, vec![7; 20 << 20]).unwrap();
    let variables = [("KIOSK_DATA_DIR", folder.to_str().unwrap())];
    let rotated = kiosk(&["rotate-key"], &variables);
    let said = String::from_utf8([rotated.stdout, rotated.stderr].concat()).unwrap();
    assert_ne!(key(), old, "{said}");
    assert_eq!(rotated.status.code(), Some(1), "{said}");
    assert!(said.contains("the new data key is in force") && said.contains("make room"), "{said}");
    assert!(!said.contains("nothing was changed"), "{said}");
    assert_eq!(kiosk(&["migrate"], &variables).status.code(), Some(0));
    std::fs::remove_file(&filler).unwrap();
    let again = kiosk(&["rotate-key"], &variables);
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
}

#[test]
fn the_example_lists_every_variable_with_a_value_that_is_taken() {
    let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.env.example")).unwrap();
    let lines = example.lines().map(|line| line.strip_prefix('#').unwrap_or(line)).filter(|line| line.starts_with("KIOSK_"));
    let pairs: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once('=')).collect();
    let listed: BTreeSet<&str> = pairs.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, BTreeSet::from(VARIABLES));
    assert_eq!(pairs.len(), VARIABLES.len(), "each once");
    for (name, value) in pairs {
        if !value.is_empty() {
            read(&[(name, value)]).unwrap();
        }
        let above = example.split(&format!("{name}=")).next().unwrap().trim_end_matches('#').lines().rev();
        let comment: Vec<&str> = above.take_while(|line| line.starts_with("# ")).collect();
        assert!(comment.iter().any(|line| line.contains("efault")), "{name}: no default is named in {comment:?}");
    }
}
