//! `key`.

use std::process::Command;

use crate::bench::Bench;

#[test]
fn a_new_key_is_encrypted_and_readable_by_its_owner_only() {
    let bench = Bench::new();
    bench.put("pass.txt", "correct horse\n");
    let made = bench.run("key new --out vendor.key --passphrase-file pass.txt --json").ends(0).json();
    assert_eq!((bench.mode("vendor.key"), bench.mode("vendor.pub")), (0o600, 0o644));
    let text = String::from_utf8(bench.get("vendor.key")).unwrap();
    assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert!(String::from_utf8(bench.get("vendor.pub")).unwrap().starts_with("-----BEGIN PUBLIC KEY-----"));

    let id = bench.run("key id vendor.pub").ends(0).stdout;
    assert_eq!(id.trim_end(), made["key_id"]);
    assert_eq!(bench.run("key id vendor.key --passphrase-file pass.txt").ends(0).stdout, id);
    assert_eq!(bench.run_with_env("key id vendor.key", "HWLICENSE_PASSPHRASE", "correct horse").ends(0).stdout, id);
    bench.run_with_env("key id vendor.key", "HWLICENSE_PASSPHRASE", "wrong").ends(2).says("passphrase");
    let shown = bench.run("key show vendor.pub --json").ends(0).json();
    assert_eq!(shown["public_key"].as_str().unwrap().len(), 64);
    bench.put("hex.pub", shown["public_key"].as_str().unwrap());
    assert_eq!(bench.run("key id hex.pub").ends(0).stdout, id);
    assert!(bench.run("key show vendor.pub").ends(0).stdout.contains("ed25519"));
}

#[test]
fn without_a_terminal_the_three_ways_to_a_passphrase_are_named() {
    let bench = Bench::new();
    let ran = bench.run("key new --out vendor.key").ends(2);
    for way in ["--passphrase-file", "HWLICENSE_PASSPHRASE", "terminal"] {
        assert!(ran.stderr.contains(way), "{}", ran.stderr);
    }
    bench.put("empty.txt", "\n");
    bench.run("key new --out vendor.key --passphrase-file empty.txt").ends(2);
    bench.put("binary.txt", [0xff, 0xfe]);
    bench.run("key new --out vendor.key --passphrase-file binary.txt").ends(2);
    assert!(!bench.has("vendor.key") && !bench.has("vendor.pub"));
    bench.run("key new --out vendor.key --passphrase secret").ends(2);
}

#[test]
fn no_passphrase_says_what_it_risks_and_nothing_is_overwritten() {
    let bench = Bench::new();
    bench.run("key new --out a.key --no-passphrase").ends(0).says("can sign licences in your name");
    let before = (bench.get("a.key"), bench.get("a.pub"));
    bench.run("key new --out a.key --no-passphrase").ends(2).says("--force");
    std::fs::remove_file(bench.path("a.key")).unwrap();
    bench.run("key new --out a.key --no-passphrase").ends(2).says("a.pub");
    assert!(!bench.has("a.key"));
    assert_eq!(bench.get("a.pub"), before.1);
    bench.run("key new --out a.key --no-passphrase --force").ends(0);
    assert_ne!(bench.get("a.key"), before.0);
    bench.run("key new --out b.pub --no-passphrase").ends(2);
    let failed = bench.run("key new --out a.key --no-passphrase --json").ends(2).json();
    assert_eq!(failed["error"]["code"], "file-exists");
    assert!(
        std::fs::read_dir(bench.folder())
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().ends_with(".tmp") })
    );
}

#[test]
fn a_private_key_is_not_taken_for_a_public_one() {
    let bench = Bench::with_desk();
    bench.run("key certify --root root.key --issuer desk.key --name X --out x.cert").ends(2).says("private key");
    bench.run("key certify --root root.pub --issuer desk.pub --name X --out x.cert").ends(2);
    bench.run("key certify --root root.key --issuer root.pub --name X --out x.cert").ends(2);
    assert!(!bench.has("x.cert"));
}

#[test]
fn a_certificate_says_what_was_asked_for() {
    let bench = Bench::with_desk();
    let line = "key certify --root root.key --issuer desk.pub --name Shop --kinds license --brands acme,beta \
                --classes trial,edge,vendor --count-max 64 --from 2027-01-01 --until 2028-01-01T00:00:00Z \
                --sequence 7 --out shop.cert --json";
    let made = bench.run(line).ends(0).json();
    assert_eq!(made["sequence"], 7);
    let shown = bench.run("license inspect shop.cert --json").ends(0).json();
    let payload = &shown["envelopes"][0]["payload"];
    assert_eq!(shown["verified"], false);
    assert_eq!(payload["name"], "Shop");
    assert_eq!(payload["brands"], serde_json::json!(["acme", "beta"]));
    assert_eq!(payload["classes"], serde_json::json!(["trial", "edge", "vendor"]));
    assert_eq!(payload["kinds"], serde_json::json!(["license"]));
    assert_eq!((&payload["count_max"], &payload["valid_from"]), (&64.into(), &"2027-01-01T00:00:00Z".into()));

    let base = "key certify --root root.key --issuer desk.pub --name Shop --out more.cert";
    bench.run(&format!("{base} --dry-run")).ends(0);
    for wrong in
        ["--kinds root-change", "--kinds nonsense", "--classes nonsense", "--from 2028-01-01 --until 2027-01-01"]
    {
        bench.run(&format!("{base} {wrong}")).ends(2);
    }
    bench.run(&format!("{base} --brands a,b,c,d,e,f,g,h,i")).ends(2);
    assert!(!bench.has("more.cert"));
}

