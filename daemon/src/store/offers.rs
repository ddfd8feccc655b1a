//! Free slots that were asked for a moment ago, for who asks again: the panel, the desk and
//! other programs ask much the same all day. Never older than the last write.

use super::{StoreError, StoreHandle, slots};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use kiosk_core::clinic::{FreeSlot, SlotQuery};
use rusqlite::Connection;

/// Slots that are kept, of all answers together: some 4 MB. A calendar asks for everything
/// that is free, and every minute anew.
const KEPT: usize = 20_000;

/// What was answered since the last write.
#[derive(Debug, Default)]
pub(super) struct Offers {
    written: u64,
    answers: Vec<Answer>,
}

#[derive(Debug)]
struct Answer {
    query: SlotQuery,
    /// When the next hold or lease ends, and a slot may be free again.
    good_until: Option<Timestamp>,
    slots: Vec<FreeSlot>,
}

impl Offers {
    fn find(&self, query: &SlotQuery, written: u64, now: Timestamp) -> Option<Vec<FreeSlot>> {
        if self.written != written {
            return None;
        }
        let fits =
            |it: &&Answer| it.query == *query && it.good_until.is_none_or(|until| now < until);
        Some(self.answers.iter().find(fits)?.slots.clone())
    }

    fn keep(&mut self, answer: Answer, written: u64) {
        if self.written != written {
            self.answers.clear();
            self.written = written;
        }
        self.answers.retain(|it| it.query != answer.query);
        self.answers.push(answer);
        // The newest stays whatever its size: it is what is asked again next.
        while self.answers.len() > 1 && self.slots() > KEPT {
            self.answers.remove(0);
        }
    }

    /// An empty answer takes room, too.
    fn slots(&self) -> usize {
        self.answers.iter().map(|it| it.slots.len().max(1)).sum()
    }
}

impl StoreHandle {
    /// Free slots, soonest first; `now` tells which holds have expired.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn free_slots(
        &self,
        query: SlotQuery,
        now: Timestamp,
    ) -> Result<Vec<FreeSlot>, StoreError> {
        let query = to_the_minute(query);
        let written = *self.written.borrow();
        // Nobody panics with it in hand.
        if let Ok(offers) = self.offers.lock()
            && let Some(slots) = offers.find(&query, written, now)
        {
            return Ok(slots);
        }
        let (answer, written) = self
            .ask(move |connection| {
                let answer = Answer {
                    slots: slots::free(connection, &query, now)?,
                    good_until: next_end(connection, now)?,
                    query,
                };
                Ok((answer, connection.total_changes()))
            })
            .await?;
        let slots = answer.slots.clone();
        if let Ok(mut offers) = self.offers.lock() {
            offers.keep(answer, written);
        }
        Ok(slots)
    }
}

/// Slots begin on whole minutes, so that this asks the same, and within a minute everybody
/// who asks from now on asks alike.
fn to_the_minute(query: SlotQuery) -> SlotQuery {
    let up = |at: Timestamp| {
        let minute = TimestampRound::new()
            .smallest(Unit::Minute)
            .mode(RoundMode::Ceil);
        at.round(minute).unwrap_or(at)
    };
    SlotQuery {
        from: up(query.from),
        until: up(query.until),
        ..query
    }
}

fn next_end(connection: &Connection, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = connection
        .prepare_cached(
            "SELECT min(ends) FROM (SELECT min(expires_at) AS ends FROM holds WHERE expires_at > ?1
                                    UNION ALL
                                    SELECT min(until) FROM leased_to_others WHERE until > ?1)",
        )?
        .query_row([now.as_second()], |row| row.get(0))?;
    next.map(slots::instant).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiosk_core::clinic::{PractitionerId, SlotId};

    #[test]
    fn what_is_kept_does_not_grow_with_the_questions() {
        let at = |minute: i64| Timestamp::from_second(60 * minute).unwrap();
        let slot = |number: usize| FreeSlot {
            id: SlotId(format!("doctor.{number}")),
            practitioner: PractitionerId("doctor".to_owned()),
            start: at(0),
            end: at(20),
        };
        let query = |minute| SlotQuery {
            practitioners: Vec::new(),
            from: at(minute),
            until: at(100_000),
            time_of_day: None,
            limit: KEPT,
        };
        let mut offers = Offers::default();
        for minute in 0..60 {
            let answer = Answer {
                query: query(minute),
                good_until: None,
                slots: (0..KEPT / 4).map(slot).collect(),
            };
            offers.keep(answer, 0);
        }
        assert_eq!(offers.slots(), KEPT);
        assert!(offers.find(&query(59), 0, at(59)).is_some());
        assert!(offers.find(&query(0), 0, at(59)).is_none());
    }
}
