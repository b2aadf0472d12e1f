//! Recorded trees, written down as text in `tests/trees/*.tree` and unfolded into a folder.
//!
//! One line makes one thing; `#` begins a comment.
//!
//! ```text
//! PATH = TEXT            a file of one line; \0 stands for a zero byte
//! PATH:                  a file of the indented lines that follow
//! PATH -> TARGET         a symbolic link
//! nic NAME DEVICE DRIVER MAC [key=value...]
//!                        an interface as the kernel shows it; DEVICE and DRIVER may be -
//! ```
//!
//! The keys of a NIC: `assign` (addr_assign_type, 0), `type` (1), `link` (up), `master`, `entry`
//! (an empty folder, such as `wireless`), `devtype`, `id` (vendor:device).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use hwlicense_probe::{Reading, probe};

/// A tree that is unfolded below the folder for temporary files of this test.
pub struct Tree {
    pub root: PathBuf,
}

impl Tree {
    /// The tree of `tests/trees/{record}.tree`, under a name of its own.
    pub fn unfold(record: &str, name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trees").join(name);
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        fs::create_dir_all(&root).unwrap();
        let tree = Self { root };
        let file = trees().join(format!("{record}.tree"));
        tree.add(&fs::read_to_string(file).unwrap());
        tree
    }

    /// Adds what the text describes.
    pub fn add(&self, text: &str) {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(words) = line.strip_prefix("nic ") {
                self.add_nic(&words.split_whitespace().collect::<Vec<_>>());
            } else if let Some((path, target)) = line.split_once(" -> ") {
                self.add_link(path, target);
            } else if let Some((path, text)) = line.split_once(" = ") {
                let text = text.replace("\\0", "\0");
                let end = if text.ends_with('\0') { "" } else { "\n" };
                self.add_file(path, format!("{text}{end}").as_bytes());
            } else if let Some(path) = line.strip_suffix(':') {
                let mut text = String::new();
                let is_text = |line: &&str| line.is_empty() || line.starts_with("    ");
                while let Some(line) = lines.next_if(is_text) {
                    text.push_str(line.trim_start_matches("    "));
                    text.push('\n');
                }
                self.add_file(path, text.as_bytes());
            } else {
                panic!("what is this line of a tree? {line}");
            }
        }
    }

    pub fn add_file(&self, path: &str, bytes: &[u8]) {
        let place = self.root.join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, bytes).unwrap();
    }

    pub fn add_link(&self, path: &str, target: &str) {
        let place = self.root.join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(target, place).unwrap();
    }

    fn add_nic(&self, words: &[&str]) {
        let [name, device, driver, mac, options @ ..] = words else {
            panic!("a NIC has a name, a device, a driver and a MAC: {words:?}");
        };
        let option = |key: &str| options.iter().find_map(|option| option.strip_prefix(key)?.strip_prefix('='));
        let parent = if *device == "-" { "virtual" } else { device };
        let folder = format!("sys/devices/{parent}/net/{name}");
        self.add_link(&format!("sys/class/net/{name}"), &format!("../../devices/{parent}/net/{name}"));
        let file = |entry: &str, text: &str| {
            self.add_file(&format!("{folder}/{entry}"), format!("{text}\n").as_bytes());
        };
        file("address", mac);
        file("addr_assign_type", option("assign").unwrap_or("0"));
        file("type", option("type").unwrap_or("1"));
        file("operstate", option("link").unwrap_or("up"));
        let device_type = option("devtype").map(|kind| format!("DEVTYPE={kind}\n"));
        file("uevent", &format!("{}INTERFACE={name}", device_type.unwrap_or_default()));
        if let Some(master) = option("master") {
            self.add_link(&format!("{folder}/master"), &format!("../../../virtual/net/{master}"));
        }
        if let Some(entry) = option("entry") {
            fs::create_dir_all(self.root.join(&folder).join(entry)).unwrap();
        }
        if *device != "-" {
            let last = device.rsplit('/').next().unwrap();
            self.add_link(&format!("{folder}/device"), &format!("../../../{last}"));
        }
        let device_folder = format!("sys/devices/{device}");
        if *driver != "-" && !self.root.join(&device_folder).join("driver").is_symlink() {
            self.add_link(&format!("{device_folder}/driver"), &format!("/sys/bus/any/drivers/{driver}"));
        }
        if let Some((vendor, id)) = option("id").and_then(|id| id.split_once(':')) {
            self.add_file(&format!("{device_folder}/vendor"), format!("{vendor}\n").as_bytes());
            self.add_file(&format!("{device_folder}/device"), format!("{id}\n").as_bytes());
        }
    }

    pub fn probe(&self) -> Reading {
        probe(&self.root)
    }

    /// Probes, and compares the whole reading with `tests/trees/{name}.json`.
    ///
    /// With `HWLICENSE_BLESS` in the environment the file is written instead; read the
    /// difference before you commit it.
    pub fn assert_reading(&self, name: &str) -> Reading {
        let reading = self.probe();
        let mut compared = reading.clone();
        // The version of the tool moves on its own.
        compared.tool_version = None;
        let file = trees().join(format!("{name}.json"));
        let text = serde_json::to_string_pretty(&compared).unwrap();
        if std::env::var_os("HWLICENSE_BLESS").is_some() {
            fs::write(&file, format!("{text}\n")).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap();
        assert_eq!(text.trim(), expected.trim(), "{}", file.display());
        let replayed = hwlicense_probe::parse_document(expected.as_bytes()).unwrap();
        assert_eq!(replayed, compared, "a reading survives as JSON");
        reading
    }
}

fn trees() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees")
}
