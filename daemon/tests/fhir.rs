//! The records as FHIR over HTTP, asked by a real client and judged by other people's
//! validators.
#![allow(clippy::unwrap_used)]

#[path = "support/central.rs"]
mod central;
#[path = "support/records.rs"]
mod records;
#[path = "support/validators.rs"]
mod validators;

use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::AppointmentId;
use kiosk_daemon::config::{self, HttpSettings};
use kiosk_daemon::http::{self, Api, Lobbies};
use kiosk_daemon::office::Office;
use kiosk_daemon::store::{Store, StoreHandle, wait};
use kiosk_protocol::control::Scope;
use records::{PHONE, book, free};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

const NAME: &str = "Adwoa Plantedname";

#[test]
fn every_kind_is_read_searched_and_known_again_by_its_tag() {
    let served = Served::start();
    let slots = free(&served.store());
    book(&served.store(), &slots[0], NAME);
    let key = served.key(&[Scope::Central]);
    for kind in [
        "Practitioner",
        "PractitionerRole",
        "Schedule",
        "Slot",
        "Patient",
        "Appointment",
    ] {
        let bundle = served.get(&key, &format!("/fhir/{kind}?_count=2"));
        let resource = &bundle["entry"][0]["resource"];
        assert_eq!(resource["resourceType"], kind, "{bundle}");
        let path = format!("/fhir/{kind}/{}", resource["id"].as_str().unwrap());
        let answer = served.ask(&key, &path).send().unwrap();
        let tag = answer.headers()["etag"].clone();
        assert_eq!(&answer.json::<Value>().unwrap(), resource);
        let again = served
            .ask(&key, &path)
            .header("if-none-match", &tag)
            .send()
            .unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let other = served
            .ask(&key, &path)
            .header("if-none-match", "W/\"x\"")
            .send()
            .unwrap();
        assert_eq!(other.status(), StatusCode::OK);
        let identifier = &resource["identifier"][0];
        let token = format!(
            "{}|{}",
            identifier["system"].as_str().unwrap(),
            identifier["value"].as_str().unwrap()
        );
        let found = served.get(&key, &format!("/fhir/{kind}?identifier={token}"));
        assert_eq!(ids(&found), [resource["id"].as_str().unwrap()], "{found}");
    }
    let log = format!("{:?}", served.get(&key, "/fhir/metadata"));
    assert!(!log.contains("Plantedname"));
}

#[test]
fn searches_find_what_they_ask_for_and_nothing_else() {
    let served = Served::start();
    let store = served.store();
    let slots = free(&store);
    let first = book(&store, &slots[0], NAME);
    let later = slots
        .iter()
        .find(|slot| slot.start > slots[0].start + 26.hours())
        .unwrap();
    let second = book(&store, later, "Kofi Other");
    wait(store.cancel(second.clone(), Timestamp::now())).unwrap();
    let key = served.key(&[Scope::Staff]);
    let found = |query: &str| {
        let mut found = ids(&served.get(&key, &format!("/fhir/Appointment?{query}")));
        found.sort();
        found
    };
    let mut both = vec![first.0.clone(), second.0.clone()];
    both.sort();
    assert_eq!(found(""), both);
    assert_eq!(found("status=booked"), vec![first.0.clone()]);
    assert_eq!(found("status=booked,cancelled"), both);
    assert_eq!(
        found(&format!(
            "practitioner=Practitioner/{}&slot={}",
            slots[0].practitioner, slots[0].id
        )),
        vec![first.0.clone()]
    );
    assert_eq!(
        found(&format!("date=ge{}", later.start)),
        vec![second.0.clone()]
    );
    assert_eq!(
        found(&format!("date=lt{}", later.start)),
        vec![first.0.clone()]
    );
    let day = slots[0].start.to_string();
    assert_eq!(
        found(&format!("date={}", &day[..10])),
        vec![first.0.clone()],
        "Accra's days are UTC's"
    );
    assert_eq!(found("actor=Practitioner/nobody"), Vec::<String>::new());
    let busy = served.get(
        &key,
        &format!(
            "/fhir/Slot?status=busy&schedule=Schedule/{}",
            slots[0].practitioner
        ),
    );
    assert_eq!(
        ids(&busy),
        [slots[0].id.0.clone()],
        "a cancelled appointment frees its slot"
    );
    let history = served.get(&key, &format!("/fhir/Appointment/{second}/_history"));
    let states: Vec<&Value> = entries(&history)
        .iter()
        .map(|it| &it["resource"]["status"])
        .collect();
    assert_eq!(states, ["cancelled", "booked"]);
    let one = |path: &str| served.get(&key, &format!("/fhir/{path}"));
    let first = one(&format!("Appointment/{second}/_history/1"));
    assert_eq!(
        (&first["status"], &first["meta"]["versionId"]),
        (&json!("booked"), &json!("1"))
    );
    let missing = served.ask(&key, &format!("/fhir/Appointment/{second}/_history/9"));
    assert_eq!(missing.send().unwrap().status(), StatusCode::NOT_FOUND);
}

