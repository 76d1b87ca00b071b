//! The sentences by name, each with its parts. Amounts and dates arrive as finished words, counts as numbers.

/// Words that are HTML already, made by a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Html<'a>(pub &'a str);

/// One part of a sentence.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    Text(&'a str),
    Html(&'a str),
    Count(i64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<Html<'a>> for Arg<'a> {
    fn from(html: Html<'a>) -> Self {
        Self::Html(html.0)
    }
}

impl From<i64> for Arg<'_> {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

/// Something to put into a part where no real one is at hand.
trait Sample {
    const SAMPLE: Self;
}

impl Sample for &str {
    const SAMPLE: Self = "Fish & Chips <3";
}

impl Sample for Html<'_> {
    const SAMPLE: Self = Html("<b>words</b>");
}

impl Sample for i64 {
    const SAMPLE: Self = 5;
}

macro_rules! texts {
    ($($name:ident $key:literal $({ $($field:ident: $ty:ty),+ })?),+ $(,)?) => {
        /// Every sentence the bot says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Text<'a> {
            $($name $({ $($field: $ty),+ })?),+
        }

        impl<'a> Text<'a> {
            /// The name of the sentence in the language files.
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$name $({ $($field: _),+ })? => $key),+
                }
            }

            /// Its parts by name.
            pub fn args(self) -> Vec<(&'static str, Arg<'a>)> {
                match self {
                    $(Self::$name $({ $($field),+ })? => vec![$($((stringify!($field), Arg::from($field))),+)?]),+
                }
            }

            /// Every sentence once, with made-up parts.
            pub fn samples() -> Vec<Self> {
                vec![$(Self::$name $({ $($field: Sample::SAMPLE),+ })?),+]
            }
        }
    };
}

