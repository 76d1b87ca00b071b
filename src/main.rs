//! The program: reads the command line, starts the log, runs the command, and tells how it ended.

use std::process::ExitCode;

use clap::Parser as _;
use kiosk::cli::{self, Cli};

fn main() -> ExitCode {
    let command = Cli::parse().command();
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::report(&error),
    }
}

fn run(command: cli::Command) -> anyhow::Result<()> {
    cli::start_log()?;
    cli::run(command)
}
