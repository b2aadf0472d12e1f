//! The configuration: what is right, and every way to be wrong, each with its place.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed, as it should")]

use core::time::Duration;
use std::ffi::OsString;
use std::path::PathBuf;

use hwlicense_server::config::{Assign, Config, LogFormat, LogLevel, example};
use hwlicense_server::store::Location;
use tempfile::TempDir;

/// Loads a text as the file `server.toml` of a folder of its own.
fn load(text: &str, variables: &[(&str, &str)], flags: &[&str]) -> Result<Config, String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("server.toml");
    std::fs::write(&file, text).unwrap();
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let shown = |text: String| text.replace(&folder.path().display().to_string(), "DIR");
    Config::load(&file, variables, &flags)
        .map(|config| within(config, &folder))
        .map_err(|errors| shown(errors.to_string()))
}

/// The same with paths that do not depend on the folder.
fn within(mut config: Config, folder: &TempDir) -> Config {
    let place = |path: &mut PathBuf| {
        if let Ok(rest) = path.strip_prefix(folder.path()) {
            *path = PathBuf::from("DIR").join(rest);
        }
    };
    place(&mut config.key);
    if let Location::Sqlite(path) = &mut config.database {
        place(path);
    }
    config
}

fn ledger_at(path: &str) -> Location {
    Location::Sqlite(path.into())
}

#[test]
fn a_database_is_a_file_or_a_url_and_its_password_is_not_shown() {
    let url = "postgres://anna:hunter2@db.site/ledger?sslmode=disable";
    let config = load(&format!("database = \"{url}\""), &[], &[]).unwrap();
    assert_eq!(config.database.to_string(), "postgres://anna@db.site/ledger?sslmode=disable");
    let config = load("", &[("HWLICENSE_SERVER_DATABASE", url)], &[]).unwrap();
    assert!(matches!(config.database, Location::Postgres(_)) && !format!("{config:?}").contains("hunter2"));
    assert_eq!(load("database = \"sqlite:a/b\"", &[], &[]).unwrap().database, ledger_at("DIR/a/b"));
    let refused = "database=postgres://anna:hunter2@db.site/ledger?sslmode=require";
    let words = load("", &[], &[refused]).unwrap_err();
    assert!(words.contains("sslmode=verify-full") && !words.contains("hunter2"), "{words}");
}

#[test]
fn an_empty_file_is_a_configuration() {
    let config = load("", &[], &[]).unwrap();
    assert_eq!(config.listen[0].to_string(), "tcp://0.0.0.0:16770");
    assert_eq!((config.database, config.key), (ledger_at("DIR/ledger.sqlite"), "DIR/server.key".into()));
    assert_eq!((config.assign, config.trial, config.limits.connections_max), (Assign::Automatic, true, 4_096));
}

#[test]
fn the_example_says_what_holds_without_it() {
    let text = example(&Config::default());
    let default =
        Config { database: ledger_at("DIR/ledger.sqlite"), key: "DIR/server.key".into(), ..Config::default() };
    assert_eq!(load(&text, &[], &[]).unwrap(), default);
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
}

#[test]
fn environment_wins_over_file_and_flags_over_both() {
    let file = "assign = \"manual\"\ndatabase = \"a\"\n[limits]\nidle_s = 11\nframe_s = 11\nwrite_s = 11\n[log]\nformat = \"json\"";
    let variables = [
        ("HWLICENSE_SERVER_LIMITS_FRAME_S", "12"),
        ("HWLICENSE_SERVER_LIMITS_WRITE_S", "12"),
        ("HWLICENSE_SERVER_LISTEN", "tcp://127.0.0.1:1, tcp://[::1]:2"),
        ("HWLICENSE_SERVER_LOG_LEVEL", "trace"),
        ("HWLICENSE_SERVER_DATABASE", "here/b"),
        ("HOME", "/nowhere"),
    ];
    let config = load(file, &variables, &["limits.write_s=13", "trial=false", "trust=a.pub,b.pub"]).unwrap();
    let in_toml = load("", &[], &["listen=[\"localhost:1\", \"tcp://[::1]:2\"]"]).unwrap();
    assert_eq!(in_toml.listen[0].to_string(), "tcp://127.0.0.1:1");
    assert_eq!(in_toml.listen[1], config.listen[1]);
    assert!(load("", &[], &["listen=[\"localhost:1\""]).is_err(), "not closed");
    let limits = config.limits;
    assert_eq!([limits.idle, limits.frame, limits.write], [11, 12, 13].map(Duration::from_secs));
    assert_eq!(
        (config.assign, config.log_format, config.log_level),
        (Assign::Manual, LogFormat::Json, LogLevel::Trace)
    );
    assert_eq!((config.listen.len(), config.trial, config.trust.len()), (2, false, 2));
    assert_eq!(config.database, ledger_at("here/b"), "from the working folder");
}

