//! What programs are told, and what they can do.

use hwlicense::primary::Outcome;
use serde_json::{Value, json};

use crate::device::Device;
use crate::site::{Site, agent, entitle};

#[test]
fn a_program_sees_the_clients_and_decides_about_them() {
    let site = Site::new(2);
    site.contact(1..=3, "gate");
    let page = site.get("/api/v1/clients?sort=name").is(200).json();
    assert_eq!((&page["total"], &page["pages"]), (&json!(3), &json!(1)));
    assert_eq!(page["clients"][0]["name"], "gate-01");
    assert_eq!(page["clients"][2]["state"], "no-capacity");
    assert!(page["clients"][2]["next_step"].is_string());
    let found = site.get("/api/v1/clients?search=GATE-02").is(200).json();
    assert_eq!((&found["total"], &found["clients"][0]["name"]), (&json!(1), &json!("gate-02")));
    assert_eq!(site.get("/api/v1/clients?show=unlicensed").is(200).json()["total"], 1);
    let second = site.get("/api/v1/clients?limit=2&page=2").is(200).json();
    assert_eq!((&second["pages"], second["clients"].as_array().unwrap().len()), (&json!(2), 1));

    let hwid = Device::new(1, "").hwid.to_string();
    let detail = site.get(&format!("/api/v1/clients/{hwid}")).is(200).json();
    assert_eq!(detail["leases"][0]["license_key"], site.key);
    assert!(detail["history"].as_array().unwrap().iter().any(|line| line["action"] == "first-contact"));
    assert_eq!(site.get(&format!("/api/v1/clients/03{}", "ee".repeat(16))).is(404).json()["code"], "not-found");
    assert_eq!(site.get("/api/v1/clients/nonsense").is(400).json()["code"], "unreadable");

    // What would be done is told and not done; then it is done, in the administrator's name.
    let path = format!("/api/v1/clients/{hwid}/decisions");
    let order = |dry_run| json!({ "decision": "move", "license_key": site.key, "dry_run": dry_run });
    let told = site.post(&path, &order(true)).is(200).json();
    assert!(told["given_up"][0]["free_from"].is_string() && told["moves_left"].is_number(), "{told}");
    let mut third = Device::new(3, "gate-03");
    assert!(matches!(third.contact(site.process.address), Outcome::Refused(_)), "it was only asked");
    site.post(&path, &order(false)).is(200);
    assert_eq!(third.contact(site.process.address), Outcome::Licensed);
    let audit = site.get(&format!("/api/v1/audit?hwid={hwid}&limit=5")).is(200).json();
    assert!(audit["lines"].as_array().unwrap().iter().any(|line| line["actor"] == "administrator ann"), "{audit}");
    assert_eq!(site.post(&path, &json!({ "decision": "accept" })).is(409).json()["code"], "no-candidate");
    site.post(&path, &json!({ "decision": "explode" })).is(422);
}

#[test]
fn lists_come_as_csv_that_no_spreadsheet_runs() {
    let site = Site::new(2);
    Device::new(7, "=1+1").contact(site.process.address);
    let clients = site.get("/api/v1/clients.csv").is(200);
    assert_eq!(clients.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(clients.body.starts_with("Name,Hardware ID,Version") && clients.body.contains("'=1+1"), "{}", clients.body);
    let licenses = site.get("/api/v1/licenses.csv").is(200).body;
    assert!(licenses.starts_with("Type,Channels,Used") && licenses.contains(&site.key));
    assert!(site.get("/api/v1/audit.csv").is(200).body.contains("first-contact"));
}

#[test]
fn ten_licences_in_one_text_are_imported_and_the_job_says_how_far_it_is() {
    let site = Site::new(1);
    let mut text = Vec::new();
    for number in 0..10 {
        let file = format!("more-{number}.hwl");
        entitle(&site.bench, &file, "--class edge --count 3 --armor");
        text.extend(site.bench.get(&file));
    }
    let begun = site.post_bytes("/api/v1/licenses/import", &text).is(202).json();
    assert_eq!(begun["steps"], 10);
    let job = site.jobs()["jobs"][0].clone();
    assert_eq!((&job["state"], &job["done"]), (&json!("done"), &json!(10)), "{job}");
    assert!(job["message"].as_str().unwrap().starts_with("10 new"), "{job}");
    assert_eq!(site.get("/api/v1/licenses").is(200).json()["licenses"].as_array().unwrap().len(), 11);
    site.post_bytes("/api/v1/licenses/import", &text).is(202);
    assert!(site.jobs()["jobs"][0]["message"].as_str().unwrap().contains("10 unchanged"));
    // What is no licence is named, and nothing of its batch is kept.
    site.post_bytes("/api/v1/licenses/import", b"nonsense").is(202);
    let job = site.jobs()["jobs"][0].clone();
    assert_eq!(job["state"], "failed");
    assert!(job["message"].as_str().unwrap().starts_with("file 1"), "{job}");
}

#[test]
fn many_licences_with_the_same_thing_wrong_are_one_thing_to_do() {
    let site = Site::new(1);
    let soon = |number: i32| {
        let file = format!("soon-{number}.hwl");
        let in_days = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 7);
        entitle(&site.bench, &file, &format!("--class edge --count 3 --expires {in_days:.0}"));
        site.bench.run(&format!("server import {file} --config site/server.toml")).ends(0);
    };
    let told = || {
        let alarms = site.get("/api/v1/overview").is(200).json()["alarms"].clone();
        let what = alarms.as_array().unwrap().iter().map(|alarm| alarm["what"].as_str().unwrap().to_owned());
        what.filter(|what| what.contains("15 days")).collect::<Vec<_>>()
    };
    (0..3).for_each(soon);
    assert!(told().iter().all(|what| what.starts_with("Licence ")) && told().len() == 3, "{:?}", told());
    soon(3);
    std::thread::sleep(core::time::Duration::from_secs(6));
    assert_eq!(told(), ["4 licences: less than 15 days are left"]);
    let found = site.get("/api/v1/licenses?search=less+than+15").is(200).json();
    assert_eq!(found["total"], 4);
}

