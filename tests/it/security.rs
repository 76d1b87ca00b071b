//! What an attacker learns and breaks: nothing. SECURITY.md and RELIABILITY.md name the test behind each of their
//! claims; that these exist is checked here too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex};

use kiosk::clock::Clock;
use kiosk::config::Config;
use kiosk::http::{Edge, serve};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::shop::catalog_file::Unread;
use kiosk::shop::webhook::Caller;
use kiosk::store::{Place, Store};
use kiosk::telegram::action::Action;
use proptest::collection::vec;
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::fmt::MakeWriter;

use crate::program::{Street, number};
use crate::world::{ANN, BEN, Options, SELLER, World, http, id_of, text_of};

const NOW: i64 = 1_767_265_000;

/// The HTTP side alone, over an empty store.
struct Door {
    address: std::net::SocketAddr,
    store: Store,
    clock: Clock,
    _folder: tempfile::TempDir,
}

impl Door {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Place::Sqlite(folder.path().join("kiosk.db")), folder.path(), Some([7; 32])).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, clock) = (listener.local_addr().unwrap(), Clock::manual(NOW));
        let edge = Edge {
            store: store.clone(),
            clock: clock.clone(),
            postback_secret: SecretString::from("example-secret-not-real-0123456789"),
            telegram_secret: Some(SecretString::from("a-secret-of-telegram")),
            wake: Arc::new(Notify::new()),
            ready: watch::channel(true).1,
        };
        tokio::spawn(serve(listener, edge, CancellationToken::new()));
        Self { address, store, clock, _folder: folder }
    }

    /// Everything that comes back for these bytes.
    async fn answer(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    async fn forge(&self) {
        let body = r#"{"invoice_id":"K7Q2ZP9M","token":"a.b.c"}"#;
        let answer = http().post(format!("http://{}/postback", self.address)).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 401);
    }
}

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A request, with `Connection: close` and a host.
fn request(line: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn no_answer_tells_what_answers_or_why() {
    let door = Door::open().await;
    let json = "Content-Type: application/json\r\n";
    let update = "X-Telegram-Bot-Api-Secret-Token: a-secret-of-telegram\r\n";
    let long = "x".repeat(70_000);
    let mut plays = vec![
        ("200", "ok", request("GET /healthz", "", "")),
        ("200", "ok", request("GET /readyz", "", "")),
        ("200", "", request("POST /telegram/x", update, r#"{"update_id":1}"#)),
        ("400", "", request("POST /telegram/x", update, "{")),
        ("401", "", request("POST /telegram/x", "", "{}")),
        ("400", "", request("POST /postback", json, "{")),
        ("400", "", request("POST /postback", json, "\u{fffd}'\"<>;--")),
        ("401", "", request("POST /postback", json, r#"{"invoice_id":"K7Q2ZP9M","token":"a.b.c"}"#)),
        ("405", "", request("GET /postback", "", "")),
        ("405", "", request("TRACE /postback", "", "")),
        ("405", "", request("OPTIONS /telegram/x", "", "")),
        ("413", "length limit exceeded", request("POST /postback", json, &long)),
        ("415", "", request("POST /postback", "Content-Type: text/html\r\n", "x")),
        ("404", "", request("GET /", "", "")),
        ("404", "", request("GET /../../etc/passwd", "", "")),
        ("404", "", request("GET /telegram/x/y", "", "")),
        ("404", "", request("GET /.env", "", "")),
        ("400", "", b"NOT HTTP AT ALL\r\n\r\n".to_vec()),
        ("400", "", b"GET / HTTP/1.1\r\nno colon\r\n\r\n".to_vec()),
        ("431", "", request("GET /", &format!("X: {}\r\n", "y".repeat(1 << 20)), "")),
    ];
    for (status, said, request) in plays.drain(..) {
        tells_nothing(&door, &request, status, said).await;
    }
    door.store.close().await;
    for (line, headers) in [("GET /healthz", ""), ("GET /readyz", ""), ("POST /telegram/x", update)] {
        tells_nothing(&door, &request(line, headers, r#"{"update_id":2}"#), "503", "").await;
    }
}

/// The answer has this status, says this, and its head says nothing of whoever answers.
async fn tells_nothing(door: &Door, request: &[u8], status: &str, said: &str) {
    let shown = String::from_utf8_lossy(&request[..request.len().min(80)]).into_owned();
    let answer = door.answer(request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{shown}: {answer:?}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{shown}: {head}");
    assert_eq!(body, said, "{shown}: {head}");
    let allowed = ["allow", "connection", "content-length", "content-type", "date", "retry-after"];
    for header in head.lines().skip(1) {
        let name = header.split(':').next().unwrap().to_ascii_lowercase();
        assert!(allowed.contains(&name.as_str()), "{shown}: {header}");
    }
    let lower = answer.to_ascii_lowercase();
    for word in ["kiosk", "axum", "hyper", "rust", "sqlite", "error", "panic", env!("CARGO_PKG_VERSION"), "cryptocloud", "trybit"] {
        assert!(!lower.contains(word), "{shown}: {word} in {answer}");
    }
}

#[tokio::test]
async fn a_flood_of_forged_postbacks_is_one_line_a_minute() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_ansi(false).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let door = Door::open().await;
    for _ in 0..50 {
        door.forge().await;
    }
    door.clock.advance(60);
    door.forge().await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].ends_with(" count=1") && lines[1].ends_with(" count=50"), "{text}");
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _: (Result<(), _>, Result<ExitStatus, _>) = (self.0.kill(), self.0.wait());
    }
}

#[tokio::test]
async fn a_secret_that_can_be_guessed_is_warned_of_and_not_shown() {
    let street = Street::new("warn").await;
    let program = Running(street.command(&["run"]).env("KIOSK_CRYPTOCLOUD_SECRET_KEY", "hush-hush-hush").spawn().unwrap());
    street.ready().await;
    drop(program);
    let log = street.log();
    let line = log.lines().find(|line| line.contains("KIOSK_CRYPTOCLOUD_SECRET_KEY")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("WARN") && line.contains("fewer than 16 characters") && !log.contains("hush"), "{log}");
}

#[test]
fn keys_that_would_travel_in_the_clear_are_warned_of() {
    let needed = [
        ("KIOSK_TELEGRAM_TOKEN", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"),
        ("KIOSK_CRYPTOCLOUD_API_KEY", "api-key-not-real"),
        ("KIOSK_CRYPTOCLOUD_SHOP_ID", "shop-id"),
        ("KIOSK_CRYPTOCLOUD_SECRET_KEY", "secret-key-not-real"),
    ];
    let warnings = |variable: &'static str, value: &'static str| {
        let all = [needed.as_slice(), &[(variable, value)]].concat();
        let get = |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Config::read(&get, &[]).unwrap().warnings()
    };
    for variable in ["KIOSK_CRYPTOCLOUD_API_URL", "KIOSK_TELEGRAM_API_URL"] {
        let told = warnings(variable, "http://api.example.com");
        assert!(told.len() == 1 && told[0].starts_with(variable), "{told:?}");
        for good in ["https://api.example.com", "http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost"] {
            assert!(warnings(variable, good).is_empty(), "{good}");
        }
    }
}

#[tokio::test]
async fn a_buyer_gets_twelve_addresses_an_hour_and_no_more() {
    let world = World::new().await;
    for _ in 0..12 {
        world.order(ANN, "editor").await;
        world.tap(ANN, "✖️ Cancel").await;
        world.tap(ANN, "Yes").await;
    }
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy with").await;
    world.hears(ANN, "a lot of addresses in a short time").await;
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 12);
    world.order(BEN, "editor").await;
    world.advance(3_601).await;
    world.order(ANN, "editor").await;
    world.end().await;
}

#[tokio::test]
async fn an_order_keeps_the_price_and_the_name_it_was_made_with() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let before = world.order_of(ANN).await;
    for (button, text) in [("💵 Price", "99"), ("Name", "Something else")] {
        world.say(SELLER, "/products").await;
        world.tap(SELLER, "Editor Pro").await;
        world.tap(SELLER, button).await;
        world.say(SELLER, text).await;
    }
    world.say(BEN, "/start p_editor").await;
    world.sees(BEN, "Something else").await;
    world.sees(BEN, "99.00 USD").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    let after = world.order_of(ANN).await;
    assert_eq!((after.total, &after.lines[0].name), (before.total, &before.lines[0].name));
    world.end().await;
}

/// Pieces of text that mean something to somebody who reads them carelessly.
const PIECES: [&str; 18] = [
    "<b>",
    "</b>",
    "</code>",
    "<code>",
    "<a href=\"tg://user?id=1\">",
    "</a>",
    "<tg-spoiler>",
    "&amp;",
    "&lt;b&gt;",
    "&#60;",
    "&",
    "<",
    "\"",
    "{ $shop }",
    "\u{202e}",
    "\u{2068}",
    "🦉",
    "*_`[x](y)",
];

/// What the worst of sellers and buyers type: markup, halves of it, and any letters there are. Never blank at an end.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![proptest::sample::select(&PIECES[..]).prop_map(str::to_owned), "\\PC{1,6}"];
    vec(piece, 1..5).prop_map(|pieces| format!("A{}Z", pieces.concat().chars().take(50).collect::<String>()))
}

/// Nine of them, no two alike: a name that is also goods would look like goods in a stranger's chat.
fn nine_hostile() -> impl Strategy<Value = Vec<String>> {
    vec(hostile(), 9).prop_map(|words| words.into_iter().enumerate().map(|(n, word)| format!("{n}{word}")).collect())
}

/// A shop in which everything that somebody named is hostile.
fn hostile_catalog(words: &[String]) -> String {
    let [shop, greeting, category, name, description, unit, label, goods] = [0, 1, 2, 3, 4, 5, 6, 7].map(|n| quoted(&words[n]));
    format!(
        "shop: {{ name: {{ en: {shop} }}, greeting: {{ en: {greeting} }}, currency: USD }}\n\
         categories: [ {{ id: c, name: {{ en: {category} }} }} ]\n\
         products:\n\
         - {{ id: key, category: c, name: {{ en: {name} }}, description: {{ en: {description} }}, price: \"5\", kind: keys, stock: [ {unit} ] }}\n\
         - {{ id: text, category: c, name: {{ en: {name} }}, price: \"5\", kind: file, text: {{ en: {goods} }} }}\n\
         - {{ id: work, category: c, name: {{ en: {name} }}, price: \"5\", kind: manual, ask: [ {{ id: q, label: {{ en: {label} }} }} ] }}\n"
    )
}

/// A text in double quotes with an escape for each character that is not plain.
fn quoted(text: &str) -> String {
    let inner: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_ascii_graphic() || c == ' ' => c.to_string(),
            c => format!("\\U{:08X}", u32::from(c)),
        })
        .collect();
    format!("\"{inner}\"")
}

