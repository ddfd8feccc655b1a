//! What `kioskctl` can have done: by the running daemon, or where none runs by itself.

use crate::clinic;
use crate::config::Settings;
use crate::pin;
use crate::printer;
use crate::sound::Factors;
use crate::store::{
    self, Lock, PinSet, Room, RosterChange, RosterEdit, Store, StoreError, StoreHandle,
    parse_roster,
};
use crate::sync::SyncHandle;
use crate::tally::Tally;
use crate::turns::Figures;
use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use kiosk_core::clinic::AlertId;
use kiosk_core::dialogue::Setting;
use kiosk_protocol::control::{Reply, Request, Status, SyncStatus};
use kiosk_protocol::{Private, Role};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// Of old records at a time; bookings go between.
const MOST_ERASED: usize = 200;

/// Answers the control socket's requests.
#[derive(Clone)]
pub struct Office {
    store: StoreHandle,
    settings: Settings,
    setting: watch::Sender<Arc<Setting>>,
    /// The call for staff that was answered last.
    answered: watch::Sender<Option<AlertId>>,
    /// Microphone, speaker, transcriber and voice, in words.
    sound: [String; 4],
    /// None where there is no central server.
    sync: Option<SyncHandle>,
    figures: watch::Receiver<Figures>,
    tally: Tally,
    factors: Factors,
    /// None where no tickets are printed.
    printer: Option<watch::Receiver<printer::State>>,
}

impl Office {
    /// `sound`: microphone, speaker, transcriber and voice, in words.
    pub fn new(
        store: StoreHandle,
        settings: Settings,
        setting: watch::Sender<Arc<Setting>>,
        sound: [String; 4],
    ) -> Self {
        Self {
            store,
            settings,
            setting,
            answered: watch::Sender::new(None),
            sound,
            figures: watch::channel(Figures::default()).1,
            tally: Tally::default(),
            factors: Factors::default(),
            sync: None,
            printer: None,
        }
    }

    /// The same office, that can tell how long patients wait, and how fast the models are.
    #[must_use]
    pub fn with_figures(self, figures: watch::Receiver<Figures>, factors: Factors) -> Self {
        Self {
            figures,
            factors,
            ..self
        }
    }

    /// The same office, that can tell how the ticket printer is.
    #[must_use]
    pub fn with_printer(self, printer: Option<watch::Receiver<printer::State>>) -> Self {
        Self { printer, ..self }
    }

    /// The same office, that can have things synchronised.
    #[must_use]
    pub fn with_sync(self, sync: SyncHandle) -> Self {
        Self {
            sync: Some(sync),
            ..self
        }
    }

    /// How long patients wait.
    pub fn figures(&self) -> Figures {
        *self.figures.borrow()
    }

    /// What has become of bookings and conversations.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Who works here, or when, is another: conversations learn it.
    pub async fn roster_changed(&self) {
        match clinic::setting(&self.store, &self.settings).await {
            Ok(setting) => {
                self.setting.send_replace(setting);
            }
            Err(error) => {
                log::error!(error:% = format!("{error:#}"); "the roster could not be read")
            }
        }
    }

    /// The records.
    pub const fn store(&self) -> &StoreHandle {
        &self.store
    }

    /// Where a technician's exports lie.
    pub fn diagnostics_folder(&self) -> PathBuf {
        self.settings.state_folder.join("diagnostics")
    }

    /// Tells which call for staff was answered.
    pub fn answered(&self) -> watch::Receiver<Option<AlertId>> {
        self.answered.subscribe()
    }

    /// What is due every hour: slots of days that have come within the horizon, room on the
    /// disk, and patients who have not been here for as long as is kept.
    pub async fn tidy(&self) {
        self.extend_slots().await;
        if let Err(error) = self.erase_old().await {
            log::error!(error:%; "old records could not be emptied");
        }
    }

    async fn erase_old(&self) -> Result<(), StoreError> {
        self.store.look_at_disk().await?;
        let Some(days) = self.settings.keep_patients_days else {
            return Ok(());
        };
        let now = Timestamp::now();
        let kept = SignedDuration::from_hours(24 * i64::from(days));
        let before = now.checked_sub(kept).unwrap_or(Timestamp::MIN);
        let erased = self
            .store
            .erase_old_patients(before, MOST_ERASED, now)
            .await?;
        if erased > 0 {
            log::info!(patients = erased; "old records were emptied");
        }
        Ok(())
    }

    /// A disk that was full or could not be written: whether it is well again.
    pub async fn look_at_disk(&self) {
        if *self.store.room().borrow() == Room::Enough {
            return;
        }
        if let Err(error) = self.store.look_at_disk().await {
            log::error!(error:%; "the disk could not be looked at");
        }
    }

    async fn extend_slots(&self) {
        if let Err(error) = self.store.extend_slots(Timestamp::now()).await {
            log::error!(error:%; "slots could not be extended");
        }
    }

