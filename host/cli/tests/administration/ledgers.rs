//! Every page and every route of the API, on each kind of ledger.

use std::collections::BTreeSet;

use hwlicense::primary::frame::write_head;
use hwlicense::primary::{Authentication, Operation};
use serde_json::{Value, json};

use crate::device::Device;
use crate::pages::rooms;
use crate::site::{Answer, Site, agent, entitle};

#[test]
fn every_page_and_every_route_works_on_sqlite() {
    everything(&Site::new(14));
}

#[test]
fn every_page_and_every_route_works_on_postgresql() {
    if let Some(site) = Site::on_postgres(14) {
        everything(&site);
    }
}

fn everything(site: &Site) {
    site.populate();
    let cookie = site.log_in();
    let lists = ["/clients.csv", "/licenses.csv", "/audit.csv", "/style.css", "/icon.svg"];
    for path in rooms().into_iter().map(|(_, path)| path).chain(lists.map(str::to_owned)) {
        let answer = site.bare(&path, &[("cookie", &cookie)]);
        assert_eq!(answer.status, if path == "/nowhere" { 404 } else { 200 }, "{path}: {}", answer.body);
    }
    let mut routes = Routes { site, told: BTreeSet::new() };
    routes.are_read();
    routes.change_clients();
    routes.change_the_site();
    let document = site.bare("/api/v1/openapi.json", &[]).is(200).json();
    let described = document["paths"].as_object().unwrap().iter();
    let described = described.flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())).collect::<Vec<_>>()
    });
    assert_eq!(routes.told, described.collect(), "all that is described was asked for, and nothing else");
}

/// The routes of the API, and which of them were asked for.
struct Routes<'s> {
    site: &'s Site,
    told: BTreeSet<(String, String)>,
}

/// What stands for the Hardware ID, a number or a name in a route.
type Place<'p> = (&'p str, &'p str);

impl Routes<'_> {
    fn ask(&mut self, method: &str, route: &str, place: Option<Place<'_>>, body: &[u8]) -> Answer {
        self.told.insert((method.to_owned(), route.to_owned()));
        let path = place.map_or_else(|| route.to_owned(), |(name, value)| route.replace(name, value));
        let address = format!("{}{path}", self.site.address);
        let (agent, token) = (agent(), format!("Bearer {}", self.site.token));
        let kind = if body.starts_with(b"{") { "application/json" } else { "text/plain" };
        let answer = match method {
            "get" => agent.get(address).header("authorization", token).call(),
            "delete" => agent.delete(address).header("authorization", token).call(),
            "put" => agent.put(address).header("authorization", token).content_type(kind).send(body),
            _ => agent.post(address).header("authorization", token).content_type(kind).send(body),
        };
        Answer::of(answer.unwrap())
    }

    fn order(&mut self, method: &str, route: &str, place: Option<Place<'_>>, order: &Value) -> Answer {
        self.ask(method, route, place, order.to_string().as_bytes())
    }

    fn are_read(&mut self) {
        let lists =
            ["overview", "statistics", "audit", "audit.csv", "tokens", "jobs", "systems", "updates", "licenses"];
        for name in lists.into_iter().chain(["licenses.csv", "clients", "clients.csv"]) {
            let answer = self.ask("get", &format!("/api/v1/{name}"), None, b"").is(200);
            assert!(answer.body.len() > 10, "{name}: {}", answer.body);
        }
        let hwid = Device::new(2, "").hwid.to_string();
        let detail = self.ask("get", "/api/v1/clients/{hwid}", Some(("{hwid}", &hwid)), b"").is(200).json();
        assert_eq!(detail["leases"].as_array().unwrap().len(), 1, "{detail}");
    }

    fn change_clients(&mut self) {
        let (site, decisions) = (self.site, "/api/v1/clients/{hwid}/decisions");
        let hwid = |number| Device::new(number, "").hwid.to_string();
        let key = &site.key;
        for (number, order) in [
            (2, json!({ "decision": "deactivate", "license_key": key, "dry_run": true })),
            (2, json!({ "decision": "move", "license_key": key })),
            (16, json!({ "decision": "assign", "license_key": key })),
            (16, json!({ "decision": "unassign" })),
            (3, json!({ "decision": "allow", "to": hwid(40) })),
            (1, json!({ "decision": "accept" })),
            (4, json!({ "decision": "withdraw" })),
        ] {
            self.order("post", decisions, Some(("{hwid}", &hwid(number))), &order).is(200);
        }
        self.order("post", "/api/v1/expected", None, &json!({ "name": "mast-1" })).is(200);
        self.ask("post", "/api/v1/expected.csv", None, b"name,note\nmast-2,new\nmast-3,\n").is(200);
        let expected = |name: &str| {
            let found = site.get(&format!("/api/v1/clients?show=never&search={name}")).is(200).json();
            found["clients"].as_array().unwrap().first().map(|client| client["expected"].to_string())
        };
        let number = expected("mast-2").unwrap();
        let strike = "/api/v1/expected/{id}";
        self.ask("delete", strike, Some(("{id}", &number)), b"").is(204);
        assert_eq!((expected("mast-2"), expected("mast-3").is_some()), (None, true));
        for unknown in [number.as_str(), "0", "nonsense"] {
            self.ask("delete", strike, Some(("{id}", unknown)), b"").is(404);
        }
        let audit = site.get("/api/v1/audit?limit=1").json()["lines"][0].clone();
        assert_eq!((&audit["action"], &audit["detail"]), (&json!("not-expected"), &json!("mast-2")));
    }

    fn change_the_site(&mut self) {
        let site = self.site;
        let body = Device::new(50, "far").request(Operation::Contact, Authentication::None);
        let frame = [&write_head(body.len()).unwrap()[..], &body].concat();
        // The answer is no text, so it is not taken as one.
        let address = format!("{}/api/v1/answer", site.address);
        let request = agent().post(address).header("authorization", format!("Bearer {}", site.token));
        assert_eq!(request.send(&frame).unwrap().status(), 200);
        self.told.insert(("post".to_owned(), "/api/v1/answer".to_owned()));
        entitle(&site.bench, "more.hwl", "--class edge --count 3 --armor");
        self.ask("post", "/api/v1/licenses/import", None, &site.bench.get("more.hwl")).is(202);
        assert!(site.jobs()["jobs"][0]["message"].as_str().unwrap().starts_with("1 new"));
        let token = Some(("{name}", "ben"));
        self.order("put", "/api/v1/tokens/{name}", token, &json!({ "read_only": true })).is(201);
        self.ask("delete", "/api/v1/tokens/{name}", token, b"").is(204);
        let updates = site.get("/api/v1/updates").is(200).json();
        let id = updates["updates"][0]["id"].as_str().unwrap().to_owned();
        for order in [
            json!({ "decision": "pause", "reason": "a look first" }),
            json!({ "decision": "resume" }),
            json!({ "decision": "share", "share": 500 }),
            json!({ "decision": "withdraw", "reason": "too old" }),
        ] {
            self.order("post", "/api/v1/updates/{id}/decisions", Some(("{id}", &id)), &order).is(204);
        }
    }
}