/// Every text is shown letter by letter: nothing of it became markup, and nothing of it was refused.
async fn shows_every_letter(words: Vec<String>) {
    let world = World::with(Options { catalog: hostile_catalog(&words), ..Options::default() }).await;
    let [shop, greeting, category, name, description, unit, label, goods] = [0, 1, 2, 3, 4, 5, 6, 7].map(|n| words[n].as_str());
    let answer = words[8].as_str();
    world.say(ANN, "/start").await;
    world.sees(ANN, greeting).await;
    assert!(world.shows(ANN, shop));
    world.send_data(ANN, id_of(&world.newest(ANN)), "c:c:0").await;
    world.sees(ANN, category).await;
    world.say(ANN, "/start p_key").await;
    world.sees(ANN, name).await;
    world.sees(ANN, description).await;
    for (product, given) in [("key", unit), ("text", goods)] {
        let invoice = world.order(ANN, product).await;
        world.pay(&invoice.uuid, Payment::Exact).await;
        world.sees(ANN, given).await;
    }
    world.say(ANN, "/start p_work").await;
    world.tap(ANN, "Buy ·").await;
    world.sees(ANN, label).await;
    world.say(ANN, answer).await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let order = world.order_of(ANN).await.id;
    world.say(SELLER, &format!("/order {order}")).await;
    for text in [name, label, answer] {
        world.sees(SELLER, text).await;
    }
    // The staff may see the address of an order; what always holds is checked without it.
    world.send_data(SELLER, id_of(&world.newest(SELLER)), "A").await;
    world.say(ANN, "/orders").await;
    world.send_data(ANN, id_of(&world.newest(ANN)), &format!("O:{order}")).await;
    assert!(text_of(&world.newest(ANN)).contains(name), "{}", world.transcript(ANN));
    for user in [ANN, SELLER] {
        assert_eq!(world.count(user, "went wrong"), 0, "{}", world.transcript(user));
    }
    world.end().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn what_people_type_is_shown_letter_by_letter_and_never_becomes_markup(words in nine_hostile()) {
        tokio::runtime::Runtime::new().unwrap().block_on(shows_every_letter(words));
    }
}

