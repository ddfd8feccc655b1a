//! Slots that one kiosk of the clinic has to itself for some hours, so that it can book them
//! offline with certainty. The central server says who has which; triggers of the schema keep
//! all others off them.

use super::slots;
use super::{StoreError, StoreHandle};
use jiff::{SignedDuration, Timestamp};
use kiosk_core::clinic::{PractitionerId, SlotQuery};
use rusqlite::{Connection, OptionalExtension};

/// Kiosks' clocks differ by less: a lease of ours is over so much earlier for us.
const EARLY: SignedDuration = SignedDuration::from_mins(15);

/// So far ahead slots are leased; who plans further can wait for the network.
const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How many slots are kept, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leasing {
    /// The next free ones of each practitioner.
    pub each: usize,
    /// From now on.
    pub lasts: SignedDuration,
}

/// What should change with a slot on the central server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseWish {
    /// The slot.
    pub slot: String,
    /// Until when it is wanted; `None`: it is given back.
    pub until: Option<Timestamp>,
}

impl StoreHandle {
    /// Notes what this kiosk is called among those of its clinic; `None`: it stands alone,
    /// and what it books needs nobody's confirmation.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn note_kiosk(&self, kiosk: Option<String>) -> Result<(), StoreError> {
        self.ask(move |connection| {
            connection.execute(
                "UPDATE sync_state SET kiosk = ?1 WHERE kiosk IS NOT ?1",
                [kiosk],
            )?;
            Ok(())
        })
        .await
    }

    /// Which leases of a practitioner's slots are to be taken, renewed or given back.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn leases_due(
        &self,
        practitioner: PractitionerId,
        leasing: Leasing,
        now: Timestamp,
    ) -> Result<Vec<LeaseWish>, StoreError> {
        self.ask(move |connection| due(connection, practitioner, leasing, now))
            .await
    }
}

fn due(
    connection: &Connection,
    practitioner: PractitionerId,
    leasing: Leasing,
    now: Timestamp,
) -> Result<Vec<LeaseWish>, StoreError> {
    let next = SlotQuery {
        practitioners: vec![practitioner.clone()],
        from: now,
        until: later(now, AHEAD),
        time_of_day: None,
        limit: leasing.each,
    };
    let next = slots::free(connection, &next, now)?;
    let mut held = connection.prepare_cached(
        "SELECT until FROM slot_leases
         WHERE slot = ?1 AND kiosk = (SELECT kiosk FROM sync_state)",
    )?;
    // Renewed in the second half of its time: an outage finds at least that half left.
    let renewed_before = later(now, leasing.lasts / 2).as_second();
    let mut wishes = Vec::new();
    for slot in &next {
        let until: Option<i64> = held.query_row([&slot.id.0], |row| row.get(0)).optional()?;
        if until.is_none_or(|until| until < renewed_before) {
            wishes.push(LeaseWish {
                slot: slot.id.0.clone(),
                until: Some(later(now, leasing.lasts)),
            });
        }
    }
    let mut held = connection.prepare_cached(
        "SELECT slot FROM slot_leases JOIN slots ON slots.id = slot_leases.slot
         WHERE slots.practitioner = ?1 AND until > ?2
           AND kiosk = (SELECT kiosk FROM sync_state)
           AND NOT EXISTS (SELECT 1 FROM appointments
                           WHERE appointments.slot = slots.id AND blocking = 1)",
    )?;
    let rows = held.query_map((&practitioner.0, now.as_second()), |row| {
        row.get::<_, String>(0)
    })?;
    for slot in rows {
        let slot = slot?;
        if next.iter().all(|wanted| wanted.id.0 != slot) {
            wishes.push(LeaseWish { slot, until: None });
        }
    }
    Ok(wishes)
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Notes who has `slot`; nobody where `lease` is `None`.
pub(super) fn write(
    connection: &Connection,
    slot: &str,
    lease: Option<(&str, Timestamp)>,
) -> Result<(), StoreError> {
    match lease {
        Some((kiosk, until)) => connection
            .prepare_cached(
                "INSERT INTO slot_leases (slot, kiosk, until) VALUES (?1, ?2, ?3)
                 ON CONFLICT (slot) DO UPDATE SET kiosk = excluded.kiosk, until = excluded.until",
            )?
            .execute((slot, kiosk, until.as_second()))?,
        None => connection
            .prepare_cached("DELETE FROM slot_leases WHERE slot = ?1")?
            .execute([slot])?,
    };
    Ok(())
}

/// Whether a booking on `slot` may collide with one that this kiosk can't know of: the
/// central server was not reached the last time, and the slot is not leased.
pub(super) fn is_to_confirm(
    connection: &Connection,
    slot: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT kiosk IS NOT NULL AND (problem IS NOT NULL OR last_success_at IS NULL)
                AND NOT EXISTS (SELECT 1 FROM slot_leases AS lease
                                WHERE slot = ?1 AND lease.kiosk = sync_state.kiosk AND until > ?2)
             FROM sync_state",
        )?
        .query_row((slot, later(now, EARLY).as_second()), |row| row.get(0))?)
}
