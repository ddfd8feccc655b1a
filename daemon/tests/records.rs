//! Practitioners, slots and appointments over HTTP: the real kioskd, asked by a real
//! client.
#![allow(clippy::unwrap_used)]

#[path = "support/kiosk.rs"]
mod kiosk;

use kiosk::{Kiosk, PATIENCE};
use kiosk_protocol::control::Scope;
use kiosk_protocol::{Action, ClientMessage, Screen};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Instant;
use uuid::Uuid;

/// Somebody who must not be found in a log or an error.
const NAME: &str = "Abena Sarpong-Quartey";
const PHONE: &str = "+233244918273";

#[test]
fn an_appointment_is_booked_moved_checked_in_and_cancelled() {
    let desk = Desk::open();
    let slots = desk.slots("specialty=paediatrics&limit=3");
    let id = Uuid::now_v7();
    let first = desk.book(id, &slots[0]);
    assert_eq!(first.status(), StatusCode::CREATED);
    assert_eq!(first.headers()["etag"], "W/\"1\"");
    let location = first.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(location, format!("/v1/appointments/{id}"));
    let booked: Value = first.json().unwrap();
    assert_eq!(booked["status"], "booked");
    assert_eq!(booked["start"], slots[0]["start"]);
    assert_eq!(booked["patient"]["name"], NAME);

    let again: Value = desk.book(id, &slots[0]).json().unwrap();
    assert_eq!(again, booked, "the same id again is the same booking");
    let other_wish = desk.book(id, &slots[1]);
    assert_eq!(
        desk.problem(other_wish, StatusCode::CONFLICT)["alternatives"],
        Value::Null
    );

    let taken = desk.book(Uuid::now_v7(), &slots[0]);
    let taken = desk.problem(taken, StatusCode::CONFLICT);
    let alternatives = taken["alternatives"].as_array().unwrap();
    assert!(!alternatives.is_empty());
    for slot in alternatives {
        assert_eq!(slot["practitioner"], slots[0]["practitioner"]);
        assert_ne!(slot["id"], slots[0]["id"]);
    }

    let moved = desk.post(
        &format!("{location}/reschedule"),
        &json!({ "slot": slots[1]["id"] }),
    );
    assert_eq!(moved.status(), StatusCode::OK);
    let moved: Value = moved.json().unwrap();
    assert_eq!(
        (&moved["id"], &moved["code"]),
        (&booked["id"], &booked["code"])
    );
    assert_eq!(moved["slot"], slots[1]["id"]);
    let free = desk.slots("limit=1000");
    assert!(free.contains(&slots[0]), "the slot before is free again");
    assert!(!free.contains(&slots[1]));

    let arrived = desk.post(&format!("{location}/check-in"), &json!({}));
    let arrived: Value = arrived.json().unwrap();
    assert_eq!(arrived["status"], "checked-in");
    assert_eq!(arrived["ticket"]["number"], 1);
    let late = desk.post(&format!("{location}/cancel"), &json!({}));
    desk.problem(late, StatusCode::CONFLICT);

    let other = Uuid::now_v7();
    assert_eq!(
        desk.book_for(other, &slots[2], "Kofi").status(),
        StatusCode::CREATED
    );
    for _ in 0..2 {
        let cancelled = desk.post(&format!("/v1/appointments/{other}/cancel"), &json!({}));
        let cancelled: Value = cancelled.json().unwrap();
        assert_eq!(
            (&cancelled["status"], &cancelled["version"]),
            (&json!("cancelled"), &json!(2))
        );
    }
    assert!(desk.slots("limit=1000").contains(&slots[2]));
}

