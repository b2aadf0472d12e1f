//! `serve` and `server`: the Primary Server as an administrator meets it.

mod administration;
mod check;
mod device;
#[cfg(unix)]
mod failover;
mod hostile;
mod logs;
#[cfg(unix)]
mod postgres;
mod process;
mod running;
mod updates;

use crate::bench::Bench;

/// A vendor's desk, and a server in the folder `site` that trusts it.
fn site() -> Bench {
    let bench = Bench::with_desk();
    bench
        .run("key certify --root root.key --issuer desk.pub --name Desk --kinds entitlement,revocation-list --out site.cert")
        .ends(0);
    bench.run("server init site --trust root.pub").ends(0);
    bench
}

/// The same with an entitlement for so many channels; its licence key.
fn licensed_site(count: u32) -> (Bench, String) {
    let bench = site();
    let key = entitle(&bench, "site.hwl", &format!("--class professional --count {count}"));
    (bench, key)
}

/// Issues an entitlement and imports it; its licence key.
fn entitle(bench: &Bench, file: &str, terms: &str) -> String {
    bench
        .run(&format!(
            "entitlement issue --key desk.key --certificate site.cert --server site/registration.json --brand acme \
             {terms} --out {file}"
        ))
        .ends(0);
    let imported = bench.run(&format!("server import {file} --config site/server.toml --json")).ends(0).json();
    imported["files"][0]["license_key"].as_str().unwrap().to_owned()
}
