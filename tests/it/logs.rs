//! The program from the outside: a catalog opens a shop, and what is secret stays out of the log, however much is logged.

use std::time::Duration;

use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::telegram::Tapped;
use tokio::time::Instant;

use crate::program::{PATIENCE, Street};
use crate::world::{API_KEY, BOT_TOKEN, SECRET_KEY, buttons, has, id_of, messages, picture, transcript};

/// The catalog of the manual, with what this play looks for in the log.
const CATALOG: &str = r#"shop: { name: { en: Night Owl Store }, currency: USD, support: "@owner" }
categories:
  - { id: keys, name: { en: Licence keys, ru: Ключи } }
products:
  - id: editor-pro
    category: keys
    name: { en: Editor Pro, ru: Редактор Про }
    description: { en: One year, one computer. }
    price: "9.99"
    kind: keys            # keys | file | manual
    stock: [ "CANARY-STOCK-1111", "CANARY-STOCK-2222" ]
    picture: editor.png
  - { id: handbook, category: keys, name: { en: Handbook }, price: "4", kind: file, text: { en: "https://example.com/canary-handbook" }, files: [ handbook.pdf ] }
  - { id: mug, category: keys, name: { en: Mug }, price: "12.50", kind: manual, quantity: { max: 5 }, ask: [ { id: address, kind: address, label: { en: Where to send it? } } ] }
"#;

#[tokio::test]
async fn an_imported_catalog_is_an_open_shop_and_no_secret_of_it_is_logged() {
    let street = Street::new("trace").await;
    let folder = street.folder.path();
    std::fs::write(folder.join("shop.yaml"), CATALOG).unwrap();
    std::fs::write(folder.join("editor.png"), picture()).unwrap();
    std::fs::write(folder.join("handbook.pdf"), "%PDF-1.4 canary-document").unwrap();
    street.import(&folder.join("shop.yaml"));
    let program = street.run();
    street.ready().await;

    // Three people, because one chat gets one message a second.
    let buyer = |id| Buyer { street: &street, id };
    tokio::join!(
        async {
            let ann = buyer(501);
            ann.say("/start");
            ann.sees("Night Owl Store").await;
            ann.tap("Licence keys").await;
            ann.tap("Editor Pro").await;
            ann.pay().await;
            ann.sees("CANARY-STOCK-").await;
        },
        async {
            let ben = buyer(502);
            ben.say("/start p_handbook");
            ben.pay().await;
            ben.sees("canary-handbook").await;
        },
        async {
            let cleo = buyer(503);
            cleo.say("/start p_mug");
            cleo.tap("Buy ·").await;
            cleo.sees("Where to send it?").await;
            cleo.say("7 Canary Lane, 12345 Birdtown");
            cleo.pick_coin_and_pay().await;
            cleo.sees("will hand it over").await;
        },
    );
    assert!(program.terminate(PATIENCE).await.success());

    let log = street.log();
    assert!(log.contains("TRACE") && log.contains("DEBUG") && log.len() > 50_000, "everything is logged");
    let (token_secret, address) = (BOT_TOKEN.split_once(':').unwrap().1, street.sandbox.cryptocloud.invoices()[0].address.clone());
    for secret in [
        token_secret,
        API_KEY,
        SECRET_KEY,
        "CANARY-STOCK",
        "canary-handbook",
        "canary-document",
        "Canary Lane",
        "Canary+Lane",
        "Birdtown",
        &address,
    ] {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{secret} is in {} lines of the log:\n{:.600}", lines.len(), lines[0]);
    }
    for file in walk(&street.data_dir()) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in ["CANARY-STOCK-1111", "CANARY-STOCK-2222", "Canary Lane", token_secret, API_KEY, SECRET_KEY] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in the clear in {}", file.display());
        }
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

/// Somebody who buys, in real time.
struct Buyer<'a> {
    street: &'a Street,
    id: i64,
}

impl Buyer<'_> {
    async fn until(&self, what: &str, done: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !done() {
            assert!(Instant::now() < end, "waited in vain for {what:?}:\n{}", transcript(&self.street.sandbox, self.id));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn say(&self, text: &str) {
        self.street.sandbox.telegram.say(self.id, text).unwrap();
    }

    async fn sees(&self, text: &str) {
        self.until(text, || messages(&self.street.sandbox, self.id).iter().any(|message| message["from"] == "bot" && has(message, text)))
            .await;
    }

    fn find(&self, label: &str) -> Option<(i32, String)> {
        messages(&self.street.sandbox, self.id).into_iter().rev().find_map(|message| {
            let button = buttons(&message).into_iter().find(|button| button["text"].as_str().unwrap().contains(label))?;
            Some((id_of(&message), button["text"].as_str().unwrap().to_owned()))
        })
    }

    async fn tap(&self, label: &str) {
        self.until(label, || self.find(label).is_some()).await;
        let (message, label) = self.find(label).unwrap();
        match self.street.sandbox.telegram.tap_label(self.id, message, &label).unwrap() {
            Tapped::Told(query) => assert!(self.street.sandbox.telegram.answered(&query, Duration::from_secs(10)).await),
            other => panic!("{other:?}"),
        }
    }

    async fn pay(&self) {
        self.tap("Buy ·").await;
        self.pick_coin_and_pay().await;
    }

    async fn pick_coin_and_pay(&self) {
        self.tap("USDT ›").await;
        self.tap("TRON").await;
        self.until("an address", || self.address().is_some()).await;
        let address = self.address().unwrap();
        let invoice = self.street.sandbox.cryptocloud.invoices().into_iter().find(|invoice| invoice.address == address).unwrap();
        self.street.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    }

    fn address(&self) -> Option<String> {
        messages(&self.street.sandbox, self.id).iter().flat_map(buttons).find_map(|button| {
            let copies = button["text"].as_str().unwrap().contains("Copy address");
            copies.then(|| button["copy_text"].as_str().unwrap().to_owned())
        })
    }
}
