//! What patients say and what the kiosk makes of it: tables of own sentences.
#![allow(clippy::unwrap_used)]

use jiff::civil::date;
use kiosk_core::understanding::{
    Act, Ambiguous, Expecting, LastAct, PartOfDay, Request, SpecialtyWords, Understanding,
    is_urgent, understand,
};
use proptest::prelude::*;

/// A Monday morning.
fn request(said: &str, expecting: Option<Expecting>) -> Request {
    Request {
        now: date(2026, 3, 2).at(9, 0, 0, 0),
        hypotheses: vec![said.to_owned()],
        expecting,
        practitioners: vec![
            "Dr Ama Mensah".into(),
            "Dr Kwabena Owusu".into(),
            "Dr Chinedu Okafor".into(),
        ],
        specialties: vec![
            SpecialtyWords {
                name: "Paediatrics".into(),
                also: vec!["children's doctor".into()],
            },
            SpecialtyWords {
                name: "Dental care".into(),
                also: vec!["dentist".into()],
            },
            SpecialtyWords {
                name: "General practice".into(),
                also: vec![],
            },
        ],
        patients: vec![
            "Akosua Boateng".into(),
            "Emeka Nwosu".into(),
            "Yaw Darko".into(),
        ],
        regions: vec!["GH".into(), "NG".into()],
        ..Request::default()
    }
}

fn heard(said: &str, expecting: Option<Expecting>) -> Understanding {
    understand(&request(said, expecting))
}

#[test]
fn days_are_understood_as_people_here_say_them() {
    for (said, day) in [
        ("tomorrow", (3, 3)),
        ("next tomorrow", (3, 4)),
        ("this Friday coming", (3, 6)),
        ("Friday", (3, 6)),
        ("next week Tuesday", (3, 10)),
        ("the day after tomorrow please", (3, 4)),
        ("on the 14th of March", (3, 14)),
        ("14/3/2026", (3, 14)),
        ("in three days", (3, 5)),
        ("Wednesday in two weeks", (3, 18)),
        ("the first Tuesday in April", (4, 7)),
        ("the last Friday of this month", (3, 27)),
        ("the Monday after next Wednesday", (3, 16)),
        ("the Monday before May 25", (5, 18)),
        ("next 30th", (3, 30)),
    ] {
        assert_eq!(
            heard(said, Some(Expecting::Date)).when.date,
            Some(date(2026, day.0, day.1)),
            "{said}"
        );
    }
}

#[test]
fn a_bound_is_named_beside_what_it_bounds() {
    let by = heard("by Wednesday please", Some(Expecting::Date)).when;
    assert_eq!(
        (by.date, by.date_from, by.date_to),
        (Some(date(2026, 3, 4)), None, Some(date(2026, 3, 4)))
    );
    let within = heard("in the next three days", Some(Expecting::Date)).when;
    assert_eq!(
        (within.date_from, within.date_to),
        (None, Some(date(2026, 3, 5)))
    );
    let between = heard("from Tuesday to Thursday", Some(Expecting::Date)).when;
    assert_eq!(
        (between.date, between.date_to),
        (None, Some(date(2026, 3, 5)))
    );
}

#[test]
fn what_is_no_wish_for_a_day_or_time_is_none() {
    for said in [
        "That will be all for today, thank you.",
        "Not now.",
        "the first one",
        "I have a complaint about one transaction.",
        "When am I available on the 11th?",
        "That's everything I need today.",
    ] {
        assert_eq!(heard(said, None).when, Default::default(), "{said}");
    }
}

#[test]
fn names_are_known_by_their_spelling_where_a_booking_is_the_matter() {
    for (said, name) in [
        (
            "Please cancel the appointment for Akua Frimpong.",
            Some("Akua Frimpong"),
        ),
        (
            "My first name is Yaw and my last name is Darko",
            Some("Yaw Darko"),
        ),
        ("Emeka Nwosu has an appointment at ten", Some("Emeka Nwosu")),
        ("Book Kwabena Owusu tomorrow", None),
        ("I want to see Doctor Ama Mensah", None),
        ("I live near Kaneshie Market", None),
    ] {
        assert_eq!(heard(said, None).person_name.as_deref(), name, "{said}");
    }
}

#[test]
fn a_weekday_said_on_that_weekday_is_read_back() {
    assert!(
        heard("Monday", Some(Expecting::Date))
            .ambiguous
            .contains(&Ambiguous::Date)
    );
}

#[test]
fn times_are_understood_and_doubtful_halves_marked() {
    for (said, hour, minute, doubtful) in [
        ("3pm", 15, 0, false),
        ("half past two in the afternoon", 14, 30, false),
        ("at five", 17, 0, true),
        ("ten thirty", 10, 30, true),
        ("quarter to nine in the morning", 8, 45, false),
        ("14:15", 14, 15, false),
    ] {
        let answer = heard(said, Some(Expecting::Time));
        let time = answer.when.time.unwrap();
        assert_eq!((time.hour(), time.minute()), (hour, minute), "{said}");
        assert_eq!(
            answer.ambiguous.contains(&Ambiguous::Time),
            doubtful,
            "{said}"
        );
    }
}

