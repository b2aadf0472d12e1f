//! `system show`, `allocate`, `what-if`, `add`, `merge`, `failover`.

use serde_json::{Value, json};

use crate::bench::Bench;

const HARBOUR: &str = include_str!("../../../../examples/systems/harbour.json");
const MARINA: &str = include_str!("../../../../examples/systems/marina.json");
/// A time at which the licences of the examples are good.
const AT: &str = "--at 2026-11-22T08:00:00Z";

/// The harbour after something was done to it.
fn harbour_with(change: impl FnOnce(&mut Value)) -> String {
    let mut system: Value = serde_json::from_str(HARBOUR).unwrap();
    change(&mut system);
    system.to_string()
}

fn bench_with(change: impl FnOnce(&mut Value)) -> Bench {
    let bench = Bench::new();
    bench.put("harbour.json", harbour_with(change));
    bench
}

/// The row of a list with this name, or with this key.
fn row<'v>(list: &'v Value, name: &str) -> &'v Value {
    let is_meant = |row: &&Value| row["name"] == name || row["key"] == name;
    list.as_array().unwrap().iter().find(is_meant).unwrap_or_else(|| panic!("no {name} in {list}"))
}

const QUAY_KEY: &str = "84TP-YM5Z-RJKY-G9SM";
const CRANE_KEY: &str = "AWE3-CT18-TR39-R6W2";
const GATE_KEY: &str = "GTDC-Y7X0-4NM2-6TTG";

#[test]
fn the_example_is_shown_in_full() {
    let bench = bench_with(|_| {});
    let text = bench.run(&format!("system show harbour.json {AT}")).ends(0).stdout;
    for word in ["Harbour (acme)", "gatehouse", "up to 8 devices", "crane-cabin", QUAY_KEY, "Never", "Hardware ID"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let view = bench.run(&format!("system show harbour.json {AT} --json")).ends(0).json();
    assert_eq!(view["schema"], "hwlicense.system-view/1");
    assert_eq!((view["servers"].as_array().unwrap().len(), view["devices"].as_array().unwrap().len()), (3, 12));
    assert_eq!(row(&view["licenses"], QUAY_KEY)["status"], "OK");
    let stdin = bench.run_with_stdin(&format!("system show - {AT}"), HARBOUR.as_bytes()).ends(0).stdout;
    assert_eq!(stdin, text);
}

#[test]
fn each_status_has_its_word_its_reason_and_its_next_step() {
    let offline = json!({ "state": "offline", "since": "2026-11-20T08:00:00Z" });
    let set = |row: &mut Value, fields: &Value| {
        row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    };
    let shown = |change: &dyn Fn(&mut Value), at: &str| {
        let bench = bench_with(|system| change(system));
        let view = bench.run(&format!("system show harbour.json --at {at} --json")).ends(0).json();
        let shown = row(&view["licenses"], CRANE_KEY).clone();
        assert!(!shown["reason"].as_str().unwrap().is_empty() && !shown["next_step"].as_str().unwrap().is_empty());
        (shown["status"].clone(), shown["code"].clone(), shown["counts"].clone(), shown["counts_until"].clone())
    };
    let now = "2026-11-22";
    let none = Value::Null;
    let is = |status: &str, code: &str, counts: bool| (json!(status), json!(code), json!(counts), none.clone());
    assert_eq!(shown(&|_| {}, now), is("OK", "valid", true));
    assert_eq!(shown(&|_| {}, "2027-05-01"), is("Expires soon", "expires-soon", true));
    assert_eq!(shown(&|_| {}, "2027-05-11"), is("Expired", "expired", false));
    assert_eq!(shown(&|system| system["licenses"][1]["reason"] = json!("revoked"), now), is("Error", "revoked", false));
    let unread = |system: &mut Value| system["licenses"][1]["reason"] = json!("hardware-not-readable");
    assert_eq!(shown(&unread, now), is("Not verified", "hardware-not-readable", false));

    // The four answers to "server not found".
    let away = |system: &mut Value| set(&mut system["servers"][1], &offline);
    let until = json!("2026-12-20T08:05:00Z");
    assert_eq!(shown(&away, now), (json!("In grace"), json!("server-offline"), json!(true), until.clone()));
    assert_eq!(shown(&away, "2026-12-21"), (json!("Error"), json!("server-offline"), json!(false), until));
    let removed = |system: &mut Value| system["servers"][1]["state"] = json!("removed");
    assert_eq!(shown(&removed, now), is("Error", "server-removed", false));
    let changed = |system: &mut Value| {
        system["licenses"][1]["reason"] = json!("other-hardware");
        system["licenses"][1]["grace_changed_s"] = json!(86400);
        system["servers"][1]["hardware_changed"] = json!("2026-11-21T12:00:00Z");
    };
    let until = json!("2026-11-22T12:00:00Z");
    assert_eq!(shown(&changed, now), (json!("In grace"), json!("hardware-changed"), json!(true), until));
    let stranger = |system: &mut Value| {
        set(&mut system["licenses"][1], &json!({ "server": null, "hwid": "0300000000000000000000000000000001" }));
    };
    assert_eq!(shown(&stranger, now), is("Error", "never-seen", false));

    let twice = |system: &mut Value| {
        let mut older = system["licenses"][1].clone();
        set(&mut older, &json!({ "key": GATE_KEY, "issued": "2026-01-01" }));
        system["licenses"][1] = older;
        system["licenses"][2]["key"] = json!(GATE_KEY);
    };
    let view = bench_with(twice).run(&format!("system show harbour.json {AT} --json")).json();
    let words: Vec<&Value> = view["licenses"].as_array().unwrap().iter().map(|row| &row["status"]).collect();
    assert_eq!(words, ["OK", "Not counted", "OK", "OK", "OK"]);
}

#[test]
fn a_licence_without_a_server_belongs_to_the_one_that_has_its_hardware_id() {
    let bench = bench_with(|system| {
        for license in system["licenses"].as_array_mut().unwrap() {
            license.as_object_mut().unwrap().remove("server");
        }
    });
    let view = bench.run(&format!("system show harbour.json {AT} --json")).ends(0).json();
    assert_eq!(row(&view["licenses"], GATE_KEY)["server"], "gatehouse");
}

#[test]
fn servers_with_one_hardware_id_are_reported() {
    let bench = bench_with(|system| system["servers"][1]["hwids"] = system["servers"][0]["hwids"].clone());
    let text = bench.run(&format!("system show harbour.json {AT}")).ends(0).stdout;
    assert!(text.contains("The same Hardware ID 03f6f2014f8ffff992a79b8dcd3d3464f4: crane, quay."), "{text}");
    let view = bench.run(&format!("system show harbour.json {AT} --json")).ends(0).json();
    assert_eq!(view["duplicate_hwids"][0]["servers"], json!(["crane", "quay"]));
}

#[test]
fn the_licence_list_as_csv_has_these_columns_and_no_formulas() {
    let formula = "=HYPERLINK(\"http://x\",\"quay\")";
    let bench = bench_with(|system| {
        system["servers"][0]["name"] = json!(formula);
        system["licenses"][0]["server"] = system["servers"][0]["id"].clone();
        for device in system["devices"].as_array_mut().unwrap() {
            for field in ["preferred", "host"] {
                device[field] = json!("crane");
            }
            device["reach"] = json!(["crane"]);
        }
    });
    let csv = bench.run(&format!("system show harbour.json {AT} --csv")).ends(0).stdout;
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines[0], "Type,Channels,License Key,Expires,Status,Server,Hardware ID");
    assert_eq!(
        lines[1],
        "professional,6,84TP-YM5Z-RJKY-G9SM,Never,OK,\"'=HYPERLINK(\"\"http://x\"\",\"\"quay\"\")\",\
         03f6f2014f8ffff992a79b8dcd3d3464f4"
    );
    assert_eq!((lines.len(), lines[6]), (7, ""));
    bench.run("system show harbour.json --csv --json").ends(2).says("Choose one");
}

