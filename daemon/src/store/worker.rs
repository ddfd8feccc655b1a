//! Thread `store` and the handle through which it is asked.

use super::booking::{self, BookingJob};
use super::offers::Offers;
use super::room::{Keeper, Room};
use super::{Stamp, StoreError, export, opening};
use jiff::Timestamp;
use kiosk_core::clinic::{Booking, BookingOutcome};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};

/// Enough for every client that may wait at once; more wait in their own tasks.
const WAITING: usize = 256;

/// Bookings that wait together are made durable together, up to so many.
const BATCH: usize = 64;

/// Who acts where nobody else is named: a patient at the kiosk.
const KIOSK: &str = "kiosk";

type Work = Box<dyn FnOnce(&mut Connection, &Written, &Keeper) + Send>;

enum Command {
    /// Anything but a booking.
    Do(Work),
    Book(BookingJob),
    /// Look whether the disk is well.
    Look,
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
        let (written, written_told) = watch::channel(0);
        let connection = opened.connection;
        let (room, room_told) = watch::channel(Room::default());
        let keeper = Keeper::new(folder, room);
        let (newest, newest_told) = watch::channel(export::newest_change(&connection)?);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                let told = Written { written, newest };
                work(connection, commands, &told, &keeper);
            })
            .map_err(|_| StoreError::System("thread"))?;
        Ok(Self {
            handle: StoreHandle {
                commands: sender,
                written: written_told,
                newest: newest_told,
                room: room_told,
                offers: Arc::default(),
                actor: KIOSK.into(),
            },
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
    pub(super) written: watch::Receiver<u64>,
    newest: watch::Receiver<i64>,
    pub(super) room: watch::Receiver<Room>,
    pub(super) offers: Arc<Mutex<Offers>>,
    /// Whose name stands in changes and audit lines.
    actor: Arc<str>,
}

impl StoreHandle {
    /// The same store, asked in the name of `actor`.
    pub fn acting_as(&self, actor: &str) -> Self {
        Self {
            actor: actor.into(),
            ..self.clone()
        }
    }

    /// A number that rises with every write: what was read before it rose may be old.
    pub fn written(&self) -> watch::Receiver<u64> {
        self.written.clone()
    }

    /// The sequence number of the newest change, as it grows.
    pub fn newest_change(&self) -> watch::Receiver<i64> {
        self.newest.clone()
    }

    pub(super) fn actor(&self) -> Arc<str> {
        self.actor.clone()
    }

    pub(super) fn stamp(&self, at: Timestamp) -> Stamp {
        Stamp {
            by: self.actor.clone(),
            at,
        }
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
            stamp: self.stamp(now),
            reply,
        };
        self.commands
            .send(Command::Book(job))
            .await
            .map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// Makes the reserve of disk room where there is none, and tries whether a disk that was
    /// full or could not be written is well again: [`Self::room`] tells.
    ///
    /// # Errors
    /// The store has stopped.
    pub async fn look_at_disk(&self) -> Result<(), StoreError> {
        let sent = self.commands.send(Command::Look).await;
        sent.map_err(|_| StoreError::Stopped)
    }

    /// Has the thread carry out `question`.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.send(|connection, keeper| {
            let answer = question(connection);
            keeper.note(&answer);
            answer
        })
        .await
    }

    /// Has the thread carry out what a patient waits for, on a full disk with the room that is
    /// kept for it. `wish` leaves nothing behind where it fails.
    pub(super) async fn ask_durably<T: Send + 'static>(
        &self,
        wish: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.send(move |connection, keeper| keeper.durably(connection, wish))
            .await
    }

    async fn send<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection, &Keeper) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let work = move |connection: &mut Connection, written: &Written, keeper: &Keeper| {
            let answer = question(connection, keeper);
            written.tell(connection);
            // Whoever asked may be gone by now.
            let _ = reply.send(answer);
        };
        self.commands
            .send(Command::Do(Box::new(work)))
            .await
            .map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }
}

/// Tells how much has been written, before whoever wrote it is answered: what they read
/// next is not older.
pub(super) struct Written {
    written: watch::Sender<u64>,
    newest: watch::Sender<i64>,
}

impl Written {
    pub(super) fn tell(&self, connection: &Connection) {
        let changes = connection.total_changes();
        let more = self
            .written
            .send_if_modified(|told| std::mem::replace(told, changes) != changes);
        if !more {
            return;
        }
        match export::newest_change(connection) {
            Ok(seq) => {
                self.newest
                    .send_if_modified(|told| std::mem::replace(told, seq) != seq);
            }
            Err(error) => log::error!(error:%; "the newest change is not known"),
        }
    }
}

fn work(
    mut connection: Connection,
    mut commands: mpsc::Receiver<Command>,
    written: &Written,
    keeper: &Keeper,
) {
    let mut next = commands.blocking_recv();
    while let Some(command) = next.take() {
        match command {
            Command::Stop => break,
            Command::Look => keeper.look(&connection),
            Command::Do(work) => work(&mut connection, written, keeper),
            Command::Book(first) => {
                let mut batch = vec![first];
                while batch.len() < BATCH && next.is_none() {
                    match commands.try_recv() {
                        Ok(Command::Book(job)) => batch.push(job),
                        Ok(other) => next = Some(other),
                        Err(_) => break,
                    }
                }
                booking::book_together(&mut connection, batch, written, keeper);
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