#[test]
fn ranges_and_parts_of_the_day_bound_the_offers() {
    let answer = heard("between 9 and 11 tomorrow", None);
    assert_eq!(answer.when.time_from.map(|time| time.hour()), Some(9));
    assert_eq!(answer.when.time_to.map(|time| time.hour()), Some(11));
    assert_eq!(
        heard("after 3 please", None)
            .when
            .time_from
            .map(|time| time.hour()),
        Some(15)
    );
    assert_eq!(
        heard("sometime next week in the morning", None)
            .when
            .part_of_day,
        Some(PartOfDay::Morning)
    );
}

#[test]
fn several_facts_in_one_sentence_are_all_kept() {
    let answer = heard(
        "I want to book an appointment with Doctor Mensah tomorrow at 10 am",
        None,
    );
    assert!(answer.acts.contains(&Act::Book));
    assert_eq!(answer.practitioner.as_deref(), Some("Dr Ama Mensah"));
    assert_eq!(answer.when.date, Some(date(2026, 3, 3)));
    assert_eq!(answer.when.time.map(|time| time.hour()), Some(10));
}

#[test]
fn misheard_practitioners_are_still_found() {
    for (said, name) in [
        ("doctor Mensa", "Dr Ama Mensah"),
        ("I want Dr Owusuh", "Dr Kwabena Owusu"),
        ("is doctor Okafo in today", "Dr Chinedu Okafor"),
    ] {
        assert_eq!(
            heard(said, Some(Expecting::Practitioner))
                .practitioner
                .as_deref(),
            Some(name),
            "{said}"
        );
    }
}

#[test]
fn a_complaint_suggests_a_specialty() {
    assert_eq!(
        heard("my tooth dey pain me", None).specialty.as_deref(),
        Some("Dental care")
    );
    assert_eq!(
        heard("I need a paediatrician", None).specialty.as_deref(),
        Some("Paediatrics")
    );
}

#[test]
fn only_plain_words_for_yes_confirm_a_booking() {
    let confirm = |said: &str| {
        let request = Request {
            last_act: Some(LastAct::Confirm),
            ..request(said, Some(Expecting::YesNo))
        };
        understand(&request).acts.contains(&Act::Affirm)
    };
    for said in [
        "Yes.",
        "yes please",
        "Yeah, that's right",
        "na so",
        "e correct",
        "Ok, go ahead",
        "Correct",
        "sure",
        "yes, book it",
        "I confirm",
    ] {
        assert!(confirm(said), "{said}");
    }
    for said in [
        "the last one",
        "the first one",
        "Doctor Owusu",
        "Tuesday",
        "um",
        "who is that?",
        "thank you",
        "wait",
    ] {
        assert!(!confirm(said), "{said}");
    }
}

#[test]
fn pidgin_asks_for_a_doctor_too() {
    assert!(
        heard("abeg I wan see doctor", None)
            .acts
            .contains(&Act::FindPractitioner)
    );
}

#[test]
fn whoever_wants_to_speak_to_a_doctor_wants_an_appointment_and_to_a_person_staff() {
    for doctor in [
        "I want to talk to a doctor",
        "can I speak to a good eye specialist please",
        "let me speak with the dentist",
        "I would like to talk to a cardiologist",
    ] {
        let acts = heard(doctor, None).acts;
        assert!(acts.contains(&Act::FindPractitioner), "{doctor}: {acts:?}");
        assert!(!acts.contains(&Act::CallStaff), "{doctor}: {acts:?}");
    }
    for person in [
        "can I speak to a person",
        "I want to talk to a manager",
        "let me talk to a nurse",
        "could I talk to someone",
    ] {
        let acts = heard(person, None).acts;
        assert!(acts.contains(&Act::CallStaff), "{person}: {acts:?}");
        assert!(!acts.contains(&Act::FindPractitioner), "{person}: {acts:?}");
    }
}

#[test]
fn an_offer_is_accepted_or_declined() {
    let offered = |said: &str| {
        let request = Request {
            last_act: Some(LastAct::Offer),
            ..request(said, Some(Expecting::YesNo))
        };
        understand(&request).acts
    };
    assert_eq!(offered("yes please"), [Act::Affirm]);
    assert_eq!(offered("that works for me"), [Act::Affirm]);
    assert_eq!(offered("no"), [Act::Negate]);
    assert_eq!(
        offered("do you have another doctor"),
        [Act::RequestAlternatives]
    );
}

