//! What the seller learns and gets out of the shop: orders by how they stand, figures, files, and one message to many.

mod broadcasts;
mod figures;
mod files;
mod lists;

use kiosk::domain::customer::{CustomerId, Role};
use serde_json::Value;

use crate::world::{SELLER, World, id_of, messages, text_of};

/// The text of the bot's newest message to the seller.
fn shown(world: &World) -> String {
    text_of(&world.newest(SELLER)).to_owned()
}

#[track_caller]
fn assert_shown(world: &World, what: &str) {
    let shown = shown(world);
    assert!(shown.contains(what), "{what:?} is not in {shown:?}\n{}", world.transcript(SELLER));
}

/// The newest toast over somebody's chat.
fn toast(world: &World, user: i64) -> String {
    let chat = world.sandbox.telegram.chat(user, 0);
    chat["toasts"].as_array().unwrap().last().map_or_else(String::new, |toast| toast["text"].as_str().unwrap().to_owned())
}

/// The newest document in somebody's chat: its name and bytes.
fn document(world: &World, user: i64) -> (String, Vec<u8>) {
    let found = messages(&world.sandbox, user).into_iter().rfind(|message| message["document"]["file_id"].is_string());
    let found = found.unwrap_or_else(|| panic!("there is no document in the chat of {user}:\n{}", world.transcript(user)));
    let (bytes, _, name) = world.sandbox.telegram.file(found["document"]["file_id"].as_str().unwrap()).unwrap();
    (name.unwrap(), bytes.to_vec())
}

/// How many documents are in somebody's chat.
fn documents(world: &World, user: i64) -> usize {
    messages(&world.sandbox, user).iter().filter(|message| message["document"]["file_id"].is_string()).count()
}

/// The rows of a CSV file, its column names first.
fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(bytes).unwrap().trim_start_matches('\u{feff}');
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.into_records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The fields of one column.
fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let at = rows[0].iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name} in {:?}", rows[0]));
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

/// Takes every message of the bot out of somebody's chat: pages of orders show addresses.
async fn clear(world: &World, user: i64) {
    for message in messages(&world.sandbox, user).iter().filter(|message| message["from"] == "bot") {
        world.delete(user, message).await;
    }
}

/// Sends what a button would send.
async fn data(world: &World, user: i64, data: &str) {
    let newest: Value = world.newest(user);
    world.send_data(user, id_of(&newest), data).await;
}

/// Every button of this part by its data, and the least role that it is for. `{o}`: an order, `{b}`: a broadcast.
const BUTTONS: [(&str, Role); 22] = [
    ("nl:u:0", Role::Support),
    ("nl:p:0", Role::Support),
    ("nl:d:0", Role::Support),
    ("nl:x:0", Role::Support),
    ("nl:c:0", Role::Support),
    ("nf", Role::Support),
    ("nm:{o}", Role::Support),
    ("nx:{o}", Role::Manager),
    ("ns:d:w", Role::Manager),
    ("ns:k:q", Role::Manager),
    ("ne", Role::Manager),
    ("nE:orders:csv", Role::Manager),
    ("nE:units:csv", Role::Owner),
    ("nE:customers:xlsx", Role::Owner),
    ("nd", Role::Owner),
    ("nh:off", Role::Owner),
    ("nz:60", Role::Owner),
    ("nb", Role::Owner),
    ("nB:{b}", Role::Owner),
    ("nD:{b}:v", Role::Owner),
    ("nD:{b}:S", Role::Owner),
    ("nS:{b}:x", Role::Owner),
];

#[tokio::test]
async fn every_button_asks_for_the_role() {
    let world = World::new().await;
    world.order(crate::world::ANN, "editor").await;
    let order = world.order_of(crate::world::ANN).await.id;
    world.shop().draft_broadcast("abcdefghijklmnop", CustomerId(SELLER), "Hello").await.unwrap();
    for (user, role) in [(crate::world::BEN, None), (701, Some(Role::Support)), (702, Some(Role::Manager))] {
        world.say(user, "/start").await;
        if let Some(role) = role {
            world.appoint(user, role).await;
        }
        for (sent, least) in BUTTONS {
            let sent = sent.replace("{o}", order.as_str()).replace("{b}", "abcdefghijklmnop");
            world.say(user, "/start").await;
            data(&world, user, "R:00000000").await;
            data(&world, user, &sent).await;
            let said = toast(&world, user);
            let allowed = match (role, least) {
                (None, _) => false,
                (Some(Role::Support), least) => least == Role::Support,
                (Some(_), least) => least != Role::Owner,
            };
            let refusal = if role.is_none() { "from long ago" } else { "does not include that" };
            assert_eq!(!said.contains(refusal), allowed, "{role:?}, {sent}: {said}\n{}", world.transcript(user));
        }
    }
    assert_eq!(documents(&world, 701) + documents(&world, crate::world::BEN), 0, "no file for who may have none");
    let broadcast = world.shop().broadcast("abcdefghijklmnop").await.unwrap().unwrap();
    assert_eq!(broadcast.state, kiosk::store::BroadcastState::Draft, "nobody but an owner sends it");
    for command in ["/stats", "/find editor", "/export", "/broadcast"] {
        world.say(crate::world::BEN, command).await;
        assert!(text_of(&world.newest(crate::world::BEN)).contains("I only understand"), "{command}");
    }
    world.end().await;
}