    /// Changes the roster in the name of `actor`; conversations know it at once.
    ///
    /// # Errors
    /// The store or the wording failed.
    pub async fn edit_roster(&self, actor: &str, edit: RosterEdit) -> anyhow::Result<RosterChange> {
        let store = self.store.acting_as(actor);
        let change = store.edit_roster(edit, Timestamp::now()).await?;
        if let RosterChange::Done(imported) = &change {
            self.tell_roster(imported.practitioners, imported.free_slots)
                .await?;
        }
        Ok(change)
    }

    /// Notes that somebody goes there; `false` where there is no such open call.
    ///
    /// # Errors
    /// The store failed.
    pub async fn answer_alert(&self, id: AlertId) -> Result<bool, StoreError> {
        let answered = self
            .store
            .answer_alert(id.clone(), Timestamp::now())
            .await?;
        if answered {
            self.answered.send_replace(Some(id));
        }
        Ok(answered)
    }

    async fn tell_roster(&self, practitioners: usize, free_slots: usize) -> anyhow::Result<()> {
        self.setting
            .send_replace(clinic::setting(&self.store, &self.settings).await?);
        log::info!(practitioners, free_slots; "roster changed");
        Ok(())
    }

    /// The reply to `request`; an error is a reply, too.
    pub async fn reply(&self, request: Request) -> Reply {
        self.answer(request)
            .await
            .unwrap_or_else(|error| Reply::Error {
                message: format!("{error:#}"),
            })
    }

    async fn answer(&self, request: Request) -> anyhow::Result<Reply> {
        if matches!(request, Request::Status) {
            return Ok(Reply::Status(Box::new(self.status().await?)));
        }
        if matches!(request, Request::BackUp) {
            let folder = self.settings.state_folder.clone();
            let copying = tokio::task::spawn_blocking(move || back_up(&folder));
            return copying.await.context("copy the database")?;
        }
        if matches!(request, Request::SyncNow | Request::SyncStatus) {
            return self.sync(&request).await;
        }
        let answering = match &request {
            Request::AnswerAlert { id } => Some(AlertId(id.clone())),
            Request::Status
            | Request::BackUp
            | Request::ImportRoster { .. }
            | Request::Appointments { .. }
            | Request::Alerts
            | Request::AddKey { .. }
            | Request::Keys
            | Request::RevokeKey { .. }
            | Request::SetPin { .. }
            | Request::Pins
            | Request::RevokePin { .. }
            | Request::SyncStatus
            | Request::SyncNow => None,
        };
        let reply = of_the_store(&self.store, request).await?;
        if answering.is_some() {
            self.answered.send_replace(answering);
        }
        if let Reply::Imported {
            practitioners,
            free_slots,
        } = &reply
        {
            self.tell_roster(*practitioners, *free_slots).await?;
        }
        Ok(reply)
    }

    /// What fails stands in the state that is told.
    async fn sync(&self, request: &Request) -> anyhow::Result<Reply> {
        match (&self.sync, request) {
            (Some(sync), Request::SyncNow) => {
                let _ = sync.now().await;
            }
            (None, Request::SyncNow) => bail!(NO_CENTRAL),
            _ => {}
        }
        Ok(Reply::Sync(Box::new(self.sync_status().await?)))
    }

    /// How synchronisation with the central server goes.
    ///
    /// # Errors
    /// The store failed.
    pub async fn sync_status(&self) -> anyhow::Result<SyncStatus> {
        sync_status(&self.store, &self.settings).await
    }

    /// The daemon in one look.
    ///
    /// # Errors
    /// The store failed.
    pub async fn status(&self) -> anyhow::Result<Status> {
        let [microphone, speaker, transcriber, voice] = self.sound.clone();
        let practitioners = self.setting.borrow().roster.practitioners.len();
        let figures = self.figures();
        let disk = self.store.room().borrow().words().map(ToOwned::to_owned);
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            microphone,
            speaker,
            transcriber,
            voice,
            printer: self.printer_in_words(),
            disk,
            practitioners,
            outbox: self.store.outbox_len().await?,
            turns: figures.turns,
            turn_p50_s: figures.p50_s,
            turn_p95_s: figures.p95_s,
            samples_lost: figures.samples_lost,
            transcriber_factor: self.factors.transcriber,
            voice_factor: self.factors.voice,
        })
    }

    fn printer_in_words(&self) -> String {
        let state = self.printer.as_ref().map(|state| state.borrow().clone());
        match state {
            None => "none, as configured".to_owned(),
            Some(None) => "was not looked at yet".to_owned(),
            Some(Some(Ok(printer::Roll::Enough))) => "ready".to_owned(),
            Some(Some(Ok(printer::Roll::Low))) => "ready; its roll is nearly at its end".to_owned(),
            Some(Some(Err(why))) => why,
        }
    }
}

