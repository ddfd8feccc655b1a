use super::*;

#[test]
fn a_sentence_ends_after_the_pause_that_its_question_allows() {
    for (expecting, pause_ms) in [
        (Some(Expecting::YesNo), 500),
        (Some(Expecting::PersonName), 750),
        (Some(Expecting::Date), 800),
        (Some(Expecting::Other), 1200),
        (Some(Expecting::Phone), 1300),
        (None, 1300),
    ] {
        let mut endpointer = Endpointer::new();
        endpointer.expect(expecting);
        let found = run(&mut endpointer, &[(20, 0.0), (30, 0.9), (60, 0.0)]);
        let [Endpoint::Began { first: 20 }, Endpoint::Ended(span)] = found[..] else {
            panic!("{expecting:?}: {found:?}");
        };
        assert_eq!((span.first, span.last), (20, 49), "{expecting:?}");
        assert_eq!(span.speech_frames, 30);
        assert_eq!(span.why, WhyEnded::Pause);
        let waited = (span.decided - span.last) * FRAME_MS;
        assert!(
            (pause_ms - FRAME_MS..=pause_ms).contains(&waited),
            "{expecting:?} waited {waited} ms"
        );
    }
}

#[test]
fn what_is_not_speech_begins_nothing() {
    for (what, frames) in [
        ("silence", &[(400_u32, 0.0_f32)][..]),
        ("murmur below the threshold", &[(400, 0.39)][..]),
        ("a click", &[(50, 0.0), (3, 0.95), (50, 0.0)][..]),
        (
            "clicks far apart",
            &[(2, 0.9), (6, 0.1), (2, 0.9), (6, 0.1), (2, 0.9), (6, 0.1)][..],
        ),
        ("nonsense from the model", &[(100, f32::NAN)][..]),
    ] {
        assert_eq!(run(&mut Endpointer::new(), frames), [], "{what}");
    }
}

#[test]
fn a_click_stirs_and_settles_and_a_voice_stirs_before_it_is_believed() {
    let told = |frames: &[(u32, f32)]| -> Vec<Endpoint> {
        let mut endpointer = Endpointer::new();
        frames
            .iter()
            .flat_map(|&(count, probability)| std::iter::repeat_n(probability, count as usize))
            .filter_map(|probability| endpointer.push(probability))
            .collect()
    };
    assert_eq!(
        told(&[(50, 0.0), (3, 0.95), (50, 0.0)]),
        [Endpoint::Stirred, Endpoint::Settled]
    );
    assert_eq!(
        told(&[(50, 0.0), (1, 0.3), (50, 0.0)]),
        [Endpoint::Stirred, Endpoint::Settled],
        "a patient through the kiosk's voice is faint at first"
    );
    assert_eq!(told(&[(50, 0.2)]), [], "a fan");
    assert_eq!(
        told(&[(50, 0.0), (5, 0.95)]),
        [Endpoint::Stirred, Endpoint::Began { first: 50 }]
    );
    assert_eq!(
        told(&[(50, 0.0), (2, 0.3), (5, 0.95)]),
        [Endpoint::Stirred, Endpoint::Began { first: 52 }],
        "they began where it was plain"
    );
}

#[test]
fn a_short_no_is_an_utterance() {
    let found = run(&mut Endpointer::new(), &[(10, 0.0), (5, 0.8), (60, 0.0)]);
    assert!(
        matches!(found[..], [Endpoint::Began { first: 10 }, Endpoint::Ended(span)] if span.speech_frames == 5),
        "{found:?}"
    );
}

#[test]
fn a_pause_inside_a_phone_number_does_not_end_it_but_ends_a_yes() {
    // 1.0 s of pause between two groups of digits.
    let spoken = [(5, 0.0), (30, 0.9), (31, 0.0), (30, 0.9), (60, 0.0)];
    let mut phone = Endpointer::new();
    phone.expect(Some(Expecting::Phone));
    assert_eq!(ended(&run(&mut phone, &spoken)), 1);
    let mut yes = Endpointer::new();
    yes.expect(Some(Expecting::YesNo));
    assert_eq!(ended(&run(&mut yes, &spoken)), 2);
}