#[test]
fn an_older_version_of_a_patient_is_gone_and_a_second_record_leads_to_the_first() {
    let served = Served::start();
    let slots = free(&served.store());
    let key = served.key(&[Scope::Central]);
    let ids = [&slots[0], &slots[30]].map(|slot| {
        let id = book(&served.store(), slot, NAME);
        let record = wait(served.store().record(id)).unwrap().unwrap();
        record.patient
    });
    let [kept, second] = ids.clone();
    let store = served.store();
    wait(store.merge_patients(second, kept, None, Timestamp::now())).unwrap();
    let path = format!("/fhir/Patient/{}", ids[1]);
    let merged = served.get(&key, &path);
    assert_eq!(merged["active"], false);
    assert_eq!(
        merged["link"][0]["other"]["reference"],
        format!("Patient/{}", ids[0])
    );
    let older = served.ask(&key, &format!("{path}/_history/1")).send();
    assert_eq!(older.unwrap().status(), StatusCode::GONE);
}

#[test]
fn nothing_personal_stands_in_a_url_and_what_is_not_offered_is_refused() {
    let served = Served::start();
    book(&served.store(), &free(&served.store())[0], NAME);
    let key = served.key(&[Scope::Central]);
    let by_post = Client::new()
        .post(served.url("/fhir/Patient/_search"))
        .bearer_auth(&key)
        .form(&[("phone", PHONE), ("birthdate", "1990-03-02")])
        .send()
        .unwrap();
    let found: Value = by_post.json().unwrap();
    assert_eq!(entries(&found)[0]["resource"]["name"][0]["text"], NAME);
    for (key, path, status) in [
        (
            key.as_str(),
            "/fhir/Patient?phone=%2B233244000001",
            StatusCode::BAD_REQUEST,
        ),
        (
            &key,
            "/fhir/Patient?birthdate=1990-03-02",
            StatusCode::BAD_REQUEST,
        ),
        (&key, "/fhir/Patient?name=Adwoa", StatusCode::BAD_REQUEST),
        (
            &key,
            "/fhir/Appointment?date=yesterday",
            StatusCode::BAD_REQUEST,
        ),
        (
            &key,
            "/fhir/Appointment?date=ge9999-99-99",
            StatusCode::BAD_REQUEST,
        ),
        (&key, "/fhir/Appointment?_count=0", StatusCode::BAD_REQUEST),
        (&key, "/fhir/Observation", StatusCode::NOT_FOUND),
        (&key, "/fhir/Appointment/nobody", StatusCode::NOT_FOUND),
        (
            &key,
            "/fhir/Slot/ama-owusu.1/_history",
            StatusCode::NOT_FOUND,
        ),
        ("mhk_forged", "/fhir/Appointment", StatusCode::UNAUTHORIZED),
        (
            &served.key(&[Scope::Metrics]),
            "/fhir/Appointment",
            StatusCode::FORBIDDEN,
        ),
    ] {
        let answer = served.ask(key, path).send().unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let outcome = fhir_of(answer);
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{path}");
        assert!(!outcome.to_string().contains("Adwoa") && !outcome.to_string().contains("1990"));
    }
}

#[test]
fn pages_lead_through_everything_once() {
    let served = Served::start();
    let store = served.store();
    let slots = free(&store);
    let mut booked: Vec<String> = slots
        .iter()
        .step_by(40)
        .take(25)
        .map(|slot| book(&store, slot, NAME).0)
        .collect();
    booked.sort();
    let key = served.key(&[Scope::Central]);
    let mut seen = Vec::new();
    let mut next = Some(served.url("/fhir/Appointment?_count=7&status=booked"));
    while let Some(url) = next {
        let page: Value = Client::new()
            .get(url)
            .bearer_auth(&key)
            .send()
            .unwrap()
            .json()
            .unwrap();
        seen.extend(ids(&page));
        next = page["link"][0]["url"].as_str().map(ToOwned::to_owned);
    }
    assert_eq!(seen, booked);
}

