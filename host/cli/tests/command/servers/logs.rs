//! What the log tells, and what it never tells.

use hwlicense::primary::{Authentication, Operation, Outcome, Secret};
use serde_json::Value;

use super::device::Device;
use super::licensed_site;
use super::process::{Process, log_of};

/// Bytes in every form in which a program may write them by mistake.
fn forms(bytes: &[u8]) -> Vec<String> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let escaped = String::from_utf8_lossy(bytes).escape_debug().to_string();
    let base64 = {
        let text = pkcs8::der::pem::encode_string("X", pkcs8::LineEnding::LF, bytes).unwrap();
        text.lines().nth(1).unwrap().trim_end_matches('=').to_owned()
    };
    // A part of it is as bad: eight bytes are enough to find it by.
    vec![hex[..16].to_owned(), hex[..16].to_uppercase(), list[..8].join(", "), escaped, base64[..10].to_owned()]
}

#[test]
fn no_secret_is_in_the_log_on_any_level() {
    let (bench, key) = licensed_site(2);
    bench.run("server token new ann --out ann.token --config site/server.toml").ends(0);
    let token = bench.get("ann.token");
    let pem = String::from_utf8(bench.get("site/server.key")).unwrap();
    let der = pkcs8::der::pem::decode_vec(pem.as_bytes()).unwrap().1;
    let seed = &der[der.len() - 32..];
    for format in ["text", "json"] {
        let process = Process::start(&bench, &format!("--set log.level=trace --set log.format={format}"));
        let mut device = Device::new(if format == "text" { 1 } else { 2 }, "gate");
        assert_eq!(device.contact(process.address), Outcome::Licensed);
        let secret = device.secret.unwrap();
        assert_eq!(device.contact(process.address), Outcome::Licensed);
        let key = key.parse().unwrap();
        let administrator = Secret::of_token(&token);
        let body = device.request(Operation::Deactivate(key), Authentication::Administrator(&administrator));
        assert_eq!(device.send(process.address, &body), Outcome::Deactivated);
        // Damage is where programs show what they hold.
        let mut damaged = device.request(Operation::Contact, Authentication::Client(&secret));
        *damaged.last_mut().unwrap() ^= 1;
        device.send(process.address, &damaged);
        process.terminate();
        assert_eq!(process.wait(), Some(0));

        let log = log_of(&bench);
        for (what, bytes) in [
            ("the device's secret", &secret.expose()[..]),
            ("the digest of the token", administrator.expose()),
            ("the server's key", seed),
            ("the token", &token),
            ("the end of a request", &damaged[damaged.len() - 32..]),
        ] {
            for form in forms(bytes) {
                assert!(!log.contains(&form), "{what} is in the log: {log}");
            }
        }
        assert!(log.contains("gate"), "what the log is for: {log}");
    }
}

#[test]
fn each_request_is_a_line_with_client_name_outcome_and_duration() {
    let (bench, _) = licensed_site(1);
    let process = Process::start(&bench, "--set log.format=json");
    let device = &mut Device::new(1, "gate \"1\"");
    device.contact(process.address);
    Device::new(2, "gate-2").contact(process.address);
    process.terminate();
    assert_eq!(process.wait(), Some(0));
    let log = log_of(&bench);
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<&Value> = lines.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(requests.len(), 2, "{log}");
    assert_eq!(requests[0]["client"], device.hwid.to_string());
    assert_eq!((&requests[0]["outcome"], &requests[1]["reason"]), (&"licensed".into(), &"no-capacity".into()));
    assert!(requests[0]["name"].as_str().unwrap().contains("gate"));
    assert!(requests.iter().all(|line| line["milliseconds"].is_u64() && line["timestamp"].is_string()));
}
