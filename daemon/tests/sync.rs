//! Two sides that stay the same: a kiosk's records and a real FHIR server, with a network
//! between them that does what networks do.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/central.rs"]
mod central;
#[path = "support/comparison.rs"]
mod comparison;
#[path = "support/faults.rs"]
mod faults;
#[path = "support/records.rs"]
mod records;
#[path = "support/synchronised.rs"]
mod synchronised;
#[path = "support/validators.rs"]
mod validators;

use central::{Fault, Proxy, Server};
use jiff::Timestamp;
use kiosk_daemon::fhir::Kind;
use kiosk_daemon::store::wait;
use records::{book, free};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use synchronised::{Kiosk, same_on_both_sides};

const NAME: &str = "Adwoa Plantedname";

/// One server for all tests of this file; each uses a name of its own within.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&[]))
}

#[test]
fn a_booking_its_move_and_its_cancellation_reach_the_server() {
    let there = server().named("moves");
    let kiosk = Kiosk::start(server().port, "moves");
    let slots = free(&kiosk.store());
    let id = book(&kiosk.store(), &slots[0], NAME);
    kiosk.sync().unwrap();
    let found = there.search(&format!(
        "Appointment?identifier={}|{id}",
        Kind::Appointment.system()
    ));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["status"], "booked");
    let slot_there = |index: usize| {
        let token = format!(
            "{}|{}/{}",
            Kind::Slot.system(),
            kiosk.clinic,
            slots[index].id
        );
        there.search(&format!("Slot?identifier={token}")).remove(0)
    };
    assert_eq!(slot_there(0)["status"], "busy");
    same_on_both_sides(&kiosk, &there);

    wait(
        kiosk
            .store()
            .reschedule(id.clone(), slots[9].id.clone(), Timestamp::now()),
    )
    .unwrap();
    kiosk.sync().unwrap();
    let moved = there.read(&format!("Appointment/{}", found[0]["id"].as_str().unwrap()));
    assert_ne!(moved["start"], found[0]["start"]);
    assert_eq!(
        (&slot_there(0)["status"], &slot_there(9)["status"]),
        (&json!("free"), &json!("busy"))
    );
    same_on_both_sides(&kiosk, &there);

    wait(kiosk.store().cancel(id, Timestamp::now())).unwrap();
    kiosk.sync().unwrap();
    assert_eq!(slot_there(9)["status"], "free");
    same_on_both_sides(&kiosk, &there);
    assert_eq!(kiosk.status().pending, 0);
}

#[test]
fn what_the_server_changes_comes_in_and_what_it_alone_knows_survives() {
    let there = server().named("changes");
    let kiosk = Kiosk::start(server().port, "changes");
    let store = kiosk.store();
    let slots = free(&store);
    let kept = book(&store, &slots[0], NAME);
    let ended = book(&store, &slots[5], "Kofi Other");
    kiosk.sync().unwrap();

    let appointment = |id: &str| {
        there
            .search(&format!(
                "Appointment?identifier={}|{id}",
                Kind::Appointment.system()
            ))
            .remove(0)
    };
    let mut cancelled = appointment(&ended.0);
    cancelled["status"] = "cancelled".into();
    there.update(&cancelled);
    let mut annotated = appointment(&kept.0);
    annotated["comment"] = "bring the card".into();
    annotated["serviceType"] = json!([{ "coding": [{ "system": "urn:s", "code": "never-seen" }] }]);
    there.update(&annotated);
    kiosk.sync().unwrap();
    assert_eq!(kiosk.appointment(&ended.0).status, "cancelled");
    assert_eq!(kiosk.appointment(&kept.0).status, "booked");

    wait(store.check_in(kept.clone(), Timestamp::now())).unwrap();
    kiosk.sync().unwrap();
    let after = appointment(&kept.0);
    assert_eq!(after["status"], "checked-in");
    assert_eq!(after["comment"], "bring the card");
    assert_eq!(after["serviceType"][0]["coding"][0]["code"], "never-seen");
    same_on_both_sides(&kiosk, &there);
}

