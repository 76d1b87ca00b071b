//! When a notification leaves, how often, and what is kept of it: the faults of the moment decide (fact sheet section 12).

use crate::sandbox::faults::PostbackFaults;

use super::Provider;
use super::postback::Postback;

/// Sandbox seconds after which a postback that was not answered with 2xx is sent again; after the last, never more.
const RESEND_AFTER_SECS: [i64; 2] = [15, 60];

impl Provider {
    /// Waits until every postback that is due by the sandbox's clock has had its answer.
    pub async fn postbacks_done(&self) {
        let mut waiting = self.0.waiting.subscribe();
        // An error would mean that the sender is gone, and it lives in `self`.
        let _ = waiting.wait_for(|waiting| waiting.iter().all(|(_, due)| *due > self.0.clock.now())).await;
    }

    /// Makes the notification of an invoice ready, with the faults of this moment.
    pub(super) fn notify(&self, uuid: &str) {
        let faults = self.0.faults.get().postbacks;
        let number = self.change(|state, _| {
            state.postbacks += 1;
            state.postbacks
        });
        // Spreads the losses evenly: with 30 percent, the numbers 30, 60, 90, 20, 50, 80, 10, 40, 70, 0 of a hundred decide.
        if number.wrapping_mul(37) % 100 < u64::from(faults.drop_percent) {
            self.answered(uuid, "lost", false);
            return;
        }
        let due = self.0.clock.now() + i64::from(faults.delay_secs);
        self.0.waiting.send_modify(|waiting| waiting.push((number, due)));
        let (provider, uuid) = (self.clone(), uuid.to_owned());
        tokio::spawn(async move { provider.deliver(number, uuid, due, faults).await });
    }

    /// Sends one notification when it is due, and again when nobody takes it.
    async fn deliver(&self, number: u64, uuid: String, mut due: i64, faults: PostbackFaults) {
        let mut pauses = RESEND_AFTER_SECS.into_iter();
        loop {
            while self.0.clock.now() < due {
                self.0.clock.sleep_until(due).await;
            }
            let sendings = (0..=faults.copies).map(|_| self.send(&uuid, &faults));
            let answers = futures_util::future::join_all(sendings).await;
            let taken = answers.iter().any(|answer| answer.starts_with('2') || answer == "nowhere");
            let Some(pause) = pauses.next().filter(|_| !taken) else { break };
            due = self.0.clock.now() + pause;
            self.0.waiting.send_modify(|waiting| {
                waiting.iter_mut().filter(|(other, _)| *other == number).for_each(|(_, at)| *at = due);
            });
        }
        self.0.waiting.send_modify(|waiting| waiting.retain(|(other, _)| *other != number));
    }

    /// Sends one notification with a fresh token and keeps what came of it.
    async fn send(&self, uuid: &str, faults: &PostbackFaults) -> String {
        let (invoice, url, other) = {
            let state = self.lock();
            let other = state.invoices.newest_first().find(|invoice| invoice.uuid != uuid).map(|invoice| invoice.uuid.clone());
            (state.invoices.find(uuid).cloned(), state.postback_url.clone(), other)
        };
        let (Some(invoice), Some(url), Some(http)) = (invoice, url, &self.0.http) else {
            self.answered(uuid, "nowhere", false);
            return "nowhere".to_owned();
        };
        let other = other.unwrap_or_else(|| "INV-00000000".to_owned());
        let now = self.0.clock.now();
        let postback = Postback::new(&invoice, &self.0.keys.secret_key, now, faults.forge, &other, faults.form);
        let answer = postback.send(http, &url).await;
        self.answered(uuid, &answer, true);
        answer
    }

    fn answered(&self, uuid: &str, answer: &str, sent: bool) {
        self.change(|state, _| {
            if let Some(invoice) = state.invoices.find_mut(uuid) {
                invoice.postbacks_sent += u32::from(sent);
                invoice.last_postback = Some(answer.to_owned());
            }
        });
    }
}