#[test]
fn every_device_of_the_example_gets_its_channel() {
    let bench = bench_with(|_| {});
    bench.run(&format!("system allocate harbour.json {AT}")).ends(0);
    let given = bench.run(&format!("system allocate harbour.json {AT} --json")).ends(0).json();
    assert_eq!((&given["licensed"], &given["without"]), (&json!(12), &json!(0)));
    assert_eq!(row(&given["devices"], "crane-dome")["granted_class"], "edge");
    assert_eq!(row(&given["licenses"], QUAY_KEY)["units_used"], 6);
}

#[test]
fn who_goes_without_is_named_with_what_to_do() {
    let bench = bench_with(|system| system["licenses"][0]["channels"] = json!(4));
    let given = bench.run(&format!("system allocate harbour.json {AT} --json")).ends(1).json();
    assert_eq!(given["without"], 2);
    // The edge licence goes to a more important device, for which it is good as well.
    for (device, grant) in [("quay-north", "licensed"), ("crane-dome", "without"), ("gate-parking", "without")] {
        assert_eq!(row(&given["devices"], device)["grant"], grant, "{device}");
    }
    let text = bench.run(&format!("system allocate harbour.json {AT}")).ends(1).stdout;
    for words in
        ["NOTHING: no channel is left for professional", "Short of 1 channel of class professional (or trial, edge, "]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    // What does not count is named as a way out.
    let bench = bench_with(|system| system["licenses"][0]["reason"] = json!("revoked"));
    let text = bench.run(&format!("system allocate harbour.json {AT}")).ends(1).stdout;
    assert!(text.contains("Licences that do not count:") && text.contains("was revoked"), "{text}");
}

