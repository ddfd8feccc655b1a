//! The central server: bookings out, central changes in. One task; it meets the rest of the
//! kiosk in the store's command channel only and holds nothing that the store doesn't.
//!
//! Push comes before pull, so that what a patient was told is out before anything that
//! contradicts it comes in. Every wait has chance in it: a thousand kiosks that lost one
//! server together come back one by one.

pub mod backoff;
mod client;
mod credentials;
mod leases;
mod mend;
mod plan;
mod pull;
mod push;

pub use client::{Central, Failure};

use crate::config::CentralSettings;
use crate::fhir::Site;
use crate::store::StoreHandle;
use backoff::{Backoff, about};
use jiff::Timestamp;
use kiosk_core::dialogue::Setting;
use leases::Leases;
use push::{PushError, Pusher};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// Bookings that come together go together.
const GATHER: Duration = Duration::from_millis(200);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// Who asks for a round at once; more wait.
const ASKING: usize = 4;

/// What became of a round.
pub type Round = Result<(), String>;

/// Asks for a round now.
#[derive(Clone)]
pub struct SyncHandle {
    asking: mpsc::Sender<oneshot::Sender<Round>>,
}

impl SyncHandle {
    /// Waits for a whole round that begins now; what failed, in words.
    pub async fn now(&self) -> Round {
        let (reply, answer) = oneshot::channel();
        let stopped = || "kioskd is stopping".to_owned();
        self.asking.send(reply).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

/// What the task is made of.
pub struct Parts {
    /// The records.
    pub store: StoreHandle,
    /// Where and how.
    pub settings: CentralSettings,
    /// The clinic, as it stands in identifiers.
    pub clinic: String,
    /// The clinic's zone.
    pub setting: watch::Receiver<Arc<Setting>>,
    /// Told when who works here, or when, is another.
    pub roster_changed: mpsc::Sender<()>,
}

/// The task's own.
pub struct Sync {
    parts: Parts,
    asked: mpsc::Receiver<oneshot::Sender<Round>>,
    backoff: Backoff,
    pusher: Pusher,
    /// None where key or certificates cannot be used; tried again each round.
    central: Option<Central>,
}

/// Why the task woke.
enum Woken {
    Stop,
    Asked(oneshot::Sender<Round>),
    Booked,
    Due,
}

impl Sync {
    /// The task and who asks it.
    pub fn new(parts: Parts) -> (Self, SyncHandle) {
        let (asking, asked) = mpsc::channel(ASKING);
        let sync = Self {
            pusher: Pusher::new(parts.store.clone(), parts.settings.batch),
            backoff: Backoff::new(FIRST_WAIT, LONGEST_WAIT),
            central: None,
            asked,
            parts,
        };
        (sync, SyncHandle { asking })
    }

    /// Keeps both sides the same until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        self.begin().await;
        let mut newest = self.parts.store.newest_change();
        // A power cut ends for a whole town at once.
        let mut wait = about(FIRST_WAIT, fastrand::f64());
        loop {
            let is_well = self.backoff.failures() == 0;
            let woken = tokio::select! {
                () = stop.cancelled() => Woken::Stop,
                Some(reply) = self.asked.recv() => Woken::Asked(reply),
                Ok(()) = newest.changed(), if is_well => Woken::Booked,
                () = tokio::time::sleep(wait) => Woken::Due,
            };
            let mut replies = Vec::new();
            match woken {
                Woken::Stop => return,
                Woken::Asked(reply) => replies.push(reply),
                Woken::Booked => tokio::time::sleep(GATHER).await,
                Woken::Due => {}
            }
            // Who asks later waits for the next round: this one may have passed them already.
            while let Ok(reply) = self.asked.try_recv() {
                replies.push(reply);
            }
            newest.mark_unchanged();
            let round = tokio::select! {
                () = stop.cancelled() => return,
                round = self.round() => round,
            };
            wait = self.next(&round);
            self.note(&round).await;
            for reply in replies {
                let told = round
                    .as_ref()
                    .map_or_else(|error| Err(error.to_string()), |()| Ok(()));
                let _ = reply.send(told);
            }
        }
    }

    async fn begin(&self) {
        let kiosk = self.parts.settings.kiosk.clone();
        if let Err(error) = self.parts.store.note_kiosk(Some(kiosk)).await {
            log::error!(error:%; "who this kiosk is could not be noted");
        }
    }

    async fn round(&mut self) -> Result<(), PushError> {
        let site = Site {
            clinic: self.parts.clinic.clone(),
            zone: self.parts.setting.borrow().zone.clone(),
        };
        let central = match self.central.take().filter(|it| !it.is_outdated()) {
            Some(central) => central,
            None => Central::new(&self.parts.settings)?,
        };
        let central = self.central.insert(central);
        let settled = self.parts.store.settle_conflicts(Timestamp::now()).await?;
        if settled > 0 {
            log::info!(count = settled; "appointments collide with others no more");
        }
        let pushed = self.pusher.push(central, &site).await?;
        let leasing = self.parts.settings.leasing;
        let taken = pull::pull(&self.parts.store, central, &site, leasing.is_some()).await?;
        if let Some(leasing) = leasing {
            let leases = Leases {
                store: &self.parts.store,
                site: &site,
                kiosk: &self.parts.settings.kiosk,
                leasing,
                batch: self.parts.settings.batch,
            };
            let practitioners = self.parts.setting.borrow().roster.practitioners.clone();
            let ids = practitioners.into_iter().map(|it| it.id).collect();
            let changed = leases.keep(central, ids).await?;
            log::debug!(changed; "leases of slots");
        }
        if taken.roster_changed {
            let _ = self.parts.roster_changed.send(()).await;
        }
        if pushed.delivered + taken.applied + taken.rejected > 0 {
            log::info!(
                delivered = pushed.delivered, put_off = pushed.put_off,
                applied = taken.applied, rejected = taken.rejected;
                "synchronised with the central server"
            );
        }
        Ok(())
    }

    fn next(&mut self, round: &Result<(), PushError>) -> Duration {
        match round {
            Ok(()) => {
                self.backoff.reset();
                about(self.parts.settings.interval, fastrand::f64())
            }
            Err(error) => {
                let wanted = match error {
                    PushError::Central(Failure::Busy { after, .. }) => *after,
                    PushError::Central(_) | PushError::Store(_) => None,
                };
                if self.backoff.failures() == 0 {
                    log::warn!(reason:% = error; "the central server cannot be used; bookings are kept for it");
                }
                self.backoff.next(fastrand::f64(), wanted)
            }
        }
    }

    async fn note(&self, round: &Result<(), PushError>) {
        let problem = round.as_ref().err().map(ToString::to_string);
        let noted = self.parts.store.note_sync(problem, Timestamp::now()).await;
        if let Err(error) = noted {
            log::error!(error:%; "the state of synchronisation could not be noted");
        }
    }
}
