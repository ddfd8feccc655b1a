//! Other readings of what was transcribed. Where the recogniser hesitated between two
//! tokens, the sentence is written again with the second one, until it meets the first
//! reading. Who understands takes a name or a date from a later reading where only that
//! one makes sense. Knows no model: whoever has one tells what follows what.

/// A token that was written with less than this probability could have been another one.
const UNSURE: f32 = 0.6;
/// Places at which another reading is looked for: each costs a few runs of the decoder.
const MOST_PLACES: usize = 3;
/// What is less likely than this beside the best is no reading of anything.
const LEAST: f32 = 0.1;
/// A detour that has not met the first reading after so many tokens is another sentence.
const LONGEST_DETOUR: usize = 10;
/// How far ahead in the first reading a detour may come back.
const REJOINS_WITHIN: usize = 4;

/// A token as it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    /// As the model numbers them.
    pub id: i32,
    /// How likely it was, 0 to 1.
    pub probability: f32,
}

/// What may follow, as far as it is text or the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Follows {
    /// The likeliest.
    pub best: i32,
    /// The likeliest but one.
    pub second: i32,
    /// Its probability, 0 to 1.
    pub second_probability: f32,
}

/// What the tokens of a model mean.
pub(super) struct Marks<'a> {
    /// Stood before the first that was written.
    pub before: i32,
    /// Ends a text.
    pub end: i32,
    /// Whether a token has a letter or a figure: a comma makes no other reading.
    pub says: &'a dyn Fn(i32) -> bool,
}

/// Other readings than `written`, the likeliest first. `follows(place, token)` puts `token`
/// at `place` (0 is that of `marks.before`), forgets what stood there and behind, and tells
/// what may follow; nothing where it is not to go on.
pub(super) fn other_readings(
    written: &[Token],
    marks: &Marks<'_>,
    follows: &mut dyn FnMut(usize, i32) -> Option<Follows>,
) -> Vec<Vec<i32>> {
    let mut readings: Vec<(f32, Vec<i32>)> = Vec::new();
    // The last place first: what stands before a place stays as it was written.
    for place in unsure_places(written, marks) {
        let last = place
            .checked_sub(1)
            .map_or(marks.before, |at| written[at].id);
        let Some(after) = follows(place, last) else {
            break;
        };
        // Anything else at the first place of this run would be about another text.
        if after.best != written[place].id
            || after.second_probability < LEAST
            || !(marks.says)(after.second)
        {
            continue;
        }
        if let Some(reading) = detour(written, place, after.second, marks.end, follows) {
            readings.push((after.second_probability, reading));
        }
    }
    readings.sort_by(|one, other| other.0.total_cmp(&one.0));
    readings.into_iter().map(|(_, reading)| reading).collect()
}

fn unsure_places(written: &[Token], marks: &Marks<'_>) -> Vec<usize> {
    let mut places: Vec<usize> = (0..written.len())
        .filter(|at| written[*at].probability < UNSURE && (marks.says)(written[*at].id))
        .collect();
    places.sort_by(|one, other| {
        written[*one]
            .probability
            .total_cmp(&written[*other].probability)
    });
    places.truncate(MOST_PLACES);
    places.sort_unstable_by(|one, other| other.cmp(one));
    places
}

/// The sentence with `other` at `place`.
fn detour(
    written: &[Token],
    place: usize,
    other: i32,
    end: i32,
    follows: &mut dyn FnMut(usize, i32) -> Option<Follows>,
) -> Option<Vec<i32>> {
    let mut reading: Vec<i32> = written[..place].iter().map(|token| token.id).collect();
    reading.push(other);
    let mut last = other;
    for _ in 0..LONGEST_DETOUR {
        let next = follows(reading.len(), last)?.best;
        if next == end {
            return Some(reading);
        }
        let ahead = &written[place + 1..written.len().min(place + 1 + REJOINS_WITHIN)];
        if let Some(at) = ahead.iter().position(|token| token.id == next) {
            let rest = &written[place + 1 + at..];
            reading.extend(rest.iter().map(|token| token.id));
            return Some(reading);
        }
        reading.push(next);
        last = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const BEFORE: i32 = 100;
    const END: i32 = 99;
    const COMMA: i32 = 98;
    const MARKS: Marks<'static> = Marks {
        before: BEFORE,
        end: END,
        says: &|token| token < COMMA,
    };

    /// A model that writes 1 2 3 4 5, is torn at the third between 3 and `other`, and after
    /// `other` writes what `goes_on` says.
    fn readings(third: f32, other: (i32, f32), goes_on: &[(i32, i32)]) -> (Vec<Vec<i32>>, u32) {
        let written: Vec<Token> = (1..=5)
            .map(|id| Token {
                id,
                probability: if id == 3 { third } else { 0.95 },
            })
            .collect();
        let runs = Cell::new(0);
        let mut follows = |_: usize, token: i32| {
            runs.set(runs.get() + 1);
            let best = match token {
                BEFORE => 1,
                5 => END,
                1..5 => token + 1,
                _ => goes_on.iter().find(|it| it.0 == token)?.1,
            };
            let (second, second_probability) = if token == 2 { other } else { (0, 0.01) };
            Some(Follows {
                best,
                second,
                second_probability,
            })
        };
        let readings = other_readings(&written, &MARKS, &mut follows);
        (readings, runs.get())
    }

    #[test]
    fn what_was_written_without_doubt_has_one_reading_and_costs_nothing() {
        assert_eq!(readings(0.9, (30, 0.05), &[]), (Vec::new(), 0));
    }

    #[test]
    fn where_it_hesitated_the_second_choice_is_read_until_the_readings_meet() {
        let (found, runs) = readings(0.5, (30, 0.4), &[(30, 31), (31, 4)]);
        assert_eq!(found, [[1, 2, 30, 31, 4, 5]]);
        assert_eq!(runs, 3, "the rest is not written again");
        assert_eq!(readings(0.5, (30, 0.4), &[(30, END)]).0, [[1, 2, 30]]);
    }

    #[test]
    fn what_is_hardly_likely_or_never_comes_back_is_no_reading() {
        assert_eq!(
            readings(0.5, (30, 0.02), &[(30, 4)]).0,
            Vec::<Vec<i32>>::new()
        );
        assert_eq!(
            readings(0.5, (30, 0.4), &[(30, 30)]).0,
            Vec::<Vec<i32>>::new()
        );
        assert_eq!(readings(0.5, (END, 0.4), &[]).0, Vec::<Vec<i32>>::new());
        assert_eq!(readings(0.5, (COMMA, 0.4), &[(COMMA, 4)]), (Vec::new(), 1));
    }

    #[test]
    fn the_first_token_can_be_another_and_a_strange_run_is_not_trusted() {
        let written = [Token {
            id: 1,
            probability: 0.4,
        }];
        let torn = |best| Follows {
            best,
            second: 7,
            second_probability: 0.3,
        };
        let mut honest =
            |_: usize, token: i32| Some(if token == BEFORE { torn(1) } else { torn(END) });
        assert_eq!(other_readings(&written, &MARKS, &mut honest), [[7]]);
        let mut strange = |_: usize, _: i32| Some(torn(5));
        assert!(other_readings(&written, &MARKS, &mut strange).is_empty());
    }
}
