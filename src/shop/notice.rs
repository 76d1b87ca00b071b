//! What a person must hear and has not asked for. A notice is a job before it is a message, so that none is lost.

use serde::{Deserialize, Serialize};

use super::{Result, Shop};
use crate::domain::customer::{CustomerId, Role};
use crate::domain::money::{Currency, Fiat};
use crate::domain::order::OrderId;
use crate::store::{self, CaseKind, Conn, JobKind, NewJob, new_id};

/// So many cases with the same words are opened about one order, one after another.
pub(super) const SAME_CASES_MAX: u32 = 50;

/// Something to tell one person, in that person's language once it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// To the staff: an order was paid.
    Sale { order: String },
    /// To the staff: a case was opened.
    Case { order: String, kind: String, detail: String },
    /// To the staff: a backup was put back, and so many units are not sold by themselves any more.
    Restored { units: i64 },
    /// To the staff: the payment provider needs somebody.
    ProviderTrouble { detail: String },
    /// To a buyer: money that bought nothing became credit.
    Credited { order: String, minor: i64, currency: String, why: CreditReason },
    /// To the staff: the same.
    CustomerCredited { order: String, minor: i64, currency: String, why: CreditReason },
    /// To a buyer: the seller has handed the order over.
    HandedOver { order: String },
    /// To a buyer: the seller has sent the money of an order back; `note`: the transaction, or how else.
    Refunded { order: String, note: String },
    /// To a buyer: the seller gives more time to pay.
    Extended { order: String },
    /// To a buyer: paid, but a person must look after it.
    NeedsSeller { order: String },
    /// To a buyer: money came that does not fit its order, and the seller decides about it.
    MoneyHeld { order: String },
    // People.
    /// To a customer: the seller gave credit, or took it (below zero).
    CreditByHand { minor: i64, currency: String },
    /// To a customer, in the shop's name, about an order or not.
    #[serde(alias = "about_order")]
    FromSeller {
        #[serde(alias = "text")]
        words: String,
        #[serde(default)]
        order: Option<String>,
    },
    /// To the owners: somebody took an invitation.
    StaffJoined { who: i64, name: String, role: String },
    /// To somebody who is, or was, of the staff.
    YourRole { role: Option<String> },
    /// To the staff: a customer wrote; the id of what was kept.
    Support { message: String },
    /// To a customer: the staff answered; the id of what was kept.
    SupportAnswer { message: String },
    /// To others of the staff: one of them answered a customer.
    SupportAnswered { message: String },
    /// To a buyer: the time in a channel or group is nearly over.
    MembershipEnds { title: String, product: String, ends_at: i64 },
    /// To a buyer: it is over.
    MembershipOver { title: String, product: String },
    // What the seller writes, and learns of the shop.
    /// To a buyer: the seller has taken an unpaid order back.
    CancelledBySeller { order: String },
    /// To the staff: a product, or one of its options, has just run low.
    LowStock {
        product: String,
        left: i64,
        #[serde(default)]
        option: Option<String>,
    },
    /// To an owner: a day of the shop; `day`: days since 1970.
    Daily { day: i64 },
    // Where notices go.
    /// To the owner who chose it: the staff's notices go to a group now.
    NoticesHere { title: String },
    /// To the owners: the group takes none any more, and they come to the private chats.
    NoticesHome { title: String },
    /// To the owners: who chose the group is none any more, and notices come to the private chats.
    NoticesEnded { title: String },
    /// To the owners: the group of the staff takes nothing any more, and what customers write comes to the private chats.
    StaffGroupGone,
    /// To the owners: whoever chose the group in which the staff answers customers is no owner any more.
    StaffGroupEnded,
    // What is told once.
    /// To whoever imported a catalog: the secrets that it made, by product.
    NewSecrets { secrets: Vec<(String, String)> },
}

/// Why money became credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditReason {
    /// More came than was due.
    Surplus,
    /// The order had been paid already.
    Duplicate,
    /// Less came than was due, and the time is over.
    Short,
    /// It came late, and the credit that was to pay for the other part was spent meanwhile.
    CreditSpent,
    /// It came after the order had ended.
    Late,
    /// The seller decided so.
    Seller,
}