/// Answers `request` from the records while no daemon runs; the lock proves that.
///
/// # Errors
/// A daemon runs after all, the database cannot be opened, or the request is one that
/// only a running daemon can answer.
pub fn answer_without_daemon(settings: &Settings, request: Request) -> anyhow::Result<Reply> {
    let folder = &settings.state_folder;
    if matches!(request, Request::BackUp) {
        return back_up(folder);
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("make the folder `{}`", folder.display()))?;
    let _lock = Lock::acquire(folder)?;
    let store = Store::open(folder, Timestamp::now()).context("open the database")?;
    if matches!(request, Request::SyncStatus) {
        let status = store::wait(sync_status(&store.handle(), settings))?;
        return Ok(Reply::Sync(Box::new(status)));
    }
    store::wait(of_the_store(&store.handle(), request))
}

/// Makes a copy of the database in the folder `backups` beside it.
fn back_up(folder: &Path) -> anyhow::Result<Reply> {
    let backups = folder.join("backups");
    std::fs::create_dir_all(&backups)
        .with_context(|| format!("make the folder `{}`", backups.display()))?;
    let at = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let path = backups.join(format!("kiosk-{at}.db"));
    store::back_up(folder, &path)?;
    let bytes = std::fs::metadata(&path).map_or(0, |it| it.len());
    log::info!(bytes; "the database was backed up");
    Ok(Reply::BackedUp { path, bytes })
}

const NO_CENTRAL: &str = "this kiosk has no central server; set `central.url`";

async fn sync_status(store: &StoreHandle, settings: &Settings) -> anyhow::Result<SyncStatus> {
    let server = settings.central.as_ref().map(|it| it.url.to_string());
    Ok(SyncStatus {
        server,
        ..store.sync_status().await?
    })
}

async fn of_the_store(store: &StoreHandle, request: Request) -> anyhow::Result<Reply> {
    let now = Timestamp::now();
    match request {
        Request::BackUp => bail!("a copy is no question to the store"),
        Request::Status | Request::SyncStatus | Request::SyncNow => {
            bail!("only a running kioskd can do that")
        }
        Request::ImportRoster { toml } => {
            let imported = store.import_roster(parse_roster(&toml)?, now).await?;
            Ok(Reply::Imported {
                practitioners: imported.practitioners,
                free_slots: imported.free_slots,
            })
        }
        Request::Appointments { from } => Ok(Reply::Appointments {
            rows: store.appointments(from, now).await?,
        }),
        Request::Alerts => Ok(Reply::Alerts {
            rows: store.open_alerts().await?,
        }),
        Request::AnswerAlert { id } => {
            if !store.answer_alert(AlertId(id), now).await? {
                bail!("there is no open call with that id; `kioskctl alerts` lists them");
            }
            Ok(Reply::Alerts {
                rows: store.open_alerts().await?,
            })
        }
        Request::AddKey {
            label,
            scopes,
            requests_per_minute,
            sockets,
        } => {
            if label.trim().is_empty() || scopes.is_empty() {
                bail!("a key needs a label and at least one scope");
            }
            let (id, key) = store
                .add_key(label, scopes, [requests_per_minute, sockets], now)
                .await?;
            Ok(Reply::KeyAdded { id, key })
        }
        Request::Keys => Ok(Reply::Keys {
            rows: store.keys().await?,
        }),
        Request::RevokeKey { id } => {
            if !store.revoke_key(id, now).await? {
                bail!("there is no good key with that id; `kioskctl key list` lists them");
            }
            Ok(Reply::Keys {
                rows: store.keys().await?,
            })
        }
        Request::SetPin { label, role, pin } => {
            set_pin(store, (role, &label), pin).await?;
            pins(store).await
        }
        Request::Pins => pins(store).await,
        Request::RevokePin { id } => {
            if !store.revoke_pin(id, now).await? {
                bail!("there is no good PIN with that id; `kioskctl pin list` lists them");
            }
            pins(store).await
        }
    }
}

async fn pins(store: &StoreHandle) -> anyhow::Result<Reply> {
    let rows = store.pins().await?;
    Ok(Reply::Pins { rows })
}

async fn set_pin(
    store: &StoreHandle,
    (role, label): (Role, &str),
    pin: Private,
) -> anyhow::Result<()> {
    let label = label.trim();
    if label.is_empty() {
        bail!("a PIN needs a label: whose it is");
    }
    if let Some(weakness) = pin::weakness(pin.expose()) {
        bail!(weakness);
    }
    let hash = pin::hashed(pin, store.pin_salt().await?).await?;
    let store = store.acting_as("kioskctl");
    let set = store.set_pin(role, label.to_owned(), hash, Timestamp::now());
    match set.await? {
        PinSet::Done => Ok(()),
        PinSet::Taken => bail!("somebody else has this PIN; choose another"),
    }
}
