//! What the staff does to the shop, by name: written down for good.

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeedKind {
    ProductMade,
    ProductChanged,
    ProductDropped,
    StockAdded,
    StockTakenOut,
    SettingChanged,
    CaseClosed,
    CaseCredited,
    RefundRecorded,
    HeldServed,
    HandedOver,
    SentAgain,
    Extended,
    CreditGiven,
    CreditTaken,
    NoteChanged,
    WrittenTo,
    Blocked,
    Unblocked,
    StaffInvited,
    StaffJoined,
    RoleChanged,
    StaffRemoved,
    GroupChanged,
    Answered,
    CatalogImported,
    OrderCancelled,
    BroadcastWritten,
    BroadcastSent,
    BroadcastSteered,
    FileTaken,
    CategoryChanged,
    /// A change that has no name of its own; what was tapped or filled in says it.
    Other,
}

impl DeedKind {
    /// Every kind.
    pub const ALL: [Self; 33] = [
        Self::ProductMade,
        Self::ProductChanged,
        Self::ProductDropped,
        Self::StockAdded,
        Self::StockTakenOut,
        Self::SettingChanged,
        Self::CaseClosed,
        Self::CaseCredited,
        Self::RefundRecorded,
        Self::HeldServed,
        Self::HandedOver,
        Self::SentAgain,
        Self::Extended,
        Self::CreditGiven,
        Self::CreditTaken,
        Self::NoteChanged,
        Self::WrittenTo,
        Self::Blocked,
        Self::Unblocked,
        Self::StaffInvited,
        Self::StaffJoined,
        Self::RoleChanged,
        Self::StaffRemoved,
        Self::GroupChanged,
        Self::Answered,
        Self::CatalogImported,
        Self::OrderCancelled,
        Self::BroadcastWritten,
        Self::BroadcastSent,
        Self::BroadcastSteered,
        Self::FileTaken,
        Self::CategoryChanged,
        Self::Other,
    ];

    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::ProductMade => "product_made",
            Self::ProductChanged => "product_changed",
            Self::ProductDropped => "product_dropped",
            Self::StockAdded => "stock_added",
            Self::StockTakenOut => "stock_taken_out",
            Self::SettingChanged => "setting_changed",
            Self::CaseClosed => "case_closed",
            Self::CaseCredited => "case_credited",
            Self::RefundRecorded => "refund_recorded",
            Self::HeldServed => "held_served",
            Self::HandedOver => "handed_over",
            Self::SentAgain => "sent_again",
            Self::Extended => "extended",
            Self::CreditGiven => "credit_given",
            Self::CreditTaken => "credit_taken",
            Self::NoteChanged => "note_changed",
            Self::WrittenTo => "written_to",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::StaffInvited => "staff_invited",
            Self::StaffJoined => "staff_joined",
            Self::RoleChanged => "role_changed",
            Self::StaffRemoved => "staff_removed",
            Self::GroupChanged => "group_changed",
            Self::Answered => "answered",
            Self::CatalogImported => "catalog_imported",
            Self::OrderCancelled => "order_cancelled",
            Self::BroadcastWritten => "broadcast_written",
            Self::BroadcastSent => "broadcast_sent",
            Self::BroadcastSteered => "broadcast_steered",
            Self::FileTaken => "file_taken",
            Self::CategoryChanged => "category_changed",
            Self::Other => "other",
        }
    }

    /// The kind stored under `code`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}
