//! The list of everything in the libraries, as CycloneDX 1.5.
//!
//! It holds no time and no random number: the same source gives the same list.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::linked::Linked;
use crate::archive::{PACKAGE, exports};
use crate::command::try_output;
use crate::toolchain::{Compiler, debian_is_there};
use crate::tree;

/// The list, as the text of its file.
pub(super) fn text(linked: &[Linked]) -> Result<String> {
    let mut rustc = crate::command::command("rustc", &tree::root()?);
    let here = try_output(rustc.arg("--version")).context("`rustc` names no version")?;
    let mut components: Vec<Value> = linked.iter().map(component).collect();
    components.push(standard_library(&here, "servers"));
    if debian_is_there() {
        components.push(standard_library(&Compiler::Debian.version(), "firmware, ARM Linux"));
    }
    let list = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "library",
            "bom-ref": "hwlicense",
            "name": "libhwlicense",
            "version": exports::version(),
            "licenses": [{ "expression": "Apache-2.0 OR MIT" }],
        }},
        "components": components,
        "dependencies": [{
            "ref": "hwlicense",
            "dependsOn": linked.iter().filter(|package| package.name == PACKAGE).map(reference).collect::<Vec<_>>(),
        }],
    });
    Ok(format!("{list:#}\n"))
}

fn component(package: &Linked) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": package.name,
        "version": package.version,
        "description": package.description,
        "licenses": [{ "expression": package.license }],
        "properties": [{ "name": "hwlicense:linked-into", "value": linked_into(package) }],
    });
    // Crates of the workspace are in no registry, so they have neither a checksum nor an address.
    if let (Some(checksum), Some(fields)) = (&package.checksum, component.as_object_mut()) {
        fields.insert("purl".to_owned(), json!(reference(package)));
        fields.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": checksum }]));
    }
    component
}

/// The standard library is in no lock file; its compiler names it.
fn standard_library(compiler: &str, linked_into: &str) -> Value {
    let version = compiler.split_whitespace().nth(1).unwrap_or("unknown");
    json!({
        "type": "library",
        "bom-ref": format!("rust-standard-library@{version}"),
        "name": "rust-standard-library",
        "version": version,
        "description": compiler,
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        "properties": [{ "name": "hwlicense:linked-into", "value": linked_into }],
    })
}

fn reference(package: &Linked) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn linked_into(package: &Linked) -> &'static str {
    match (package.in_servers, package.in_firmware) {
        (true, true) => "servers, firmware",
        (true, false) => "servers",
        (false, _) => "firmware",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;
    use crate::package::linked;

    #[test]
    fn the_list_is_the_same_each_time() {
        let linked = linked::all().unwrap();
        let list = text(&linked).unwrap();
        assert_eq!(list, text(&linked).unwrap());
        let list: Value = serde_json::from_str(&list).unwrap();
        assert_eq!(list.pointer("/specVersion").and_then(Value::as_str), Some("1.5"));
        let components = list.pointer("/components").and_then(Value::as_array).unwrap();
        assert!(components.len() > linked.len(), "the standard library is missing");
    }
}