#[test]
fn a_monitoring_system_reads_what_the_desk_counts() {
    let site = Site::new(2);
    site.contact(1..=3, "gate");
    let metrics = site.get_as(&site.reader, "/metrics").is(200);
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    for line in [
        "hwlicense_contacts_total{outcome=\"licensed\"} 2",
        "hwlicense_refusals_total{reason=\"no-capacity\"} 1",
        "hwlicense_answer_latency_seconds_count 3",
        "hwlicense_channels_capacity{class=\"professional\"} 2",
        "hwlicense_channels_used{class=\"professional\"} 2",
        "hwlicense_clients{state=\"licensed\"} 2",
        "hwlicense_clients{state=\"no-capacity\"} 1",
    ] {
        assert!(metrics.body.lines().any(|known| known == line), "{line} is not in\n{}", metrics.body);
    }
    assert_eq!(metrics.body.matches("# EOF").count(), 1);
    site.bare("/metrics", &[]).is(401);
}

#[test]
fn every_route_that_is_described_is_served_and_asks_for_the_right_token() {
    let site = Site::new(1);
    let document = site.bare("/api/v1/openapi.json", &[]).is(200).json();
    let mut count = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let address = format!(
                "{}{}",
                site.address,
                path.replace("{hwid}", "03").replace("{id}", "00").replace("{name}", "ann")
            );
            let agent = agent();
            let ask = |token: &str| {
                let token = format!("Bearer {token}");
                let answer = match method.as_str() {
                    "get" => agent.get(&address).header("authorization", token).call(),
                    "delete" => agent.delete(&address).header("authorization", token).call(),
                    "put" => {
                        agent.put(&address).header("authorization", token).content_type("application/json").send("{}")
                    }
                    _ => {
                        agent.post(&address).header("authorization", token).content_type("application/json").send("{}")
                    }
                };
                answer.unwrap().status().as_u16()
            };
            let stranger = format!("{method} {path}");
            assert_eq!(ask(&stranger), 401, "{method} {path}");
            // Looking is for readers, and nothing else.
            assert_eq!(ask(&site.reader) == 403, method != "get", "{method} {path}");
            count += 1;
        }
    }
    assert!(count >= 18, "{count}");
}

#[test]
fn a_request_that_was_carried_here_is_answered_as_a_file_and_as_text() {
    use hwlicense::primary::frame::{read_head, write_head};
    use hwlicense::primary::{Authentication, Operation};
    let site = Site::new(1);
    let mut device = Device::new(5, "far-away");
    let body = device.request(Operation::Contact, Authentication::None);
    let frame = [&write_head(body.len()).unwrap()[..], &body].concat();
    let text = hwlicense_admin::carried::parts(&frame).join("\n");
    for carried in [frame.as_slice(), text.as_bytes()] {
        let request = agent().post(format!("{}/api/v1/answer", site.address));
        let request = request.header("authorization", format!("Bearer {}", site.token));
        let mut response = request.send(carried).unwrap();
        assert_eq!(response.status(), 200);
        let answer = response.body_mut().read_to_vec().unwrap();
        let (head, body) = answer.split_first_chunk().unwrap();
        assert_eq!(read_head(*head), Ok(body.len()));
        assert_eq!(device.take(body), Outcome::Licensed);
    }
    let refused: Value = site.post_bytes("/api/v1/answer", b"nonsense").is(400).json();
    assert_eq!(refused["code"], "unreadable");
}

#[test]
fn systems_tell_what_would_be_lost() {
    let site = Site::new(1);
    let systems = site.get("/api/v1/systems").is(200).json();
    let [harbour, broken] = systems.as_array().unwrap().as_slice() else { panic!("{systems}") };
    assert_eq!(harbour["name"], "Harbour");
    assert_eq!(harbour["problem"], Value::Null);
    let servers = harbour["servers"].as_array().unwrap();
    let named: Vec<&str> = servers.iter().map(|server| server["name"].as_str().unwrap()).collect();
    assert_eq!(named, ["quay", "crane", "gatehouse"]);
    // Only the quay reaches its store.
    let shortage = servers[0]["shortage"].as_array().unwrap();
    assert!(shortage.iter().any(|one| one["device"] == "quay-store" && one["next_step"] != ""), "{shortage:?}");
    assert!(broken["problem"]["message"].as_str().unwrap().contains("/srv/old-harbour.json"), "{broken}");
    let page = site.get("/api/v1/overview").is(200).json();
    assert!(page["alarms"].is_array());
}
