//! The provider's coins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Coin {
    UsdtTrc20,
}
impl Coin {
    /// By the provider's code.
    pub fn parse(code: &str) -> Option<Self> {
        (code == "USDT_TRC20").then_some(Self::UsdtTrc20)
    }
    /// The provider's code.
    pub fn code(self) -> &'static str {
        "USDT_TRC20"
    }
}