#[test]
fn a_device_is_switched_on_only_if_there_is_a_channel() {
    let bench = bench_with(|system| system["devices"][4]["wanted"] = json!(false));
    let line = format!("system allocate harbour.json {AT} --switch-on");
    bench.run(&format!("{line} crane-east")).ends(0);
    bench.run(&format!("{line} 0191c3a2-7d14-77b8-8ee4-9b41d8ab606a")).ends(0);
    bench.run(&format!("{line} nobody")).ends(2).says("no device");
    let bench = bench_with(|system| {
        system["devices"][4]["wanted"] = json!(false);
        system["licenses"][0]["channels"] = json!(5);
    });
    let answer = bench.run(&format!("{line} crane-east --json")).ends(1).json();
    assert_eq!((&answer["class"], &answer["units_missing"]), (&json!("professional"), &json!(1)));
    assert!(answer["next_step"].as_str().unwrap().contains("Short of 1 channel of"));
}

#[test]
fn while_a_server_is_away_its_channels_stay_with_those_who_had_them() {
    let away = |system: &mut Value| {
        system["servers"][2]["state"] = json!("offline");
        system["servers"][2]["since"] = json!("2026-11-20T08:00:00Z");
    };
    // Nothing is said of what is held: it is what was given out while all could be heard.
    let bench = bench_with(away);
    bench.run(&format!("system allocate harbour.json {AT}")).ends(0);
    // After the grace of the licences that are away, the channels are gone.
    let given = bench.run("system allocate harbour.json --at 2027-01-01 --json").ends(1).json();
    assert_eq!((&given["licensed"], &given["without"]), (&json!(9), &json!(3)));

    // A device that is new may not use a channel that the other part could give out as well.
    let bench = bench_with(|system| {
        away(system);
        system["licenses"][0]["channels"] = json!(5);
        system["licenses"][2]["channels"] = json!(3);
        for device in system["devices"].as_array_mut().unwrap() {
            device["channel"] = json!(if device["name"] == "crane-east" { "none" } else { "agreed" });
        }
        for (license, held) in [(0, 5), (1, 2), (2, 2), (3, 1), (4, 1)] {
            system["licenses"][license]["held"] = json!(held);
        }
    });
    let given = bench.run(&format!("system allocate harbour.json {AT} --json")).ends(1).json();
    assert_eq!(row(&given["devices"], "crane-east")["grant"], "without");
    assert_eq!(given["without"], 1);
}

#[test]
fn what_is_agreed_on_is_that_of_the_last_moment_at_which_all_were_there() {
    // A licence of the gatehouse that was signed after it went away: nobody here agreed on its channels.
    let bench = bench_with(|system| {
        system["servers"][2]["state"] = json!("offline");
        system["servers"][2]["since"] = json!("2026-11-20T08:00:00Z");
        system["licenses"][2]["issued"] = json!("2026-11-21");
    });
    let given = bench.run(&format!("system allocate harbour.json {AT} --json")).ends(1).json();
    assert_eq!(given["without"], 2);
    assert_eq!(row(&given["licenses"], GATE_KEY)["units_used"], 0);

    // While all are there, what a file says of earlier times is over.
    let bench = bench_with(|system| system["devices"][0]["channel"] = json!("none"));
    let foreseen = bench.run(&format!("system what-if fail quay harbour.json {AT} --json")).json();
    assert_eq!(foreseen["moments"][0]["licensed_after"], 12);
}

