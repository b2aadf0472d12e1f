//! The archive itself: entries in the order in which they were added, behind a manifest of them.

use flate2::{Compression, GzBuilder};
use hwlicense::time::UnixSeconds;
use hwlicense_probe::HexBytes;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::secrets::Environment;
use crate::clock;
use crate::exit::Failure;
use crate::output::{json_pretty, with_schema};

/// The folder that unpacking makes.
const FOLDER: &str = "hwlicense-bundle";
/// Whoever unpacks it reads it, and nobody else.
const ENTRY_MODE: u32 = 0o600;

/// One file of the archive.
#[derive(Debug)]
struct Entry {
    name: String,
    text: String,
}

/// An archive in the making.
#[derive(Debug)]
pub(super) struct Archive {
    environment: Environment,
    entries: Vec<Entry>,
    left_out: Vec<LeftOut>,
}

/// What is not in an archive.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    pub(super) what: String,
    pub(super) why: String,
}

/// A file as the manifest names it.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) bytes: usize,
    sha256: String,
}

/// A finished archive.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) bytes: Vec<u8>,
    pub(super) files: Vec<Listed>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Archive {
    pub(super) fn new(environment: Environment) -> Self {
        Self { environment, entries: Vec::new(), left_out: Vec::new() }
    }

    /// Adds a text. Secrets of the environment are taken out of each, wherever they come from.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        let (text, replaced) = self.environment.strip(text);
        if replaced > 0 {
            self.leave_out(name, &format!("{replaced} places that hold a secret of the environment"));
        }
        self.entries.push(Entry { name: name.to_owned(), text });
    }

    /// Adds a JSON object, laid out for people, with the schema and the version of this tool.
    pub(super) fn add_object(&mut self, name: &str, schema: &str, object: Value) -> Result<(), Failure> {
        self.add(name, &format!("{}\n", json_pretty(&with_schema(schema, object)?)));
        Ok(())
    }

    /// Says what is not in the archive, and why.
    pub(super) fn leave_out(&mut self, what: &str, why: &str) {
        self.left_out.push(LeftOut { what: what.to_owned(), why: why.to_owned() });
    }

    /// The gzipped tar archive.
    pub(super) fn pack(self, created: UnixSeconds) -> Result<Packed, Failure> {
        let files: Vec<Listed> = self
            .entries
            .iter()
            .map(|entry| {
                let digest = Sha256::digest(&entry.text).to_vec();
                Listed { name: entry.name.clone(), bytes: entry.text.len(), sha256: HexBytes(digest).to_string() }
            })
            .collect();
        let manifest = json!({ "created": clock::show(created), "files": files, "left_out": self.left_out });
        let text = format!("{}\n", json_pretty(&with_schema("bundle-manifest", manifest)?));
        let first = Entry { name: "manifest.json".to_owned(), text };
        let bytes = tar_gz(core::iter::once(&first).chain(&self.entries), created)
            .map_err(|error| Failure::internal("archive", format!("the archive cannot be made: {error}")))?;
        Ok(Packed { bytes, files, left_out: self.left_out })
    }
}

fn tar_gz<'e>(entries: impl Iterator<Item = &'e Entry>, created: UnixSeconds) -> std::io::Result<Vec<u8>> {
    // Without a time or a name of its own in the wrapping, the same entries give the same bytes.
    let gzip = GzBuilder::new().write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    for entry in entries {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{FOLDER}/{}", entry.name))?;
        header.set_size(u64::try_from(entry.text.len()).unwrap_or(u64::MAX));
        header.set_mode(ENTRY_MODE);
        header.set_mtime(created.0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        tar.append(&header, entry.text.as_bytes())?;
    }
    tar.into_inner()?.finish()
}
