//! Pictures and documents beside the catalog file. Whatever a file says, nothing outside its folder is read.

use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// Gives the bytes of a file beside the catalog, of at most so many bytes, or says why there are none; that follows the file's name in a
/// sentence.
pub type Files<'f> = &'f dyn Fn(&str, u64) -> Result<Vec<u8>, String>;

/// The files in a folder and below it.
pub fn folder(folder: PathBuf) -> impl Fn(&str, u64) -> Result<Vec<u8>, String> {
    move |name, bytes_max| read_below(&folder, name, bytes_max)
}

/// Whether a name stays below the folder it is looked for in. Backslashes are refused, so that a catalog means the same everywhere.
pub(super) fn is_below(name: &str) -> bool {
    let mut parts = Path::new(name).components().filter(|part| *part != Component::CurDir).peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_))) && !name.contains(['\\', '\0'])
}

fn read_below(folder: &Path, name: &str, bytes_max: u64) -> Result<Vec<u8>, String> {
    let folder = folder.canonicalize().map_err(|_| "is in a folder that cannot be entered".to_owned())?;
    let path = folder.join(name).canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "is not there".to_owned(),
        _ => "cannot be read".to_owned(),
    })?;
    if !path.starts_with(&folder) {
        return Err("is a link that leads out of the catalog's folder".to_owned());
    }
    if !path.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes));
    read.map_err(|_| "cannot be read".to_owned())?;
    Ok(bytes)
}