#[test]
fn other_tools_read_the_keys() {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("SKIPPED: there is no openssl here");
        return;
    }
    let bench = Bench::new();
    bench.run("key new --out plain.key --no-passphrase").ends(0);
    bench.run_with_env("key new --out locked.key", "HWLICENSE_PASSPHRASE", "correct horse").ends(0);
    for (name, password) in [("plain", "unused"), ("locked", "correct horse")] {
        let public = Command::new("openssl")
            .args(["pkey", "-pubout", "-passin", &format!("pass:{password}"), "-in"])
            .arg(bench.path(&format!("{name}.key")))
            .output()
            .unwrap();
        assert!(public.status.success(), "{public:?}");
        assert_eq!(public.stdout, bench.get(&format!("{name}.pub")));
    }
}

#[test]
fn a_key_file_that_asks_for_all_the_memory_is_refused() {
    let bench = Bench::new();
    bench.run_with_env("key new --out a.key", "HWLICENSE_PASSPHRASE", "x").ends(0);
    let text = String::from_utf8(bench.get("a.key")).unwrap();
    let (_, mut der) = pem_body(&text);
    // The cost of scrypt, 2^14, is the DER integer 02 02 40 00; 2^14 * 2^8 needs one byte more, so
    // its block size (02 01 08) is raised to what fits in its place.
    let at = der.windows(7).position(|part| part == [2, 2, 0x40, 0, 2, 1, 8]).unwrap();
    der[at + 2] = 0x7f;
    der[at + 6] = 0x7f;
    bench.put("greedy.key", pem_text(&der));
    bench.run_with_env("key id greedy.key", "HWLICENSE_PASSPHRASE", "x").ends(2);
}

fn pem_body(text: &str) -> (String, Vec<u8>) {
    let (label, bytes) = pkcs8::der::pem::decode_vec(text.as_bytes()).unwrap();
    (label.to_owned(), bytes)
}

fn pem_text(der: &[u8]) -> String {
    pkcs8::der::pem::encode_string("ENCRYPTED PRIVATE KEY", pkcs8::LineEnding::LF, der).unwrap()
}

#[test]
fn a_key_is_pinned_in_both_languages_and_three_sizes() {
    let bench = Bench::with_desk();
    for (teeth, entries, size) in [(4, 8, 768), (5, 16, 1536), (6, 32, 3072)] {
        let line = format!("key pin root.pub --format c --teeth {teeth}");
        let c = bench.run(&line).ends(0).stdout;
        assert!(c.contains(&format!("static const uint32_t words[{entries}][3][8] = {{")));
        assert!(c.contains(&format!("SHARED const uint32_t hwl_pinned_base_{teeth}[{entries}][3][8] = {{")));
        assert!(c.contains("const hwl_pinned_key pinned_root = {"));
        assert_eq!(c.matches("0x").count(), entries * 48 + 32);
        let rust = bench.run(&line.replace("--format c", "--format rust")).ends(0).stdout;
        assert!(rust.contains(&format!("pub static PINNED_ROOT: Pinned{teeth} = Pinned{teeth}::from_words(")));
        assert_eq!(rust.matches("0x").count(), entries * 24 + 32);
        let id = bench.run("key id root.pub").ends(0).stdout;
        assert!(c.contains(id.trim_end()) && rust.contains(id.trim_end()));
        let told = bench.run(&format!("{line} --json --name desk_2")).ends(0).json();
        assert_eq!((&told["table_bytes"], &told["name"]), (&size.into(), &"desk_2".into()));
        assert_eq!(told["text"], c.replace("pinned_root", "desk_2"));
    }
    let c = bench.run("key pin root.pub --format c").ends(0).stdout;
    assert_eq!(bench.run("key pin root.key --format c").ends(0).stdout, c);
    assert!(bench.run("key pin root.pub --format c --out pinned.c").ends(0).stdout.contains("768"));
    assert_eq!(String::from_utf8(bench.get("pinned.c")).unwrap(), c);
    bench.run("key pin root.pub --format c --out pinned.c").ends(2).says("--force");
    bench.run("key pin root.pub --format c --out pinned.c --force").ends(0);
    for wrong in ["--format pascal", "--format c --teeth 7", "--format c --name 2x", "--format c --name a-b", ""] {
        bench.run(&format!("key pin root.pub {wrong}")).ends(2);
    }
}

#[test]
fn a_key_that_is_not_of_prime_order_is_not_pinned() {
    let bench = Bench::new();
    // Of order 2 and 1; no point; and a good key with a component of order 8, and of order 2.
    for (key, says) in [
        ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "no Ed25519 public key"),
        ("0100000000000000000000000000000000000000000000000000000000000000", "no Ed25519 public key"),
        ("0200000000000000000000000000000000000000000000000000000000000000", "no Ed25519 public key"),
        ("5e2633dded6c08346e0bc215ad4e4279fa8d3d0bde911580dc0501ff2f725ceb", "component of small order"),
        ("7f85e322d64f48702ec50b3aa670100b10d568e991c3590d1b0403327fafa40e", "component of small order"),
    ] {
        bench.put("odd.pub", key);
        bench.run("key pin odd.pub --format c").ends(2).says(says);
    }
}
