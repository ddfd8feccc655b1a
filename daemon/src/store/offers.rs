//! Free slots that were asked for a moment ago, for who asks again: the panel, the desk and
//! other programs ask much the same all day. Never older than the last write.

use super::{StoreError, StoreHandle, slots};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use kiosk_core::clinic::{FreeSlot, SlotQuery};
use rusqlite::Connection;

/// Different questions that are kept; the oldest goes.
const KEPT: usize = 64;

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
        if self.answers.len() >= KEPT {
            self.answers.remove(0);
        }
        self.answers.push(answer);
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