#[test]
fn a_booking_made_elsewhere_takes_its_slot_and_one_that_collides_is_marked() {
    let there = server().named("elsewhere");
    let kiosk = Kiosk::start(server().port, "elsewhere");
    let store = kiosk.store();
    let slots = free(&store);
    let here = book(&store, &slots[0], NAME);
    kiosk.sync().unwrap();
    let first = there
        .search(&format!(
            "Appointment?identifier={}|{here}",
            Kind::Appointment.system()
        ))
        .remove(0);
    let patient = there.create(&json!({
        "resourceType": "Patient", "name": [{ "given": ["Yaa"], "family": "Elsewhere" }],
        "telecom": [{ "system": "phone", "value": "+233 20 000 0002" }],
    }));
    let elsewhere = |slot: usize, practitioner: &Value| {
        json!({
            "resourceType": "Appointment", "status": "booked", "meta": kiosk.meta(),
            "start": slots[slot].start.to_string(), "end": slots[slot].end.to_string(),
            "participant": [
                { "actor": { "reference": format!("Patient/{}", patient["id"].as_str().unwrap()) }, "status": "accepted" },
                { "actor": practitioner, "status": "accepted" },
            ],
        })
    };
    let doctor = &first["participant"][1]["actor"];
    let same_doctor =
        |slot: &&kiosk_core::clinic::FreeSlot| slot.practitioner == slots[0].practitioner;
    let later = slots.iter().filter(same_doctor).nth(3).unwrap();
    let later = slots.iter().position(|slot| slot.id == later.id).unwrap();
    there.create(&elsewhere(later, doctor));
    there.create(&elsewhere(0, doctor));
    let nobody = there.create(&json!({
        "resourceType": "Appointment", "status": "booked", "meta": kiosk.meta(),
        "start": slots[1].start.to_string(), "end": slots[1].end.to_string(),
        "participant": [{ "actor": doctor, "status": "accepted" }],
    }));
    kiosk.sync().unwrap();

    assert!(
        free(&store).iter().all(|slot| slot.id != slots[later].id),
        "its slot is taken"
    );
    let status = kiosk.status();
    assert_eq!((status.conflicts, status.rejected), (1, 1), "{status:?}");
    assert_eq!(
        status.rejects[0].resource,
        format!("Appointment/{}", nobody["id"].as_str().unwrap())
    );
    let conflicts: Vec<_> = kiosk
        .appointments()
        .into_iter()
        .filter(|it| it.conflict)
        .collect();
    assert_eq!((conflicts.len(), conflicts[0].starts), (1, slots[0].start));
    assert_eq!(
        kiosk.appointment(&here.0).status,
        "booked",
        "the first one stays as it is"
    );

    // Once more changes nothing.
    let before = kiosk.appointments();
    kiosk.sync().unwrap();
    assert_eq!(kiosk.appointments(), before);
    assert_eq!(
        kiosk.status().pending,
        0,
        "what came from there does not go back"
    );
}

#[test]
fn hours_leave_and_new_doctors_come_from_the_server() {
    let there = server().named("roster");
    let kiosk = Kiosk::start(server().port, "roster");
    let store = kiosk.store();
    let slot = free(&store).remove(0);
    book(&store, &slot, NAME);
    kiosk.sync().unwrap();
    let doctor = there.search("Practitioner?_count=1").remove(0);
    let role = |doctor: &Value, more: Value| {
        let mut role = json!({
            "resourceType": "PractitionerRole", "meta": kiosk.meta(), "active": true,
            "practitioner": { "reference": format!("Practitioner/{}", doctor["id"].as_str().unwrap()) },
        });
        role.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        role
    };
    let today = Timestamp::now().to_string()[..10].to_owned();
    there.create(&role(&doctor, json!({
        "notAvailable": [{ "description": "leave", "during": { "start": today, "end": "2099-12-31" } }],
    })));
    let new = there.create(&json!({
        "resourceType": "Practitioner", "meta": kiosk.meta(), "name": [{ "text": "Dr Nana New" }],
    }));
    there.create(&role(&new, json!({
        "specialty": [{ "coding": [{ "system": "urn:minohealth:kiosk:specialty", "code": "dental" }] }],
        "availableTime": [{
            "daysOfWeek": ["mon", "tue", "wed", "thu", "fri"],
            "availableStartTime": "07:00:00", "availableEndTime": "08:00:00",
        }],
    })));
    kiosk.sync().unwrap();
    let slots = free(&store);
    assert!(
        slots.iter().all(|it| it.practitioner != slot.practitioner),
        "on leave"
    );
    let (_, roster) = wait(store.clinic(Timestamp::now())).unwrap().unwrap();
    let known = roster
        .practitioners
        .iter()
        .find(|it| it.name == "Dr Nana New")
        .unwrap();
    assert!(
        slots.iter().any(|it| it.practitioner == known.id),
        "the new doctor has slots"
    );
    assert!(kiosk.was_told_of_a_new_roster());
    assert_eq!(kiosk.appointments().len(), 1, "booked appointments stay");
}