impl CreditReason {
    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Surplus => "surplus",
            Self::Duplicate => "duplicate",
            Self::Short => "short",
            Self::CreditSpent => "credit_spent",
            Self::Late => "late",
            Self::Seller => "seller",
        }
    }
}

/// How much a notice may disturb in quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Of the staff: it can wait for the morning.
    CanWait,
    /// Of the staff: somebody must decide, or look after it.
    Urgent,
    /// For one person alone, a buyer most of the time: quiet hours are not theirs.
    Rings,
}

impl Notice {
    /// How much it may disturb in quiet hours. Complete on purpose: whoever adds a notice is asked.
    pub fn weight(&self) -> Weight {
        match self {
            Self::Sale { .. } | Self::CustomerCredited { .. } | Self::LowStock { .. } | Self::Daily { .. } => Weight::CanWait,
            Self::Case { .. } | Self::Restored { .. } | Self::ProviderTrouble { .. } => Weight::Urgent,
            Self::Credited { .. }
            | Self::HandedOver { .. }
            | Self::Refunded { .. }
            | Self::Extended { .. }
            | Self::NeedsSeller { .. }
            | Self::MoneyHeld { .. }
            | Self::CreditByHand { .. }
            | Self::FromSeller { .. }
            | Self::StaffJoined { .. }
            | Self::YourRole { .. }
            | Self::Support { .. }
            | Self::SupportAnswer { .. }
            | Self::SupportAnswered { .. }
            | Self::MembershipEnds { .. }
            | Self::MembershipOver { .. }
            | Self::CancelledBySeller { .. }
            | Self::NoticesHere { .. }
            | Self::NoticesHome { .. }
            | Self::NoticesEnded { .. }
            | Self::StaffGroupGone
            | Self::StaffGroupEnded
            | Self::NewSecrets { .. } => Weight::Rings,
        }
    }
}

impl Notice {
    /// Whether it is for the staff alone, and of which roles; none: it is not. Complete on purpose, as above.
    pub fn of_staff(&self) -> Option<&'static [Role]> {
        const ALL: &[Role] = &[Role::Owner, Role::Manager, Role::Support];
        const OWNERS: &[Role] = &[Role::Owner];
        match self {
            Self::Sale { .. }
            | Self::Case { .. }
            | Self::Restored { .. }
            | Self::ProviderTrouble { .. }
            | Self::CustomerCredited { .. }
            | Self::LowStock { .. }
            | Self::Support { .. }
            | Self::SupportAnswered { .. } => Some(ALL),
            Self::NewSecrets { .. } => Some(&[Role::Owner, Role::Manager]),
            Self::StaffJoined { .. }
            | Self::Daily { .. }
            | Self::NoticesHere { .. }
            | Self::NoticesHome { .. }
            | Self::NoticesEnded { .. }
            | Self::StaffGroupGone
            | Self::StaffGroupEnded => Some(OWNERS),
            Self::Credited { .. }
            | Self::HandedOver { .. }
            | Self::Refunded { .. }
            | Self::Extended { .. }
            | Self::NeedsSeller { .. }
            | Self::MoneyHeld { .. }
            | Self::CreditByHand { .. }
            | Self::FromSeller { .. }
            | Self::YourRole { .. }
            | Self::SupportAnswer { .. }
            | Self::MembershipEnds { .. }
            | Self::MembershipOver { .. }
            | Self::CancelledBySeller { .. } => None,
        }
    }
}

/// The money in a notice; none when an older release wrote something that is no currency now.
pub fn amount(minor: i64, currency: &str) -> Option<Fiat> {
    Some(Fiat::new(minor, Currency::parse(currency)?))
}

/// To whom a notice goes, as a job carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    pub to: i64,
    #[serde(flatten)]
    pub notice: Notice,
}

/// Tells one person. The same `about` tells the same person once.
pub(super) async fn tell(tx: &mut Conn, to: CustomerId, about: &str, notice: Notice, now_millis: i64) -> store::Result<()> {
    let addressed = Addressed { to: to.0, notice };
    let payload = serde_json::to_string(&addressed).map_err(|_| store::Error::corrupt("a notice that is no JSON"))?;
    let key = format!("{about}:{to}");
    let lane = if addressed.notice.weight() == Weight::CanWait { waiting_lane(to) } else { lane(to) };
    tx.ask_once(&NewJob { kind: JobKind::Notice, key, lane, payload, run_at: now_millis.div_euclid(1_000) }, now_millis).await
}

