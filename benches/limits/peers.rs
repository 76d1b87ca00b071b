//! The same work by programs in Python (`benches/peers`), in an environment of their own below the target directory. It is made once, with
//! the packages from wherever this machine's pip takes them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const REQUIREMENTS: &str = include_str!("../peers/requirements.txt");

/// A Python with all that the peers need.
pub struct Python(PathBuf);

impl Python {
    /// Makes it, or finds the one that was made; else why there is none.
    pub fn ready() -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
        let (python, made_of) = (folder.join("bin/python"), folder.join("made-of.txt"));
        if std::fs::read_to_string(&made_of).is_ok_and(|text| text == REQUIREMENTS) {
            return Ok(Self(python));
        }
        let requirements = source("requirements.txt");
        quietly(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder)).map_err(|why| format!("python3: {why}"))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        quietly(Command::new(&python).args(install).arg(requirements)).map_err(|why| format!("pip: {why}"))?;
        std::fs::write(made_of, REQUIREMENTS).unwrap();
        Ok(Self(python))
    }

    /// A program with these words, not started yet.
    pub fn command(&self, program: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        // A warning that the secret of a play is a short one is no news.
        command.args(["-W", "ignore"]).args(program).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// A peer with these words, which runs until it is dropped.
    pub fn run(&self, peer: &str, words: &[&str]) -> Peer {
        let file = source(peer);
        Peer(self.command(&[file.to_str().unwrap()]).args(words).spawn().unwrap())
    }
}

/// A peer that runs.
pub struct Peer(pub Child);

impl Drop for Peer {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers").join(name)
}

/// Runs to the end; else what is wrong, in one line.
fn quietly(command: &mut Command) -> Result<(), String> {
    let done = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&done.stderr);
    if done.status.success() { Ok(()) } else { Err(said.lines().rev().find(|line| !line.is_empty()).unwrap_or("it failed").to_owned()) }
}