#[test]
fn a_record_that_the_server_holds_twice_is_held_once_afterwards() {
    let there = server().named("twice");
    let kiosk = Kiosk::start(server().port, "twice");
    let store = kiosk.store();
    let slots = free(&store);
    let id = book(&store, &slots[0], NAME);
    // Another way to the same server made two of it.
    for _ in 0..2 {
        there.create(&json!({
            "resourceType": "Appointment", "status": "proposed", "meta": kiosk.meta(),
            "identifier": [{ "system": Kind::Appointment.system(), "value": id.0 }],
            "participant": [{ "type": [{ "text": "patient" }], "status": "accepted" }],
        }));
    }
    let other = book(&store, &slots[1], "Kofi Other");
    kiosk.sync().unwrap();
    assert_eq!(kiosk.status().pending, 0);
    for id in [id, other] {
        let found = there.search(&format!(
            "Appointment?identifier={}|{id}",
            Kind::Appointment.system()
        ));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["status"], "booked");
    }
    let given_up = there.search("Appointment?status=entered-in-error");
    assert_eq!(given_up.len(), 1, "the other is marked, not deleted");
}

#[test]
fn one_that_is_refused_waits_alone() {
    let there = server().named("poisoned");
    let poisoned = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let known = poisoned.clone();
    let proxy = Proxy::start(server().port, move |request| {
        let body = String::from_utf8_lossy(&request.body);
        match known.get() {
            Some(poison) if request.method != "GET" && body.contains(poison) => {
                Fault::Status(422, false)
            }
            Some(_) | None => Fault::None,
        }
    });
    let kiosk = Kiosk::start(proxy.port, "poisoned");
    let store = kiosk.store();
    let slots = free(&store);
    poisoned.set(slots[11].id.0.clone()).unwrap();
    let booked: Vec<_> = slots
        .iter()
        .take(30)
        .map(|slot| book(&store, slot, NAME))
        .collect();
    kiosk.sync().unwrap();
    let status = kiosk.status();
    assert_eq!((status.pending, status.put_off_count), (1, 1), "{status:?}");
    assert!(status.put_off[0].record.contains(&booked[11].0));
    assert!(status.put_off[0].problem.contains("422"));
    assert_eq!(there.search("Appointment?_count=100").len(), 29);
    assert!(
        proxy.seen().len() < 30,
        "the others were not sent one by one"
    );
}

#[test]
fn a_server_that_takes_few_at_once_is_sent_few() {
    let there = server().named("strict-few");
    let kiosk = Kiosk::start(server().port, "strict-few");
    let store = kiosk.store();
    for slot in free(&store).iter().take(20) {
        book(&store, slot, NAME);
    }
    kiosk.sync().unwrap();
    assert_eq!(kiosk.status().pending, 0);
    same_on_both_sides(&kiosk, &there);
}

#[test]
fn a_server_that_refuses_is_told_of_and_asked_when_it_said() {
    let proxy = Proxy::start(server().port, |_| Fault::Status(401, false));
    let kiosk = Kiosk::start(proxy.port, "refusing");
    book(&kiosk.store(), &free(&kiosk.store())[0], NAME);
    assert!(
        kiosk
            .sync()
            .unwrap_err()
            .contains("refuses the kiosk's key or certificate")
    );
    for status in [429, 500, 503] {
        proxy.choose(move |_| Fault::Status(status, false));
        assert!(kiosk.sync().unwrap_err().contains(&status.to_string()));
    }
    let status = kiosk.status();
    assert_eq!(status.pending, 1);
    assert!(status.problem_since.is_some() && status.oldest_pending.is_some());
    assert!(status.last_success.is_none());
    proxy.choose(|_| Fault::None);
    kiosk.sync().unwrap();
    let status = kiosk.status();
    assert_eq!((status.pending, status.problem), (0, None));
}

