//! The pages in a real browser: read, narrow, with a keyboard, and with names that do harm.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::browser::{Browser, is_here};
use crate::device::Device;
use crate::site::{HOSTILE, Site};

/// Every page that can be read, with the name of its picture.
pub(super) fn rooms() -> Vec<(&'static str, String)> {
    let hwid = |number| Device::new(number, "").hwid.to_string();
    vec![
        ("overview", "/".to_owned()),
        ("clients", "/clients".to_owned()),
        ("clients-unlicensed", "/clients?show=unlicensed&sort=last-contact".to_owned()),
        ("client-licensed", format!("/clients/{}", hwid(2))),
        ("client-clone", format!("/clients/{}", hwid(1))),
        ("client-refused", format!("/clients/{}", hwid(16))),
        ("client-hostile", format!("/clients/{}", hwid(18))),
        ("confirm", format!("/clients/{}/confirm?decision=withdraw", hwid(2))),
        ("licenses", "/licenses".to_owned()),
        ("systems", "/systems".to_owned()),
        ("updates", "/updates".to_owned()),
        ("activation", "/activation".to_owned()),
        ("jobs", "/jobs".to_owned()),
        ("audit", "/audit".to_owned()),
        ("tokens", "/tokens".to_owned()),
        ("nothing-here", "/nowhere".to_owned()),
    ]
}

/// Where pictures go: a folder that somebody named to look at them, or the build's own.
fn pictures() -> PathBuf {
    let named = std::env::var_os("HWLICENSE_PICTURES").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub(super) fn log_in(browser: &Browser, site: &Site) {
    browser.open(&format!("{}/login", site.address));
    browser.write("#token", &site.token);
    browser.click("button");
    browser.wait_for_title("Overview · Primary Server");
}

/// Texts whose contrast with their ground is below 4.5 : 1 (WCAG 2.2, 1.4.3), as the browser paints them.
const WEAK_TEXTS: &str = r"
const channel = (value) => { value /= 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const parse = (text) => (text.match(/[\d.]+/g) || []).map(Number);
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
    if (a > 0) return [r, g, b];
  }
  return [255, 255, 255];
};
const weak = [];
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const box = element.getBoundingClientRect();
  if (!own || box.width < 2 || box.height < 2) continue;
  const style = getComputedStyle(element);
  const ink = element.closest('svg') ? style.fill : style.color;
  const [a, b] = [luminance(parse(ink)), luminance(ground(element))].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  if (contrast < 4.5) weak.push(`${element.tagName}.${element.getAttribute('class')} ${contrast.toFixed(2)} ${element.textContent.trim().slice(0, 40)}`);
}
return weak;";

/// What makes a page wider than its window.
const WIDE: &str = r"
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= width) return [];
const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > width + 1);
return wide.slice(0, 5).map((element) => `${element.tagName}.${element.getAttribute('class')}`);";

/// Fields that nothing names.
const NAMELESS: &str = r"
const fields = [...document.querySelectorAll('input:not([type=hidden]), select, textarea, progress')];
return fields.filter((field) => !(field.labels && field.labels.length) && !field.getAttribute('aria-label')).map((field) => field.outerHTML);";

fn empty() -> Value {
    json!([])
}

#[test]
fn every_page_is_readable_at_a_desk_and_on_a_telephone() {
    if !is_here() {
        return;
    }
    let site = Site::new(14);
    site.populate();
    let (browser, folder) = (Browser::start(site.bench.folder()), pictures());
    browser.open(&format!("{}/login", site.address));
    browser.resize(1280, 800);
    browser.picture(&folder.join("login.png"));
    log_in(&browser, &site);
    for (name, path) in rooms() {
        for (mode, width, scheme) in [("wide", 1280, "light"), ("narrow", 360, "light"), ("dark", 1280, "dark")] {
            browser.resize(width, 800);
            browser.prefer(scheme);
            browser.open(&format!("{}{path}", site.address));
            assert_eq!(browser.run(WIDE), empty(), "{name} {mode} is wider than its window");
            assert_eq!(browser.run(WEAK_TEXTS), empty(), "{name} {mode} has weak text");
            assert_eq!(browser.run(NAMELESS), empty(), "{name} {mode} has fields without a name");
            assert_eq!(browser.run("return document.querySelectorAll('h1').length"), json!(1), "{name}");
            // The answer for an address where there is nothing is itself a complaint of the browser.
            let complaints = browser.complaints();
            assert!(complaints.is_empty() || name == "nothing-here", "{name} {mode}: {complaints:?}");
            browser.picture(&folder.join(format!("{name}-{mode}.png")));
        }
    }
}

#[test]
fn names_that_do_harm_are_text_on_every_page() {
    if !is_here() {
        return;
    }
    let site = Site::new(30);
    site.populate();
    let browser = Browser::start(site.bench.folder());
    log_in(&browser, &site);
    browser.open(&format!("{}/clients?search=%3Cscript%3E", site.address));
    assert!(browser.run("return document.body.innerText").as_str().unwrap().contains(HOSTILE));
    for (name, path) in rooms() {
        browser.open(&format!("{}{path}", site.address));
        let harm = "return document.querySelectorAll('script, img, iframe, object, [onerror], [onclick]').length";
        assert_eq!(browser.run(harm), json!(0), "{name}");
    }
    let title = format!("{HOSTILE} · Primary Server");
    browser.open(&format!("{}/clients/{}", site.address, Device::new(18, "").hwid));
    assert_eq!(browser.run("return document.title"), json!(title));
}

#[test]
fn a_keyboard_is_enough_to_log_in_find_a_device_and_withdraw_it() {
    if !is_here() {
        return;
    }
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    let site = Site::new(3);
    site.contact(1..=3, "gate");
    let browser = Browser::start(site.bench.folder());
    browser.open(&format!("{}/login", site.address));
    browser.press(&format!("{}{ENTER}", site.token));
    browser.wait_for_title("Overview · Primary Server");
    let focused =
        || browser.run("const at = document.activeElement; return (at.innerText || at.name || at.tagName).trim()");
    let tab_to = |name: &str| {
        for _ in 0..60 {
            browser.press(TAB);
            let outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle");
            assert_ne!(outline, json!("none"), "one sees where the focus is: {}", focused());
            if focused() == json!(name) {
                return;
            }
        }
        panic!("{name} cannot be reached");
    };
    tab_to("Skip to the content");
    for (name, title) in [("Clients", "Clients"), ("gate-02", "gate-02"), ("Withdraw it…", "Withdraw the device")] {
        tab_to(name);
        browser.press(ENTER);
        browser.wait_for_title(&format!("{title} · Primary Server"));
    }
    assert!(browser.run("return document.body.innerText").as_str().unwrap().contains("would be free"));
    tab_to("Withdraw it");
    browser.press(ENTER);
    browser.wait_for_title("gate-02 · Primary Server");
    let text = browser.run("return document.body.innerText");
    assert!(text.as_str().unwrap().contains("Refused: withdrawn"), "{text}");
    assert_eq!(site.get("/api/v1/clients?search=gate-02").json()["clients"][0]["state"], "withdrawn");
}
