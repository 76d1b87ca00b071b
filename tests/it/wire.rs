//! The wire between a program and its PostgreSQL: it falls silent, as when the host vanishes, or is cut behind a COMMIT, so that nobody knows
//! what became of it. Whoever connects afterwards gets through.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kiosk::sandbox::cryptocloud::Payment;
use kiosk::store::{Error, JobKind, NewJob, Place, Store};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;

use crate::postgres::{self, SOCKET};
use crate::program::{PATIENCE, Program, Street};
use crate::store::{DATA_KEY, somebody_waits};
use crate::world::{ANN, BEGIN, Options, SELLER, World, tell, within};

/// How long the stories let a server think: longer than it takes to see that a connection is dead. As many as the store has connections of each sort do something at once.
const ANSWERS_WITHIN: Duration = Duration::from_secs(4);
const CONNECTIONS: usize = 8;
/// Within this time everything goes on after the server has vanished, on a machine that is busy.
const GOES_ON_WITHIN: Duration = Duration::from_secs(30);

/// What happens to the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The host behind it is gone: nothing is answered any more on any connection that is there, and nothing is closed.
    Silence,
    /// This connection is cut once the server has done what it was told.
    Cut,
    /// This connection is cut before the server has heard it.
    Lost,
    /// The wire is down once the server has done what it was told.
    Down,
}

/// What a connection must have been heard to say, one after another, before the fault happens; the server does not hear the last of it
/// when the wire falls silent.
struct Trap {
    words: Vec<&'static str>,
    fault: Fault,
}

/// A wire that is whole.
pub struct Wire {
    folder: TempDir,
    database: String,
    state: Arc<State>,
}

struct State {
    trap: Mutex<Option<Trap>>,
    silences: watch::Sender<u64>,
    sprung: watch::Sender<u64>,
    /// While it is, every connection is cut, and so are those that are made.
    is_down: watch::Sender<bool>,
}

impl Wire {
    /// Before this database of a server that is reached through a socket.
    pub fn before(database: &SecretString) -> Self {
        let (address, socket_dir) = database.expose_secret().split_once("?host=").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (silences, sprung) = (watch::Sender::new(0), watch::Sender::new(0));
        let state = Arc::new(State { trap: Mutex::new(None), silences, sprung, is_down: watch::Sender::new(false) });
        let (server, carried) = (format!("{socket_dir}/{SOCKET}"), state.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = UnixStream::connect(&server).await {
                    tokio::spawn(carry(client, server, carried.clone()));
                }
            }
        });
        Self { folder, database: address.to_owned(), state }
    }

    /// The database behind it. Whoever connects says each statement in full, so that it can be heard.
    pub fn place(&self) -> Place {
        Place::Postgres(format!("{}?host={}&statement-cache-capacity=0", self.database, self.folder.path().display()).into())
    }

    /// Lets the wire fall silent now.
    pub fn fall_silent(&self) {
        self.state.silences.send_modify(|silences| *silences += 1);
    }

    /// Cuts every connection and lets nobody through any more.
    pub fn take_down(&self) {
        self.state.is_down.send_replace(true);
    }

    /// Lets everybody through again.
    pub fn put_up(&self) {
        self.state.is_down.send_replace(false);
    }

    /// Lets this happen, once, when one connection has said all of these words.
    pub fn trap(&self, words: &[&'static str], fault: Fault) {
        *self.state.trap.lock().unwrap() = Some(Trap { words: words.to_vec(), fault });
    }

    /// Waits until what was to happen has happened.
    pub async fn sprung(&self, times: u64) {
        self.state.sprung.subscribe().wait_for(|sprung| *sprung >= times).await.unwrap();
    }
}

impl State {
    /// What is said on a connection that has said so many of the words before.
    fn hears(&self, said: &[u8], heard: &mut usize) -> Option<Fault> {
        let mut set = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        let trap = set.as_ref()?;
        let is_said = |word: &str| said.windows(word.len()).any(|window| window == word.as_bytes());
        while trap.words.get(*heard).is_some_and(|word| is_said(word)) {
            *heard += 1;
        }
        if *heard < trap.words.len() {
            return None;
        }
        *heard = 0;
        set.take().map(|trap| trap.fault)
    }

    fn springs(&self) {
        self.sprung.send_modify(|sprung| *sprung += 1);
    }
}