texts! {
    // The front and the shelves.
    FrontTitle "front-title" { shop: &'a str },
    FrontGreeting "front-greeting",
    FrontEmpty "front-empty",
    ShelfTitle "shelf-title" { name: &'a str },
    ShelfEmpty "shelf-empty",
    NotUnderstood "not-understood",
    OldButton "old-button",
    Sorry "sorry" { reference: &'a str },

    // A product.
    ProductPrice "product-price" { price: &'a str },
    ProductTotal "product-total" { price: &'a str, quantity: i64, total: &'a str },
    ProductSoldOut "product-sold-out",
    ProductFew "product-few" { count: i64 },
    ProductInstant "product-instant",
    ProductByHand "product-by-hand",
    ProductGone "product-gone",
    OnlyLeft "only-left" { count: i64 },

    // Buying.
    OrderSummary "order-summary" { order: &'a str, what: Html<'a>, total: &'a str },
    OrderCredit "order-credit" { amount: &'a str },
    OrderGone "order-gone",
    HintText "hint-text",
    HintAddress "hint-address",
    HintPhone "hint-phone",
    HintChoice "hint-choice",
    AnswerTooLong "answer-too-long" { count: i64 },
    AnswerUnfit "answer-unfit",
    PickAsset "pick-asset",
    PickAssetRest "pick-asset-rest" { credit: &'a str, rest: &'a str },
    PickNetwork "pick-network" { asset: &'a str },
    FeeLow "fee-low",
    FeeMedium "fee-medium",
    FeeHigh "fee-high",
    NoCoins "no-coins",
    AskCancel "ask-cancel",
    ToastAsking "toast-asking",
    ToastSoldOut "toast-sold-out",
    ToastTooManyOpen "toast-too-many-open",
    ToastTooOften "toast-too-often",
    ToastCoinOff "toast-coin-off",
    ToastChanged "toast-changed",
    ToastCreditCovers "toast-credit-covers",
    ToastCreditTooLittle "toast-credit-too-little",
    ToastPaidWithCredit "toast-paid-with-credit",
    ToastMoneySeen "toast-money-seen",
    ToastChecking "toast-checking",
    ToastCancelled "toast-cancelled",
    ToastResent "toast-resent",
    ToastNothingToSend "toast-nothing-to-send",

    // The payment card.
    CardAsking "card-asking" { asset: &'a str, network: &'a str },
    CardSlow "card-slow" { asset: &'a str, network: &'a str },
    CardPay "card-pay" { amount: &'a str, asset: &'a str, network: &'a str, address: &'a str, before: Html<'a> },
    CardRules "card-rules" { asset: &'a str, network: &'a str },
    CardRulesRest "card-rules-rest" { asset: &'a str, network: &'a str },
    CardPart "card-part" { paid: &'a str, asset: &'a str },
    CardChecking "card-checking",
    CardNoAddress "card-no-address" { asset: &'a str, network: &'a str },
    CardPaid "card-paid",
    CardReceived "card-received" { amount: &'a str, asset: &'a str, network: &'a str },
    CardExpired "card-expired",
    CardCredited "card-credited" { amount: &'a str },
    CardCancelled "card-cancelled",
    CardGivenBack "card-given-back",

    // Goods.
    GoodsComing "goods-coming" { order: &'a str },
    GoodsTitle "goods-title" { order: &'a str },
    GoodsAsFile "goods-as-file" { order: &'a str },
    GoodsFiles "goods-files" { count: i64 },
    GoodsAgain "goods-again",
    GoodsReveal "goods-reveal",
    SellerNote "seller-note" { note: &'a str },

    // Orders.
    OrdersTitle "orders-title",
    OrdersNone "orders-none",
    WordWaiting "word-waiting",
    WordSeen "word-seen",
    WordPaid "word-paid",
    WordDelivering "word-delivering",
    WordDelivered "word-delivered",
    WordNeedsYou "word-needs-you",
    WordCancelled "word-cancelled",
    WordExpired "word-expired",
    StandingWaiting "standing-waiting",
    StandingSeen "standing-seen",
    StandingPaid "standing-paid",
    StandingDelivering "standing-delivering",
    StandingDelivered "standing-delivered",
    StandingNeedsYou "standing-needs-you",
    StandingCancelled "standing-cancelled",
    StandingExpired "standing-expired",

    // Pages.
    Help "help" { shop: &'a str },
    Support "support" { contact: &'a str },
    SupportNone "support-none",
    Terms "terms",
    Privacy "privacy",
    Balance "balance" { amount: &'a str },
    CreditSurplus "credit-surplus" { order: &'a str },
    CreditDuplicate "credit-duplicate" { order: &'a str },
    CreditShort "credit-short" { order: &'a str },
    CreditLate "credit-late" { order: &'a str },
    CreditSpentOn "credit-spent-on" { order: &'a str },
    CreditCompleted "credit-completed" { order: &'a str },
    CreditReturned "credit-returned" { order: &'a str },
    CreditSeller "credit-seller" { order: &'a str },
    CreditOther "credit-other",
    LanguagePage "language-page",

    // Forms.
    FormTextPlease "form-text-please",
    FormEnded "form-ended",

    // Notices.
    NoticeSale "notice-sale" { buyer: &'a str },
    NoticeHandOver "notice-hand-over",
    NoticeCase "notice-case" { order: &'a str, what: &'a str, detail: &'a str },
    NoticeProvider "notice-provider" { detail: &'a str },
    NoticeRestored "notice-restored" { units: i64 },
    NoticeSurplus "notice-surplus" { order: &'a str, amount: &'a str },
    NoticeDuplicate "notice-duplicate" { order: &'a str, amount: &'a str },
    NoticeShort "notice-short" { order: &'a str, amount: &'a str },
    NoticeCreditSpent "notice-credit-spent" { order: &'a str, amount: &'a str },
    NoticeRefunded "notice-refunded" { order: &'a str, note: &'a str },
    NoticeSellerCredit "notice-seller-credit" { order: &'a str, amount: &'a str },
    NoticeCustomerCredited "notice-customer-credited" { order: &'a str, amount: &'a str, reason: &'a str },
    NoticeHandedOver "notice-handed-over" { order: &'a str },
    NoticeNeedsSeller "notice-needs-seller" { order: &'a str },

    // The seller.
    Claimed "claimed",
    ClaimRefused "claim-refused",
    NotAllowed "not-allowed", PanelTitle "panel-title" { shop: &'a str }, PanelSales "panel-sales" { orders: i64, sum: &'a str },
    PanelToHandOver "panel-to-hand-over" { count: i64 }, PanelCases "panel-cases" { count: i64 },
    PanelLow "panel-low" { name: &'a str, count: i64 }, ProductsTitle "products-title", ProductsNone "products-none",
    ProductNotThere "product-not-there", ProductArchived "product-archived", AskArchive "ask-archive" { name: &'a str },
    StateDraft "state-draft", StateOnSale "state-on-sale", StateHidden "state-hidden", StateArchived "state-archived",
    FactNoCategory "fact-no-category", FactCategory "fact-category" { name: &'a str }, FactQuantity "fact-quantity" { most: i64 },
    FactStock "fact-stock" { count: i64 }, FactSold "fact-sold" { count: i64 }, FactText "fact-text",
    FactNothingGiven "fact-nothing-given", FactAsked "fact-asked" { asked: &'a str }, FactNothingAsked "fact-nothing-asked",
    ChangeKept "change-kept", PriceChanged "price-changed" { before: &'a str, after: &'a str }, NowItIs "now-it-is",
    NewProductTitle "new-product-title" { name: &'a str }, NewProductDropped "new-product-dropped", NewProductKept "new-product-kept",
    NewProductOnSale "new-product-on-sale", NewProductHidden "new-product-hidden", AskKind "ask-kind", AskName "ask-name",
    AskPrice "ask-price" { currency: &'a str }, AskCategory "ask-category", AskCategoryName "ask-category-name",
    AskDescription "ask-description", AskPicture "ask-picture", AskQuantity "ask-quantity", AskStock "ask-stock" { count: i64 },
    AskFiles "ask-files", AskQuestion "ask-question", AskQuestionLabel "ask-question-label", AskPublish "ask-publish",
    AskPublishEmpty "ask-publish-empty", QuestionAddress "question-address", QuestionPhone "question-phone",
    GoodsTextKept "goods-text-kept", GoodsFileKept "goods-file-kept" { name: &'a str }, GoodsCleared "goods-cleared",
    StockAdded "stock-added" { added: i64 }, StockAddedKnown "stock-added-known" { added: i64, known: i64 }, WrongEmpty "wrong-empty",
    WrongTooLong "wrong-too-long" { chars: i64, most: i64 }, WrongPrice "wrong-price", WrongPricePrecise "wrong-price-precise",
    WrongPriceZero "wrong-price-zero", WrongPriceLarge "wrong-price-large", WrongQuantity "wrong-quantity" { most: i64 },
    WrongTapPlease "wrong-tap-please", WrongWordsWanted "wrong-words-wanted", WrongOther "wrong-other",
    WrongPictureWanted "wrong-picture-wanted", WrongPicture "wrong-picture", WrongFileSize "wrong-file-size" { megabytes: i64 },
    WrongFileEmpty "wrong-file-empty", WrongFileFetch "wrong-file-fetch", WrongFilesFull "wrong-files-full",
    WrongNotLines "wrong-not-lines", WrongPhotoAsGoods "wrong-photo-as-goods", WrongEncoding "wrong-encoding",
    WrongLines "wrong-lines" { lines: &'a str, count: i64, most: i64 }, WrongTooMany "wrong-too-many" { count: i64, most: i64 },
    WrongNothingToGive "wrong-nothing-to-give", SellerOrdersTitle "seller-orders-title", SellerOrdersNone "seller-orders-none",
    SellerOrdersWaiting "seller-orders-waiting", SellerOrdersNoneWaiting "seller-orders-none-waiting",
    SellerOrderWhich "seller-order-which", SellerOrderNotThere "seller-order-not-there",
    SellerOrderTitle "seller-order-title" { order: &'a str, total: &'a str }, SellerOrderBuyer "seller-order-buyer" { buyer: Html<'a> },
    SellerOrderPlaced "seller-order-placed" { at: Html<'a> }, SellerOrderPaid "seller-order-paid" { at: Html<'a> },
    SellerOrderLine "seller-order-line" { name: &'a str, quantity: i64, price: &'a str },
    SellerOrderNote "seller-order-note" { note: &'a str }, SellerBuyerGone "seller-buyer-gone",
    SellerInvoiceReceived "seller-invoice-received" { amount: &'a str, asset: &'a str }, DeliveryByYou "delivery-by-you",
    DeliveryHandedOver "delivery-handed-over", DeliveryOnItsWay "delivery-on-its-way", DeliverySent "delivery-sent",
    DeliveryHeld "delivery-held", InvoiceCreating "invoice-creating", InvoiceOffered "invoice-offered",
    InvoiceSuperseded "invoice-superseded", InvoiceExpired "invoice-expired", InvoiceCancelled "invoice-cancelled",
    InvoiceRefused "invoice-refused", InvoiceSettled "invoice-settled", AskNote "ask-note", HandedOverNow "handed-over-now",
    HandOverNothing "hand-over-nothing", DeliveredAgain "delivered-again", RecheckAsked "recheck-asked",
    RecheckNothing "recheck-nothing", ServedNow "served-now", ServeStillSoldOut "serve-still-sold-out", ServeNothing "serve-nothing",
    CasesTitle "cases-title", CasesNone "cases-none", CaseTitle "case-title" { order: &'a str, at: Html<'a> },
    CaseMismatch "case-mismatch", CaseTestMode "case-test-mode", CaseUnknownStatus "case-unknown-status", CaseSoldOut "case-sold-out",
    CaseUndeliverable "case-undeliverable", AdviceMismatch "advice-mismatch", AdviceTestMode "advice-test-mode",
    CaseUnclearAmount "case-unclear-amount", CaseCreditSpent "case-credit-spent", AdviceCreditSpent "advice-credit-spent",
    AdviceUnknownStatus "advice-unknown-status", AdviceSoldOut "advice-sold-out", AdviceUndeliverable "advice-undeliverable", AdviceUnclearAmount "advice-unclear-amount",
    AskCreditAmount "ask-credit-amount" { currency: &'a str }, AskCreditReason "ask-credit-reason" { amount: &'a str },
    AskRefund "ask-refund", CaseCredited "case-credited", CaseRefunded "case-refunded", CaseNothingPaid "case-nothing-paid",
    HistoryTitle "history-title", HistoryOrdered "history-ordered" { total: &'a str },
    HistoryOffered "history-offered" { amount: &'a str, network: &'a str, price: &'a str },
    HistoryFact "history-fact" { status: &'a str, amount: &'a str }, HistoryCredit "history-credit" { amount: &'a str, reason: &'a str },
    HistoryCase "history-case" { what: &'a str, detail: &'a str }, HistoryClosed "history-closed" { words: &'a str },
    HistoryEarlier "history-earlier",
    AskReason "ask-reason", CaseClosed "case-closed", CaseClosedAlready "case-closed-already",
    Settings "settings" { name: &'a str, support: &'a str, currency: &'a str, coins: i64, all: i64 },
    SettingsNoSupport "settings-no-support", AskShopName "ask-shop-name", AskShopSupport "ask-shop-support",
    Coins "coins" { page: i64, pages: i64 }, CoinLast "coin-last",

    // Buttons.
    ButtonWaitingOrder "button-waiting-order" { order: &'a str },
    ButtonShelf "button-shelf" { name: &'a str, count: i64 },
    ButtonProduct "button-product" { name: &'a str, price: &'a str },
    ButtonSoldOut "button-sold-out" { name: &'a str },
    ButtonOrders "button-orders",
    ButtonHelp "button-help",
    ButtonPanel "button-panel",
    ButtonPrevious "button-previous",
    ButtonNext "button-next",
    ButtonBack "button-back",
    ButtonBackToCard "button-back-to-card",
    ButtonShop "button-shop",
    ButtonBuy "button-buy" { total: &'a str },
    ButtonQuickBuy "button-quick-buy" { coin: &'a str },
    ButtonCancel "button-cancel",
    ButtonCancelOrder "button-cancel-order",
    ButtonYesCancel "button-yes-cancel",
    ButtonOtherCoin "button-other-coin",
    ButtonPayWithCredit "button-pay-with-credit" { amount: &'a str },
    ButtonUseCredit "button-use-credit" { amount: &'a str },
    ButtonKeepCredit "button-keep-credit",
    ButtonCopyAddress "button-copy-address",
    ButtonCopyAmount "button-copy-amount",
    ButtonCheck "button-check",
    ButtonRenew "button-renew",
    ButtonPay "button-pay",
    ButtonShowCard "button-show-card",
    ButtonResend "button-resend",
    ButtonOrder "button-order",
    ButtonCopyGoods "button-copy-goods",
    ButtonSupport "button-support",
    ButtonWrite "button-write",
    ButtonBalance "button-balance",
    ButtonTerms "button-terms",
    ButtonPrivacy "button-privacy",
    ButtonLanguage "button-language",
    ButtonCases "button-cases",
    ButtonHandOver "button-hand-over",
    ButtonProducts "button-products", ButtonSales "button-sales", ButtonToHandOver "button-to-hand-over" { count: i64 },
    ButtonOpenCases "button-open-cases" { count: i64 }, ButtonNewProduct "button-new-product",
    ButtonGoOn "button-go-on" { name: &'a str }, ButtonSettings "button-settings", ButtonAsBuyer "button-as-buyer",
    ButtonBackToPanel "button-back-to-panel", ButtonBackToProducts "button-back-to-products",
    ButtonBackToSettings "button-back-to-settings", ButtonAddStock "button-add-stock", ButtonEditGoods "button-edit-goods",
    ButtonEditQuestion "button-edit-question", ButtonEditName "button-edit-name", ButtonEditPrice "button-edit-price",
    ButtonEditDescription "button-edit-description", ButtonEditPicture "button-edit-picture", ButtonEditCategory "button-edit-category",
    ButtonEditQuantity "button-edit-quantity", ButtonHide "button-hide", ButtonPutOnSale "button-put-on-sale",
    ButtonKeepHidden "button-keep-hidden", ButtonArchive "button-archive", ButtonYesArchive "button-yes-archive",
    ButtonKindKeys "button-kind-keys", ButtonKindFile "button-kind-file", ButtonKindManual "button-kind-manual",
    ButtonNewCategory "button-new-category", ButtonNoCategory "button-no-category", ButtonSkip "button-skip",
    ButtonRemove "button-remove", ButtonDone "button-done", ButtonClear "button-clear", ButtonAskAddress "button-ask-address",
    ButtonAskPhone "button-ask-phone", ButtonAskOwn "button-ask-own", ButtonAskNothing "button-ask-nothing",
    ButtonWithoutNote "button-without-note", ButtonDeliverAgain "button-deliver-again", ButtonRecheck "button-recheck",
    ButtonCreditBuyer "button-credit-buyer", ButtonRecordRefund "button-record-refund", ButtonCreditWhole "button-credit-whole" { amount: &'a str },
    ButtonServeHeld "button-serve-held", ButtonRefresh "button-refresh", ButtonCloseCase "button-close-case",
    ButtonShopName "button-shop-name", ButtonShopSupport "button-shop-support", ButtonCoins "button-coins",

    // Commands, as Telegram lists them.
    CommandStart "command-start",
    CommandOrders "command-orders",
    CommandBalance "command-balance",
    CommandLanguage "command-language",
    CommandHelp "command-help",
    CommandSupport "command-support",
    CommandPaySupport "command-pay-support",
    CommandTerms "command-terms",
    CommandPrivacy "command-privacy",
    CommandAdmin "command-admin",
    CommandProducts "command-products",
    CommandSales "command-sales",
    CommandCases "command-cases",
    CommandNew "command-new",
}