// The source, and what it promises by what is not in it.

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// The files of the bot (not of the sandbox) whose code, tests aside, holds `word`.
fn files_with(word: &str) -> BTreeSet<String> {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    let code = |path: &Path| std::fs::read_to_string(path).unwrap_or_default().split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    let found = files.iter().filter(|path| path.extension().is_some_and(|end| end == "rs") && code(path).contains(word));
    let names = found.map(|path| path.strip_prefix(root().join("src")).unwrap().to_str().unwrap().replace('\\', "/"));
    names.filter(|name| !name.starts_with("sandbox")).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn every_claim_of_the_threat_model_names_a_test_that_exists() {
    let text = read("SECURITY.md");
    for row in 1..=25 {
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with(&format!("| S{row} |"))).collect();
        let [line] = lines.as_slice() else { panic!("S{row} has {} rows", lines.len()) };
        let named: Vec<&str> = line.split('`').filter(|part| part.contains(".rs::")).collect();
        let open = line.contains("**not covered**");
        assert!(!named.is_empty() || open, "S{row} names no test, and does not say **not covered**");
    }
    assert!(named_in("SECURITY.md").len() > 40);
    assert_eq!(not_there("SECURITY.md"), Vec::<String>::new());
}

#[test]
fn every_claim_of_the_reliability_goals_names_a_test_that_exists() {
    let text = read("RELIABILITY.md");
    for row in 1..=32 {
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with(&format!("| R{row} |"))).collect();
        let [line] = lines.as_slice() else { panic!("R{row} has {} rows", lines.len()) };
        let shown = line.contains(".rs::") || line.contains("`just ") || line.contains("**not shown**");
        assert!(shown, "R{row} names neither test nor recipe, and does not say **not shown**");
    }
    assert!(named_in("RELIABILITY.md").len() > 30);
    assert_eq!(not_there("RELIABILITY.md"), Vec::<String>::new());
    let recipes = read("justfile");
    for recipe in text.split('`').filter_map(|part| part.strip_prefix("just ")) {
        let name = recipe.split_whitespace().next().unwrap();
        assert!(recipes.lines().any(|line| line.split([' ', ':']).next() == Some(name)), "there is no recipe {name}");
    }
}