#[test]
fn of_many_who_want_one_slot_at_once_one_gets_it() {
    let desk = Desk::open();
    let slot = &desk.slots("limit=1")[0];
    let outcomes: Vec<StatusCode> = std::thread::scope(|scope| {
        let racing: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| desk.book(Uuid::now_v7(), slot).status()))
            .collect();
        racing.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let winners = outcomes.iter().filter(|it| **it == StatusCode::CREATED);
    assert_eq!(winners.count(), 1, "{outcomes:?}");
    let losers = outcomes.iter().filter(|it| **it == StatusCode::CONFLICT);
    assert_eq!(losers.count(), 15, "{outcomes:?}");
}

#[test]
fn a_list_is_read_page_by_page_and_nothing_is_told_twice() {
    let desk = Desk::open();
    let slots = desk.slots("limit=5");
    let booked: HashSet<String> = slots
        .iter()
        .map(|slot| {
            let id = Uuid::now_v7();
            let name = format!("Kofi {id}");
            assert_eq!(desk.book_for(id, slot, &name).status(), StatusCode::CREATED);
            id.to_string()
        })
        .collect();
    let (mut told, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = desk.get(&format!("/v1/appointments?limit=2{cursor}"));
        let page: Value = page.json().unwrap();
        for row in page["appointments"].as_array().unwrap() {
            told.push(row["id"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(told.len(), 5);
    assert_eq!(told.into_iter().collect::<HashSet<_>>(), booked);
}

#[test]
fn what_makes_no_sense_is_refused_in_words_and_tells_nothing_of_anybody() {
    let desk = Desk::open();
    let slot = &desk.slots("limit=1")[0];
    let id = Uuid::now_v7();
    let person = json!({ "name": NAME, "phone": PHONE });
    let past = slot["practitioner"].as_str().unwrap().to_owned() + ".1000000000";
    for (body, status) in [
        (
            json!({ "id": NAME, "slot": slot["id"], "patient": person }),
            StatusCode::BAD_REQUEST,
        ),
        (
            json!({ "id": id, "slot": slot["id"], "patient": person, "x": NAME }),
            StatusCode::BAD_REQUEST,
        ),
        (
            json!({ "id": id, "slot": slot["id"], "patient": { "name": NAME, "phone": "0244" } }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({ "id": id, "slot": slot["id"], "patient": { "name": NAME, "birth_date": "9999-01-01" } }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({ "id": id, "slot": slot["id"], "patient": { "id": NAME } }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({ "id": id, "slot": past, "patient": person }),
            StatusCode::CONFLICT,
        ),
        (
            json!({ "id": id, "slot": NAME, "patient": person }),
            StatusCode::CONFLICT,
        ),
    ] {
        let answer = desk.post("/v1/appointments", &body);
        desk.problem(answer, status);
    }
    let broken = desk
        .request("POST", "/v1/appointments", &desk.key)
        .body("[".repeat(100_000));
    let broken = broken
        .header("content-type", "application/json")
        .send()
        .unwrap();
    desk.problem(broken, StatusCode::BAD_REQUEST);
    for (path, status) in [
        ("/v1/appointments/0", StatusCode::NOT_FOUND),
        ("/v1/appointments?from=2026-02-30", StatusCode::BAD_REQUEST),
        (
            "/v1/appointments?cursor=x",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("/v1/slots?limit=0", StatusCode::UNPROCESSABLE_ENTITY),
        (
            "/v1/slots?until=9999-12-31",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("/v1/slots?colour=red", StatusCode::BAD_REQUEST),
    ] {
        desk.problem(desk.get(path), status);
    }
    assert_eq!(desk.slots("practitioner=nobody").len(), 0);
    assert_eq!(desk.slots("until=2020-01-01").len(), 0);

    let central = desk.kiosk.key(&[Scope::Central]);
    for (path, status) in [
        ("/v1/practitioners", StatusCode::OK),
        ("/v1/specialties", StatusCode::OK),
        ("/v1/appointments", StatusCode::FORBIDDEN),
    ] {
        let answer = desk.request("GET", path, &central).send().unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
    let log = desk.kiosk.log();
    assert!(!log.contains("Sarpong") && !log.contains("918273"), "{log}");
}

#[test]
fn a_slot_is_kept_for_who_asked_and_given_back() {
    let desk = Desk::open();
    let slots = desk.slots("limit=2");
    let id = Uuid::now_v7();
    let hold = |id: Uuid, slot: &Value| {
        desk.post(
            "/v1/holds",
            &json!({ "appointment": id, "slot": slot["id"] }),
        )
    };
    assert_eq!(hold(id, &slots[0]).status(), StatusCode::CREATED);
    assert!(!desk.slots("limit=10").contains(&slots[0]), "it is kept");
    let other = Uuid::now_v7();
    desk.problem(hold(other, &slots[0]), StatusCode::CONFLICT);
    desk.problem(desk.book(other, &slots[0]), StatusCode::CONFLICT);

    let moved = hold(id, &slots[1]);
    assert_eq!(moved.status(), StatusCode::CREATED);
    assert!(desk.slots("limit=10").contains(&slots[0]), "one at a time");
    let booked = desk.book(id, &slots[1]);
    assert_eq!(booked.status(), StatusCode::CREATED);
    let path = format!("/v1/holds/{id}");
    let nothing = desk.request("DELETE", &path, &desk.key).send().unwrap();
    desk.problem(nothing, StatusCode::NOT_FOUND);

    assert_eq!(hold(other, &slots[0]).status(), StatusCode::CREATED);
    let path = format!("/v1/holds/{other}");
    let released = desk.request("DELETE", &path, &desk.key).send().unwrap();
    assert_eq!(released.status(), StatusCode::NO_CONTENT);
    assert!(desk.slots("limit=10").contains(&slots[0]));
}

#[test]
fn a_slot_that_a_patient_is_confirming_is_kept_until_they_leave() {
    let desk = Desk::open();
    let mut panel = desk.kiosk.panel();
    panel.send(&ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    panel.touch(Action::Book, None);
    panel.wait_for_screen(Screen::ChoosePractitioner);
    panel.touch(Action::Choose, Some("dental"));
    panel.wait_for_screen(Screen::Listening);
    panel.touch(Action::Choose, Some("soonest"));
    let offered = panel.wait_for_screen(Screen::ChooseSlot).choices;
    let chosen = json!(offered[0].id);
    panel.touch(Action::Choose, Some(&offered[0].id));
    panel.wait_for_screen(Screen::EnterPhone);
    let until = |is_free: bool| {
        let deadline = Instant::now() + PATIENCE;
        while desk.slots("limit=1000").iter().any(|it| it["id"] == chosen) != is_free {
            assert!(Instant::now() < deadline, "free: {is_free}");
        }
    };
    until(false);
    panel.send(&ClientMessage::End);
    until(true);
}

#[test]
fn who_has_not_seen_the_last_change_changes_nothing() {
    let desk = Desk::open();
    let slot = &desk.slots("limit=1")[0];
    let id = Uuid::now_v7();
    let booked = desk.book(id, slot);
    let version = booked.headers()["etag"].to_str().unwrap().to_owned();
    let path = format!("/v1/appointments/{id}/check-in");
    let seen = |version: &str| {
        let request = desk.request("POST", &path, &desk.key);
        request.header("if-match", version).send().unwrap()
    };
    desk.problem(seen("W/\"7\""), StatusCode::PRECONDITION_FAILED);
    desk.problem(seen("seven"), StatusCode::BAD_REQUEST);
    let done = seen(&version);
    assert_eq!(
        (done.status(), &done.headers()["etag"]),
        (StatusCode::OK, &"W/\"2\"".parse().unwrap())
    );
    desk.problem(seen(&version), StatusCode::PRECONDITION_FAILED);
}

#[test]
fn a_request_that_is_sent_again_is_carried_out_once() {
    let desk = Desk::open();
    let walk_in = |key: &str, practitioner: &str| {
        let request = desk.request("POST", "/v1/queue", &desk.key);
        let body = json!({ "practitioners": [practitioner] });
        let request = request.header("idempotency-key", key).json(&body);
        request.send().unwrap()
    };
    let first: Value = walk_in("a", "ama-owusu").json().unwrap();
    assert_eq!(first["number"], 1);
    let again: Value = walk_in("a", "ama-owusu").json().unwrap();
    assert_eq!(again, first);
    let another: Value = walk_in("b", "ama-owusu").json().unwrap();
    assert_eq!(another["number"], 2);
    let other_body = walk_in("a", "kwabena-asante");
    desk.problem(other_body, StatusCode::UNPROCESSABLE_ENTITY);
    let queue: Value = desk.get("/v1/queue").json().unwrap();
    assert_eq!(queue["queue"].as_array().unwrap().len(), 2);
}

#[test]
fn the_queue_is_called_finished_and_left_and_a_late_doctor_shifts_it() {
    let desk = Desk::open();
    let join = || {
        let body = json!({ "practitioners": ["ama-owusu"] });
        let ticket: Value = desk.post("/v1/queue", &body).json().unwrap();
        (
            ticket["number"].clone(),
            ticket["minutes"].as_i64().unwrap(),
        )
    };
    let late = |minutes: i64| {
        let request = desk.request("PUT", "/v1/practitioners/ama-owusu/delay", &desk.key);
        request.json(&json!({ "minutes": minutes })).send().unwrap()
    };
    assert_eq!(join(), (json!(1), 0));
    assert_eq!(join(), (json!(2), 20), "one consultation as planned");
    assert_eq!(late(15).status(), StatusCode::OK);
    assert_eq!(join(), (json!(3), 55));
    desk.problem(late(721), StatusCode::UNPROCESSABLE_ENTITY);

    let turn = |number: u32, what: &str| {
        let body = match what {
            "call" => json!({ "practitioner": "ama-owusu" }),
            _ => json!({}),
        };
        desk.post(&format!("/v1/queue/{number}/{what}"), &body)
    };
    desk.problem(turn(1, "finish"), StatusCode::CONFLICT);
    assert_eq!(turn(1, "call").status(), StatusCode::NO_CONTENT);
    assert_eq!(turn(1, "finish").status(), StatusCode::NO_CONTENT);
    assert_eq!(turn(2, "leave").status(), StatusCode::NO_CONTENT);
    desk.problem(turn(9, "call"), StatusCode::NOT_FOUND);
    let queue: Value = desk.get("/v1/queue").json().unwrap();
    let told: Vec<_> = queue["queue"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["status"].as_str().unwrap(),
                it["ahead"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("done", 0), ("left", 0), ("waiting", 0)]);
}

#[test]
fn a_patient_is_registered_found_corrected_merged_exported_and_erased() {
    let desk = Desk::open();
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    let facts = json!({ "name": NAME, "phone": PHONE, "birth_date": "1984-05-06" });
    let create = |id: Uuid| desk.post("/v1/patients", &json!({ "id": id, "facts": facts }));
    assert_eq!(create(one).status(), StatusCode::CREATED);
    assert_eq!(create(two).status(), StatusCode::CREATED);
    let find = |query: &Value| {
        let found: Value = desk.post("/v1/patients/_search", query).json().unwrap();
        found["patients"].as_array().unwrap().len()
    };
    assert_eq!(find(&json!({ "name": "sarpong", "phone": PHONE })), 2);
    assert_eq!(find(&json!({ "birth_date": "1984-05-07" })), 0);
    let anybody = desk.post("/v1/patients/_search", &json!({}));
    desk.problem(anybody, StatusCode::UNPROCESSABLE_ENTITY);

    let corrected = desk
        .request("PUT", &format!("/v1/patients/{one}"), &desk.key)
        .header("if-match", "W/\"1\"")
        .json(&json!({ "name": "Abena" }))
        .send()
        .unwrap();
    let corrected: Value = corrected.json().unwrap();
    assert_eq!(
        (&corrected["name"], &corrected["phone"]),
        (&json!("Abena"), &Value::Null)
    );

    let slot = &desk.slots("limit=1")[0];
    let id = Uuid::now_v7();
    let body = json!({ "id": id, "slot": slot["id"], "patient": { "id": two } });
    let booked = desk.post("/v1/appointments", &body);
    assert_eq!(booked.status(), StatusCode::CREATED);
    let merged = desk.post(
        &format!("/v1/patients/{two}/merge"),
        &json!({ "into": one }),
    );
    assert_eq!(merged.json::<Value>().unwrap()["id"], json!(one));
    let emptied: Value = desk.get(&format!("/v1/patients/{two}")).json().unwrap();
    assert_eq!(
        (&emptied["name"], &emptied["merged_into"]),
        (&json!(""), &json!(one))
    );
    let export: Value = desk
        .get(&format!("/v1/patients/{one}/export"))
        .json()
        .unwrap();
    assert_eq!(export["appointments"][0]["id"], json!(id));

    let erase = || desk.post(&format!("/v1/patients/{one}/erase"), &json!({}));
    desk.problem(erase(), StatusCode::CONFLICT);
    desk.post(&format!("/v1/appointments/{id}/cancel"), &json!({}));
    assert_eq!(erase().json::<Value>().unwrap()["name"], "");
    desk.problem(erase(), StatusCode::NOT_FOUND);
    let after: Value = desk.get(&format!("/v1/appointments/{id}")).json().unwrap();
    assert_eq!(after["patient"]["name"], "", "the appointment names nobody");
}

#[test]
fn staff_changes_hours_leave_and_extra_sessions_and_slots_follow() {
    let desk = Desk::open();
    let put = |path: &str, body: &Value| {
        let path = format!("/v1/practitioners/ama-owusu{path}");
        desk.request("PUT", &path, &desk.key)
            .json(body)
            .send()
            .unwrap()
    };
    let slots = || desk.slots("practitioner=ama-owusu&limit=1000");
    let before = slots().len();
    let mornings =
        json!([{ "days": ["mon", "tue"], "from": "09:00", "to": "10:00", "slot_minutes": 30 }]);
    assert_eq!(put("/hours", &mornings).status(), StatusCode::OK);
    let after = slots();
    assert!(!after.is_empty() && after.len() < before);
    let roster: Value = desk.get("/v1/roster").json().unwrap();
    let entry = &roster["practitioners"][0];
    assert_eq!(entry["id"], "ama-owusu");
    assert_eq!(entry["hours"].as_array().unwrap().len(), 2);

    let away = json!([{ "from": "2020-01-01", "to": "2099-12-31" }]);
    assert_eq!(put("/leave", &away).status(), StatusCode::OK);
    assert_eq!(slots().len(), 0);
    assert_eq!(put("/leave", &json!([])).status(), StatusCode::OK);
    assert_eq!(slots().len(), after.len());

    let day = &after[0]["start"].as_str().unwrap()[..10];
    let evening = json!([{
        "from_day": day, "to_day": day, "from": "18:00", "to": "19:00",
        "slot_minutes": 20, "buffer_minutes": 10, "capacity": 2, "visit_type": "vaccination",
    }]);
    assert_eq!(put("/extra-sessions", &evening).status(), StatusCode::OK);
    assert_eq!(slots().len(), after.len() + 2);
    let evening = slots()
        .into_iter()
        .find(|slot| slot["start"].as_str().unwrap().contains("T18:00"))
        .unwrap();
    for name in ["Kofi", "Esi"] {
        let booked = desk.book_for(Uuid::now_v7(), &evening, name);
        assert_eq!(booked.status(), StatusCode::CREATED, "two are seen at once");
    }
    let third = desk.book_for(Uuid::now_v7(), &evening, "Yaw");
    desk.problem(third, StatusCode::CONFLICT);

    let overlapping = json!([
        { "days": ["mon"], "from": "09:00", "to": "10:00", "slot_minutes": 30 },
        { "days": ["mon"], "from": "09:30", "to": "11:00", "slot_minutes": 30 },
    ]);
    desk.problem(
        put("/hours", &overlapping),
        StatusCode::UNPROCESSABLE_ENTITY,
    );
    let path = "/v1/practitioners/nobody/hours";
    let nobody = desk.request("PUT", path, &desk.key).json(&mornings);
    desk.problem(nobody.send().unwrap(), StatusCode::NOT_FOUND);
}

#[test]
fn a_call_for_staff_is_heard_at_once_and_answered() {
    let desk = Desk::open();
    assert_eq!(
        desk.get("/v1/alerts").json::<Value>().unwrap()["alerts"],
        json!([])
    );
    let alerts = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| desk.get("/v1/alerts?wait=60").json::<Value>().unwrap());
        let mut panel = desk.kiosk.panel();
        panel.send(&ClientMessage::Start);
        panel.wait_for_screen(Screen::Listening);
        panel.say("I need to talk to a person");
        waiting.join().unwrap()
    });
    let id = alerts["alerts"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/alerts/{id}/ack");
    assert_eq!(
        desk.post(&path, &json!({})).status(),
        StatusCode::NO_CONTENT
    );
    desk.problem(desk.post(&path, &json!({})), StatusCode::NOT_FOUND);
}

#[test]
fn a_call_is_posted_to_the_webhook_until_it_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let webhook = format!("http://{}/bell", listener.local_addr().unwrap());
    let desk = Desk::open_with(&[("KIOSK_ALERTS_WEBHOOK", &webhook)]);
    let mut panel = desk.kiosk.panel();
    panel.send(&ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    panel.say("I need to talk to a person");
    let take = |answer: &str| {
        let (mut caller, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut part = [0; 1_024];
            let read = caller.read(&mut part).unwrap();
            request.extend_from_slice(&part[..read]);
        }
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        caller.write_all(answer.as_bytes()).unwrap();
        let text = String::from_utf8(request).unwrap();
        serde_json::from_str::<Value>(text.split("\r\n\r\n").last().unwrap()).unwrap()
    };
    let first = take("503 Service Unavailable");
    let again = take("204 No Content");
    assert_eq!(first, again);
    assert_eq!(first["kind"], "help");
}

#[test]
fn who_asks_too_often_is_told_when_to_come_again() {
    let desk = Desk::open();
    let slow = desk.kiosk.key_with(&[Scope::Staff], 3, 1);
    let ask = |key: &str| {
        desk.request("GET", "/v1/practitioners", key)
            .send()
            .unwrap()
    };
    for _ in 0..3 {
        assert_eq!(ask(&slow).status(), StatusCode::OK);
    }
    let refused = ask(&slow);
    let seconds: u32 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=20).contains(&seconds), "{seconds}");
    desk.problem(refused, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&desk.key).status(), StatusCode::OK, "others may ask");

    let last = (0..200)
        .map(|_| ask("mhk_guess").status())
        .find(|status| *status != StatusCode::UNAUTHORIZED);
    assert_eq!(
        last,
        Some(StatusCode::TOO_MANY_REQUESTS),
        "guessing is slow"
    );
    assert_eq!(ask(&desk.key).status(), StatusCode::OK);
}

#[test]
fn every_route_is_described_and_wants_a_key() {
    let desk = Desk::open();
    let described: Value = desk.get("/v1/openapi.json").json().unwrap();
    assert_eq!(described["openapi"], "3.1.0");
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let open = [
                "/healthz",
                "/readyz",
                "/v1/audio/stream",
                "/v1/conversations",
            ];
            if open.contains(&path.as_str()) {
                continue;
            }
            let path = path.replace("{id}", "x").replace("{number}", "1");
            let path = path.replace("{appointment}", "x");
            let answer = desk.request(&method.to_uppercase(), &path, "mhk_forged");
            let status = answer.send().unwrap().status();
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
        }
    }
    let ready: Value = desk.get("/readyz").json().unwrap();
    assert_eq!(ready["ready"], true, "{ready}");
    let metrics = desk.kiosk.key(&[Scope::Metrics]);
    let text = desk.request("GET", "/metrics", &metrics).send().unwrap();
    let text = text.text().unwrap();
    assert!(text.contains("kiosk_appointments_open 0"), "{text}");
    what_is_watched_is_told(&text);
    let wrong = desk.request("PATCH", "/v1/queue", &desk.key).send();
    desk.problem(wrong.unwrap(), StatusCode::METHOD_NOT_ALLOWED);
}

/// Every figure that the dashboard and the alert rules name is one of the kiosk's.
fn what_is_watched_is_told(text: &str) {
    let told = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let kinds = told.filter_map(|it| it.split_once(' '));
    let told: BTreeSet<String> = kinds
        .flat_map(|(name, kind)| match kind {
            "histogram" => ["_bucket", "_sum", "_count"]
                .map(|part| format!("{name}{part}"))
                .to_vec(),
            _ => vec![name.to_owned()],
        })
        .collect();
    let rules = include_str!("../../docs/monitoring/alerts.yaml");
    let dashboard = include_str!("../../docs/monitoring/dashboard.json");
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    for page in [rules, dashboard] {
        let words = page.split(|letter| !is_part(letter));
        let named: BTreeSet<String> = words
            .filter(|word| word.starts_with("kiosk_"))
            .map(ToOwned::to_owned)
            .collect();
        assert!(named.len() > 10, "{named:?}");
        let unknown: Vec<&String> = named.difference(&told).collect();
        assert!(unknown.is_empty(), "{unknown:?} of {told:?}");
    }
}

/// The reception desk's program.
struct Desk {
    kiosk: Kiosk,
    port: u16,
    key: String,
}

impl Desk {
    fn open() -> Self {
        Self::open_with(&[])
    }

    fn open_with(more: &[(&str, &str)]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Free now; a kioskd that finds it taken says so.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let listen = format!("127.0.0.1:{port}");
        let settings = [
            ("KIOSK_HTTP_LISTEN", listen.as_str()),
            // Records need no models, and a kiosk without them is there at once.
            ("KIOSK_PATHS_MODELS", "/nonexistent"),
        ];
        let kiosk = Kiosk::start(&[&settings[..], more].concat());
        kiosk.import_sample_clinic();
        let key = kiosk.key_with(&[Scope::Staff], 0, 10);
        Self { kiosk, port, key }
    }

    fn request(&self, method: &str, path: &str, key: &str) -> reqwest::blocking::RequestBuilder {
        let method = method.parse().unwrap();
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        Client::new().request(method, url).bearer_auth(key)
    }

    fn get(&self, path: &str) -> Response {
        self.request("GET", path, &self.key).send().unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> Response {
        let request = self.request("POST", path, &self.key);
        request.json(body).send().unwrap()
    }

    fn slots(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/v1/slots?{query}"));
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().unwrap();
        answer["slots"].as_array().unwrap().clone()
    }

    fn book(&self, id: Uuid, slot: &Value) -> Response {
        self.book_for(id, slot, NAME)
    }

    fn book_for(&self, id: Uuid, slot: &Value, name: &str) -> Response {
        let patient = json!({ "name": name, "phone": PHONE, "birth_date": "1984-05-06" });
        let body = json!({ "id": id, "slot": slot["id"], "patient": patient });
        self.post("/v1/appointments", &body)
    }

    /// The body of a refusal; nobody's name or number is in it.
    fn problem(&self, answer: Response, status: StatusCode) -> Value {
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.status(), status);
        let text = answer.text().unwrap();
        assert!(
            !text.contains("Sarpong") && !text.contains("918273"),
            "{text}"
        );
        serde_json::from_str(&text).unwrap()
    }
}
