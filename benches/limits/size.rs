//! What is handed out: how large the program is as it goes into the image, and of how many foreign packages it is made.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::Report;

const SIZE: &str = "P13 the program as it is handed out, beside 12 MB";
const CRATES: &str = "P13 packages in it, beside 200";

pub fn measure(report: &mut Report) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    match std::fs::metadata(target.join("dist/kiosk")) {
        Ok(file) => {
            let megabytes = f64::from(u32::try_from(file.len() / 1_000).unwrap()) / 1_000.0;
            report.at_most(SIZE, megabytes, 12.0, 1.0, "MB");
        }
        Err(_) => report.unmeasured(SIZE, "it is not built: cargo build --locked --profile dist"),
    }
    let words = ["tree", "--locked", "--edges=normal", "--prefix=none", "--no-dedupe", "--format={p}"];
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tree = Command::new(cargo).args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    match tree {
        Ok(tree) if tree.status.success() => {
            let text = String::from_utf8_lossy(&tree.stdout);
            // Name and version; the first line is the program itself.
            let packages: BTreeSet<Vec<&str>> = text.lines().skip(1).map(|line| line.split(' ').take(2).collect()).collect();
            report.at_most(CRATES, f64::from(u32::try_from(packages.len()).unwrap()), 200.0, 1.0, "");
        }
        _ => report.unmeasured(CRATES, "cargo tree does not work here"),
    }
}