async fn carry(mut client: UnixStream, mut server: UnixStream, state: Arc<State>) {
    let (mut up, mut down, mut heard) = (vec![0; 65_536], vec![0; 65_536], 0);
    let (mut silences, mut is_down) = (state.silences.subscribe(), state.is_down.subscribe());
    loop {
        tokio::select! {
            biased;
            () = async { let _ = is_down.wait_for(|is_down| *is_down).await; } => return,
            _ = silences.changed() => break,
            read = client.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                match state.hears(&up[..count], &mut heard) {
                    None => {
                        if server.write_all(&up[..count]).await.is_err() {
                            return;
                        }
                    }
                    Some(Fault::Silence) => {
                        state.silences.send_modify(|silences| *silences += 1);
                        state.springs();
                        break;
                    }
                    Some(fault) => {
                        if fault != Fault::Lost {
                            server.write_all(&up[..count]).await.unwrap();
                            // The answer comes when it is done.
                            assert_ne!(server.read(&mut down).await.unwrap(), 0);
                        }
                        state.is_down.send_modify(|is_down| *is_down |= fault == Fault::Down);
                        state.springs();
                        return;
                    }
                }
            }
            read = server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&down[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
    // A server that is gone keeps nothing; whoever talks to it is heard by nobody.
    drop(server);
    while matches!(client.read(&mut up).await, Ok(1..)) {}
}

async fn writes(store: Store, gate: Arc<Barrier>, number: usize, round: i64) -> kiosk::store::Result<()> {
    let write = store.write(move |tx| {
        Box::pin(async move {
            tx.set_setting(&format!("first {number}"), &round).await?;
            gate.wait().await;
            gate.wait().await;
            tx.set_setting(&format!("second {number}"), &round).await
        })
    });
    write.await
}

async fn reads(store: Store, gate: Arc<Barrier>) -> kiosk::store::Result<()> {
    let mut conn = store.read().await?;
    conn.ping().await?;
    gate.wait().await;
    gate.wait().await;
    conn.ping().await
}

/// As many as there are connections are in the middle of a write, and as many of a read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_vanishes_in_the_middle_of_everything_holds_nobody_up_for_good() {
    let Some(database) = postgres::new_database().await else { return };
    let (wire, folder) = (Wire::before(&database), tempfile::tempdir().unwrap());
    let store = Store::open(&wire.place(), folder.path(), Some(DATA_KEY)).await.unwrap().answered_within(ANSWERS_WITHIN);
    let begun = Instant::now();
    for round in 0..2 {
        let all_are_in_it = Arc::new(Barrier::new(2 * CONNECTIONS + 1));
        let mut people = JoinSet::new();
        for number in 0..CONNECTIONS {
            people.spawn(writes(store.clone(), all_are_in_it.clone(), number, round));
            people.spawn(reads(store.clone(), all_are_in_it.clone()));
        }
        let all = tokio::select! {
            all = tokio::time::timeout(GOES_ON_WITHIN, all_are_in_it.wait()) => all.is_ok(),
            early = people.join_next() => panic!("somebody has no connection: {early:?}"),
        };
        assert!(all, "there is a connection for each of them");
        if round == 0 {
            wire.fall_silent();
        }
        all_are_in_it.wait().await;
        let answers = tokio::time::timeout(GOES_ON_WITHIN, people.join_all()).await.expect("each is told");
        for answer in answers {
            match round {
                0 => assert!(matches!(answer, Err(Error::Sql(_))), "{answer:?}"),
                _ => answer.unwrap(),
            }
        }
    }
    assert!(begun.elapsed() < GOES_ON_WITHIN, "{:?}", begun.elapsed());
    tell!("all of it went on after {:?}", begun.elapsed());
    assert_eq!(store.read().await.unwrap().setting("second 3").await.unwrap(), Some(1));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_whose_database_host_vanishes_while_it_takes_up_a_payment_serves_it_from_the_next_one() {
    let Some(database) = postgres::new_database().await else { return };
    let wire = Wire::before(&database);
    let options = Options { place: Some(wire.place()), answers_within: Some(ANSWERS_WITHIN), ..Options::default() };
    let world = World::with(options).await;
    let paid = world.order(ANN, "editor").await;
    wire.trap(&["pg_advisory_xact_lock", "COMMIT"], Fault::Silence);
    let begun = Instant::now();
    // Whoever looks into the database meanwhile is told that it does not answer: the play looks at the chat.
    world.sandbox.cryptocloud.pay(&paid.uuid, Payment::Exact).unwrap();
    wire.sprung(1).await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(begun.elapsed() < GOES_ON_WITHIN, "{:?}", begun.elapsed());
    tell!("served after {:?}", begun.elapsed());
    world.end().await;
}

/// Nobody tells the program that its claim went through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_was_claimed_by_a_commit_of_which_nothing_was_heard_is_served_at_once() {
    let Some(database) = postgres::new_database().await else { return };
    let wire = Wire::before(&database);
    let world = World::with(Options { place: Some(wire.place()), ..Options::default() }).await;
    let paid = world.order(ANN, "editor").await;
    wire.trap(&["pg_advisory_xact_lock", "COMMIT"], Fault::Cut);
    world.pay(&paid.uuid, Payment::Exact).await;
    wire.sprung(1).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

/// It is not reached for a while, so it counts as gone; what is to be told afterwards it cannot read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_beside_which_the_data_key_was_changed_stops_and_leaves_the_work_to_the_next_one() {
    let Some(database) = postgres::new_database().await else { return };
    let wire = Wire::before(&database);
    let mut world = World::with(Options { place: Some(wire.place()), ..Options::default() }).await;
    world.say(SELLER, "/start").await;
    wire.take_down();
    let direct = Place::Postgres(database);
    let rotated = async {
        // It counts as gone once the server has heard that its connection is.
        loop {
            match Store::rotate_key(&direct, world.data_dir(), None, None).await {
                Err(Error::Occupied) => tokio::time::sleep(Duration::from_millis(20)).await,
                rotated => break rotated,
            }
        }
    };
    tokio::time::timeout(GOES_ON_WITHIN, rotated).await.unwrap().unwrap();
    let store = Store::open(&direct, world.data_dir(), None).await.unwrap();
    let payload = format!(r#"{{"to":{SELLER},"notice":"provider_trouble","detail":"with the new key"}}"#);
    let notice = NewJob { kind: JobKind::Notice, key: "new".to_owned(), lane: "new".to_owned(), payload, run_at: BEGIN };
    store.write(move |tx| Box::pin(async move { tx.ask_for(&notice, BEGIN * 1_000).await })).await.unwrap();
    wire.put_up();
    let why = tokio::time::timeout(GOES_ON_WITHIN, world.ended()).await.expect("it does not stop");
    assert!(why.contains("the data key does not open"), "{why}");
    assert_eq!(store.read().await.unwrap().job_counts(BEGIN).await.unwrap(), (1, 0), "the work is there");
    store.close().await;
    world.restart().await;
    world.settled().await;
    world.sees(SELLER, "with the new key").await;
    world.end().await;
}

const NEW_KEY: [u8; 32] = [8; 32];
/// What changes the data key says.
const ROTATION: [&str; 2] = ["pg_try_advisory_xact_lock", "COMMIT"];

/// A database with a key, and the wire before it.
async fn with_key(data_dir: &Path, key: Option<[u8; 32]>) -> Option<Wire> {
    let wire = Wire::before(&postgres::new_database().await?);
    Store::open(&wire.place(), data_dir, key).await.unwrap().close().await;
    Some(wire)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_commit_of_which_nothing_was_heard_the_key_is_said_to_be_the_one_that_is_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let Some(wire) = with_key(folder.path(), Some(DATA_KEY)).await else { return };
    let place = wire.place();
    let rotate = || Store::rotate_key(&place, folder.path(), Some(DATA_KEY), Some(NEW_KEY));
    wire.trap(&ROTATION, Fault::Lost);
    let refused = rotate().await;
    assert!(matches!(refused, Err(Error::Sql(_))), "{refused:?}");
    Store::open(&wire.place(), folder.path(), Some(DATA_KEY)).await.unwrap().close().await;
    wire.trap(&ROTATION, Fault::Cut);
    rotate().await.unwrap();
    Store::open(&wire.place(), folder.path(), Some(NEW_KEY)).await.unwrap().close().await;
    wire.sprung(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_knows_which_key_is_in_force_both_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let Some(wire) = with_key(folder.path(), None).await else { return };
    let before = std::fs::read_to_string(folder.path().join("data.key")).unwrap();
    wire.trap(&ROTATION, Fault::Down);
    let in_doubt = Store::rotate_key(&wire.place(), folder.path(), None, None).await;
    assert!(matches!(in_doubt, Err(Error::KeyInDoubt)), "{in_doubt:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("data.key")).unwrap(), before);
    wire.put_up();
    Store::open(&wire.place(), folder.path(), None).await.unwrap().close().await;
    assert_ne!(std::fs::read_to_string(folder.path().join("data.key")).unwrap(), before, "it was in force");
}

/// Asks a program to stop that has not come to the end of its start; it does, and nothing is wrong.
async fn stops_at_once(street: &Street, program: Program) {
    let begun = Instant::now();
    assert!(program.terminate(PATIENCE).await.success(), "{}", street.log());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_waits_for_a_server_that_says_nothing_stops_when_it_is_told() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://kiosk@{}/kiosk?sslmode=disable", silent.local_addr().unwrap());
    let street = Street::with_database("info", Some(url.into())).await;
    let program = street.run();
    let _held = within("the program to connect", silent.accept()).await.unwrap();
    stops_at_once(&street, program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_whose_start_waits_for_another_ones_lock_stops_when_it_is_told() {
    let Some(url) = postgres::new_database().await else { return };
    let street = Street::with_database("info", Some(url.clone())).await;
    assert!(street.command(&["migrate"]).status().unwrap().success(), "{}", street.log());
    let (mut other, mut onlooker) = (connect(&url).await, connect(&url).await);
    let mut theirs = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE jobs").execute(&mut *theirs).await.unwrap();
    let program = street.run();
    within("the program to wait", somebody_waits(&mut onlooker)).await;
    stops_at_once(&street, program).await;
    theirs.rollback().await.unwrap();
}

async fn connect(url: &SecretString) -> PgConnection {
    PgConnection::connect(url.expose_secret()).await.unwrap()
}