#[test]
fn every_reader_sees_every_change_once_and_in_order() {
    let served = Served::start();
    let store = served.store();
    // Each booking is two changes, the cancellation a third.
    let bookings: usize = if std::env::var_os("KIOSK_SOAK").is_some() {
        3_400
    } else {
        170
    };
    let slots: Vec<_> = free(&store).into_iter().cycle().take(bookings).collect();
    let key = served.key(&[Scope::Central]);
    let before = *store.newest_change().borrow();
    let left = AtomicUsize::new(4);
    let told: Vec<Vec<String>> = std::thread::scope(|scope| {
        for part in slots.chunks(bookings.div_ceil(4)) {
            let (store, left) = (store.clone(), &left);
            scope.spawn(move || {
                for slot in part {
                    // Another writer may have it for a moment.
                    let id = AppointmentId(uuid::Uuid::now_v7().to_string());
                    let booking = records::booking(&id, slot, NAME);
                    wait(store.book(booking, Timestamp::now())).unwrap();
                    wait(store.cancel(id, Timestamp::now())).unwrap();
                }
                left.fetch_sub(1, Ordering::SeqCst);
            });
        }
        let readers: Vec<_> = [1_000, 50, 7]
            .map(|limit| {
                let (served, key, left) = (&served, &key, &left);
                scope.spawn(move || read_all(served, key, limit, left))
            })
            .into_iter()
            .collect();
        readers.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let newest = *store.newest_change().borrow();
    assert!(
        newest - before >= 3 * i64::try_from(bookings).unwrap() * 9 / 10,
        "they were written meanwhile"
    );
    assert_eq!(
        i64::try_from(told[0].len()).unwrap(),
        newest,
        "each change once"
    );
    assert!(
        told.iter().all(|it| *it == told[0]),
        "the same for every reader"
    );
    let mut versions = BTreeMap::new();
    for line in &told[0] {
        let (resource, version) = line.split_once(' ').unwrap();
        let version: i64 = version.parse().unwrap();
        let before = versions.insert(resource.to_owned(), version).unwrap_or(0);
        assert_eq!(version, before + 1, "{resource} in order");
    }
}

/// Follows the feed until the writers have ended and nothing more comes: a line each.
fn read_all(served: &Served, key: &str, limit: usize, left: &AtomicUsize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut url = served.url(&format!("/v1/changes?after=0&limit={limit}"));
    loop {
        let ended = left.load(Ordering::SeqCst) == 0;
        let wait = if ended { "&wait=0" } else { "&wait=1" };
        let page: Value = Client::new()
            .get(format!("{url}{wait}"))
            .bearer_auth(key)
            .send()
            .unwrap()
            .json()
            .unwrap();
        let found = entries(&page);
        for entry in found {
            let version = entry["response"]["etag"].as_str().unwrap();
            let resource = &entry["resource"];
            let kind = resource["resourceType"].as_str().unwrap();
            lines.push(format!(
                "{kind}/{} {}",
                resource["id"].as_str().unwrap(),
                version.trim_start_matches("W/").trim_matches('"')
            ));
        }
        if found.is_empty() && ended {
            return lines;
        }
        url = page["link"][1]["url"].as_str().unwrap().to_owned();
    }
}

#[test]
fn who_waits_for_a_change_is_told_when_it_comes() {
    let served = Served::start();
    let store = served.store();
    let key = served.key(&[Scope::Central]);
    let newest = *store.newest_change().borrow();
    let path = format!("/v1/changes?after={newest}&wait=55");
    let told = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| served.get(&key, &path));
        let id = book(&store, &free(&store)[0], NAME);
        let told = waiting.join().unwrap();
        assert!(
            told.to_string().contains(&id.0) || entries(&told).len() == 1,
            "{told}"
        );
        told
    });
    assert!(!entries(&told).is_empty());
    for query in [
        "after=-1",
        "after=x",
        "limit=0",
        "limit=1001",
        "wait=56",
        "after=999999999",
        "name=Ama",
    ] {
        let answer = served
            .ask(&key, &format!("/v1/changes?{query}"))
            .send()
            .unwrap();
        assert!(answer.status().is_client_error(), "{query}");
    }
    let staff = served.key(&[Scope::Staff]);
    assert_eq!(
        served.ask(&staff, "/v1/changes").send().unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

#[test]
fn both_validators_accept_everything_that_is_served() {
    let served = Served::start();
    let store = served.store();
    let slots = free(&store);
    let id = book(&store, &slots[0], "Akosua");
    let other = book(&store, &slots[40], "Ama O'Brien 😀 عبد");
    wait(store.cancel(other, Timestamp::now())).unwrap();
    wait(store.check_in(id.clone(), Timestamp::now())).unwrap();
    let key = served.key(&[Scope::Central]);
    let mut all = Vec::new();
    for kind in [
        "Practitioner",
        "PractitionerRole",
        "Schedule",
        "Slot",
        "Patient",
        "Appointment",
    ] {
        let bundle = served.get(&key, &format!("/fhir/{kind}?_count=30"));
        all.extend(entries(&bundle).iter().map(|it| it["resource"].clone()));
        all.push(bundle);
    }
    all.push(served.get(&key, "/fhir/Slot?status=busy"));
    all.push(served.get(&key, &format!("/fhir/Appointment/{id}/_history")));
    all.push(served.get(&key, "/v1/changes?limit=1000"));
    all.push(served.get(&key, "/v1/changes?after=1&limit=1"));
    all.push(served.get(&key, "/fhir/metadata"));
    all.push(fhir_of(
        served.ask(&key, "/fhir/Appointment/nobody").send().unwrap(),
    ));
    all.push(fhir_of(served.ask("", "/fhir/Appointment").send().unwrap()));
    validators::both_accept(&all);
}

/// The records of the sample clinic, served over HTTP.
struct Served {
    runtime: tokio::runtime::Runtime,
    stop: CancellationToken,
    port: u16,
    store: Store,
    _folder: tempfile::TempDir,
}

impl Served {
    fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let store = records::clinic(folder.path());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let stop = CancellationToken::new();
        // Free now; a server that finds it taken says so.
        let listen = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let settings = config::load(None).unwrap();
        let setting = wait(kiosk_daemon::clinic::setting(&store.handle(), &settings)).unwrap();
        let setting = watch::Sender::new(setting);
        let office = Office::new(
            store.handle(),
            settings,
            setting.clone(),
            std::array::from_fn(|_| String::new()),
        );
        let api = Api {
            store: store.handle(),
            office,
            limits: Arc::default(),
            under_way: Arc::default(),
            ears: None,
            studio: None,
            lobbies: Lobbies {
                setting: setting.subscribe(),
                answered: watch::Sender::new(None).subscribe(),
            },
            places: Arc::new(Semaphore::new(1)),
            clinic: "ridge-road".to_owned(),
            scheme: "http",
            stop: stop.clone(),
        };
        let port = http::open(&HttpSettings { listen, tls: None }).unwrap();
        runtime.spawn(http::serve(port, api));
        Self {
            runtime,
            stop,
            port: listen.port(),
            store,
            _folder: folder,
        }
    }

    fn store(&self) -> StoreHandle {
        self.store.handle()
    }

    fn key(&self, scopes: &[Scope]) -> String {
        let store = self.store();
        let added = store.add_key(
            "a test".to_owned(),
            scopes.to_vec(),
            [0, 0],
            Timestamp::now(),
        );
        wait(added).unwrap().1.expose().to_owned()
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn ask(&self, key: &str, path: &str) -> reqwest::blocking::RequestBuilder {
        Client::new().get(self.url(path)).bearer_auth(key)
    }

    fn get(&self, key: &str, path: &str) -> Value {
        let answer = self.ask(key, path).send().unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        fhir_of(answer)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = &self.runtime;
    }
}

fn fhir_of(answer: Response) -> Value {
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("application/fhir+json"), "{kind}");
    answer.json().unwrap()
}

fn entries(bundle: &Value) -> &[Value] {
    bundle["entry"].as_array().map_or(&[], Vec::as_slice)
}

fn ids(bundle: &Value) -> Vec<String> {
    let ids = entries(bundle)
        .iter()
        .map(|it| it["resource"]["id"].as_str().unwrap().to_owned());
    ids.collect()
}