/// Wrong files, what is said of each, and nothing on stdout.
#[test]
fn a_wrong_system_file_is_refused_with_the_place() {
    let first = json!(HARBOUR).as_str().unwrap().to_owned();
    let id = "0191c3a2-7d01-7455-85c3-3f89053b7551";
    let cases: Vec<(String, &str)> = vec![
        (String::new(), "EOF"),
        (first[..first.len() / 2].to_owned(), "EOF while parsing"),
        (format!("{first}x"), "trailing characters"),
        ("{}".to_owned(), "schema: it does not say"),
        ("[1, 2]".to_owned(), "invalid type"),
        (harbour_with(|system| system["schema"] = json!("hwlicense.system/9")), "schema: `hwlicense.system/9`"),
        (
            r#"{ "schema": "hwlicense.system/1", "brand": "acme", "servers": [] }"#.to_owned(),
            "servers: the System has no servers",
        ),
        (harbour_with(|system| system["colour"] = json!(1)), "colour: unknown field `colour`"),
        (
            harbour_with(|system| system["devices"][3]["colour"] = json!("grey")),
            "devices[3].colour: unknown field `colour`",
        ),
        (
            harbour_with(|system| system["servers"][1]["failover"]["max"] = json!(1)),
            "servers[1].failover.max: unknown field",
        ),
        (harbour_with(|system| system["servers"][1]["id"] = json!(id)), "servers[1].id: two servers"),
        (
            harbour_with(|system| system["devices"][2]["id"] = system["devices"][1]["id"].clone()),
            "two devices have the same id",
        ),
        (
            harbour_with(|system| system["devices"][3]["reach"] = json!(["quay", "b"])),
            "devices[3].reach[1]: there is no server `b`",
        ),
        (
            harbour_with(|system| system["devices"][3]["reach"] = json!(["quay", "crane", "quay"])),
            "devices[3].reach[2]: `quay` is there twice",
        ),
        (harbour_with(|system| system["devices"][5]["host"] = json!("b")), "devices[5].host: there is no server `b`"),
        (
            harbour_with(|system| system["devices"][5]["preferred"] = json!("b")),
            "devices[5].preferred: there is no server `b`",
        ),
        (
            harbour_with(|system| system["licenses"][1]["server"] = json!("b")),
            "licenses[1].server: there is no server `b`",
        ),
        (
            harbour_with(|system| system["servers"][1]["name"] = json!("quay")),
            "devices[0].host: more than one server is called `quay`",
        ),
        (harbour_with(|system| system["devices"][5]["channels"] = json!(0)), "devices[5].channels: the device needs"),
        (harbour_with(|system| system["devices"][5]["channels"] = json!(65_536)), "devices[5].channels: invalid value"),
        (harbour_with(|system| system["licenses"][0]["channels"] = json!(-1)), "licenses[0].channels: invalid value"),
        (
            harbour_with(|system| system["licenses"][0]["channels"] = json!(4_294_967_295u32)),
            "licenses[0].channels: the channels add up",
        ),
        (harbour_with(|system| system["licenses"][2]["held"] = json!(3)), "licenses[2].held: more channels"),
        (
            harbour_with(|system| system["licenses"][2]["expires"] = json!("soon")),
            "licenses[2].expires: `soon` is no time",
        ),
        (harbour_with(|system| system["licenses"][2]["class"] = json!("best")), "licenses[2].class: there is no class"),
        (harbour_with(|system| system["licenses"][2]["key"] = json!("84TP-YM5Z-RJKY-G9SN")), "licenses[2].key: "),
        (harbour_with(|system| system["licenses"][2]["reason"] = json!("fine")), "licenses[2].reason: `fine`"),
        (harbour_with(|system| system["licenses"][2]["digest"] = json!("ab")), "licenses[2].digest: write the 64"),
        (harbour_with(|system| system["servers"][2]["hwids"][0] = json!("03")), "servers[2].hwids[0]: `03`"),
        (harbour_with(|system| system["servers"][2]["id"] = json!("1")), "servers[2].id: `1` is no UUID"),
        (harbour_with(|system| system["servers"][2]["state"] = json!("gone")), "servers[2].state: `gone` is none of"),
        (harbour_with(|system| system["servers"][2]["state"] = json!("offline")), "servers[2].since: it is missing"),
        (harbour_with(|system| system["name"] = json!("x".repeat(257))), "name: write at most 256 bytes"),
        (harbour_with(|system| system["name"] = json!("a\u{1b}[2J")), "name: write it without control characters"),
        (harbour_with(|system| system["devices"][0]["name"] = json!("a\nb")), "devices[0].name: write it without"),
    ];
    let bench = Bench::new();
    for (text, words) in cases {
        bench.put("wrong.json", &text);
        for verb in ["show", "allocate"] {
            let ran = bench.run(&format!("system {verb} wrong.json {AT}")).ends(2).says(words);
            assert!(ran.stderr.starts_with("hwlicense: wrong.json: ") && ran.stdout.is_empty(), "{ran:#?}");
        }
    }
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let bench = bench_with(|system| {
        system["licenses"][0]["channels"] = json!(3);
        for list in ["servers", "devices", "licenses"] {
            system[list].as_array_mut().unwrap().reverse();
        }
    });
    bench.put("forward.json", harbour_with(|system| system["licenses"][0]["channels"] = json!(3)));
    let sorted = |file: &str| {
        let given = bench.run(&format!("system allocate {file} {AT} --json")).ends(1).json();
        let mut rows: Vec<String> = given["devices"].as_array().unwrap().iter().map(Value::to_string).collect();
        rows.sort();
        (rows, given["classes"].clone())
    };
    assert_eq!(sorted("harbour.json"), sorted("forward.json"));
}

