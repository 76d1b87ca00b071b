//! One purchase, again and again: each time one call fails, the first, the second, ... until there is no call left to fail. And each time the
//! program is killed at one call, before it was carried out and after. However it fails, the buyer is served, and served once.

use std::time::Duration;

use kiosk::domain::order::{Charge, OrderState};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults, Target};
use kiosk::store::Store;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::crash::{address, buy, open, quiet, units};
use crate::program::{PATIENCE, Street};
use crate::trouble::{shown, shows_button, until};
use crate::world::{ANN, SELLER, World, check, has, messages, tell, transcript};

/// More calls than one purchase makes.
const CALLS_MAX: u32 = 1_000;
/// Plays that run at once: they wait more than they work.
const AT_ONCE: usize = 6;

/// One way in which one call fails.
#[derive(Clone)]
struct Failure {
    name: &'static str,
    target: Target,
    fault: CallFaults,
}

fn failures() -> Vec<Failure> {
    let close = CallFaults { close: true, ..CallFaults::default() };
    let lost = CallFaults { after_accepting: true, ..close.clone() };
    let wait = CallFaults { status: Some(429), retry_after: Some(3), ..CallFaults::default() };
    let garbage = CallFaults { garbage: true, after_accepting: true, ..CallFaults::default() };
    let broken = CallFaults { status: Some(500), ..CallFaults::default() };
    [Target::Telegram, Target::CryptoCloud]
        .into_iter()
        .flat_map(|target| {
            [("closes", &close), ("loses the answer", &lost), ("says wait", &wait), ("answers garbage", &garbage), ("answers 500", &broken)]
                .map(|(name, fault)| Failure { name, target, fault: fault.clone() })
        })
        .collect()
}

impl Failure {
    /// This failure for one call alone, after so many that go well.
    fn at(&self, skip: u32) -> Faults {
        let fault = CallFaults { skip, times: Some(1), ..self.fault.clone() };
        match self.target {
            Target::Telegram => Faults { telegram: fault, ..Faults::default() },
            Target::CryptoCloud => Faults { cryptocloud: fault, ..Faults::default() },
        }
    }

    fn section<'a>(&self, faults: &'a Faults) -> &'a CallFaults {
        match self.target {
            Target::Telegram => &faults.telegram,
            Target::CryptoCloud => &faults.cryptocloud,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_call_of_a_purchase_fails_and_however_it_is_served_once() {
    for failure in failures() {
        let calls = CALLS_MAX - failure.section(&purchase(&failure, CALLS_MAX).await).skip;
        let (mut plays, mut next, mut fired) = (JoinSet::new(), 0, 0);
        loop {
            // A few more than there were when nothing failed: a failure makes calls of its own, and the last ones must find none to strike.
            while next < calls + 3 && plays.len() < AT_ONCE {
                let (failure, skip) = (failure.clone(), next);
                plays.spawn(async move { failure.section(&purchase(&failure, skip).await).times == Some(0) });
                next += 1;
            }
            let Some(play) = plays.join_next().await else { break };
            fired += u32::from(play.unwrap());
        }
        tell!("{:?} {}: {calls} calls, {fired} of {next} struck", failure.target, failure.name);
        assert!(calls > 2 && (calls..next).contains(&fired), "{calls} calls, and {fired} were struck");
    }
}

/// One purchase with one failure; the faults as they are in the end.
async fn purchase(failure: &Failure, skip: u32) -> Faults {
    tell!("{:?} {} at call {}", failure.target, failure.name, skip + 1);
    let world = World::new().await;
    world.faults(failure.at(skip));
    world.say(ANN, "/start p_editor").await;
    for label in ["Buy ·", "USDT ›", "TRON"] {
        until(&world, ANN, |world| shows_button(world, ANN, label)).await;
        world.tap(ANN, label).await;
    }
    until(&world, ANN, |world| world.count(ANN, "Send exactly") > 0).await;
    let invoice = shown(&world, ANN);
    world.pay(&invoice.uuid, Payment::Exact).await;
    until(&world, ANN, |world| world.count(ANN, "EDIT-0001") > 0 && world.count(SELLER, "Sold to") > 0).await;
    let faults = world.sandbox.faults.get();
    world.faults(Faults::default());
    world.wait(120).await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 1, "{}", world.transcript(ANN));
    assert!(!world.shows(ANN, &invoice.address), "{}", world.transcript(ANN));
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.charge), (OrderState::Completed, Charge::Full));
    assert_eq!((world.balance(ANN).await, world.stock("editor").await, world.orders_of(ANN).await.len()), (0, 13, 1));
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 1, "nobody got a second address");
    assert!(world.cases().await.is_empty());
    world.end().await;
    faults
}

/// The program is a process of its own, and is killed while it waits for the answer to this very call.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_whichever_call_of_a_purchase_the_program_is_killed_it_is_served_once() {
    for target in [Target::Telegram, Target::CryptoCloud] {
        for after_accepting in [false, true] {
            let hang = CallFaults { hang_secs: Some(600), after_accepting, ..CallFaults::default() };
            let failure = Failure { name: if after_accepting { "killed after" } else { "killed before" }, target, fault: hang };
            let (mut plays, mut next, mut fired, mut over) = (JoinSet::new(), 0, 0, false);
            loop {
                // Until there is no such call any more.
                while !over && plays.len() < AT_ONCE {
                    let (failure, skip) = (failure.clone(), next);
                    plays.spawn(async move { failure.section(&killed(&failure, skip).await).times == Some(0) });
                    next += 1;
                }
                let Some(play) = plays.join_next().await else { break };
                let struck = play.unwrap();
                fired += u32::from(struck);
                over |= !struck;
            }
            tell!("{target:?}, {}: killed at {fired} calls", failure.name);
            assert!(fired > 2, "killed at {fired}");
        }
    }
}

/// One purchase with one kill; the faults as they are in the end.
async fn killed(failure: &Failure, skip: u32) -> Faults {
    tell!("{:?} {} call {}", failure.target, failure.name, skip + 1);
    let street = open(Street::new("info").await).await;
    let program = street.run();
    street.ready().await;
    let mut strikes = street.sandbox.faults.strikes();
    street.sandbox.faults.set(failure.at(skip));
    let end = Instant::now() + Duration::from_mins(5);
    let sandbox = street.sandbox.clone();
    let buyer = tokio::spawn(async move {
        buy(&sandbox, ANN, 1, end).await;
        quiet(&sandbox).await;
    });
    tokio::pin!(buyer);
    let program = tokio::select! {
        // Killed between the call and its answer.
        struck = strikes.changed() => {
            struck.unwrap();
            program.kill();
            let program = street.run();
            (&mut buyer).await.unwrap();
            program
        }
        bought = &mut buyer => {
            bought.unwrap();
            program
        }
    };
    let faults = street.sandbox.faults.get();
    street.sandbox.faults.set(Faults::default());
    assert!(program.terminate(PATIENCE).await.success(), "{}", street.log());
    let store = Store::open(&street.place(), &street.data_dir(), None).await.unwrap();
    check(&street.sandbox, &store, street.sandbox.clock.now()).await;
    store.close().await;
    let chat = transcript(&street.sandbox, ANN);
    assert_eq!(units(&street.sandbox, ANN).len(), 1, "{chat}");
    assert!(address(&street.sandbox, ANN).is_none(), "{chat}");
    assert_eq!(street.sandbox.cryptocloud.invoices().len(), 1, "nobody got a second address: {chat}");
    assert!(messages(&street.sandbox, SELLER).iter().any(|message| has(message, "Sold to")), "the seller was told");
    faults
}
