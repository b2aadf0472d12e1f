//! What an administrator does in a browser who is told "the new camera does not record".

use serde_json::json;

use crate::browser::{Browser, is_here};
use crate::device::Device;
use crate::pages::log_in;
use crate::site::{Site, entitle};

#[test]
fn a_camera_that_does_not_record_is_found_and_licensed_on_sqlite() {
    if is_here() {
        walk(&Site::new(2));
    }
}

#[test]
fn a_camera_that_does_not_record_is_found_and_licensed_on_postgresql() {
    if is_here()
        && let Some(site) = Site::on_postgres(2)
    {
        walk(&site);
    }
}

/// The text of the page.
fn text(browser: &Browser) -> String {
    browser.run("return document.body.innerText").as_str().unwrap().to_owned()
}

#[track_caller]
fn says(browser: &Browser, words: &str) {
    let text = text(browser);
    assert!(text.contains(words), "`{words}` is not in {text}");
}

/// Follows the link of this text.
fn follow(browser: &Browser, words: &str) {
    let script = format!(
        "const link = [...document.querySelectorAll('main a')].find((a) => a.innerText.includes({})); \
         if (link) location.assign(link.href); return Boolean(link);",
        json!(words)
    );
    assert_eq!(browser.run(&script), json!(true), "{words}: {}", text(browser));
}

fn walk(site: &Site) {
    site.contact(1..=2, "quay");
    let mut camera = Device::new(3, "mast-1");
    camera.contact(site.process.address);
    entitle(&site.bench, "more.hwl", "--class professional --count 3 --armor");
    let browser = Browser::start(site.bench.folder());
    log_in(&browser, site);
    says(&browser, "1 device asked and may not record");
    follow(&browser, "1 device asked");
    browser.wait_for_title("Clients · Primary Server");
    follow(&browser, "mast-1");
    browser.wait_for_title("mast-1 · Primary Server");
    says(&browser, "Next:");

    // Nothing is free, so the vendor's file is imported.
    browser.open(&format!("{}/licenses", site.address));
    browser.write("#files", site.bench.path("more.hwl").to_str().unwrap());
    browser.click("form[action='/licenses/import'] button");
    browser.wait_for_title("Jobs · Primary Server");
    site.jobs();
    browser.open(&format!("{}/jobs", site.address));
    says(&browser, "1 new, 0 replaced");
    camera.contact(site.process.address);
    browser.open(&format!("{}/clients/{}", site.address, camera.hwid));
    says(&browser, "Licensed");

    // Two further cameras are to come; one of them was entered by mistake.
    for name in ["mast-2", "mast-9"] {
        browser.open(&format!("{}/clients", site.address));
        browser.click("details.card summary");
        browser.write("#name", name);
        browser.click_through("form[action='/clients/expect'] button");
    }
    browser.open(&format!("{}/clients?show=never&search=mast-9", site.address));
    browser.click("td details summary");
    browser.click_through("td details button");
    let never = site.get("/api/v1/clients?show=never").json();
    assert_eq!((&never["total"], &never["clients"][0]["name"]), (&json!(1), &json!("mast-2")), "{never}");
    browser.open(&format!("{}/audit", site.address));
    says(&browser, "not expected");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