#[test]
fn a_fading_voice_is_still_the_same_voice() {
    // Between the two thresholds: not enough to begin, enough to go on.
    let found = run(&mut Endpointer::new(), &[(20, 0.9), (60, 0.3), (50, 0.1)]);
    assert!(
        matches!(found[1], Endpoint::Ended(span) if span.last == 79),
        "{found:?}"
    );
}

#[test]
fn endless_noise_is_cut_and_then_ignored_until_it_stops() {
    let mut endpointer = Endpointer::new();
    let minute = 60_000 / FRAME_MS as u32;
    let found = run(&mut endpointer, &[(minute, 0.9)]);
    let [Endpoint::Began { .. }, Endpoint::Ended(span)] = found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(span.why, WhyEnded::TooLong);
    assert!((span.decided - span.first) * FRAME_MS <= 25_000);
    let after = run(&mut endpointer, &[(20, 0.0), (20, 0.9), (60, 0.0)]);
    assert_eq!(ended(&after), 1, "speech after the noise is heard again");
}

#[test]
fn who_speaks_for_a_minute_is_cut_where_they_breathe_and_nothing_is_lost() {
    let mut endpointer = Endpointer::new();
    // Sentences of 6 s with breaths of 160 ms between them.
    let sentence = 6_000 / FRAME_MS as u32;
    let mut frames = Vec::new();
    for _ in 0..10 {
        frames.extend([(sentence, 0.9), (5, 0.05)]);
    }
    frames.push((60, 0.0));
    let found = run(&mut endpointer, &frames);
    let spans: Vec<SpeechSpan> = found
        .iter()
        .filter_map(|endpoint| match endpoint {
            Endpoint::Ended(span) => Some(*span),
            Endpoint::Began { .. }
            | Endpoint::Stirred
            | Endpoint::Settled
            | Endpoint::Paused(_) => None,
        })
        .collect();
    assert_eq!(spans.len(), 3, "{spans:?}");
    let all: u32 = spans.iter().map(|span| span.speech_frames).sum();
    assert_eq!(all, 10 * sentence, "every speech frame is in one of them");
    for pair in spans.windows(2) {
        assert_eq!(pair[1].first - pair[0].last, 6, "cut at a breath: {pair:?}");
    }
    assert!(
        spans
            .iter()
            .all(|span| (span.last - span.first) * FRAME_MS <= 25_000)
    );
}

#[test]
fn a_whole_answer_ends_the_turn_in_its_first_pause() {
    let mut endpointer = Endpointer::new();
    endpointer.expect(Some(Expecting::Phone));
    let push = |endpointer: &mut Endpointer, frames: u32, probability| {
        (0..frames).find_map(|_| match endpointer.push(probability) {
            Some(Endpoint::Paused(span)) => Some(span),
            Some(
                Endpoint::Began { .. } | Endpoint::Stirred | Endpoint::Settled | Endpoint::Ended(_),
            )
            | None => None,
        })
    };
    assert_eq!(push(&mut endpointer, 30, 0.9), None);
    let paused = push(&mut endpointer, 12, 0.0).expect("a pause to look at");
    assert_eq!((paused.first, paused.last), (0, 29));
    let ended = endpointer.answered(paused.last);
    assert!(
        matches!(ended, Some(Endpoint::Ended(span)) if span.last == 29 && span.why == WhyEnded::Answered),
        "{ended:?}"
    );
    assert_eq!(endpointer.answered(paused.last), None, "only once");
}

#[test]
fn an_answer_that_went_on_is_not_ended() {
    let mut endpointer = Endpointer::new();
    run(&mut endpointer, &[(30, 0.9), (12, 0.0), (5, 0.9), (2, 0.0)]);
    assert_eq!(endpointer.answered(29), None);
    assert!(endpointer.is_speaking());
}

