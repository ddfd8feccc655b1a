//! Thread `store` and the handle through which it is asked.

use super::booking::{self, BookingJob};
use super::keys::{self, KnownKey};
use super::roster::Imported;
use super::{StoreError, alerts, appointments, held, opening, patients, queue, roster, slots};
use jiff::Timestamp;
use jiff::civil::Date;
use kiosk_core::clinic::roster_file::{Clinic, RosterFile};
use kiosk_core::clinic::{
    AlertId, AppointmentId, Booking, BookingOutcome, Clues, FreeSlot, Known, Roster, Settled,
    SlotId, SlotQuery, WalkIn,
};
use kiosk_core::dialogue::Alert;
use kiosk_protocol::Private;
use kiosk_protocol::control::{AlertRow, AppointmentRow, KeyRow, Scope};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Enough for every client that may wait at once; more wait in their own tasks.
const WAITING: usize = 256;

/// Bookings that wait together are made durable together, up to so many.
const BATCH: usize = 64;

type Work = Box<dyn FnOnce(&mut Connection) + Send>;

enum Command {
    /// Anything but a booking.
    Do(Work),
    Book(BookingJob),
    /// End after what was asked before.
    Stop,
}

/// The database's owner. Dropping it ends the thread after what was already asked.
pub struct Store {
    handle: StoreHandle,
    thread: Option<JoinHandle<()>>,
    set_aside: Option<PathBuf>,
}

impl Store {
    /// Opens the database in `folder`, bringing its schema up to date. The caller holds
    /// the folder's [`super::Lock`].
    ///
    /// # Errors
    /// The key is missing, wrong or readable by others; the database is newer than this
    /// program; the folder cannot be used.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let opened = opening::open(folder, now)?;
        let (sender, commands) = mpsc::channel(WAITING);
        let connection = opened.connection;
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || work(connection, commands))
            .map_err(|_| StoreError::System("thread"))?;
        Ok(Self {
            handle: StoreHandle { commands: sender },
            thread: Some(thread),
            set_aside: opened.set_aside,
        })
    }

    /// For asking; cloned at will.
    pub fn handle(&self) -> StoreHandle {
        self.handle.clone()
    }

    /// Where a damaged database was set aside at opening.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Handles elsewhere keep the channel open: the thread is told, not starved.
        // Also where a start that failed drops it inside the runtime.
        let _ = wait(self.handle.commands.send(Command::Stop));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("thread `store` panicked");
        }
    }
}

/// Waits for an answer, on a thread that belongs to no runtime.
pub fn wait<T>(answer: impl Future<Output = T>) -> T {
    futures_executor::block_on(answer)
}

/// Asks the store. Threads outside a runtime wait for an answer with [`wait`].
#[derive(Clone)]
pub struct StoreHandle {
    commands: mpsc::Sender<Command>,
}

impl StoreHandle {
    /// The clinic and who works there; none before a roster was imported.
    /// `now` begins the years whose holidays are known.
    ///
    /// # Errors
    /// The database failed, or the store has stopped.
    pub async fn clinic(&self, now: Timestamp) -> Result<Option<(Clinic, Roster)>, StoreError> {
        self.ask(move |connection| roster::clinic(connection, now))
            .await
    }

