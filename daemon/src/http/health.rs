//! Whether the kiosk lives, whether it is ready, and its figures for Prometheus.

use super::{Api, Problem, failed};
use crate::store::{Counts, Room};
use crate::tally::Counted;
use crate::turns::{BOUNDS_S, Figures};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use jiff::Timestamp;
use kiosk_protocol::control::SyncStatus;
use serde::Serialize;
use std::fmt::Write;
use utoipa::ToSchema;

/// It lives.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = String)))]
pub async fn live() -> &'static str {
    "alive\n"
}

/// Whether patients can be served, and what is missing.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    /// Appointments can be booked by touch at least.
    ready: bool,
    /// What is missing; speech and the central server may be, and it is ready all the same.
    missing: Vec<String>,
}

/// Whether patients can be served: 503 where not.
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness))
)]
pub async fn ready(State(api): State<Api>) -> (StatusCode, Json<Readiness>) {
    let mut missing = Vec::new();
    let has_roster = !api.lobbies.setting.borrow().roster.practitioners.is_empty();
    if !has_roster {
        missing.push("no roster: `kioskctl roster import FILE`".to_owned());
    }
    let answers = api.store.outbox_len().await.is_ok();
    if !answers {
        missing.push("the database does not answer".to_owned());
    }
    if api.ears.is_none() {
        missing.push("no speech recogniser".to_owned());
    }
    if api.studio.is_none() {
        missing.push("no voice".to_owned());
    }
    let room = *api.store.room().borrow();
    if let Some(words) = room.words() {
        missing.push(words.to_owned());
    }
    let ready = has_roster && answers && room.takes_bookings();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Readiness { ready, missing }))
}

/// Figures in Prometheus' text format. `docs/monitoring` has a dashboard and alert rules for
/// them.
#[utoipa::path(
    get, path = "/metrics", tag = "health",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub async fn metrics(State(api): State<Api>) -> Result<impl IntoResponse, Problem> {
    let now = Timestamp::now();
    let mut text = Text::default();
    records(&mut text, &api.store.counts(now).await.map_err(failed)?);
    sync(
        &mut text,
        &api.store.sync_status().await.map_err(failed)?,
        now,
    );
    turns(&mut text, api.office.figures());
    tally(&mut text, &api.office.tally().counted());
    let has = |is_there: bool| f64::from(u8::from(is_there));
    let room = *api.store.room().borrow();
    text.gauge(
        "disk_writable",
        "What is booked can be kept.",
        has(room.takes_bookings()),
    );
    text.gauge(
        "disk_full",
        "The disk is full; bookings use the room kept for them, if any is left.",
        has(matches!(room, Room::Reserve | Room::Full)),
    );
    text.gauge(
        "recogniser_up",
        "Speech can be recognised.",
        has(api.ears.is_some()),
    );
    text.gauge(
        "voice_up",
        "The kiosk can speak.",
        has(api.studio.is_some()),
    );
    machine(&mut text);
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
    Ok(([kind], text.0))
}

/// The answer as it grows.
#[derive(Default)]
struct Text(String);

impl Text {
    fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.begin(name, help, "gauge");
        self.sample(name, "", value);
    }

    fn counter(&mut self, name: &str, help: &str, value: f64) {
        self.begin(name, help, "counter");
        self.sample(name, "", value);
    }

    fn begin(&mut self, name: &str, help: &str, kind: &str) {
        let words = format!("# HELP kiosk_{name} {help}\n# TYPE kiosk_{name} {kind}\n");
        self.0.push_str(&words);
    }

    /// Labels and values are words of our own, without anything to escape.
    fn labelled<const LABELS: usize>(
        &mut self,
        name: &str,
        labels: [(&str, &str); LABELS],
        value: f64,
    ) {
        let labels = labels.map(|(label, value)| format!("{label}=\"{value}\""));
        self.sample(name, &format!("{{{}}}", labels.join(",")), value);
    }

    fn sample(&mut self, name: &str, labels: &str, value: f64) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.0, "kiosk_{name}{labels} {value}");
    }
}

