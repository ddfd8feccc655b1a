//! Prometheus' text format 0.0.4, read as strictly as it is written down
//! (prometheus.io/docs/instrumenting/exposition_formats): anything else is refused.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};

/// A figure with everything that was told of it.
#[derive(Debug, Default)]
pub struct Family {
    pub kind: String,
    pub samples: Vec<Sample>,
}

/// One line.
#[derive(Debug)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// Figures by name, or the line that is not as it should be and why.
pub fn parse(text: &str) -> Result<BTreeMap<String, Family>, String> {
    if !text.ends_with('\n') {
        return Err("the last line has no end".to_owned());
    }
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let mut helped = BTreeSet::new();
    for line in text.lines() {
        let refuse = |why: &str| Err(format!("{why}: `{line}`"));
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let Some((name, words)) = rest.split_once(' ') else {
                return refuse("no words");
            };
            if !is_name(name) || words.trim().is_empty() || !helped.insert(name.to_owned()) {
                return refuse("a HELP line");
            }
            current = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let Some((name, kind)) = rest.split_once(' ') else {
                return refuse("no type");
            };
            if name != current || families.contains_key(name) {
                return refuse("a TYPE line away from its HELP, or a second one");
            }
            if !["counter", "gauge", "histogram"].contains(&kind) {
                return refuse("a type that the kiosk doesn't use");
            }
            let family = Family {
                kind: kind.to_owned(),
                samples: Vec::new(),
            };
            families.insert(name.to_owned(), family);
        } else {
            let sample = sample(line).map_err(|why| format!("{why}: `{line}`"))?;
            let Some(family) = families.get_mut(&current) else {
                return refuse("a sample before its TYPE");
            };
            if !belongs(&sample.name, &current, &family.kind) {
                return refuse("a sample among another figure's");
            }
            let is_twice =
                |other: &Sample| (&other.name, &other.labels) == (&sample.name, &sample.labels);
            if family.samples.iter().any(is_twice) {
                return refuse("told twice");
            }
            family.samples.push(sample);
        }
    }
    for (name, family) in &families {
        is_of_its_kind(name, family).map_err(|why| format!("`{name}`: {why}"))?;
    }
    Ok(families)
}

impl Family {
    /// The value with these labels; what is named `suffix` behind the family's name.
    pub fn value(&self, suffix: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels: BTreeMap<String, String> = labels
            .iter()
            .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
            .collect();
        let found = self
            .samples
            .iter()
            .find(|sample| sample.name.ends_with(suffix) && sample.labels == labels);
        found.map(|sample| sample.value)
    }
}

fn sample(line: &str) -> Result<Sample, &'static str> {
    let end = line.find(['{', ' ']).ok_or("no value")?;
    let (name, rest) = line.split_at(end);
    if !is_name(name) {
        return Err("no name");
    }
    let mut labels = BTreeMap::new();
    let mut rest = rest;
    if let Some(inside) = rest.strip_prefix('{') {
        let mut at = inside;
        loop {
            let (label, value) = at.split_once("=\"").ok_or("no label")?;
            if !is_label(label) {
                return Err("a label's name");
            }
            let (value, after) = quoted(value)?;
            if labels.insert(label.to_owned(), value).is_some() {
                return Err("a label twice");
            }
            match after.chars().next() {
                Some(',') => at = &after[1..],
                Some('}') => {
                    rest = &after[1..];
                    break;
                }
                Some(_) | None => return Err("labels without end"),
            }
        }
    }
    let value = rest.strip_prefix(' ').ok_or("no space before the value")?;
    let value = match value {
        "+Inf" => f64::INFINITY,
        // Rust would read more than Prometheus does.
        _ if value.starts_with(|it: char| it.is_ascii_digit() || it == '-') => {
            value.parse().map_err(|_| "no number")?
        }
        _ => return Err("no number"),
    };
    Ok(Sample {
        name: name.to_owned(),
        labels,
        value,
    })
}

/// What stands until the closing quotation mark, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => value.push(match letters.next() {
                Some((_, 'n')) => '\n',
                Some((_, escaped @ ('\\' | '"'))) => escaped,
                Some(_) | None => return Err("an escape that there is not"),
            }),
            other => value.push(other),
        }
    }
    Err("a value without end")
}

fn belongs(sample: &str, family: &str, kind: &str) -> bool {
    match kind {
        "histogram" => ["_bucket", "_sum", "_count"]
            .iter()
            .any(|part| sample.strip_suffix(part) == Some(family)),
        _ => sample == family,
    }
}

fn is_of_its_kind(name: &str, family: &Family) -> Result<(), &'static str> {
    match family.kind.as_str() {
        "counter" if !name.ends_with("_total") => Err("a counter is named `…_total`"),
        "counter" if family.samples.iter().any(|it| it.value < 0.0) => Err("it counts down"),
        "gauge" if name.ends_with("_total") => Err("a gauge is no total"),
        "histogram" => is_histogram(family),
        _ => Ok(()),
    }
}

/// With one set of labels beside `le`, as the kiosk has them.
fn is_histogram(family: &Family) -> Result<(), &'static str> {
    let buckets: Vec<(f64, f64)> = family
        .samples
        .iter()
        .filter(|sample| sample.name.ends_with("_bucket"))
        .map(|sample| {
            let bound = sample.labels.get("le").ok_or("a bucket without a bound")?;
            let bound = if bound == "+Inf" {
                f64::INFINITY
            } else {
                bound.parse().map_err(|_| "a bound that is no number")?
            };
            Ok((bound, sample.value))
        })
        .collect::<Result<_, &'static str>>()?;
    let grows = |pair: &[(f64, f64)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
    if !buckets.windows(2).all(grows) {
        return Err("its buckets don't hold each other");
    }
    let (Some((bound, all)), Some(count)) = (buckets.last(), family.value("_count", &[])) else {
        return Err("no buckets, or no count");
    };
    if bound.is_finite() || *all != count || family.value("_sum", &[]).is_none() {
        return Err("its last bucket does not hold everything");
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|it| it.is_ascii_alphabetic() || it == '_' || it == ':')
        && letters.all(|it| it.is_ascii_alphanumeric() || it == '_' || it == ':')
}

fn is_label(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|it| it.is_ascii_alphabetic() || it == '_')
        && letters.all(|it| it.is_ascii_alphanumeric() || it == '_')
        && !name.starts_with("__")
}