#[test]
fn phone_numbers_are_whole_and_valid_or_absent() {
    for (said, number) in [
        (
            "oh two four, one two three, four five six seven",
            Some("+233241234567"),
        ),
        (
            "zero eight oh three double two one four five six seven",
            Some("+2348032214567"),
        ),
        (
            "plus two three three two four one two three four five six seven",
            Some("+233241234567"),
        ),
        ("zero two four one two three", None),
        ("I don't have one", None),
    ] {
        assert_eq!(
            heard(said, Some(Expecting::Phone)).phone.as_deref(),
            number,
            "{said}"
        );
    }
}

#[test]
fn birth_dates_are_read_and_impossible_ones_refused() {
    for (said, born) in [
        ("the 5th of May 1985", Some(date(1985, 5, 5))),
        (
            "fourteenth February nineteen ninety two",
            Some(date(1992, 2, 14)),
        ),
        ("12 06 2001", Some(date(2001, 6, 12))),
        ("31st of February 1990", None),
        ("5th of May 2050", None),
        ("the first of January 1700", None),
    ] {
        assert_eq!(
            heard(said, Some(Expecting::DateOfBirth)).date_of_birth,
            born,
            "{said}"
        );
    }
}

#[test]
fn of_two_readings_of_a_birth_date_a_centenarians_is_the_unlikely_one() {
    let born = |readings: &[&str]| {
        let mut heard = request(readings[0], Some(Expecting::DateOfBirth));
        heard.hypotheses = readings.iter().map(|&text| text.to_owned()).collect();
        understand(&heard).date_of_birth
    };
    let (old, young) = ("2nd of March, 1919.", "2nd of March, 1990.");
    assert_eq!(born(&[old, young]), Some(date(1990, 3, 2)));
    assert_eq!(
        born(&[old]),
        Some(date(1919, 3, 2)),
        "and yet there are some"
    );
}

#[test]
fn names_are_given_and_spelled() {
    assert_eq!(
        heard("My name is Kwame Asante", None)
            .person_name
            .as_deref(),
        Some("Kwame Asante")
    );
    for said in [
        "K O F I",
        "K for Kumasi O for Osu F for Fante I for India",
        "Kilo Oscar Foxtrot India",
    ] {
        assert_eq!(
            heard(said, Some(Expecting::SpelledName))
                .person_name
                .as_deref(),
            Some("Kofi"),
            "{said}"
        );
    }
}

#[test]
fn a_patient_is_named_only_when_sure() {
    let patient = |said: &str| heard(said, Some(Expecting::PersonName)).patient;
    assert_eq!(patient("Akosua Boatang").as_deref(), Some("Akosua Boateng"));
    assert_eq!(patient("Adwoa Frimpong"), None);
}

#[test]
fn urgent_words_ring_and_stories_do_not() {
    for said in [
        "my chest dey pain me",
        "she can't breathe",
        "my child is convulsing",
        "he is bleeding heavily",
    ] {
        assert!(is_urgent(said), "{said}");
        assert!(heard(said, None).urgent, "{said}");
    }
    for said in [
        "my mother had a heart attack in 2010",
        "I want a chest x ray",
        "my father died of a stroke",
        "book the dentist",
    ] {
        assert!(!is_urgent(said), "{said}");
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(said in ".{0,300}", wanted in 0..10_usize) {
        const ASKED: [Option<Expecting>; 10] = [
            None, Some(Expecting::YesNo), Some(Expecting::Date), Some(Expecting::Time), Some(Expecting::DateTime),
            Some(Expecting::PersonName), Some(Expecting::SpelledName), Some(Expecting::DateOfBirth), Some(Expecting::Phone), Some(Expecting::Other),
        ];
        let answer = heard(&said, ASKED[wanted]);
        prop_assert!((0.0..=1.0).contains(&answer.confidence));
    }

    #[test]
    fn any_row_of_words_of_the_grammars_is_survived(
        words in prop::collection::vec(prop::sample::select(vec![
            "9999", "0", "31", "feb", "february", "next", "week", "after", "the", "in", "of", "month", "year", "5th", "99999999999",
            "friday", "half", "past", "to", ":", "-", "/", "am", "pm", "double", "triple", "oh", "sorry", "plus", "years", "thousand", "hundred",
            "minutes", "from", "now", "\u{a0}", "ẹ\u{301}", "'", "o'clock", "k", "for", "may",
        ]), 0..30),
        year in prop::sample::select(vec![-9999_i16, 0, 2026, 9999]),
        wanted in 0..3_usize,
    ) {
        let asked = [Some(Expecting::DateTime), Some(Expecting::DateOfBirth), Some(Expecting::Phone)][wanted];
        let mut request = request(&words.join(" "), asked);
        request.now = date(year, 12, 30).at(23, 59, 0, 0);
        prop_assert_eq!(understand(&request).id, "");
    }
}
