//! How long one utterance takes, without any input or output.
//!
//! Criterion reports the spread; before it, the 99th of 100 single calls
//! is printed (the promise is a millisecond).
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::{hint::black_box, time::Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use kiosk_core::understanding::{Expecting, LastAct, Request, understand};

fn requests() -> Vec<Request> {
    let names: Vec<String> = (0..20).map(|at| format!("Dr Ama{at} Mensah{at}")).collect();
    let asked = |said: &str, expecting| Request {
        now: jiff::civil::date(2026, 3, 2).at(9, 0, 0, 0),
        hypotheses: vec![said.to_owned(); 5],
        expecting,
        last_act: Some(LastAct::Ask),
        practitioners: names.clone(),
        patients: names.clone(),
        regions: vec!["GH".into(), "NG".into()],
        ..Request::default()
    };
    // As many as the records give for one birth date that hundreds share.
    let crowd = |said: &str| Request {
        patients: (0..100)
            .map(|at| format!("Ama{} Owusu{at}", at % 40))
            .collect(),
        ..asked(said, Some(Expecting::PersonName))
    };
    vec![
        crowd("my name is Ama Owusu Mensah"),
        asked(
            "I would like to book an appointment with doctor Mensah next tomorrow at half past ten in the morning",
            None,
        ),
        asked(
            "abeg I wan see doctor, my belle dey pain me since yesterday",
            None,
        ),
        asked(
            "no, the week after, in the afternoon please",
            Some(Expecting::DateTime),
        ),
        asked(
            "my name is Kwabena Owusu Ansah",
            Some(Expecting::PersonName),
        ),
        asked(
            "K for Kumasi O for Osu F for Fante I for India",
            Some(Expecting::SpelledName),
        ),
        asked(
            "the fourteenth of February nineteen ninety two",
            Some(Expecting::DateOfBirth),
        ),
        asked(
            "oh two four, double five one, two three four five",
            Some(Expecting::Phone),
        ),
    ]
}

fn bench(criterion: &mut Criterion) {
    let requests = requests();
    let mut micros: Vec<u128> = (0..2000)
        .flat_map(|_| &requests)
        .map(|request| {
            let begin = Instant::now();
            black_box(understand(black_box(request)));
            begin.elapsed().as_micros()
        })
        .collect();
    micros.sort_unstable();
    let p99 = micros[micros.len() * 99 / 100];
    println!("P99 of {} calls: {p99} µs", micros.len());
    criterion.bench_function("understand seven utterances", |bencher| {
        bencher.iter(|| {
            requests
                .iter()
                .map(|request| understand(black_box(request)).acts.len())
                .sum::<usize>()
        });
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
