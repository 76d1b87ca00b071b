//! Reading variables one by one while all problems are collected.

use std::fmt;
use std::io::Read as _;

use super::VARIABLES;
use crate::domain::spelling::nearest;

/// Longest value that is read from a file, in bytes: beyond it the path is wrong.
const VALUE_BYTES_MAX: u64 = 64 * 1024;

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub variable: String,
    /// What is wrong with it and what to write instead; follows the name in a sentence, and holds no secret.
    pub what: String,
}

/// Everything that is wrong with the configuration, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, problem) in self.0.iter().enumerate() {
            let end = if line == 0 { "" } else { "\n" };
            write!(f, "{end}{} {}", problem.variable, problem.what)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

pub(super) struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(get: &'a dyn Fn(&str) -> Option<String>, names: &[String]) -> Self {
        let mut reader = Self { get, problems: Vec::new() };
        for name in names.iter().filter(|name| name.starts_with("KIOSK_") && !is_known(name)) {
            reader.problem(name, unknown(name));
        }
        reader
    }

    pub(super) fn problem(&mut self, variable: &str, what: String) {
        self.problems.push(Problem { variable: variable.to_owned(), what });
    }

    /// What `read` makes of the variables, unless there was a problem with any.
    pub(super) fn finish<T>(mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Problems> {
        match read(&mut self) {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(Problems(self.problems)),
        }
    }

    /// Whether the variable, or its file, is there. A blank value counts as none.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.value(name).is_some() || self.value(&format!("{name}_FILE")).is_some()
    }

    /// The variable as `check` understands it; none when it is not set or not understood.
    pub(super) fn parsed<T>(&mut self, name: &str, check: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(name)?;
        let stripped = text.trim_matches(['"', '\'']);
        let checked = if stripped.len() + 2 == text.len() {
            Err("stands in quotes: write it without them (Docker's env files keep quotes as part of the value)".to_owned())
        } else {
            check(&text)
        };
        checked.map_err(|what| self.problem(name, what)).ok()
    }

    /// Like [`Self::parsed`], but not being set is a problem; `meaning` says what the variable is and where it is found.
    pub(super) fn required<T>(&mut self, name: &str, meaning: &str, check: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if !self.is_set(name) {
            let state = if (self.get)(name).is_some() { "is empty" } else { "is not set" };
            self.problem(name, format!("{state}: {meaning}"));
            return None;
        }
        self.parsed(name, check)
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let file_name = format!("{name}_FILE");
        let Some(path) = self.value(&file_name) else { return self.value(name) };
        if self.value(name).is_some() {
            self.problem(name, format!("and {file_name} are both set: keep one of them"));
            return None;
        }
        match read_value(&path) {
            Ok(text) if text.trim().is_empty() => {
                self.problem(&file_name, format!("names the file {path}, which is empty"));
                None
            }
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                self.problem(&file_name, format!("names the file {path}, which cannot be read: {error}"));
                None
            }
        }
    }
}

pub(super) fn read_value(path: impl AsRef<std::path::Path>) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(VALUE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > VALUE_BYTES_MAX {
        return Err(std::io::Error::other(format!("it is longer than {VALUE_BYTES_MAX} bytes")));
    }
    Ok(text)
}

fn is_known(name: &str) -> bool {
    // Kubernetes gives every container the address of a service called `kiosk` under such names; nobody wrote them by hand.
    let from_kubernetes = name == "KIOSK_PORT" || name.starts_with("KIOSK_PORT_") || name.starts_with("KIOSK_SERVICE_");
    let plain = name.strip_suffix("_FILE").unwrap_or(name);
    from_kubernetes || VARIABLES.contains(&plain)
}

fn unknown(name: &str) -> String {
    let end = if name.ends_with("_FILE") { "_FILE" } else { "" };
    let word = name.trim_start_matches("KIOSK_").trim_end_matches("_FILE");
    match nearest(word, VARIABLES.iter().map(|known| known.trim_start_matches("KIOSK_"))) {
        Some(meant) => format!("is no setting of Kiosk: did you mean KIOSK_{meant}{end}?"),
        None => "is no setting of Kiosk: remove it, or look for its name in .env.example".to_owned(),
    }
}
