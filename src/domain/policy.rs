//! What the shop's owner decides about money that does not fit, about how long an address may be paid to, and when stock counts as low.
//! Whatever is chosen, money ends as goods, as credit or as a case: never in silence.

/// What becomes of money that buys nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unspent {
    /// It is the buyer's credit at once.
    Credit,
    /// It is a case: the seller decides.
    Ask,
}

/// What becomes of the whole price of an order that had ended unpaid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Late {
    /// The order is served, from what is left.
    Serve,
    /// It is the buyer's credit.
    Credit,
    /// It is a case: the seller decides.
    Ask,
}

/// The owner's decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Part of a price, when the offer has ended.
    pub short: Unspent,
    /// What came on top of a price.
    pub surplus: Unspent,
    /// A surplus of up to so many hundredths of the price is change: rates and fees round.
    pub surplus_percent: u8,
    pub late: Late,
    /// How long an address can be paid to, in minutes.
    pub offer_minutes: u16,
    /// A product with so many units or fewer is nearly sold out.
    pub low_stock: u16,
}

impl Default for Policy {
    fn default() -> Self {
        Self { short: Unspent::Credit, surplus: Unspent::Credit, surplus_percent: 1, late: Late::Serve, offer_minutes: 60, low_stock: 3 }
    }
}

/// One decision with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    Short(Unspent),
    Surplus(Unspent),
    SurplusPercent(u8),
    Late(Late),
    OfferMinutes(u16),
    LowStock(u16),
}

const UNSPENT: [Unspent; 2] = [Unspent::Credit, Unspent::Ask];
const LATE: [Late; 3] = [Late::Serve, Late::Credit, Late::Ask];
const PERCENTS: [u8; 5] = [0, 1, 2, 5, 10];
/// The provider's bounds are not documented; a quarter of an hour to a day is in use (fact sheet section 2).
const MINUTES: [u16; 6] = [15, 30, 60, 120, 360, 1_440];
const LEVELS: [u16; 6] = [0, 1, 3, 5, 10, 20];

impl Rule {
    /// Every decision with every value that can be chosen, those of one decision together.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        all.extend(UNSPENT.map(Self::Short));
        all.extend(UNSPENT.map(Self::Surplus));
        all.extend(PERCENTS.map(Self::SurplusPercent));
        all.extend(LATE.map(Self::Late));
        all.extend(MINUTES.map(Self::OfferMinutes));
        all.extend(LEVELS.map(Self::LowStock));
        all
    }

    /// What it is about and its value, as buttons and the store write it.
    pub fn code(self) -> String {
        match self {
            Self::Short(what) => format!("short.{}", unspent_code(what)),
            Self::Surplus(what) => format!("surplus.{}", unspent_code(what)),
            Self::SurplusPercent(percent) => format!("change.{percent}"),
            Self::Late(what) => format!("late.{}", late_code(what)),
            Self::OfferMinutes(minutes) => format!("minutes.{minutes}"),
            Self::LowStock(level) => format!("low.{level}"),
        }
    }

    /// The decision that is written so; none when it cannot be chosen.
    pub fn parse(code: &str) -> Option<Self> {
        Self::all().into_iter().find(|rule| rule.code() == code)
    }

    /// The value after this one, for a button that goes round.
    pub fn next(self) -> Self {
        let same: Vec<Self> =
            Self::all().into_iter().filter(|rule| std::mem::discriminant(rule) == std::mem::discriminant(&self)).collect();
        let at = same.iter().position(|rule| *rule == self).map_or(0, |at| at + 1);
        same.get(at).or(same.first()).copied().unwrap_or(self)
    }
}

impl Policy {
    /// Every decision with the value that it has here.
    pub fn rules(self) -> [Rule; 6] {
        [
            Rule::Short(self.short),
            Rule::Surplus(self.surplus),
            Rule::SurplusPercent(self.surplus_percent),
            Rule::Late(self.late),
            Rule::OfferMinutes(self.offer_minutes),
            Rule::LowStock(self.low_stock),
        ]
    }

    /// The same with one decision made anew.
    #[must_use]
    pub fn with(mut self, rule: Rule) -> Self {
        match rule {
            Rule::Short(what) => self.short = what,
            Rule::Surplus(what) => self.surplus = what,
            Rule::SurplusPercent(percent) => self.surplus_percent = percent,
            Rule::Late(what) => self.late = what,
            Rule::OfferMinutes(minutes) => self.offer_minutes = minutes,
            Rule::LowStock(level) => self.low_stock = level,
        }
        self
    }

    /// How long an address can be paid to, in seconds.
    pub fn offer_secs(self) -> i64 {
        i64::from(self.offer_minutes) * 60
    }

    /// Whether a surplus is worth more than change, both in minor units.
    pub fn is_change(self, surplus_minor: i64, price_minor: i64) -> bool {
        i128::from(surplus_minor) * 100 <= i128::from(price_minor) * i128::from(self.surplus_percent)
    }
}

fn unspent_code(what: Unspent) -> &'static str {
    match what {
        Unspent::Credit => "credit",
        Unspent::Ask => "ask",
    }
}

fn late_code(what: Late) -> &'static str {
    match what {
        Late::Serve => "serve",
        Late::Credit => "credit",
        Late::Ask => "ask",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decision_is_read_back_and_nothing_else_is() {
        for rule in Rule::all() {
            assert_eq!(Rule::parse(&rule.code()), Some(rule));
            assert!(Policy::default().with(rule).rules().contains(&rule));
        }
        for junk in ["", "short", "short.", "short.serve", "minutes.61", "low.-1", "late.credit "] {
            assert_eq!(Rule::parse(junk), None, "{junk:?}");
        }
    }

    #[test]
    fn a_decision_goes_round_through_all_its_values() {
        for first in Policy::default().rules() {
            let mut seen = vec![first];
            while seen.last().unwrap().next() != first {
                seen.push(seen.last().unwrap().next());
            }
            let all = Rule::all().into_iter().filter(|rule| std::mem::discriminant(rule) == std::mem::discriminant(&first)).count();
            assert_eq!(seen.len(), all, "{first:?}");
        }
    }

    #[test]
    fn change_is_up_to_so_many_hundredths_of_the_price() {
        let policy = Policy::default();
        assert_eq!([10, 11].map(|surplus| policy.is_change(surplus, 1_000)), [true, false]);
        assert_eq!([0, 1].map(|surplus| policy.with(Rule::SurplusPercent(0)).is_change(surplus, 1_000)), [true, false]);
        assert!(!policy.is_change(i64::MAX, 1));
        assert!(policy.is_change(1, i64::MAX));
    }

    #[test]
    fn an_offer_lasts_as_many_minutes_as_were_chosen() {
        assert_eq!(Policy::default().offer_secs(), 3_600);
        assert_eq!(Policy::default().with(Rule::OfferMinutes(15)).offer_secs(), 900);
    }
}