    /// Free slots, soonest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn free_slots(&self, query: SlotQuery) -> Result<Vec<FreeSlot>, StoreError> {
        self.ask(move |connection| slots::free(connection, &query))
            .await
    }

    /// Books, durably when it returns. The same appointment id again returns the first
    /// result.
    ///
    /// # Errors
    /// As [`Self::clinic`]; a slot that is taken is an outcome, not an error.
    pub async fn book(
        &self,
        booking: Booking,
        now: Timestamp,
    ) -> Result<BookingOutcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = BookingJob {
            booking,
            now,
            reply,
        };
        self.commands
            .send(Command::Book(job))
            .await
            .map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// The patients on record whom one of the clues fits, those with both first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn patients(&self, clues: Clues, now: Timestamp) -> Result<Vec<Known>, StoreError> {
        self.ask(move |connection| patients::with(connection, &clues, now))
            .await
    }

    /// A number in today's queue.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn join_queue(&self, walk_in: WalkIn, now: Timestamp) -> Result<Settled, StoreError> {
        self.ask(move |connection| queue::join(connection, &walk_in, now))
            .await
    }

    /// Notes that staff is called.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn raise_alert(
        &self,
        id: AlertId,
        alert: Alert,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.ask(move |connection| alerts::raise(connection, &id, alert, now))
            .await
    }

    /// The calls for staff that nobody has answered, oldest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn open_alerts(&self) -> Result<Vec<AlertRow>, StoreError> {
        self.ask(|connection| alerts::open(connection)).await
    }

    /// Makes a key for another program: its id and itself.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn add_key(
        &self,
        label: String,
        scopes: Vec<Scope>,
        now: Timestamp,
    ) -> Result<(String, Private), StoreError> {
        self.ask(move |connection| keys::add(connection, &label, &scopes, now))
            .await
    }

    /// The keys of other programs, oldest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        self.ask(|connection| keys::all(connection)).await
    }

    /// Takes a key no more; `false` where there is no such good one.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn revoke_key(&self, id: String, now: Timestamp) -> Result<bool, StoreError> {
        self.ask(move |connection| keys::revoke(connection, &id, now))
            .await
    }

    /// Whose key this is, if it is a good one.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn known_key(&self, key: String) -> Result<Option<KnownKey>, StoreError> {
        self.ask(move |connection| keys::known(connection, &key))
            .await
    }

    /// Notes that somebody goes there; `false` where there is no such open call.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn answer_alert(&self, id: AlertId, now: Timestamp) -> Result<bool, StoreError> {
        self.ask(move |connection| alerts::answer(connection, &id, now))
            .await
    }

    /// Cancels an appointment and frees its slot.
    ///
    /// # Errors
    /// As [`Self::clinic`]; a status that forbids it is an outcome.
    pub async fn cancel(&self, id: AppointmentId, now: Timestamp) -> Result<Settled, StoreError> {
        self.ask(move |connection| held::cancel(connection, &id, now))
            .await
    }

    /// Moves an appointment to another slot in one transaction; its code stays.
    ///
    /// # Errors
    /// As [`Self::book`].
    pub async fn reschedule(
        &self,
        id: AppointmentId,
        slot: SlotId,
        now: Timestamp,
    ) -> Result<BookingOutcome, StoreError> {
        self.ask(move |connection| held::reschedule(connection, &id, &slot, now))
            .await
    }

    /// Notes that a patient has arrived.
    ///
    /// # Errors
    /// As [`Self::cancel`].
    pub async fn check_in(&self, id: AppointmentId, now: Timestamp) -> Result<Settled, StoreError> {
        self.ask(move |connection| held::check_in(connection, &id, now))
            .await
    }

    /// Takes a roster in and generates its slots. Booked appointments stay.
    ///
    /// # Errors
    /// As [`Self::clinic`]; nothing has changed then.
    pub async fn import_roster(
        &self,
        file: RosterFile,
        now: Timestamp,
    ) -> Result<Imported, StoreError> {
        self.ask(move |connection| roster::import(connection, &file, now))
            .await
    }

    /// Adds the slots of days that have come within the horizon.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn extend_slots(&self, now: Timestamp) -> Result<(), StoreError> {
        self.ask(move |connection| roster::extend_slots(connection, now))
            .await
    }

    /// The appointments from the clinic-local day `from` (today where absent) on,
    /// soonest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn appointments(
        &self,
        from: Option<Date>,
        now: Timestamp,
    ) -> Result<Vec<AppointmentRow>, StoreError> {
        self.ask(move |connection| appointments::from_day(connection, from, now))
            .await
    }

    /// How many changes the central server has not confirmed.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn outbox_len(&self) -> Result<usize, StoreError> {
        self.ask(|connection| appointments::outbox_len(connection))
            .await
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let work = move |connection: &mut Connection| {
            // Whoever asked may be gone by now.
            let _ = reply.send(question(connection));
        };
        self.commands
            .send(Command::Do(Box::new(work)))
            .await
            .map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }
}

fn work(mut connection: Connection, mut commands: mpsc::Receiver<Command>) {
    let mut next = commands.blocking_recv();
    while let Some(command) = next.take() {
        match command {
            Command::Stop => break,
            Command::Do(work) => work(&mut connection),
            Command::Book(first) => {
                let mut batch = vec![first];
                while batch.len() < BATCH && next.is_none() {
                    match commands.try_recv() {
                        Ok(Command::Book(job)) => batch.push(job),
                        Ok(other) => next = Some(other),
                        Err(_) => break,
                    }
                }
                booking::book_together(&mut connection, batch);
            }
        }
        if next.is_none() {
            next = commands.blocking_recv();
        }
    }
    if let Err((_, error)) = connection.close() {
        log::error!(error:%; "the database was not closed well");
    }
}
