//! Bookings: each in a savepoint of its own, all that wait together in one transaction,
//! so that many are made durable by one write to disk and a losing one undoes nothing.

use super::room::{Keeper, Room};
use super::worker::Written;
use super::{Stamp, StoreError, leases, patients, ring_backs};
use jiff::Timestamp;
use kiosk_core::clinic::{Booking, BookingOutcome, Patient, PatientId};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use tokio::sync::oneshot;

/// Letters and digits of a ticket's code: none that looks or sounds like another, no
/// vowels, so no words.
pub const CODE_ALPHABET: &[u8] = b"CDFGHJKMNPQRTVWXY2346789";

/// 24⁴ codes for a few thousand open appointments; another is drawn on a collision.
const CODE_LENGTH: usize = 4;
const CODE_TRIES: usize = 20;

/// By how much the clock may be put back.
const MOST_CORRECTED_S: i64 = 300;

/// No clock is right that shows an earlier time than this program's own; set at a release.
pub const BUILT_NOT_BEFORE: Timestamp = Timestamp::constant(1_793_491_200, 0);

type Outcome = Result<BookingOutcome, StoreError>;

pub(super) struct BookingJob {
    pub booking: Booking,
    pub stamp: Stamp,
    pub reply: oneshot::Sender<Outcome>,
}

/// Books all of `jobs`; nobody is answered before everything is durable.
pub(super) fn book_together(
    connection: &mut Connection,
    jobs: Vec<BookingJob>,
    written: &Written,
    keeper: &Keeper,
) {
    let outcomes = keeper.durably(connection, |connection| try_together(connection, &jobs));
    written.tell(connection);
    match outcomes {
        Ok(outcomes) => {
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                let _ = job.reply.send(outcome);
            }
        }
        Err(error) => {
            log::error!(error:%, bookings = jobs.len(); "bookings could not be made durable");
            for job in jobs {
                let _ = job.reply.send(Ok(BookingOutcome::Failed));
            }
        }
    }
}

fn try_together(
    connection: &mut Connection,
    jobs: &[BookingJob],
) -> Result<Vec<Outcome>, StoreError> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        let savepoint = transaction.savepoint()?;
        let outcome = book(&savepoint, &job.booking, &job.stamp);
        match &outcome {
            // Nobody's booking would last; SQLite may have taken all of it back already.
            Err(error) if Room::told_by(error).is_some() => return outcome.map(|_| Vec::new()),
            Ok(BookingOutcome::Booked { .. }) => savepoint.commit()?,
            Ok(
                BookingOutcome::SlotTaken | BookingOutcome::PatientBusy | BookingOutcome::Failed,
            )
            | Err(_) => savepoint.finish()?,
        }
        outcomes.push(outcome);
    }
    transaction.commit()?;
    Ok(outcomes)
}

fn book(connection: &Connection, booking: &Booking, stamp: &Stamp) -> Outcome {
    if let Some(code) = booked_before(connection, booking)? {
        let to_confirm = leases::is_to_confirm(connection, &booking.slot.0, stamp.at)?;
        return Ok(BookingOutcome::Booked { code, to_confirm });
    }
    if !is_clock_right(connection, stamp)? {
        return Err(StoreError::Clock);
    }
    let seats = seats(connection, booking, stamp)?;
    if seats.is_empty() {
        return Ok(BookingOutcome::SlotTaken);
    }
    let patient = match &booking.patient {
        Patient::New(new) => patients::register(connection, new, stamp)?,
        Patient::Known(id) if patients::is_on_record(connection, id)? => id.clone(),
        // Erased since they were recognised.
        Patient::Known(_) => return Ok(BookingOutcome::Failed),
    };
    for seat in &seats {
        let outcome = take(connection, booking, seat, &patient, stamp)?;
        if outcome != BookingOutcome::SlotTaken {
            return Ok(outcome);
        }
    }
    Ok(BookingOutcome::SlotTaken)
}