#[test]
fn what_is_plainly_unfinished_may_pause_longer_until_something_follows() {
    let mut endpointer = Endpointer::new();
    endpointer.expect(Some(Expecting::YesNo));
    run(&mut endpointer, &[(30, 0.9), (8, 0.0)]);
    endpointer.unfinished(29);
    assert_eq!(ended(&run(&mut endpointer, &[(60, 0.0)])), 0);
    assert_eq!(ended(&run(&mut endpointer, &[(10, 0.9), (16, 0.0)])), 1);
    let mut never = Endpointer::new();
    run(&mut never, &[(30, 0.9), (8, 0.0)]);
    never.unfinished(29);
    assert_eq!(ended(&run(&mut never, &[(80, 0.0)])), 1, "not for ever");
}

#[test]
fn what_can_be_answered_need_not_be_waited_for_long_unless_more_is_said() {
    let mut endpointer = Endpointer::new();
    endpointer.expect(Some(Expecting::Other));
    run(&mut endpointer, &[(30, 0.9), (8, 0.0)]);
    endpointer.enough(29);
    let found = run(&mut endpointer, &[(10, 0.0)]);
    let Some(Endpoint::Ended(span)) = found.first() else {
        panic!("{found:?}");
    };
    assert!((500..=600).contains(&((span.decided - span.last) * FRAME_MS)));
    // Who goes on is given the usual time again, and a yes is no later for it.
    run(&mut endpointer, &[(30, 0.9), (8, 0.0)]);
    endpointer.enough(20);
    assert_eq!(ended(&run(&mut endpointer, &[(20, 0.0)])), 0);
    let mut yes = Endpointer::new();
    yes.expect(Some(Expecting::YesNo));
    run(&mut yes, &[(30, 0.9), (8, 0.0)]);
    yes.enough(29);
    let found = run(&mut yes, &[(8, 0.0)]);
    assert_eq!(ended(&found), 1);
}

#[test]
fn the_end_of_the_sound_ends_what_is_under_way_and_nothing_else() {
    let mut endpointer = Endpointer::new();
    assert_eq!(endpointer.finish(), None);
    run(&mut endpointer, &[(2, 0.9)]);
    assert_eq!(endpointer.finish(), None, "two frames are no speech");
    run(&mut endpointer, &[(10, 0.9)]);
    assert!(endpointer.is_speaking());
    assert!(matches!(
        endpointer.finish(),
        Some(Endpoint::Ended(SpeechSpan {
            first: 2,
            last: 11,
            decided: 11,
            why: WhyEnded::SoundEnded,
            ..
        }))
    ));
    assert_eq!(endpointer.finish(), None);
}

#[test]
fn a_reset_forgets_the_utterance_but_not_the_time() {
    let mut endpointer = Endpointer::new();
    run(&mut endpointer, &[(20, 0.9)]);
    assert_eq!(endpointer.reset(), Some(Endpoint::Settled));
    let found = run(&mut endpointer, &[(60, 0.0), (10, 0.9)]);
    assert_eq!(found, [Endpoint::Began { first: 80 }]);
}

#[test]
fn who_was_told_of_a_voice_is_told_that_it_came_to_nothing() {
    let mut endpointer = Endpointer::new();
    assert_eq!(endpointer.reset(), None, "nobody was told of anything");
    assert_eq!(endpointer.push(0.9), Some(Endpoint::Stirred));
    assert_eq!(endpointer.reset(), Some(Endpoint::Settled));
}

fn run(endpointer: &mut Endpointer, frames: &[(u32, f32)]) -> Vec<Endpoint> {
    frames
        .iter()
        .flat_map(|&(count, probability)| std::iter::repeat_n(probability, count as usize))
        .filter_map(|probability| endpointer.push(probability))
        .filter(|endpoint| matches!(endpoint, Endpoint::Began { .. } | Endpoint::Ended(_)))
        .collect()
}

fn ended(found: &[Endpoint]) -> usize {
    found
        .iter()
        .filter(|endpoint| matches!(endpoint, Endpoint::Ended(_)))
        .count()
}
