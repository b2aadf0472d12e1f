//! `probe`: what this machine says of itself.

use std::path::PathBuf;

use hwlicense_probe::Reading;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Fact, Output, fact_table, json_text, table};

/// Read the hardware of this machine, or of a recorded tree
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  hwlicense probe\n  hwlicense probe --json > machine.json")]
pub(crate) struct Args {
    /// Root of the file system to read; a recorded tree, for example
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let metadata = std::fs::metadata(&args.root).map_err(|error| Failure::file("read", &args.root, &error))?;
    if !metadata.is_dir() {
        return Err(Failure::usage(
            "not-a-folder",
            format!("{} is no folder", args.root.display()),
            "Name the root of a file system, or of a recorded tree.",
        ));
    }
    let reading = hwlicense_probe::probe(&args.root);
    if output.json {
        // The reading names its own schema and version: its shape is that of recorded readings.
        let value = serde_json::to_value(&reading).map_err(|error| Failure::internal("reading-encoding", error))?;
        output.line(&json_text(&value))?;
    } else {
        show(&reading, output)?;
    }
    Ok(Exit::Done)
}

fn show(reading: &Reading, output: Output) -> Result<(), Failure> {
    let board = &reading.board;
    let virtualization: Vec<&str> = reading.virtualization.iter().filter_map(|found| found.name.as_deref()).collect();
    let platform_ids: Vec<String> = reading
        .platform_ids
        .iter()
        .map(|id| {
            let bytes = id.id.as_ref().map(ToString::to_string);
            format!("{} {}", id.source.as_deref().unwrap_or("?"), bytes.as_deref().unwrap_or("not readable"))
        })
        .collect();
    let facts: [Fact; 15] = [
        ("kind", json!(reading.kind)),
        ("virtualization", json!(virtualization)),
        ("board", joined(&[&board.vendor, &board.product, &board.version])),
        ("board_serial", json!(board.serial)),
        ("system", joined(&[&board.system_vendor, &board.system_product, &board.system_version])),
        ("system_serial", json!(board.system_serial)),
        ("system_uuid", json!(board.system_uuid)),
        ("chassis_serial", json!(board.chassis_serial)),
        ("firmware", joined(&[&board.bios_vendor, &board.bios_version])),
        ("cpu", joined(&[&reading.cpu.vendor, &reading.cpu.model])),
        ("cpu_signature", json!(reading.cpu.signature)),
        ("cpu_serial", json!(reading.cpu.serial)),
        ("memory_bytes", json!(reading.memory.total_bytes)),
        ("memory_modules", json!(reading.memory.modules.len())),
        ("platform_ids", json!(platform_ids)),
    ];
    output.line(&fact_table(&facts))?;
    if !reading.nics.is_empty() {
        let text = |field: &Option<String>| field.clone().unwrap_or_else(|| "-".to_owned());
        let rows = reading.nics.iter().map(|nic| {
            vec![
                format!("  {}", text(&nic.name)),
                text(&nic.class),
                text(&nic.permanent_mac),
                text(&nic.mac),
                text(&nic.driver),
                text(&nic.bus),
            ]
        });
        let header = ["  nic", "class", "permanent mac", "mac", "driver", "bus"];
        output.line(&format!("\nnetwork interfaces\n{}", table(Some(&header), rows)))?;
    }
    let not_read = reading.sources.iter().filter(|source| source.status.as_deref() != Some("read"));
    let rows: Vec<Vec<String>> = not_read
        .map(|source| {
            let part = |text: &Option<String>| text.clone().unwrap_or_default();
            vec![format!("  {}", part(&source.source)), part(&source.status), part(&source.detail)]
        })
        .collect();
    if !rows.is_empty() {
        output.line(&format!("\nsources that gave nothing\n{}", table(None, rows.into_iter())))?;
    }
    for entry in &reading.unreadable {
        let part = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
        output.note(&format!(
            "not readable: {} ({}): {}\n  next: {}",
            part(&entry.field),
            part(&entry.source),
            part(&entry.reason),
            part(&entry.cure)
        ));
    }
    Ok(())
}

fn joined(parts: &[&Option<String>]) -> Value {
    let known: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
    json!(known.join(" "))
}
