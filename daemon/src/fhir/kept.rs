//! What others wrote and the kiosk doesn't know goes back as it came.

use super::{CONFLICT, LEASE, list};
use serde_json::{Map, Value};

/// Elements that are the kiosk's to say, each of its type: gone where it doesn't say them.
const OWNED: [(&str, &str); 3] = [
    ("Appointment", "slot"),
    ("Patient", "name"),
    ("Patient", "birthDate"),
];
const OWNED_EXTENSIONS: [&str; 2] = [CONFLICT, LEASE];

/// `own` written over `base`, the newest that the other side has. `id` and `meta`'s
/// version stay those of `base`.
pub fn over(base: &Value, own: &Value) -> Value {
    let (Value::Object(base), Value::Object(own)) = (base, own) else {
        return own.clone();
    };
    let mut merged = base.clone();
    for (kind, element) in OWNED {
        if own.get("resourceType").is_some_and(|it| it == kind) && !own.contains_key(element) {
            merged.remove(element);
        }
    }
    for element in ["extension", "telecom"] {
        let rest = keep(element, base, &Value::Null);
        put(&mut merged, element, rest);
    }
    for (element, value) in own {
        let value = match element.as_str() {
            "id" => continue,
            "meta" => meta(base.get("meta").unwrap_or(&Value::Null), value),
            "identifier" | "extension" | "telecom" | "participant" => {
                Value::Array([list(value).to_vec(), keep(element, base, value)].concat())
            }
            "name" => match base.get("name") {
                Some(name) if same_name(name, value) => name.clone(),
                Some(_) | None => value.clone(),
            },
            _ => value.clone(),
        };
        merged.insert(element.clone(), value);
    }
    Value::Object(merged)
}

fn put(merged: &mut Map<String, Value>, element: &str, values: Vec<Value>) {
    if values.is_empty() {
        merged.remove(element);
    } else {
        merged.insert(element.to_owned(), Value::Array(values));
    }
}

/// What of `base`'s list is not the kiosk's.
fn keep(element: &str, base: &Map<String, Value>, own: &Value) -> Vec<Value> {
    let own = list(own);
    let is_own = |it: &Value| match element {
        "identifier" => own.iter().any(|mine| mine["system"] == it["system"]),
        "extension" => OWNED_EXTENSIONS.iter().any(|url| it["url"] == *url),
        "telecom" => it["system"] == "phone",
        "participant" => own.iter().any(|mine| {
            let kind = |it: &Value| super::reference_in(&it["actor"]).map(|(kind, _)| kind);
            kind(mine) == kind(it)
        }),
        _ => false,
    };
    let items = base.get(element).map(list).unwrap_or_default();
    items.iter().filter(|it| !is_own(it)).cloned().collect()
}

fn meta(base: &Value, own: &Value) -> Value {
    let mut merged = base.as_object().cloned().unwrap_or_default();
    let mut tags = list(&own["tag"]).to_vec();
    let others = list(&base["tag"]).iter();
    let others: Vec<Value> = others.filter(|tag| !tags.contains(tag)).cloned().collect();
    tags.extend(others);
    merged.insert("tag".to_owned(), Value::Array(tags));
    Value::Object(merged)
}

/// Whoever splits a name knows more about it than the kiosk.
fn same_name(base: &Value, own: &Value) -> bool {
    let read = |name: &Value| super::name_in(&serde_json::json!({ "name": name }));
    read(base).is_some() && read(base) == read(own)
}