/// The tests that a page names: `path/of/file.rs::name`.
fn named_in(page: &str) -> BTreeSet<String> {
    read(page).split('`').filter(|part| part.contains(".rs::")).map(str::to_owned).collect()
}

/// Those of them that do not exist.
fn not_there(page: &str) -> Vec<String> {
    let there = |name: &String| {
        let (file, test) = name.split_once("::").unwrap();
        std::fs::read_to_string(root().join(file)).is_ok_and(|code| code.contains(&format!("fn {test}(")))
    };
    named_in(page).into_iter().filter(|name| !there(name)).collect()
}

#[test]
fn connections_go_out_from_four_places_and_where_a_seller_says_only_to_public_addresses() {
    let clients = ["cli.rs", "cryptocloud/mod.rs", "shop/webhook/guard.rs", "telegram/setup.rs"];
    assert_eq!(files_with("Client::builder()"), set(&clients));
    assert_eq!(files_with("reqwest::get"), set(&[]));
    for file in ["cryptocloud/mod.rs", "shop/webhook/guard.rs", "telegram/setup.rs"] {
        assert!(files_with("Policy::none()").contains(file), "{file} follows redirects");
    }
    // The one address that somebody types: names are resolved by the guard, no proxy goes elsewhere, and addresses are looked at.
    assert!(files_with(".no_proxy()").contains("shop/webhook/guard.rs") && files_with("dns_resolver(").contains("shop/webhook/guard.rs"));
    for url in
        ["https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://10.0.0.1/", "https://localhost/", "http://example.com/"]
    {
        assert!(Caller::new(false).check(url).is_err(), "{url}");
    }
    assert_eq!(
        files_with("Caller::new("),
        set(&["app.rs", "shop/catalog_file/goods.rs"]),
        "the operator alone allows more; a file is read, not called"
    );
}