#[test]
fn detaching_a_server_says_what_is_lost_and_what_to_do_first() {
    let bench = bench_with(|_| {});
    let text = bench.run(&format!("system what-if detach gatehouse harbour.json {AT}")).ends(1).stdout;
    for words in [GATE_KEY, "gate-barrier", "Deactivate the licences named before the server is detached"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let foreseen = bench.run(&format!("system what-if detach gatehouse harbour.json {AT} --json")).ends(1).json();
    let moment = &foreseen["moments"][0];
    assert_eq!((&moment["licensed_before"], &moment["licensed_after"]), (&json!(12), &json!(9)));
    assert_eq!(row(&moment["licenses_lost"], GATE_KEY)["code"], "server-removed");
    assert_eq!(row(&moment["devices_lost"], "gate-barrier")["class"], "io-module");
    bench.run("system what-if detach nobody harbour.json").ends(2).says("no server");
    // The last server can be detached as well: nothing is left then.
    bench.put("marina.json", MARINA);
    let foreseen = bench.run(&format!("system what-if detach marina marina.json {AT} --json")).ends(1).json();
    assert_eq!(foreseen["moments"][0]["licensed_after"], 0);
}

#[test]
fn replacing_a_nic_costs_what_does_not_tolerate_it() {
    let bench = bench_with(|_| {});
    let line = format!("system what-if replace-nic crane harbour.json {AT} --json");
    let foreseen = bench.run(&line).ends(1).json();
    let lost = &foreseen["moments"][0]["licenses_lost"];
    assert_eq!((lost.as_array().unwrap().len(), &row(lost, CRANE_KEY)["code"]), (1, &json!("hardware-changed")));
    // With a grace nothing is lost at once, and the day is named.
    let bench = bench_with(|system| system["licenses"][1]["grace_changed_s"] = json!(864_000));
    let foreseen = bench.run(&line).ends(1).json();
    let (now, then) = (&foreseen["moments"][0], &foreseen["moments"][1]);
    assert_eq!(row(&now["licenses_on_grace"], CRANE_KEY)["counts_until"], "2026-12-02T08:00:00Z");
    assert_eq!((&now["licensed_after"], &then["licensed_after"]), (&json!(12), &json!(10)));
    assert_eq!(
        (&then["at"], &row(&then["licenses_lost"], CRANE_KEY)["counts"]),
        (&json!("2026-12-02T08:00:00Z"), &json!(false))
    );
    // What is tolerated costs nothing.
    let bench = bench_with(|system| system["licenses"][1]["tolerates"] = json!(["nic", "cpu"]));
    let text = bench.run(&format!("system what-if replace-nic crane harbour.json {AT}")).ends(0).stdout;
    assert_eq!(text, "No licence stops counting.\n");
}

#[test]
fn a_failure_is_followed_to_the_end_of_its_graces() {
    let bench = bench_with(|system| {
        let wall = json!({ "key": "S354-VC23-W1CJ-Y7HY", "class": "video-wall", "channels": 1, "server": "quay",
                           "hwid": system["servers"][0]["hwids"][0], "issued": "2026-01-01" });
        system["licenses"].as_array_mut().unwrap().push(wall);
    });
    let foreseen = bench.run(&format!("system what-if fail quay harbour.json {AT} --json")).ends(1).json();
    let moments = foreseen["moments"].as_array().unwrap();
    let times: Vec<&Value> = moments.iter().map(|moment| &moment["at"]).collect();
    let days = ["2026-11-22T08:00:00Z", "2026-11-22T08:05:00Z", "2026-11-29T08:05:00Z", "2026-12-22T08:05:00Z"];
    assert_eq!(times, days);
    assert_eq!(row(&moments[1]["licenses_on_grace"], QUAY_KEY)["counts_until"], days[3]);
    assert_eq!(row(&moments[2]["licenses_lost"], "S354-VC23-W1CJ-Y7HY")["counts"], false);
    let licensed: Vec<&Value> = moments.iter().map(|moment| &moment["licensed_after"]).collect();
    assert_eq!(licensed, [12, 12, 12, 6]);
    assert_eq!(foreseen["devices_left_out"][0]["name"], "quay-store");

    // Each licence may have a grace of its own; beyond a limit that is said.
    let bench = bench_with(|system| {
        let one = system["licenses"][0].clone();
        let all = (0..20).map(|day| {
            let mut license = one.clone();
            license["grace_offline_s"] = json!(day * 86_400 + 1);
            license["issued"] = json!(format!("2026-02-{:02}", day + 1));
            license["key"] = json!(key(day));
            license["channels"] = json!(1);
            license
        });
        system["licenses"] = all.collect();
    });
    let ran = bench.run(&format!("system what-if fail quay harbour.json {AT} --json")).says("only the first 16 of 20");
    assert_eq!(ran.json()["moments"].as_array().unwrap().len(), 18);
}

/// A licence key for each number.
fn key(number: u32) -> String {
    hwlicense::license::LicenseKey::from_random([number as u8; 10]).to_string()
}

/// The harbour and the marina.
fn two_systems() -> Bench {
    let bench = bench_with(|_| {});
    bench.put("marina.json", MARINA);
    bench
}

#[test]
fn a_merge_is_shown_then_written_and_never_over_a_file() {
    let bench = two_systems();
    let line = format!("system merge harbour.json marina.json {AT}");
    bench.run(&line).ends(2).says("--out");
    let shown = bench.run(&format!("{line} --dry-run --json --out merged.json")).ends(0).json();
    assert!(!bench.has("merged.json"));
    assert_eq!((&shown["refused"], &shown["changes"]["servers_added"]), (&json!(false), &json!(["marina"])));
    assert_eq!(shown["changes"]["devices_added"].as_array().unwrap().len(), 3);

    bench.run(&format!("{line} --out merged.json")).ends(0).says("wrote merged.json");
    bench.run(&format!("{line} --out merged.json")).ends(2).says("is there already");
    bench.run(&format!("{line} --out merged.json --force")).ends(0);
    let view = bench.run(&format!("system show merged.json {AT} --json")).ends(0).json();
    assert_eq!((&view["name"], view["devices"].as_array().unwrap().len()), (&json!("Harbour"), 15));
    assert_eq!(row(&view["devices"], "pontoon-a")["preferred"], "marina");
    let given = bench.run(&format!("system allocate merged.json {AT} --json")).ends(0).json();
    assert_eq!(given["licensed"], 14);
    // The direction decides the name and nothing else.
    bench.run(&format!("system merge marina.json harbour.json {AT} --out other.json")).ends(0);
    let other = bench.run(&format!("system allocate other.json {AT} --json")).ends(0).json();
    assert_eq!((&other["licensed"], &other["classes"]), (&given["licensed"], &given["classes"]));
}

#[test]
fn what_speaks_against_a_merge_is_named_and_nothing_is_written() {
    let bench = two_systems();
    let refused = |line: &str| {
        let ran = bench.run(&format!("system merge harbour.json {line} {AT} --out x --json")).ends(1).json();
        assert!(!bench.has("x") && ran["refused"] == json!(true) && ran["changes"] == Value::Null);
        let findings = ran["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refused("harbour.json"), ["duplicate-server"; 3]);
    for fact in ["unreachable", "wrong-password", "not-owner", "backup-failed"] {
        assert_eq!(refused(&format!("marina.json --fact {fact}")), [fact]);
    }
    let changed = |field: &str, value: Value| {
        let mut marina: Value = serde_json::from_str(MARINA).unwrap();
        marina[field] = value;
        bench.put("changed.json", marina.to_string());
    };
    changed("brand", json!("beta"));
    assert_eq!(refused("changed.json"), ["other-brand"]);
    changed("protocol", json!(2));
    assert_eq!(refused("changed.json"), ["incompatible-version"]);
    bench.run("system merge harbour.json marina.json --dry-run --fact bad-weather").ends(2);
    let text = bench.run("system merge harbour.json harbour.json --dry-run").ends(1).stdout;
    assert!(text.contains("refused: A server with the same id is in both Systems. (quay)"), "{text}");
}

#[test]
fn what_has_to_be_known_before_a_merge_is_said() {
    let bench = two_systems();
    let mut marina: Value = serde_json::from_str(MARINA).unwrap();
    let harbour: Value = serde_json::from_str(HARBOUR).unwrap();
    marina["licenses"][0]["key"] = harbour["licenses"][0]["key"].clone();
    marina["devices"][0]["id"] = harbour["devices"][0]["id"].clone();
    marina["servers"][0]["hwids"] = harbour["servers"][1]["hwids"].clone();
    bench.put("marina.json", marina.to_string());
    let foreseen = bench.run(&format!("system what-if merge marina.json harbour.json {AT} --json")).ends(1).json();
    let findings: Vec<(&str, &Value)> = foreseen["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["code"].as_str().unwrap(), &finding["subjects"]))
        .collect();
    let expected = [
        ("duplicate-key", json!([QUAY_KEY])),
        ("duplicate-hwid", json!(["crane", "marina"])),
        ("shared-device", json!([harbour["devices"][0]["id"]])),
    ];
    assert_eq!(findings, expected.iter().map(|(code, subjects)| (*code, subjects)).collect::<Vec<_>>());
    // One key counts once, and what the smaller pool cannot carry is named.
    assert!(!foreseen["changes"]["devices_lost"].as_array().unwrap().is_empty());
    bench.put("marina.json", MARINA);
    bench.run(&format!("system what-if merge marina.json harbour.json {AT}")).ends(0);
}

#[test]
fn a_failed_servers_devices_go_to_others_or_are_named() {
    let bench = bench_with(|_| {});
    let line = format!("system failover harbour.json {AT}");
    let plan = bench.run(&format!("{line} --fail gatehouse --json")).ends(0).json();
    for device in ["gate-in", "gate-out", "gate-parking", "gate-barrier"] {
        let row = row(&plan["devices"], device);
        assert!(row["from"] == "gatehouse" && row["to"] != "gatehouse" && row["code"] == "hosted", "{row}");
    }
    assert_eq!((&plan["summary"]["starts"], &plan["summary"]["moves"]), (&json!(4), &json!(0)));
    let text = bench.run(&format!("{line} --fail quay")).ends(1).stdout;
    assert!(text.contains("NOWHERE") && text.contains("quay-store"), "{text}");
    // One of priority never is shown, and is no reason to say no.
    let plan = bench.run(&format!("{line} --fail crane --json")).ends(0).json();
    assert_eq!(row(&plan["devices"], "crane-cabin")["code"], "never");
    let plan = bench.run(&format!("{line} --fail crane --fail quay --json")).ends(1).json();
    let row = row(&plan["devices"], "gate-in");
    assert_eq!((&row["from"], &row["to"]), (&json!("gatehouse"), &json!("gatehouse")));
    bench.run(&format!("{line} --fail nobody")).ends(2).says("no server");
}

#[test]
fn a_server_whose_devices_nobody_could_take_is_warned_of_beforehand() {
    let bench = bench_with(|_| {});
    let plan = bench.run(&format!("system failover harbour.json {AT} --json")).ends(1).json();
    assert_eq!(plan["warnings"][0]["if_fails"], "quay");
    assert_eq!(plan["warnings"][0]["devices"][0]["code"], "offline");
    assert_eq!(plan["warnings"].as_array().unwrap().len(), 1);
    let text = bench.run(&format!("system failover harbour.json {AT}")).ends(1).stdout;
    assert!(text.contains("Warning: if quay failed") && text.contains("quay-store"), "{text}");
    // Others that are full are another reason.
    let bench = bench_with(|system| {
        system["devices"][3]["reach"] = json!(["quay", "crane"]);
        system["servers"][1]["failover"]["devices_max"] = json!(4);
        system["servers"][2]["failover"]["enabled"] = json!(false);
    });
    let plan = bench.run(&format!("system failover harbour.json {AT} --json")).ends(1).json();
    let warning = plan["warnings"].as_array().unwrap().iter().find(|warning| warning["if_fails"] == "quay").unwrap();
    assert_eq!(warning["devices"].as_array().unwrap().len(), 4);
    assert_eq!(warning["devices"][0]["code"], "full");
    // What nobody records anyhow is no reason to warn of a server.
    let bench = bench_with(|system| system["devices"][3]["reach"] = json!([]));
    let plan = bench.run(&format!("system failover harbour.json {AT} --json")).ends(1).json();
    assert_eq!((&row(&plan["devices"], "quay-store")["code"], &plan["warnings"]), (&json!("unreached"), &json!([])));
    // With room everywhere there is nothing to warn of.
    let bench = bench_with(|system| system["devices"][3]["reach"] = json!(["quay", "crane"]));
    let plan = bench.run(&format!("system failover harbour.json {AT} --json")).ends(0).json();
    assert_eq!(plan["warnings"], json!([]));
}

#[test]
fn exit_codes_are_the_same_with_and_without_json() {
    let bench = two_systems();
    for line in [
        "show harbour.json",
        "allocate harbour.json",
        "allocate harbour.json --switch-on crane-east",
        "what-if detach gatehouse harbour.json",
        "what-if replace-nic crane harbour.json",
        "what-if fail quay harbour.json",
        "what-if merge marina.json harbour.json",
        "merge harbour.json marina.json --dry-run",
        "merge harbour.json harbour.json --dry-run",
        "failover harbour.json",
        "failover harbour.json --fail quay",
        "show no-such-file",
    ] {
        let (text, json) =
            (bench.run(&format!("system {line} {AT}")), bench.run(&format!("system {line} {AT} --json")));
        assert_eq!(text.code, json.code, "{line}");
        json.json();
        // Whatever is written does not depend on chance.
        assert_eq!(json.stdout, bench.run(&format!("system {line} {AT} --json")).stdout, "{line}");
    }
}

#[test]
fn names_that_would_make_a_screen_lie_are_shown_as_escapes() {
    let bench = bench_with(|system| {
        for server in system["servers"].as_array_mut().unwrap() {
            server["hwids"] = json!(["03f6f2014f8ffff992a79b8dcd3d3464f4"]);
        }
        system["name"] = json!("har\u{202e}bour");
        system["servers"][0]["name"] = json!("qu\u{202e}ay");
        for device in system["devices"].as_array_mut().unwrap() {
            device["name"] = json!(format!("\u{202e}{}", device["name"].as_str().unwrap()));
            device["preferred"] = json!("qu\u{202e}ay");
            device["host"] = json!("qu\u{202e}ay");
            device["reach"] = json!(["qu\u{202e}ay"]);
        }
        system["licenses"][0]["server"] = json!("qu\u{202e}ay");
        system["licenses"][0]["channels"] = json!(2);
    });
    bench.put("other.json", MARINA);
    let server = "0191c3a2-7d01-7455-85c3-3f89053b7551";
    for line in [
        "show harbour.json".to_owned(),
        "show harbour.json --csv".to_owned(),
        "allocate harbour.json".to_owned(),
        format!("what-if detach {server} harbour.json"),
        format!("what-if fail {server} harbour.json"),
        "merge other.json harbour.json --dry-run".to_owned(),
        "merge harbour.json harbour.json --dry-run".to_owned(),
        "failover harbour.json".to_owned(),
    ] {
        let ran = bench.run(&format!("system {line} {AT}"));
        assert!(ran.stdout.contains("\\u{202e}") && !ran.stdout.contains('\u{202e}'), "{line}: {ran:#?}");
        assert!(ran.stderr.is_empty(), "{line}: {ran:#?}");
    }
}

#[test]
fn licence_files_become_rows_once_they_are_believed() {
    let bench = Bench::with_desk();
    let hwid = bench.run("hwid --from server.json").ends(0).stdout.trim_end().to_owned();
    let system = |brand: &str, now: &[&str], former: &[&str]| {
        json!({
            "schema": "hwlicense.system/1", "brand": brand,
            "servers": [{ "id": "0191c3a2-7d01-7455-85c3-3f89053b7551", "name": "quay", "hwids": now,
                          "former_hwids": former }],
            "devices": [{ "id": "0191c3a2-7d10-7406-8c9c-e33b84c858db", "class": "professional", "preferred": "quay",
                          "reach": ["quay"] }],
        })
        .to_string()
    };
    bench.put("bare.json", system("acme", &[&hwid], &[]));
    bench.run("system allocate bare.json").ends(1);
    bench.issue("--enrollment server.enrollment --out a.hwl").ends(0);
    bench.issue(&format!("--hwid {hwid} --out strict.pem --armor")).ends(0);
    let line = "system add bare.json a.hwl strict.pem --trust root.pub";
    bench.run(line).ends(2).says("--out");
    bench.run(&format!("{line} --dry-run --out new.json")).ends(0);
    assert!(!bench.has("new.json"));
    bench.run(&format!("{line} --out new.json")).ends(0).says("wrote new.json");
    bench.run(&format!("{line} --out new.json")).ends(2).says("is there already");
    assert_eq!(bench.run("system allocate new.json --json").ends(0).json()["classes"][0]["units"], 32);
    // The terms come along: what a tolerant licence allows costs nothing.
    let foreseen = bench.run("system what-if replace-nic quay new.json --json").ends(0).json();
    assert_eq!(foreseen["moments"][0]["licenses_lost"].as_array().unwrap().len(), 1);
    let again = bench.run("system add new.json a.hwl --trust root.pub --dry-run").ends(0).says("already");
    assert_eq!(again.stdout, "Nothing is added.\n");

    // What can be said of a licence without its machine is said.
    let stranger = ["0300000000000000000000000000000001"];
    for (brand, now, former, file, code) in [
        ("beta", [hwid.as_str()].as_slice(), [].as_slice(), "a.hwl", "other-brand"),
        ("acme", stranger.as_slice(), [hwid.as_str()].as_slice(), "a.hwl", "hardware-not-readable"),
        ("acme", stranger.as_slice(), [hwid.as_str()].as_slice(), "strict.pem", "hardware-changed"),
        ("acme", stranger.as_slice(), [].as_slice(), "a.hwl", "never-seen"),
    ] {
        bench.put("other.json", system(brand, now, former));
        let line = format!("system add other.json {file} --trust root.pub --dry-run --json");
        assert_eq!(bench.run(&line).ends(0).json()["licenses"][0]["code"], code);
    }

    // What is not believed changes nothing.
    let mut forged = bench.get("a.hwl");
    let last = forged.len() - 1;
    forged[last] ^= 1;
    bench.put("forged.hwl", forged);
    bench.run("key new --root --out other.key --no-passphrase").ends(0);
    for line in ["a.hwl forged.hwl --trust root.pub", "a.hwl --trust other.pub", "bare.json --trust root.pub"] {
        bench.run(&format!("system add bare.json {line} --out x")).ends(1).says("is not believed");
        assert!(!bench.has("x"), "{line}");
    }
    bench.run("system add bare.json no-such-file --trust root.pub --out x").ends(2);
}
