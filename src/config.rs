//! The environment, read once and checked as a whole: every problem is named in one report, and no secret in it.
//! The only reader of environment variables; `.env.example` says what each is for.

mod checks;
mod reader;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};

use self::reader::Reader;
pub use self::reader::{Problem, Problems};
use crate::domain::customer::CustomerId;
use crate::store::Place;

/// Every variable there is. Each may also be given as `NAME_FILE`, the path of a file that holds the value.
pub const VARIABLES: [&str; 16] = [
    "KIOSK_TELEGRAM_TOKEN",
    "KIOSK_CRYPTOCLOUD_API_KEY",
    "KIOSK_CRYPTOCLOUD_SHOP_ID",
    "KIOSK_CRYPTOCLOUD_SECRET_KEY",
    "KIOSK_CRYPTOCLOUD_RATE",
    "KIOSK_OWNERS",
    "KIOSK_PUBLIC_URL",
    "KIOSK_LISTEN",
    "KIOSK_DATA_DIR",
    "KIOSK_DATABASE_URL",
    "KIOSK_DATA_KEY",
    "KIOSK_ACCEPT_TEST_INVOICES",
    "KIOSK_ALLOW_PRIVATE_WEBHOOKS",
    "KIOSK_LOG",
    "KIOSK_TELEGRAM_API_URL",
    "KIOSK_CRYPTOCLOUD_API_URL",
];

const TELEGRAM_API_URL: &str = "https://api.telegram.org";
const CRYPTOCLOUD_API_URL: &str = "https://api.cryptocloud.plus";
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 8080);
const DATA_DIR: &str = "./data";
const LOG: &str = "info";

/// A secret that signs and is shorter than this, in characters, can be found by trying: the provider's own are longer.
const SECRET_CHARS_MIN: usize = 16;

/// Everything that `kiosk run` needs to know before it starts.
#[derive(Clone)]
pub struct Config {
    pub telegram: Telegram,
    pub cryptocloud: CryptoCloud,
    /// Who owns the shop from the start; empty: whoever uses the claim link first.
    pub owners: Vec<CustomerId>,
    pub place: Place,
    /// Holds the SQLite database and, unless `data_key` is set, the data key.
    pub data_dir: PathBuf,
    /// Encrypts stock, goods and buyers' answers; none: the one in `data_dir`, made at the first start.
    pub data_key: Option<[u8; 32]>,
    pub listen: SocketAddr,
    /// Where Telegram reaches this bot, without a slash at the end; none: the bot asks Telegram instead (long polling).
    pub public_url: Option<String>,
    /// Whether an invoice that the provider made in its test mode delivers goods.
    pub accept_test_invoices: bool,
    /// Whether the systems that products ask for their goods may be inside a private network.
    pub allow_private_webhooks: bool,
    /// What is logged, in the words of `tracing_subscriber::EnvFilter`.
    pub log: String,
}

/// The bot at Telegram.
#[derive(Clone)]
pub struct Telegram {
    pub token: SecretString,
    /// Without a slash at the end.
    pub api_url: String,
}

/// The project at the payment provider.
#[derive(Clone)]
pub struct CryptoCloud {
    /// Without a slash at the end.
    pub api_url: String,
    pub api_key: SecretString,
    pub shop_id: String,
    /// Signs postbacks.
    pub secret_key: SecretString,
    /// Questions a second in the long run; none: the client's own modest pace.
    pub rate: Option<u32>,
}

/// What is needed to work with the data alone, without any key of Telegram or the provider.
#[derive(Clone)]
pub struct DataConfig {
    pub place: Place,
    pub data_dir: PathBuf,
    pub data_key: Option<[u8; 32]>,
    pub log: String,
}