/// Asserts that a file is refused in these words.
#[track_caller]
fn refused(text: &str, words: &[&str]) {
    let error = load(text, &[], &[]).expect_err(text);
    for word in words {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn each_error_names_file_line_key_and_what_was_expected() {
    refused("\n\nlisten = [", &["DIR/server.toml:3: is no TOML"]);
    refused("trial = true\ntrial = false", &["DIR/server.toml:2: is no TOML", "duplicate"]);
    refused("nonsense = 1", &["DIR/server.toml:1: there is no setting nonsense", "listen", "database"]);
    refused("[limits]\n\nidel_s = 1", &["DIR/server.toml:3: there is no setting limits.idel_s", "limits.idle_s"]);
    refused("trial = true\n[nonsense]", &[":2: there is no setting nonsense"]);
    refused("[nonsense]\na.b = 1", &["DIR/server.toml:2: there is no setting nonsense.a.b"]);
    refused("\nlisten = \"tcp://0.0.0.0\"", &[":2: listen = \"tcp://0.0.0.0\": expected a list of addresses such as"]);
    refused("listen = [\"camera:1\"]", &["listen = [\"camera:1\"]: expected a list of addresses", "tcp://"]);
    refused("listen = [1]", &["listen = [1]: expected"]);
    refused("listen = []", &["listen is empty"]);
    refused("database = 7", &["database = 7: expected the path of a file"]);
    refused("database = \"\"", &["database = \"\": expected the path"]);
    refused("key = true", &["key = true: expected the path"]);
    refused("trust = \"a.pub\"", &["trust = \"a.pub\": expected a list of paths"]);
    refused("assign = \"sometimes\"", &["assign = \"sometimes\": expected one of: automatic, manual"]);
    refused("trial = \"yes\"", &["trial = \"yes\": expected true or false"]);
    refused("[log]\nformat = \"xml\"", &[":2: log.format = \"xml\": expected one of: text, json"]);
    refused("[log]\nlevel = \"loud\"", &["log.level", "error, warn, info, debug, trace"]);
    for (key, max) in [
        ("connections_max", 65_536_u64),
        ("requests_max", 1_000_000),
        ("device_interval_s", 3_600),
        ("first_byte_s", 300),
        ("frame_s", 300),
        ("idle_s", 3_600),
        ("write_s", 300),
        ("drain_s", 300),
    ] {
        for wrong in
            [(max + 1).to_string(), "-1".to_owned(), "1.5".to_owned(), "\"1\"".to_owned(), u64::MAX.to_string()]
        {
            refused(
                &format!("[limits]\n{key} = {wrong}"),
                &[":2: limits.", key, "expected a whole number", &max.to_string()],
            );
        }
        assert!(load(&format!("[limits]\n{key} = {max}"), &[], &[]).is_ok(), "{key}");
    }
    refused("[limits]\nframe_s = 0", &["from 1 to 300"]);
    refused("listen = [\"tls://0.0.0.0:1\"]", &["expected tls.certificate and tls.key"]);
    refused("[tls]\nkey = \"a\"", &["both or neither"]);
    refused(&"# long\n".repeat(10_000), &["longer than a configuration"]);
}

#[test]
fn all_errors_are_told_at_once_and_in_their_order() {
    let error = load(
        "trial = 1\nassign = 2\n",
        &[("HWLICENSE_SERVER_TRIAL", "maybe"), ("HWLICENSE_SERVER_COLOUR", "red")],
        &["limits.idle_s=soon", "nothing"],
    )
    .unwrap_err();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 6, "{error}");
    for (line, words) in lines.iter().zip([
        "DIR/server.toml:1: trial = 1: expected true or false",
        "DIR/server.toml:2: assign = 2",
        "environment variable HWLICENSE_SERVER_TRIAL: trial = \"maybe\": expected true or false",
        "environment variable HWLICENSE_SERVER_COLOUR: there is no setting",
        "--set limits.idle_s: limits.idle_s = \"soon\": expected a whole number of seconds from 1 to 3600",
        "--set nothing: there is no setting nothing",
    ]) {
        assert!(line.contains(words), "{line}");
    }
}

#[test]
fn paths_begin_at_the_folder_of_the_file() {
    let folder = TempDir::new_in(".").unwrap();
    let folder = std::path::Path::new(folder.path().file_name().unwrap());
    std::fs::write(folder.join("server.toml"), "database = \"a/b\"\ntrust = [\"/c\", \"d\"]").unwrap();
    let config = Config::load(&folder.join("server.toml"), core::iter::empty(), &[]).unwrap();
    assert_eq!((config.database, config.key), (Location::Sqlite(folder.join("a/b")), folder.join("server.key")));
    assert_eq!(config.trust, [PathBuf::from("/c"), folder.join("d")]);
}

#[test]
fn a_file_that_is_not_there_is_said_with_a_cure() {
    let error = Config::load(&PathBuf::from("/nowhere/server.toml"), core::iter::empty(), &[]).unwrap_err().to_string();
    assert!(error.contains("/nowhere/server.toml:1: cannot be read") && error.contains("server init"), "{error}");
}

#[test]
fn the_administration_is_reached_from_this_machine_unless_it_is_protected() {
    assert_eq!(load("", &[], &[]).unwrap().admin.listen.unwrap().to_string(), "http://127.0.0.1:16771");
    assert_eq!(load("[admin]\nlisten = \"off\"", &[], &[]).unwrap().admin.listen, None);
    let error = load("", &[], &["admin.listen=http://0.0.0.0:16771"]).unwrap_err();
    assert!(error.contains("read tokens on the way"), "{error}");
    let error = load("", &[], &["admin.listen=https://0.0.0.0:16771"]).unwrap_err();
    assert!(error.contains("tls.certificate"), "{error}");
    let insecure = load("", &[], &["admin.listen=http://0.0.0.0:16771", "admin.insecure=true"]).unwrap();
    assert!(insecure.admin.insecure);
    let hosts = load("[admin]\nhosts = [\"site.example\"]", &[], &[]).unwrap().admin.hosts;
    assert_eq!(hosts, ["site.example"]);
}
