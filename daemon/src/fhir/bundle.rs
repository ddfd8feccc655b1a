//! Bundles that are served.

use serde_json::{Value, json};

/// A link of a Bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// `self` or `next`.
    pub relation: &'static str,
    /// Where it leads.
    pub url: String,
}

/// What a search found. `base` is where the resources can be read.
pub fn searchset(base: &str, resources: Vec<Value>, links: &[Link]) -> Value {
    let entries = resources.into_iter().map(|resource| {
        json!({
            "fullUrl": full_url(base, &resource),
            "resource": resource,
            "search": { "mode": "match" },
        })
    });
    bundle("searchset", entries.collect(), links)
}

/// Versions in the order given. Each resource comes with its method and the version that
/// the entry is about.
pub fn history(base: &str, versions: Vec<(Value, &'static str, i64)>, links: &[Link]) -> Value {
    let entries = versions.into_iter().map(|(resource, method, version)| {
        let name = resource["resourceType"].as_str().unwrap_or_default();
        let id = resource["id"].as_str().unwrap_or_default();
        let url = match method {
            "POST" => name.to_owned(),
            _ => format!("{name}/{id}"),
        };
        let status = if method == "POST" { "201" } else { "200" };
        json!({
            "fullUrl": full_url(base, &resource),
            "request": { "method": method, "url": url },
            "response": {
                "status": status,
                "etag": format!("W/\"{version}\""),
                "lastModified": resource["meta"]["lastUpdated"],
            },
            "resource": resource,
        })
    });
    bundle("history", entries.collect(), links)
}

fn bundle(kind: &str, entries: Vec<Value>, links: &[Link]) -> Value {
    let links: Vec<Value> = links
        .iter()
        .map(|link| json!({ "relation": link.relation, "url": link.url }))
        .collect();
    let mut bundle = json!({ "resourceType": "Bundle", "type": kind });
    // FHIR knows no empty list.
    for (element, values) in [("link", links), ("entry", entries)] {
        if !values.is_empty() {
            bundle[element] = Value::Array(values);
        }
    }
    bundle
}

fn full_url(base: &str, resource: &Value) -> String {
    let name = resource["resourceType"].as_str().unwrap_or_default();
    let id = resource["id"].as_str().unwrap_or_default();
    format!("{base}/{name}/{id}")
}
