//! A folder to work in, and the program in it.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let ran = Self {
            code: output.status.code().expect("ended by a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        for word in ["panicked", "RUST_BACKTRACE", "internal error", "stack backtrace"] {
            assert!(!ran.stderr.contains(word) && !ran.stdout.contains(word), "{ran:?}");
        }
        ran
    }

    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// The one JSON object on stdout; it names its schema and the version of the tool.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:#?}");
        let value: Value = serde_json::from_str(&self.stdout).unwrap();
        assert!(value["schema"].as_str().unwrap().starts_with("hwlicense."), "{value}");
        assert_eq!(value["tool_version"], env!("CARGO_PKG_VERSION"));
        value
    }

    /// Asserts that stderr says something.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "`{words}` is not in {self:#?}");
        self
    }
}

/// A folder that is gone afterwards.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// A command in this folder, without a terminal and without a passphrase.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwlicense"));
        command.args(arguments).current_dir(self.folder()).env_remove("HWLICENSE_PASSPHRASE").stdin(Stdio::null());
        command
    }

    /// Runs with arguments separated by blanks.
    pub(crate) fn run(&self, line: &str) -> Ran {
        Ran::of(self.command(line.split_whitespace()).output().unwrap())
    }

    pub(crate) fn run_with_env(&self, line: &str, name: &str, value: &str) -> Ran {
        Ran::of(self.command(line.split_whitespace()).env(name, value).output().unwrap())
    }

    pub(crate) fn run_with_stdin(&self, line: &str, input: &[u8]) -> Ran {
        let mut command = self.command(line.split_whitespace());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The program may stop reading early, which is its right.
        let _ = child.stdin.take().unwrap().write_all(input);
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Permission bits of a file.
    #[cfg(unix)]
    pub(crate) fn mode(&self, name: &str) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
    }

    /// A root, an issuer that it certified, and an enrolled server.
    pub(crate) fn with_desk() -> Self {
        let bench = Self::new();
        bench.run("key new --root --out root.key --no-passphrase").ends(0);
        bench.run("key new --issuer --out desk.key --no-passphrase").ends(0);
        bench.run("key certify --root root.key --issuer desk.pub --name Desk --out desk.cert").ends(0);
        bench.put("server.json", server().to_string());
        bench.run("enroll --from server.json --out server.enrollment").ends(0);
        bench
    }

    /// Issues a licence with the desk's key.
    pub(crate) fn issue(&self, rest: &str) -> Ran {
        self.run(&format!(
            "license issue --key desk.key --certificate desk.cert --brand acme --class professional --count 16 {rest}"
        ))
    }
}

/// A server with two NICs and everything that there can be.
pub(crate) fn server() -> Value {
    json!({
        "machine": "server-1",
        "kind": "bare",
        "board": {
            "vendor": "Supermicro",
            "product": "X11SSL-F",
            "serial": "ZM17AS031337",
            "system_vendor": "Supermicro",
            "system_product": "SYS-5019S",
            "system_serial": "S24816X8A07731",
            "system_uuid": "3f2b8c1e-77aa-4d0e-9c51-0cc47ad1b2e6",
        },
        "cpu": { "vendor": "GenuineIntel", "model": "Intel(R) Xeon(R) CPU E3-1240 v6 @ 3.70GHz", "id": "E9 06 09 00 FF FB EB BF" },
        "memory": {
            "total_bytes": 17_179_869_184_u64,
            "modules": [{ "serial": "35E81A07", "part": "18ASF1G72AZ-2G3B1", "size": 8_589_934_592_u64 },
                        { "serial": "35E81B41", "part": "18ASF1G72AZ-2G3B1", "size": 8_589_934_592_u64 }],
        },
        "nics": [
            { "name": "eno1", "mac": "0c:c4:7a:d1:b2:e6", "permanent_mac": "0c:c4:7a:d1:b2:e6", "driver": "igb",
              "bus": "0000:05:00.0", "class": "physical" },
            { "name": "eno2", "mac": "0c:c4:7a:d1:b2:e7", "permanent_mac": "0c:c4:7a:d1:b2:e7", "driver": "igb",
              "bus": "0000:06:00.0", "class": "physical" },
        ],
    })
}

/// The server after something was done to its reading.
pub(crate) fn server_with(change: impl FnOnce(&mut Value)) -> Value {
    let mut reading = server();
    change(&mut reading);
    reading
}

/// The server as an ordinary user reads it.
pub(crate) fn server_unprivileged() -> Value {
    server_with(|reading| {
        for field in ["serial", "system_serial", "system_uuid"] {
            reading["board"][field] = Value::Null;
        }
        let denied = |field: &str| {
            json!({ "field": field, "source": "sys/class/dmi/id", "reason": "permission denied",
                    "cure": "as root, once: sudo hwlicense enroll --out FILE; then pass --enrollment FILE" })
        };
        reading["unreadable"] =
            json!([denied("board.serial"), denied("board.system_serial"), denied("board.system_uuid"),]);
    })
}

/// Another machine of the same model.
pub(crate) fn other_server() -> Value {
    server_with(|reading| {
        reading["machine"] = json!("server-2");
        reading["board"]["serial"] = json!("ZM17AS099001");
        reading["board"]["system_serial"] = json!("S24816X8A09001");
        reading["board"]["system_uuid"] = json!("91d0c44a-0b1f-4f27-8a3e-0cc47ad1ffee");
        reading["nics"][0]["mac"] = json!("0c:c4:7a:d1:ff:ee");
        reading["nics"][0]["permanent_mac"] = json!("0c:c4:7a:d1:ff:ee");
        reading["nics"][1]["mac"] = json!("0c:c4:7a:d1:ff:ef");
        reading["nics"][1]["permanent_mac"] = json!("0c:c4:7a:d1:ff:ef");
    })
}

/// The server with one NIC replaced.
pub(crate) fn server_with_new_nic() -> Value {
    server_with(|reading| {
        reading["nics"][1]["mac"] = json!("00:1b:21:9a:40:17");
        reading["nics"][1]["permanent_mac"] = json!("00:1b:21:9a:40:17");
    })
}

/// A board on which nothing is unique.
pub(crate) fn nothing_unique() -> Value {
    json!({ "machine": "bare", "kind": "bare", "board": { "vendor": "Acme", "serial": "To Be Filled By O.E.M." } })
}
