//! The fakes' memory on disk, so that a demo that is stopped or killed goes on where it was.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What was saved at `path`; a fresh state when there is none, or when an older release wrote it.
pub fn load<T: DeserializeOwned + Default>(path: Option<&Path>) -> T {
    path.and_then(|path| std::fs::read(path).ok()).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Saves `state` at `path`, whole or not at all; without a path, the state lives in memory only.
///
/// # Errors
/// When the file cannot be written.
pub fn save<T: Serialize>(path: Option<&Path>, state: &T) -> std::io::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, serde_json::to_vec(state)?)?;
    std::fs::rename(&fresh, path)
}