impl Config {
    /// Reads the environment of this program.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn from_env() -> Result<Self, Problems> {
        from_env(Self::from_reader)
    }

    /// Reads variables through `get`; `names` are all that are set, so that a misspelled one is noticed.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn read(get: &dyn Fn(&str) -> Option<String>, names: &[String]) -> Result<Self, Problems> {
        Reader::new(get, names).finish(Self::from_reader)
    }

    /// What works, and still should be otherwise; holds no secret.
    pub fn warnings(&self) -> Vec<String> {
        let short = self.cryptocloud.secret_key.expose_secret().chars().count() < SECRET_CHARS_MIN;
        let weak = format!(
            "KIOSK_CRYPTOCLOUD_SECRET_KEY has fewer than {SECRET_CHARS_MIN} characters: whoever guesses it can forge postbacks; \
             make a new one in the settings of the project"
        );
        let apis = [("KIOSK_CRYPTOCLOUD_API_URL", &self.cryptocloud.api_url), ("KIOSK_TELEGRAM_API_URL", &self.telegram.api_url)];
        let open = apis.into_iter().filter(|(_, url)| checks::is_in_the_open(url));
        let open = open.map(|(name, _)| format!("{name} starts with http://: whoever is on the way there reads the key; use https://"));
        short.then_some(weak).into_iter().chain(open).collect()
    }

    fn from_reader(reader: &mut Reader<'_>) -> Option<Self> {
        let telegram_api = reader.parsed("KIOSK_TELEGRAM_API_URL", checks::api_url);
        let real_telegram = telegram_api.as_ref().map_or(!reader.is_set("KIOSK_TELEGRAM_API_URL"), |url| url == TELEGRAM_API_URL);
        let token = reader.required("KIOSK_TELEGRAM_TOKEN", "the token that @BotFather gave you, like 110201543:AAHdq...", |text| {
            checks::token(text, real_telegram)
        });
        let api_key = reader.required(
            "KIOSK_CRYPTOCLOUD_API_KEY",
            "the API KEY of your project, from its settings in the CryptoCloud dashboard",
            checks::secret,
        );
        let shop_id = reader.required(
            "KIOSK_CRYPTOCLOUD_SHOP_ID",
            "the SHOP ID of your project, from its settings in the CryptoCloud dashboard",
            checks::word,
        );
        let secret_key = reader.required(
            "KIOSK_CRYPTOCLOUD_SECRET_KEY",
            "the SECRET KEY of your project, from its settings in the CryptoCloud dashboard; without it nobody can tell a true postback from a \
             forged one",
            checks::secret,
        );
        let rate = reader.parsed("KIOSK_CRYPTOCLOUD_RATE", checks::rate);
        let owners = reader.parsed("KIOSK_OWNERS", checks::owners);
        let public_url = reader.parsed("KIOSK_PUBLIC_URL", |text| checks::public_url(text, real_telegram));
        let listen = reader.parsed("KIOSK_LISTEN", checks::listen);
        let accept_test_invoices = reader.parsed("KIOSK_ACCEPT_TEST_INVOICES", checks::yes_or_no);
        let allow_private_webhooks = reader.parsed("KIOSK_ALLOW_PRIVATE_WEBHOOKS", checks::yes_or_no);
        let cryptocloud_api = reader.parsed("KIOSK_CRYPTOCLOUD_API_URL", checks::api_url);
        let data = DataConfig::from_reader(reader)?;
        Some(Self {
            telegram: Telegram { token: token?, api_url: telegram_api.unwrap_or_else(|| TELEGRAM_API_URL.to_owned()) },
            cryptocloud: CryptoCloud {
                api_url: cryptocloud_api.unwrap_or_else(|| CRYPTOCLOUD_API_URL.to_owned()),
                api_key: api_key?,
                shop_id: shop_id?,
                secret_key: secret_key?,
                rate,
            },
            owners: owners.unwrap_or_default(),
            place: data.place,
            data_dir: data.data_dir,
            data_key: data.data_key,
            listen: listen.unwrap_or(LISTEN),
            public_url,
            accept_test_invoices: accept_test_invoices.unwrap_or(false),
            allow_private_webhooks: allow_private_webhooks.unwrap_or(false),
            log: data.log,
        })
    }
}

impl DataConfig {
    /// Reads the environment of this program.
    ///
    /// # Errors
    /// Every problem at once, but none of a variable that only [`Config`] needs.
    pub fn from_env() -> Result<Self, Problems> {
        from_env(Self::from_reader)
    }

    /// Reads variables through `get`; `names` are all that are set.
    ///
    /// # Errors
    /// Every problem at once, but none of a variable that only [`Config`] needs.
    pub fn read(get: &dyn Fn(&str) -> Option<String>, names: &[String]) -> Result<Self, Problems> {
        Reader::new(get, names).finish(Self::from_reader)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the same shape as Config's, which may lack something")]
    fn from_reader(reader: &mut Reader<'_>) -> Option<Self> {
        let data_dir = reader.parsed("KIOSK_DATA_DIR", checks::folder).unwrap_or_else(|| PathBuf::from(DATA_DIR));
        let place = reader.parsed("KIOSK_DATABASE_URL", checks::place).unwrap_or_else(|| default_place(&data_dir));
        let data_key = reader.parsed("KIOSK_DATA_KEY", checks::data_key);
        let log = reader.parsed("KIOSK_LOG", checks::log_filter).unwrap_or_else(|| LOG.to_owned());
        Some(Self { place, data_dir, data_key, log })
    }
}

/// The address on which this program listens, for the health command, which needs nothing else.
///
/// # Errors
/// When `KIOSK_LISTEN` is no address.
pub fn listen_from_env() -> Result<SocketAddr, Problems> {
    from_env(|reader| Some(reader.parsed("KIOSK_LISTEN", checks::listen).unwrap_or(LISTEN)))
}

/// What is logged, before anything else is read. A value that cannot be used is told by whatever reads the whole configuration.
pub fn log_from_env() -> String {
    from_env(|reader| reader.parsed("KIOSK_LOG", checks::log_filter)).unwrap_or_else(|_| LOG.to_owned())
}

/// The data key in a file of the operator's.
///
/// # Errors
/// When the file cannot be read, or holds no key; the error repeats nothing of it.
pub fn data_key_in(path: &Path) -> anyhow::Result<[u8; 32]> {
    let text = reader::read_value(path).with_context(|| format!("{} cannot be read", path.display()))?;
    checks::data_key(text.trim()).map_err(|what| anyhow::anyhow!("{} {what}", path.display()))
}

/// Where the database is unless it is told otherwise.
pub fn default_place(data_dir: &Path) -> Place {
    Place::Sqlite(data_dir.join("kiosk.db"))
}

fn from_env<T>(read: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Result<T, Problems> {
    let ours: Vec<_> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok().filter(|name| name.starts_with("KIOSK_"))?, value.into_string())))
        .collect();
    let names: Vec<String> = ours.iter().map(|(name, _)| name.clone()).collect();
    let get = |name: &str| ours.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.clone().ok());
    let mut reader = Reader::new(&get, &names);
    for (name, _) in ours.iter().filter(|(_, value)| value.is_err()) {
        reader.problem(name, "is not valid UTF-8: write plain text".to_owned());
    }
    reader.finish(read)
}

/// Says where things are, and nothing that must stay secret.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("data_dir", &self.data_dir).field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// Says where the data is, and not the key.
impl fmt::Debug for DataConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataConfig").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}
