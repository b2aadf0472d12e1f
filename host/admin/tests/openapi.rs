//! The description of the API that is committed is the one that is served.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed unwrap is a failed test")]

use std::path::PathBuf;

use hwlicense_admin::document;

#[test]
fn the_committed_description_is_fresh() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let document = document().unwrap();
    if std::env::var_os("HWLICENSE_WRITE_OPENAPI").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let refresh = "HWLICENSE_WRITE_OPENAPI=1 cargo test -p hwlicense-admin --test openapi";
    assert!(committed == document, "docs/openapi.json is stale; refresh it: {refresh}");
}

#[test]
fn every_route_is_described_with_its_token_and_its_errors() {
    let document: serde_json::Value = serde_json::from_str(&document().unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 16, "{}", paths.len());
    for (path, methods) in paths {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (method, route) in methods.as_object().unwrap() {
            assert!(route["summary"].is_string(), "{method} {path} says what it does");
            assert_eq!(route["security"][0]["token"], serde_json::json!([]), "{method} {path}");
            let error = &route["responses"]["default"]["content"]["application/problem+json"];
            assert!(error["schema"].is_object(), "{method} {path} says how it fails");
        }
    }
}