/// Whether the clock is not behind this program, nor behind what was written by it. A few
/// minutes are a correction; more would book into the past of those who are here.
fn is_clock_right(connection: &Connection, stamp: &Stamp) -> Result<bool, StoreError> {
    if stamp.at < BUILT_NOT_BEFORE {
        return Ok(false);
    }
    let newest: Option<i64> = connection
        .prepare_cached("SELECT at FROM changes ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(newest.is_none_or(|newest| stamp.at.as_second() + MOST_CORRECTED_S >= newest))
}

/// One slot, with what an appointment copies of it.
struct Seat {
    slot: String,
    practitioner: String,
    starts_at: i64,
    ends_at: i64,
}

/// The slot that was asked for, then others of the same practitioner at the same time:
/// whoever sees several patients at once sees any of them.
fn seats(
    connection: &Connection,
    booking: &Booking,
    stamp: &Stamp,
) -> Result<Vec<Seat>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seat.id, seat.practitioner, seat.starts_at, seat.ends_at
         FROM slots AS asked JOIN slots AS seat
           ON seat.practitioner = asked.practitioner AND seat.starts_at = asked.starts_at
              AND seat.ends_at = asked.ends_at
         WHERE asked.id = ?1 AND seat.withdrawn = 0 AND seat.starts_at > ?2
         ORDER BY seat.id <> ?1, seat.seat",
    )?;
    let rows = statement.query_map((&booking.slot.0, stamp.at.as_second()), |row| {
        Ok(Seat {
            slot: row.get(0)?,
            practitioner: row.get(1)?,
            starts_at: row.get(2)?,
            ends_at: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn take(
    connection: &Connection,
    booking: &Booking,
    seat: &Seat,
    patient: &PatientId,
    stamp: &Stamp,
) -> Outcome {
    for _ in 0..CODE_TRIES {
        let code = draw_code()?;
        let inserted = connection
            .prepare_cached(
                "INSERT INTO appointments
                 (id, code, status, slot, practitioner, patient, starts_at, ends_at, created_at, changed_at, changed_by)
                 VALUES (?1, ?2, 'booked', ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)",
            )?
            .execute((
                &booking.id.0,
                &code,
                &seat.slot,
                &seat.practitioner,
                &patient.0,
                seat.starts_at,
                seat.ends_at,
                stamp.at.as_second(),
                &stamp.by,
            ));
        match inserted.map_err(|error| (refusal(&error), error)) {
            Ok(_) => {
                let to_confirm = leases::is_to_confirm(connection, &seat.slot, stamp.at)?;
                if to_confirm {
                    ring_backs::note_to_confirm(connection, &booking.id, stamp.at)?;
                }
                return Ok(BookingOutcome::Booked { code, to_confirm });
            }
            Err((Some(Refusal::SlotTaken), _)) => return Ok(BookingOutcome::SlotTaken),
            Err((Some(Refusal::PatientBusy), _)) => return Ok(BookingOutcome::PatientBusy),
            Err((Some(Refusal::CodeTaken), _)) => {}
            Err((None, error)) => return Err(error.into()),
        }
    }
    Err(StoreError::Unusable("no free ticket code".to_owned()))
}

/// The first result, where this appointment was asked for before. The same id at another
/// time is another wish and finds the id taken.
fn booked_before(connection: &Connection, booking: &Booking) -> Result<Option<String>, StoreError> {
    let known = connection
        .prepare_cached(
            "SELECT code, EXISTS (SELECT 1 FROM slots WHERE slots.id = ?2
                                  AND slots.practitioner = appointments.practitioner
                                  AND slots.starts_at = appointments.starts_at)
             FROM appointments WHERE id = ?1",
        )?
        .query_row((&booking.id.0, &booking.slot.0), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?))
        })
        .optional()?;
    match known {
        Some((code, true)) => Ok(Some(code)),
        Some((_, false)) => Err(StoreError::IdTaken),
        None => Ok(None),
    }
}

pub(super) enum Refusal {
    SlotTaken,
    PatientBusy,
    CodeTaken,
}

/// Which of the schema's promises refused the row.
pub(super) fn refusal(error: &rusqlite::Error) -> Option<Refusal> {
    let rusqlite::Error::SqliteFailure(_, Some(words)) = error else {
        return None;
    };
    let taken = [
        "appointments.slot",
        "practitioner is busy",
        "slot is held",
        "slot is leased",
    ];
    if taken.iter().any(|promise| words.contains(promise)) {
        return Some(Refusal::SlotTaken);
    }
    if words.contains("patient is busy") {
        return Some(Refusal::PatientBusy);
    }
    words
        .contains("appointments.code")
        .then_some(Refusal::CodeTaken)
}

pub(super) fn draw_code() -> Result<String, StoreError> {
    let mut bytes = [0; CODE_LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::System("random numbers"))?;
    // 256 is not a multiple of 24; the slight unevenness does not matter for a code.
    Ok(bytes
        .iter()
        .map(|byte| char::from(CODE_ALPHABET[usize::from(*byte) % CODE_ALPHABET.len()]))
        .collect())
}