#[test]
fn a_cancellation_by_the_server_counts_also_where_the_kiosk_never_heard_of_the_booking_s_arrival() {
    let there = server().named("unheard");
    let proxy = Proxy::start(server().port, |_| Fault::None);
    let kiosk = Kiosk::start(proxy.port, "unheard");
    kiosk.sync().unwrap();
    let slots = free(&kiosk.store());
    let (first, other) = (
        &slots[0],
        slots
            .iter()
            .rfind(|it| it.practitioner != slots[0].practitioner)
            .unwrap(),
    );
    proxy.choose(|request| match request.method.as_str() {
        "POST" => Fault::DropAfter,
        _ => Fault::None,
    });
    let id = book(&kiosk.store(), first, NAME);
    kiosk.sync().unwrap_err();
    // It is there, with a doctor whom the kiosk doesn't know by that server's id; moved here
    // and cancelled there before both meet again.
    let query = format!("Appointment?identifier={}|{id}", Kind::Appointment.system());
    let mut found = there.search(&query).remove(0);
    found["status"] = "cancelled".into();
    there.update(&found);
    let store = kiosk.store();
    wait(store.reschedule(id.clone(), other.id.clone(), Timestamp::now())).unwrap();
    proxy.choose(|_| Fault::None);
    kiosk.sync().unwrap();
    assert_eq!(kiosk.appointment(&id.0).status, "cancelled");
    assert_eq!(kiosk.status().pending, 0);
    same_on_both_sides(&kiosk, &there);
}

#[test]
fn a_server_that_says_when_is_left_alone_until_then_and_asked_without_anybody_asking() {
    let proxy = Proxy::start(server().port, |_| Fault::Status(503, true));
    let kiosk = Kiosk::start(proxy.port, "later");
    let asked = |wanted: usize| {
        while proxy.seen().len() < wanted {
            std::thread::sleep(Duration::from_millis(20));
        }
        Instant::now()
    };
    // Nobody calls `sync`: the kiosk starts, is refused, and comes back by itself.
    let refused = asked(1);
    proxy.choose(|_| Fault::None);
    let again = asked(2);
    assert!(again - refused >= Duration::from_secs(3));
    kiosk.sync().unwrap();
}

