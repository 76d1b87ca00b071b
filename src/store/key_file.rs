//! The file that holds the data key, beside the database and never in it: made once, read at each start, replaced by a rotation.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{Error, Result, random};

/// The file of the data key in the data folder.
pub(super) fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join("data.key")
}

/// The file of the key that a rotation is about to put in force. It is there only while one is under way, or after one was cut short.
fn next_in(data_dir: &Path) -> PathBuf {
    data_dir.join("data.key.next")
}

/// Reads the data key, or makes one that only its owner may read. It is on the disk before anything is sealed with it.
pub(super) fn read_or_make(data_dir: &Path) -> Result<[u8; 32]> {
    let path = path_in(data_dir);
    read_or_make_key(&path)
        .map_err(|source| Error::File { context: format!("cannot read or make the data key {}", path.display()), source })?
        .ok_or_else(|| no_key_in(&path))
}

/// Reads the data key, and makes none.
pub(super) fn read(data_dir: &Path) -> Result<[u8; 32]> {
    key_in(&path_in(data_dir))
}

/// The key that a rotation was about to put in force when it was cut short; none when there was none. One that cannot be read is as none:
/// nothing is sealed with a key that was not whole on the disk before.
pub(super) fn next(data_dir: &Path) -> Option<[u8; 32]> {
    let path = next_in(data_dir);
    match key_in(&path) {
        Ok(key) => Some(key),
        Err(Error::File { source, .. }) if source.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a new data key that was left behind cannot be used");
            None
        }
    }
}

/// Writes the key that is to come, before anything is sealed with it: there it is whole, or not at all. What a rotation left behind that
/// was cut short is replaced: whoever calls this has opened the database with the key before it.
pub(super) fn write_next(data_dir: &Path, key: &[u8; 32]) -> Result<()> {
    let (path, unfinished) = (next_in(data_dir), data_dir.join("data.key.unfinished"));
    let written = private_file(&unfinished).and_then(|mut file| {
        file.set_len(0)?;
        write_key(&mut file, key)?;
        std::fs::rename(&unfinished, &path)?;
        sync_folder_of(&path)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written.map_err(|source| Error::File { context: format!("cannot write the new data key {}", path.display()), source })
}

/// Puts the key that was to come in the place of the one before.
pub(super) fn put_next_in_force(data_dir: &Path) -> Result<()> {
    let (next, path) = (next_in(data_dir), path_in(data_dir));
    let renamed = match std::fs::rename(&next, &path) {
        // A program that starts just then finishes the rotation as well, and was faster.
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_file() => Ok(()),
        renamed => renamed.and_then(|()| sync_folder_of(&path)),
    };
    renamed.map_err(|source| Error::File { context: format!("cannot rename {} to {}", next.display(), path.display()), source })
}

/// An empty file that only its owner may read, unless there is a file already.
pub(super) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn key_in(path: &Path) -> Result<[u8; 32]> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::File { context: format!("cannot read the data key {}", path.display()), source })?;
    decoded(&text).ok_or_else(|| no_key_in(path))
}

fn no_key_in(path: &Path) -> Error {
    Error::corrupt(format!("no data key of 32 bytes in {}", path.display()))
}

fn decoded(text: &str) -> Option<[u8; 32]> {
    data_encoding::BASE64.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok())
}

fn read_or_make_key(path: &Path) -> std::io::Result<Option<[u8; 32]>> {
    let mut file = private_file(path)?;
    // Of two programs that start at once, one makes the key and the other waits, then reads it.
    file.lock()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    if text.is_empty() {
        let key: [u8; 32] = random();
        if let Err(error) = write_key(&mut file, &key) {
            // Half a key would be in the way of the next start.
            let _ = file.set_len(0);
            return Err(error);
        }
        sync_folder_of(path)?;
        return Ok(Some(key));
    }
    Ok(decoded(&text))
}

fn write_key(file: &mut File, key: &[u8; 32]) -> std::io::Result<()> {
    writeln!(file, "{}", data_encoding::BASE64.encode(key))?;
    file.sync_all()
}

/// Lets the disk have the names in a file's folder as they are.
pub(super) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
