//! What sentences are made of: their parts, and the macro that makes one enum of a list.

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
pub(super) trait Sample {
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

/// The enum of the sentences, from a list of names, keys and parts.
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

pub(super) use texts;