#[test]
fn a_token_is_got_for_client_credentials_and_got_again_when_it_is_refused() {
    let there = Server::start(&[("KEY_WANTED", "the-second-token")]);
    let tokens = Tokens::start(["the-first-token", "the-second-token"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.toml");
    let url = format!("http://127.0.0.1:{}/token", tokens.port);
    let text = format!(
        "token_url = \"{url}\"\nclient_id = \"kiosk-7\"\nclient_secret = \"hush\"\nscope = \"system/*\"\n"
    );
    std::fs::write(&file, &text).unwrap();
    let kiosk = Kiosk::start_with(there.port, "tokens", |central| {
        central.client_file = Some(file.clone());
    });
    let refused = kiosk.sync().unwrap_err();
    assert!(
        refused.contains("refuses the kiosk's key or certificate"),
        "{refused}"
    );
    kiosk.sync().unwrap();
    kiosk.sync().unwrap();
    let asked = tokens.asked();
    assert_eq!(asked.len(), 2, "a token that is good is used again");
    // RFC 6749, 2.3.1: kiosk-7:hush
    assert!(asked[0].contains("Basic a2lvc2stNzpodXNo"));
    assert!(asked[0].contains("grant_type=client_credentials&scope=system%2F*"));

    let in_the_clear = text.replace("127.0.0.1", "tokens.example");
    std::fs::write(&file, in_the_clear).unwrap();
    let kiosk = Kiosk::start_with(there.port, "tokens", |central| {
        central.client_file = Some(file);
    });
    assert!(kiosk.sync().unwrap_err().contains("https://"));
}

/// A server that gives one token after the other, and tells what it was asked.
struct Tokens {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tokens {
    fn start(tokens: [&'static str; 2]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let heard = asked.clone();
        std::thread::spawn(move || {
            for token in tokens {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                let mut part = [0; 4_096];
                while !request.ends_with(b"system%2F*") {
                    let read = stream.read(&mut part).unwrap();
                    request.extend_from_slice(&part[..read]);
                }
                heard
                    .lock()
                    .unwrap()
                    .push(String::from_utf8(request).unwrap());
                let body = json!({ "access_token": token, "expires_in": 600 }).to_string();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                write!(
                    stream,
                    "{head}\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[test]
fn whatever_the_network_does_each_booking_is_there_once() {
    let seeds: u64 = if std::env::var_os("KIOSK_SOAK").is_some() {
        200
    } else {
        3
    };
    for seed in 0..seeds {
        let name = format!("faults-{seed}");
        let there = server().named(&name);
        let proxy = Proxy::start(server().port, |_| Fault::None);
        let mut kiosk = Kiosk::start(proxy.port, &name);
        let mut chance = fastrand::Rng::with_seed(seed);
        proxy.choose(move |_| faults::any(&mut chance));
        let mut chance = fastrand::Rng::with_seed(seed + 1_000_000);
        for _ in 0..8 {
            kiosk.something_happens(&mut chance, &there);
            let _ = kiosk.sync();
        }
        proxy.choose(|_| Fault::None);
        kiosk.sync().unwrap();
        kiosk.sync().unwrap();
        let status = kiosk.status();
        assert_eq!(status.pending, 0, "seed {seed}: {status:?}");
        println!("seed {seed}");
        same_on_both_sides(&kiosk, &there);
    }
}

#[test]
fn a_server_whose_clock_is_hours_off_loses_nothing() {
    for off in ["-18000000", "18000000"] {
        let server = Server::start(&[("CLOCK_OFF_MS", off)]);
        let there = server.named("clock");
        let kiosk = Kiosk::start(server.port, "clock");
        let slots = free(&kiosk.store());
        let ids: Vec<_> = slots
            .iter()
            .take(3)
            .map(|slot| book(&kiosk.store(), slot, NAME))
            .collect();
        for id in &ids {
            kiosk.sync().unwrap();
            let mut found = there
                .search(&format!(
                    "Appointment?identifier={}|{id}",
                    Kind::Appointment.system()
                ))
                .remove(0);
            found["status"] = "cancelled".into();
            there.update(&found);
        }
        kiosk.sync().unwrap();
        assert!(
            kiosk
                .appointments()
                .iter()
                .all(|it| it.status == "cancelled")
        );
        same_on_both_sides(&kiosk, &there);
    }
}

#[test]
fn more_changes_of_one_instant_than_a_page_holds_all_come_in() {
    let there = server().named("instant");
    let kiosk = Kiosk::start(server().port, "instant");
    let patients = 450;
    for number in 0..patients {
        there.create(&json!({
            "resourceType": "Patient", "meta": kiosk.meta(), "name": [{ "text": format!("Patient {number}") }],
        }));
    }
    kiosk.sync().unwrap();
    let names: BTreeSet<String> = kiosk
        .all(Kind::Patient)
        .iter()
        .map(|record| record.resource(&kiosk.site()))
        .map(|patient| patient["name"][0]["text"].to_string())
        .collect();
    assert_eq!(names.len(), patients);
}

#[test]
fn both_validators_accept_everything_that_is_sent() {
    let proxy = Proxy::start(server().port, |_| Fault::None);
    let kiosk = Kiosk::start(proxy.port, "validated");
    let store = kiosk.store();
    let slots = free(&store);
    let moved = book(&store, &slots[0], "Akosua");
    let ended = book(&store, &slots[1], NAME);
    kiosk.sync().unwrap();
    wait(store.reschedule(moved, slots[7].id.clone(), Timestamp::now())).unwrap();
    wait(store.cancel(ended, Timestamp::now())).unwrap();
    kiosk.sync().unwrap();
    let mut sent: Vec<Value> = proxy
        .seen()
        .iter()
        .filter(|request| request.method != "GET")
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    let within: Vec<Value> = sent
        .iter()
        .flat_map(|bundle| bundle["entry"].as_array().cloned().unwrap_or_default())
        .map(|mut entry| entry["resource"].take())
        .collect();
    assert!(within.len() > 8, "{}", within.len());
    sent.extend(within);
    validators::both_accept(&sent);
    let urls: String = proxy
        .seen()
        .iter()
        .map(|request| request.path.clone())
        .collect();
    assert!(
        !urls.contains("Planted") && !urls.contains("233244"),
        "nothing personal in a URL"
    );
}

#[test]
fn a_slow_answer_ends_and_the_booking_arrives_later() {
    let there = server().named("slow");
    let proxy = Proxy::start(server().port, |_| Fault::SlowLoris);
    let kiosk = Kiosk::start_with(proxy.port, "slow", |settings| {
        settings.answer_within = Duration::from_secs(1)
    });
    book(&kiosk.store(), &free(&kiosk.store())[0], NAME);
    assert!(kiosk.sync().unwrap_err().contains("did not answer within"));
    proxy.choose(|_| Fault::None);
    kiosk.sync().unwrap();
    same_on_both_sides(&kiosk, &there);
}

#[test]
fn two_kiosks_of_one_clinic_see_each_other_s_bookings_and_collisions() {
    let there = server().named("pair");
    let first = Kiosk::start(server().port, "pair");
    let second = Kiosk::start(server().port, "pair");
    let slots = free(&first.store());
    let booked = book(&first.store(), &slots[0], NAME);
    first.sync().unwrap();
    second.sync().unwrap();
    assert!(
        free(&second.store())
            .iter()
            .all(|slot| slot.id != slots[0].id)
    );

    // Nobody asked the other: the network was away.
    let here = book(&first.store(), &slots[9], NAME);
    let elsewhere = book(&second.store(), &slots[9], "Kofi Other");
    for _ in 0..2 {
        first.sync().unwrap();
        second.sync().unwrap();
    }
    assert_eq!(
        (first.status().conflicts, second.status().conflicts),
        (1, 1)
    );
    assert!(first.appointment(&elsewhere.0).conflict && second.appointment(&here.0).conflict);

    // Staff cancels one of them: the other is a booking like any other.
    wait(second.store().cancel(here.clone(), Timestamp::now())).unwrap();
    wait(second.store().cancel(booked, Timestamp::now())).unwrap();
    for _ in 0..2 {
        second.sync().unwrap();
        first.sync().unwrap();
    }
    assert_eq!(
        (first.status().conflicts, second.status().conflicts),
        (0, 0)
    );
    assert!(
        free(&first.store())
            .iter()
            .all(|slot| slot.id != slots[9].id)
    );
    assert!(
        free(&first.store())
            .iter()
            .any(|slot| slot.id == slots[0].id)
    );
    same_on_both_sides(&first, &there);
    same_on_both_sides(&second, &there);
}

#[test]
fn only_the_configured_authority_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = |name: &str| {
        let [key, file] = ["key", "pem"].map(|end| folder.path().join(format!("{name}.{end}")));
        let made = std::process::Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ])
            .args([
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
            ])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&file)
            .output()
            .unwrap();
        assert!(made.status.success());
        [key, file].map(|path| path.display().to_string())
    };
    let [[key, file], [_, other]] = ["right", "wrong"].map(certificate);
    let server = Server::start(&[("CERTIFICATE", &file), ("KEY", &key)]);
    let with = |believed: &str| {
        Kiosk::start_with(server.port, "tls", |settings| {
            let url = format!("https://localhost:{}/tls/", server.port);
            settings.url = url.parse().unwrap();
            settings.ca_file = Some(believed.into());
        })
    };
    let problem = with(&other).sync().unwrap_err();
    assert!(problem.contains("certificate is not trusted"), "{problem}");
    with(&file).sync().unwrap();
    let problem = with("/nonexistent").sync().unwrap_err();
    assert!(problem.contains("holds no certificates"), "{problem}");
}