impl Shop {
    /// A notice that this release cannot read waits for one that can, and holds up nobody who waits in the same lane. It keeps its name: what is
    /// told once is told once.
    pub async fn leave_to_newer(&self, key: &str, payload: &str) -> Result<()> {
        let lane = format!("notice-newer:{key}");
        let job = NewJob { kind: JobKind::Notice, key: format!("{NEWER}{key}"), lane, payload: payload.to_owned(), run_at: self.now() };
        let now_millis = self.clock.now_millis();
        self.write(move |tx| Box::pin(async move { tx.ask_once(&job, now_millis).await })).await
    }
}

/// What the key of a notice begins with that waits for a newer release.
pub const NEWER: &str = "newer:";

/// One lane for a person: whoever cannot be written to just now holds up nobody else.
pub(super) fn lane(to: CustomerId) -> String {
    format!("notice:{to}")
}

/// A second one for what can wait: many sales, which a chat takes one a second, hold up no word of a case.
fn waiting_lane(to: CustomerId) -> String {
    format!("notice-later:{to}")
}

/// Makes everything due now that waits to be told to one person.
pub(super) async fn hurry(tx: &mut Conn, to: CustomerId, now: i64) -> store::Result<()> {
    tx.hurry(&lane(to), now).await?;
    tx.hurry(&waiting_lane(to), now).await
}

/// Tells everybody who looks after orders: in the group that an owner has chosen for it, else everybody in private.
pub(super) async fn tell_staff(tx: &mut Conn, about: &str, notice: &Notice, now_millis: i64) -> store::Result<()> {
    match super::notice_place::notice_place(tx).await? {
        Some(place) => tell(tx, CustomerId(place.chat), about, notice.clone(), now_millis).await,
        None => tell_each(tx, about, notice, now_millis).await,
    }
}

/// Tells everybody who looks after orders in private.
pub(super) async fn tell_each(tx: &mut Conn, about: &str, notice: &Notice, now_millis: i64) -> store::Result<()> {
    for (id, role) in tx.staff().await? {
        match role {
            Role::Owner | Role::Manager | Role::Support => tell(tx, id, about, notice.clone(), now_millis).await?,
        }
    }
    Ok(())
}

/// Tells every owner, all but one when one knows it.
pub(super) async fn tell_owners(
    tx: &mut Conn,
    about: &str,
    but: Option<CustomerId>,
    notice: &Notice,
    now_millis: i64,
) -> store::Result<()> {
    for (id, role) in tx.staff().await? {
        if role == Role::Owner && Some(id) != but {
            tell(tx, id, about, notice.clone(), now_millis).await?;
        }
    }
    Ok(())
}

/// Opens a case and tells the staff; nothing when the same case was opened before.
pub(super) async fn open_case(tx: &mut Conn, case: store::NewCase, now_millis: i64) -> store::Result<bool> {
    let now = now_millis.div_euclid(1_000);
    let Some(id) = tx.open_case(&case, now).await? else { return Ok(false) };
    tracing::warn!(order.id = %case.order, case.kind = case.kind.code(), detail = %case.detail, "a case was opened");
    let kind: CaseKind = case.kind;
    let notice = Notice::Case { order: case.order.as_str().to_owned(), kind: kind.code().to_owned(), detail: case.detail };
    tell_staff(tx, &format!("case:{id}"), &notice, now_millis).await?;
    Ok(true)
}

/// Opens a case about an order, unless one of its kind is open; the same may come again once that one was closed.
pub(super) async fn open_once(tx: &mut Conn, order: &OrderId, kind: CaseKind, detail: &str, now_millis: i64) -> store::Result<bool> {
    if tx.open_cases_of(order).await?.iter().any(|case| case.kind == kind) {
        return Ok(false);
    }
    for time in 1..=SAME_CASES_MAX {
        let detail = if time == 1 { detail.to_owned() } else { format!("{detail} ({time})") };
        if open_case(tx, store::NewCase { order: order.clone(), invoice: None, kind, detail }, now_millis).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A key for a notice that may be repeated.
pub(super) fn fresh(about: &str) -> String {
    format!("{about}:{}", new_id())
}
