use super::*;
use jiff::civil::{date, time};
use kiosk_core::clinic::roster_file::{Day, Leave, WeeklyHours};
use kiosk_core::clinic::{PrivateDate, Specialty, SpecialtyId};
use kiosk_protocol::Private;
use serde_json::json;

fn site() -> Site {
    Site {
        clinic: "ridge-road".to_owned(),
        zone: TimeZone::get("Africa/Lagos").unwrap(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn booked() -> AppointmentRecord {
    AppointmentRecord {
        id: "0198a000-0000-7000-8000-000000000001".to_owned(),
        code: "C7XM".to_owned(),
        status: "booked".to_owned(),
        slot: Some("ama-owusu.1795507200".to_owned()),
        practitioner: "ama-owusu".to_owned(),
        patient: "p1".to_owned(),
        starts: at("2026-11-24T08:00:00Z"),
        ends: at("2026-11-24T08:20:00Z"),
        conflict: false,
        created: at("2026-11-23T06:00:00Z"),
        version: Version {
            number: 3,
            at: at("2026-11-23T07:00:00Z"),
        },
    }
}

fn patient_named(name: Option<&str>) -> PatientRecord {
    PatientRecord {
        id: "p1".to_owned(),
        name: name.map(Private::from),
        phone: name.map(|_| Private::from("+233244000001")),
        birth_date: name.map(|_| PrivateDate(date(1990, 3, 2))),
        merged_into: None,
        version: booked().version,
    }
}

#[test]
fn an_appointment_comes_back_as_it_went_with_the_clinic_s_offset() {
    let resource = appointment(&site(), &booked());
    assert_eq!(resource["start"], "2026-11-24T09:00:00+01:00", "{resource}");
    assert_eq!(resource["minutesDuration"], 20);
    assert_eq!(resource["meta"]["versionId"], "3");
    let facts = appointment_facts(&resource).unwrap();
    assert_eq!(
        facts,
        AppointmentFacts {
            status: "booked".to_owned(),
            patient: "p1".to_owned(),
            practitioner: "ama-owusu".to_owned(),
            starts: booked().starts,
            ends: booked().ends,
        }
    );
    let own = site().own_id(Kind::Appointment, &resource);
    assert_eq!(own, Some(booked().id));
}

#[test]
fn a_checked_in_patient_has_not_arrived_and_a_collision_is_marked() {
    for status in ["checked-in", "arrived", "noshow", "entered-in-error"] {
        let mut record = booked();
        record.status = status.to_owned();
        assert_eq!(appointment(&site(), &record)["status"], status);
    }
    let mut record = booked();
    record.conflict = true;
    let resource = appointment(&site(), &record);
    assert_eq!(resource["extension"][0]["valueBoolean"], true);
    assert_eq!(resource["participant"][1]["status"], "needs-action");
}

#[test]
fn an_appointment_that_makes_no_sense_is_refused_and_its_values_are_not_told() {
    let good = appointment(&site(), &booked());
    for (element, value) in [
        ("status", json!("Ama Mensah")),
        ("status", json!(null)),
        ("start", json!("yesterday")),
        ("start", json!("0000-01-01T00:00:00Z")),
        ("end", json!("2026-11-24T09:00:00+01:00")),
        ("end", json!("9999-12-31T23:59:59Z")),
        ("participant", json!([])),
        ("participant", json!({ "actor": "Ama Mensah" })),
    ] {
        let mut bad = good.clone();
        bad[element] = value.clone();
        let words = appointment_facts(&bad).expect_err(element).to_string();
        assert!(!words.contains("Mensah"), "{words}");
    }
}

#[test]
fn a_single_name_stays_one_and_a_split_one_is_put_together() {
    let single = patient(&site(), &patient_named(Some("Akosua")));
    assert_eq!(single["name"], json!([{ "text": "Akosua" }]));
    for (name, whole) in [
        (json!([{ "text": "Ama  O'Brien 😀" }]), "Ama  O'Brien 😀"),
        (
            json!([{ "given": ["Kofi", "Yaw"], "family": "Boateng" }]),
            "Kofi Yaw Boateng",
        ),
        (
            json!([{ "use": "old", "text": "Before" }, { "family": "عبد الله" }]),
            "عبد الله",
        ),
    ] {
        let read = patient_facts(&json!({ "name": name })).unwrap();
        assert_eq!(read.name.expose(), whole);
    }
    assert!(patient_facts(&json!({ "name": [{ "text": "  " }] })).is_err());
}

#[test]
fn only_an_e164_number_is_taken() {
    for (value, number) in [
        ("+233 24 400-0001", Some("+233244000001")),
        ("+44 (20) 7946 0000", Some("+442079460000")),
        ("0244000001", None),
        ("call my sister", None),
        ("+0", None),
    ] {
        let resource = json!({
            "name": [{ "text": "x" }], "telecom": [{ "system": "phone", "value": value }],
        });
        let phone = patient_facts(&resource).unwrap().phone;
        assert_eq!(phone.as_ref().map(Private::expose), number);
    }
}

#[test]
fn hours_leave_and_specialties_come_back_as_they_went() {
    let record = RoleRecord {
        practitioner: "ama-owusu".to_owned(),
        active: true,
        specialties: vec![Specialty {
            id: SpecialtyId("dental".to_owned()),
            name: "Dental care".to_owned(),
            also: Vec::new(),
            sensitive: false,
        }],
        hours: vec![WeeklyHours {
            days: vec![Day::Mon, Day::Sun],
            from: time(8, 30, 0, 0),
            to: time(12, 30, 0, 0),
            slot_minutes: 15,
            buffer_minutes: 5,
            capacity: 3,
            visit_type: Some("vaccination".to_owned()),
        }],
        leave: vec![Leave {
            from: date(2026, 12, 24),
            to: date(2026, 12, 26),
            reason: "an operation".to_owned(),
        }],
    };
    let resource = practitioner_role(&site(), &record);
    assert!(!resource.to_string().contains("operation"), "{resource}");
    let facts = role_facts(&resource).unwrap();
    assert_eq!(facts.practitioner, "ama-owusu");
    assert_eq!(facts.hours.as_ref(), Some(&record.hours));
    assert_eq!(facts.specialties[0].0, "dental");
    assert_eq!(
        (facts.leave[0].from, facts.leave[0].to),
        (date(2026, 12, 24), date(2026, 12, 26))
    );
    for (element, value) in [
        (
            "availableTime",
            json!([{ "daysOfWeek": ["someday"], "availableStartTime": "08:00:00", "availableEndTime": "09:00:00" }]),
        ),
        (
            "availableTime",
            json!([{ "daysOfWeek": ["mon"], "availableStartTime": "25:00", "availableEndTime": "09:00:00" }]),
        ),
        (
            "notAvailable",
            json!([{ "during": { "start": "2026-12-26", "end": "2026-12-24" } }]),
        ),
        ("practitioner", json!({ "reference": "Patient/1" })),
    ] {
        let mut bad = resource.clone();
        bad[element] = value;
        assert!(role_facts(&bad).is_err(), "{bad}");
    }
}

#[test]
fn what_the_kiosk_does_not_know_goes_back_as_it_came() {
    let there = json!({
        "resourceType": "Appointment",
        "id": "central-7",
        "meta": { "versionId": "4", "profile": ["urn:x"], "tag": [{ "system": "urn:t", "code": "a" }] },
        "identifier": [
            { "system": "urn:other", "value": "9" },
            { "system": Kind::Appointment.system(), "value": booked().id },
        ],
        "status": "booked",
        "serviceType": [{ "coding": [{ "system": "urn:s", "code": "never-seen" }] }],
        "extension": [{ "url": "urn:unknown", "valueString": "kept" }, { "url": CONFLICT, "valueBoolean": true }],
        "participant": [
            { "actor": { "reference": "Location/3" }, "status": "accepted" },
            { "actor": { "reference": "Patient/old" }, "status": "accepted" },
        ],
        "comment": "bring the card",
    });
    let merged = over(&there, &appointment(&site(), &booked()));
    assert_eq!(merged["id"], "central-7");
    assert_eq!(merged["serviceType"], there["serviceType"]);
    assert_eq!(merged["comment"], "bring the card");
    assert_eq!(merged["meta"]["profile"], json!(["urn:x"]));
    assert_eq!(list(&merged["meta"]["tag"]).len(), 2);
    assert_eq!(
        merged["extension"],
        json!([{ "url": "urn:unknown", "valueString": "kept" }])
    );
    assert_eq!(identifier_in(&merged, "urn:other"), Some("9"));
    let actors: Vec<&str> = list(&merged["participant"])
        .iter()
        .filter_map(|it| it["actor"]["reference"].as_str())
        .collect();
    assert_eq!(
        actors,
        ["Patient/p1", "Practitioner/ama-owusu", "Location/3"]
    );
    // Once more changes nothing.
    assert_eq!(over(&merged, &appointment(&site(), &booked())), merged);
}

#[test]
fn an_erased_patient_leaves_no_name_number_or_birth_date_there() {
    let there = json!({
        "resourceType": "Patient", "id": "7", "gender": "female",
        "name": [{ "family": "Mensah", "given": ["Ama"] }], "birthDate": "1990-03-02",
        "telecom": [{ "system": "phone", "value": "+233244000001" }, { "system": "email", "value": "x@example" }],
    });
    let kept = over(
        &there,
        &patient(&site(), &patient_named(Some("Ama Mensah"))),
    );
    assert_eq!(
        kept["name"], there["name"],
        "who splits a name knows more about it"
    );
    let erased = over(&there, &patient(&site(), &patient_named(None)));
    assert!(
        erased.get("name").is_none() && erased.get("birthDate").is_none(),
        "{erased}"
    );
    assert_eq!(erased["active"], false);
    assert!(!erased.to_string().contains("244000001"), "{erased}");
}

#[test]
fn references_are_read_in_every_form_and_rewritten_wherever_they_stand() {
    for text in [
        "Patient/7",
        "https://there/r4/Patient/7",
        "Patient/7/_history/2",
    ] {
        assert_eq!(
            reference_in(&json!({ "reference": text })),
            Some((Kind::Patient, "7"))
        );
    }
    for text in ["", "7", "urn:uuid:0198a000", "Organization/7", "Patient/"] {
        assert_eq!(reference_in(&json!({ "reference": text })), None, "{text}");
    }
    let mut resource = appointment(&site(), &booked());
    rewrite_references(&mut resource, &|it| {
        (it == "Patient/p1").then(|| "Patient/99".to_owned())
    });
    assert_eq!(
        resource["participant"][0]["actor"]["reference"],
        "Patient/99"
    );
    assert_eq!(
        resource["participant"][1]["actor"]["reference"],
        "Practitioner/ama-owusu"
    );
}

#[test]
fn a_lease_is_read_where_the_slot_is_kept_for_a_kiosk() {
    let lease = Lease {
        kiosk: "lobby-1".to_owned(),
        until: at("2026-11-24T00:00:00Z"),
    };
    let mut resource = slot(
        &site(),
        &SlotRecord {
            id: "ama-owusu.1".to_owned(),
            practitioner: "ama-owusu".to_owned(),
            starts: booked().starts,
            ends: booked().ends,
            state: SlotState::Leased(lease.clone()),
            visit_type: Some("vaccination".to_owned()),
        },
    );
    assert_eq!(resource["status"], "busy-tentative");
    assert_eq!(resource["appointmentType"]["text"], "vaccination");
    assert_eq!(slot_facts(&resource).unwrap().lease, Some(lease));
    resource["status"] = "free".into();
    assert_eq!(slot_facts(&resource).unwrap().lease, None);
}