#[test]
fn no_statement_is_made_from_what_somebody_typed() {
    // The first names columns of a table that is written there, the others repeat `($1, $2)` as often as there are units.
    assert_eq!(files_with("AssertSqlSafe("), set(&["store/rotate.rs", "store/stock.rs", "store/units.rs"]));
    assert_eq!(files_with("QueryBuilder"), set(&[]));
    assert_eq!(files_with("raw_sql"), set(&[]));
}

#[test]
fn nothing_that_people_send_is_unpacked_or_decoded_or_named_on_disk() {
    for word in ["Decoder", "flate2", "image::"] {
        assert_eq!(files_with(word), set(&[]), "{word}");
    }
    // Within limits, in memory; what goes out is packed there, too.
    assert_eq!(files_with("zip::"), set(&["shop/archive.rs"]));
    // What writes files: the data key and the database, a backup, the export that the operator asks for.
    assert_eq!(files_with("fs::write"), set(&[]));
    let writers: BTreeSet<String> = ["File::create", "OpenOptions::new", "fs::rename"].iter().flat_map(|word| files_with(word)).collect();
    assert_eq!(writers, set(&["shop/catalog_file/export.rs", "store/backup.rs", "store/key_file.rs"]));
}

#[test]
fn every_dependency_comes_from_one_registry_with_its_checksum_and_none_is_banned() {
    let lock = read("Cargo.lock");
    let deny = read("deny.toml");
    let banned: Vec<&str> = deny.lines().filter_map(|line| line.trim().strip_prefix("{ crate = \"")?.split('"').next()).collect();
    assert!(banned.len() >= 5, "{banned:?}");
    let packages: Vec<&str> = lock.split("[[package]]").skip(1).collect();
    assert!(packages.len() > 100);
    for package in packages {
        let name = package.lines().find_map(|line| line.strip_prefix("name = \"")).unwrap().trim_end_matches('"');
        assert!(!banned.contains(&name), "{name}");
        let known =
            package.contains("source = \"registry+https://github.com/rust-lang/crates.io-index\"") && package.contains("checksum = ");
        assert!(known || name == "kiosk", "{package}");
    }
}

#[test]
fn the_container_is_nobody_and_writes_to_its_volume_alone() {
    let image = read("Dockerfile");
    let last = image.rsplit("\nFROM ").next().unwrap();
    let user = last.lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user}");
    assert!(last.contains("VOLUME [\"/data\"]") && !last.contains("RUN ") && !last.contains("ADD "), "{last}");
    assert!(image.contains("cargo build --locked") && !image.contains("ARG "));
    let compose = read("compose.yaml");
    for line in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "127.0.0.1:8080:8080", "noexec,nosuid,nodev"] {
        assert!(compose.contains(line), "{line}");
    }
}

/// What the fuzzers read, and how: the same calls as in `fuzz/fuzz_targets`.
fn read_as(target: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match target {
        "postback" => {
            let secret = SecretString::from("example-secret-not-real-0123456789");
            let body = bytes.split_first().map_or(bytes, |(_, body)| body);
            if let Ok(postback) = kiosk::cryptocloud::postback::read(body, None, &secret, 1_767_265_440) {
                assert!(!postback.bound || postback.number.as_str() == "K7Q2ZP9M");
            }
        }
        "provider_json" => kiosk::cryptocloud::read_any_answer(&text),
        "update_json" => {
            let update: Value = serde_json::from_slice(bytes).unwrap_or_default();
            let _ = kiosk::telegram::input::read(&update);
        }
        "callback_data" => {
            if let Ok(action) = text.parse::<Action>() {
                assert_eq!(action.to_string(), text);
            }
        }
        "catalog_import" => drop(kiosk::shop::catalog_file::read_text(&text, &|_, _| Ok(crate::world::picture()))),
        "catalog_document" => {
            let Some((what, bytes)) = bytes.split_first() else { return };
            let name = if what % 3 == 0 { "shop.yaml" } else { "shop.zip" };
            if let Err(Unread::Problems(problems)) = kiosk::shop::catalog_file::received(name, bytes.to_vec()) {
                assert!(!problems.to_string().is_empty());
            }
        }
        "stock_import" => {
            drop(kiosk::shop::stock::text_in(bytes).map(|text| kiosk::shop::stock::units(&text)));
            let Some((what, bytes)) = bytes.split_first() else { return };
            let name = ["keys.txt", "keys.csv", "keys.tsv", "keys.zip", "keys.pdf"][usize::from(*what) % 5];
            drop(kiosk::shop::stock_file::read(name, bytes.to_vec()));
        }
        other => panic!("{other} is in fuzz/corpus and not known here"),
    }
}