fn records(text: &mut Text, counts: &Counts) {
    let count = |value: i64| value as f64;
    text.gauge(
        "appointments_open",
        "Appointments that are still to come.",
        count(counts.open_appointments),
    );
    text.gauge(
        "queue_waiting",
        "Patients with a number who have not been called.",
        count(counts.waiting),
    );
    text.gauge(
        "alerts_open",
        "Calls for staff that nobody has answered.",
        count(counts.open_alerts),
    );
    text.gauge(
        "outbox_pending",
        "Changes that the central server has not confirmed.",
        count(counts.outbox),
    );
    text.gauge(
        "conflicts_open",
        "Bookings that collided and are not mended.",
        count(counts.conflicts),
    );
    text.gauge(
        "changes_last",
        "Sequence number of the last change.",
        count(counts.last_change),
    );
}

/// Ages by this box's clock, of what it noted itself.
fn sync(text: &mut Text, status: &SyncStatus, now: Timestamp) {
    let age = |at: &Option<String>| -> Option<f64> {
        let at: Timestamp = at.as_ref()?.parse().ok()?;
        Some(now.duration_since(at).as_secs_f64().max(0.0))
    };
    let about = "Since everything was last exchanged with the central server.";
    text.begin("sync_age_seconds", about, "gauge");
    if let Some(age) = age(&status.last_success) {
        text.sample("sync_age_seconds", "", age);
    }
    text.gauge(
        "sync_failing_seconds",
        "For how long attempts to reach the central server have failed; 0: they don't.",
        age(&status.problem_since).unwrap_or_default(),
    );
    text.gauge(
        "sync_rejected",
        "Resources of the central server that could not be used.",
        status.rejected as f64,
    );
}

fn turns(text: &mut Text, figures: Figures) {
    text.counter(
        "turns_total",
        "Turns of conversation in the lobby that were answered aloud since the start.",
        figures.turns as f64,
    );
    text.begin(
        "turn_seconds",
        "From the last of what a patient said to the first sound of the answer.",
        "histogram",
    );
    let bounds = BOUNDS_S.map(|bound| bound.to_string());
    for (bound, within) in bounds.iter().zip(figures.within) {
        text.labelled("turn_seconds_bucket", [("le", bound)], within as f64);
    }
    let all = figures.turns as f64;
    text.labelled("turn_seconds_bucket", [("le", "+Inf")], all);
    text.sample("turn_seconds_sum", "", figures.sum_s);
    text.sample("turn_seconds_count", "", all);
    text.counter(
        "microphone_samples_lost_total",
        "Samples of the microphone that were not read in time since the start.",
        figures.samples_lost as f64,
    );
}

fn tally(text: &mut Text, counted: &Counted) {
    text.begin(
        "bookings_total",
        "What became of wishes to book, move or cancel, and whom they came from, since the start.",
        "counter",
    );
    for ([outcome, channel], count) in &counted.bookings {
        let labels = [("outcome", *outcome), ("channel", *channel)];
        text.labelled("bookings_total", labels, *count as f64);
    }
    text.begin(
        "conversations_total",
        "How conversations ended, and where they were, since the start.",
        "counter",
    );
    for ([outcome, channel], count) in &counted.conversations {
        let labels = [("outcome", *outcome), ("channel", *channel)];
        text.labelled("conversations_total", labels, *count as f64);
    }
    text.begin(
        "utterances_rejected_total",
        "Utterances that were not believed, by why, since the start.",
        "counter",
    );
    for ([reason], count) in &counted.rejections {
        let labels = [("reason", *reason)];
        text.labelled("utterances_rejected_total", labels, *count as f64);
    }
}

/// Of the whole box where the kernel tells; a container may hide it.
fn machine(text: &mut Text) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    if let Some(kibibytes) = resident.and_then(|it| it.trim().parse::<f64>().ok()) {
        let bytes = kibibytes * 1024.0;
        text.gauge(
            "memory_bytes",
            "Resident memory of kioskd, its models included.",
            bytes,
        );
    }
    text.begin(
        "temperature_celsius",
        "As the kernel's sensors tell.",
        "gauge",
    );
    for (zone, celsius) in temperatures() {
        text.labelled("temperature_celsius", [("zone", &zone)], celsius);
    }
}

fn temperatures() -> Vec<(String, f64)> {
    let zones = std::fs::read_dir("/sys/class/thermal")
        .into_iter()
        .flatten();
    let told = |path: std::path::PathBuf| {
        let read = |name: &str| std::fs::read_to_string(path.join(name)).ok();
        let millidegrees: f64 = read("temp")?.trim().parse().ok()?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        let zone = read("type")?.trim().replace(|letter| !plain(letter), "_");
        Some((zone, millidegrees / 1000.0))
    };
    zones.filter_map(|entry| told(entry.ok()?.path())).collect()
}