#[test]
fn everything_that_the_fuzzers_kept_is_read_without_harm() {
    let mut inputs = Vec::new();
    collect(&root().join("fuzz/corpus"), &mut inputs);
    let mut targets = BTreeSet::new();
    for input in &inputs {
        let target = input.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(input).unwrap();
        read_as(target, &bytes);
        targets.insert(target.to_owned());
    }
    let files = std::fs::read_dir(root().join("fuzz/fuzz_targets")).unwrap();
    let known: BTreeSet<String> = files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(targets, known, "each target has its corpus");
}

/// Small steps from one input to another, the same ones in every run (xorshift64).
struct Mutator(u64);

impl Mutator {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % end.max(1)
    }

    /// `bytes` after one to four changes; `other` is what parts are borrowed from.
    fn changed(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        const WORDS: [&[u8]; 16] = [
            b"\"",
            b"{",
            b"}",
            b"[",
            b"null",
            b"-1",
            b"1e999",
            b"0",
            b":",
            b"\n",
            b"\0",
            b"&",
            b"\xff",
            b"\xc3\x28",
            b"9223372036854775808",
            b"  ",
        ];
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(16)).min(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => drop(bytes.splice(at..at, WORDS[self.below(WORDS.len())].iter().copied())),
                3 => drop(bytes.splice(at..end, WORDS[self.below(WORDS.len())].iter().copied())),
                4 => {
                    let from = self.below(other.len());
                    let part = &other[from..(from + self.below(40)).min(other.len())];
                    drop(bytes.splice(at..end, part.iter().copied()));
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
            }
        }
        bytes
    }
}

/// Changed inputs for each door, when nothing else is asked for.
const CHANGED_INPUTS: u64 = 3_334;

/// The short form of the fuzzers, which know what is new to the code; this one does not. `KIOSK_CHANGED_INPUTS` makes it longer, and
/// `KIOSK_TEST_SEED` draws others: `just inputs`.
#[test]
fn twenty_thousand_changed_inputs_are_read_without_harm() {
    let mut inputs = Vec::new();
    collect(&root().join("fuzz/corpus"), &mut inputs);
    inputs.sort();
    let target_of = |input: &Path| input.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    let mut corpus: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for input in &inputs {
        corpus.entry(target_of(input)).or_default().push(std::fs::read(input).unwrap());
    }
    let count = number("KIOSK_CHANGED_INPUTS").unwrap_or(CHANGED_INPUTS);
    let mut mutator = Mutator(0x9e37_79b9_7f4a_7c15 ^ number("KIOSK_TEST_SEED").unwrap_or_default());
    for (target, mut inputs) in corpus {
        for _ in 0..count {
            let (one, other) = (mutator.below(inputs.len()), mutator.below(inputs.len()));
            let changed = mutator.changed(&inputs[one], &inputs[other]);
            let read = std::panic::catch_unwind(|| read_as(&target, &changed));
            assert!(read.is_ok(), "{target}: {:?}", String::from_utf8_lossy(&changed));
            // Some of them are changed further.
            if changed.len() < 4_096 {
                if inputs.len() < 200 {
                    inputs.push(changed);
                } else if mutator.below(50) == 0 {
                    let kept = mutator.below(inputs.len());
                    inputs[kept] = changed;
                }
            }
        }
    }
}
