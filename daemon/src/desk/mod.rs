//! Staff at the panel: from what they ask for to the store's commands, and what they are
//! shown of the records. It has no rule of its own: what may be done with an appointment is
//! the store's to say.
//!
//! A [`Session`] belongs to the one connection whose PIN was right. It knows nothing of the
//! lobby's conversation.

mod idle;
mod look;
mod shown;

pub use idle::Idle;

use crate::office::Office;
use crate::pin;
use crate::store::{Act, Acted, Asked, StoreError, StoreHandle, Try, Unlocked};
use crate::tally::{Became, Channel};
use jiff::Timestamp;
use jiff::civil::Date;
use kiosk_core::clinic::{AlertId, AppointmentId, PractitionerId, SlotId};
use kiosk_core::dialogue::Setting;
use kiosk_protocol::{Private, Refusal, StaffAct, StaffNotice, StaffPage, StaffRequest, StaffView};
use shown::Language;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The longest that somebody can be late, in minutes.
pub const LATEST: u16 = 720;

/// Lets staff in.
#[derive(Clone)]
pub struct Desk {
    /// The records.
    pub store: StoreHandle,
    /// Answers calls.
    pub office: Office,
    /// The clinic.
    pub setting: watch::Receiver<Arc<Setting>>,
    /// Without a touch for so long the panel locks itself.
    pub idle: Duration,
}

impl Desk {
    /// Whose PIN this is. A try counts as wrong before it is looked at.
    ///
    /// # Errors
    /// Why the panel stays locked.
    pub async fn unlock(&self, pin: Private) -> Result<Unlocked, Refusal> {
        let failed = |error: &dyn std::error::Error| {
            log::error!(error:%; "a PIN could not be looked at");
            Refusal::Failed
        };
        let now = Timestamp::now();
        let tried = self.store.try_pin(now).await.map_err(|it| failed(&it))?;
        let (salt, wrong) = match tried {
            Try::Allowed { salt, wrong } => (salt, wrong),
            Try::Locked(seconds_left) => return Err(Refusal::Locked { seconds_left }),
            Try::NoPin => return Err(Refusal::NoPin),
        };
        let hash = pin::hashed(pin, salt).await.map_err(|it| failed(&it))?;
        let unlocked = self.store.unlock(hash, now).await;
        if let Some(unlocked) = unlocked.map_err(|it| failed(&it))? {
            log::info!(by = unlocked.actor.as_str(), role:? = unlocked.role; "the panel is unlocked");
            return Ok(unlocked);
        }
        let seconds = pin::locked_for_s(wrong);
        if seconds > 0 {
            log::warn!(seconds; "too many wrong PINs at the panel");
            let seconds_left = u32::try_from(seconds).unwrap_or(u32::MAX);
            return Err(Refusal::Locked { seconds_left });
        }
        let tries_left = pin::tries_left(wrong);
        Err(Refusal::Wrong { tries_left })
    }

    /// Staff at the panel, in the language with this code where the screen has it.
    pub fn open(&self, unlocked: Unlocked, language: Option<&str>) -> Session {
        let setting = Arc::clone(&self.setting.borrow());
        let today = setting.local(Timestamp::now()).date();
        Session {
            store: self.store.acting_as(&unlocked.actor),
            office: self.office.clone(),
            setting: self.setting.clone(),
            who: unlocked.label,
            language: Language::of(&setting, language),
            idle: Idle::new(self.idle, Instant::now()),
            day: today,
            practitioner: None,
            page: StaffPage::Day,
            from: StaffPage::Day,
            chosen: None,
            calendar_day: None,
            search: None,
            notice: None,
            seen: BTreeMap::new(),
            shown: StaffView::default(),
            owed: true,
        }
    }
}

/// One who has unlocked the panel, until it is locked again.
pub struct Session {
    store: StoreHandle,
    office: Office,
    setting: watch::Receiver<Arc<Setting>>,
    who: String,
    language: Language,
    /// How long nobody has touched anything.
    pub idle: Idle,
    day: Date,
    /// Whose list is shown; everybody's where none.
    practitioner: Option<PractitionerId>,
    page: StaffPage,
    /// Where the appointment that is shown was opened.
    from: StaffPage,
    chosen: Option<AppointmentId>,
    /// The day whose times are shown.
    calendar_day: Option<Date>,
    search: Option<Private>,
    notice: Option<StaffNotice>,
    /// The versions of the appointments that are shown: what is done is done to these.
    seen: BTreeMap<AppointmentId, i64>,
    shown: StaffView,
    /// Something was asked for: it is answered, also where nothing has changed.
    owed: bool,
}

impl Session {
    /// Does what is asked for; what came of it stands in the next view.
    pub async fn on(&mut self, request: StaffRequest) {
        self.idle.touched(Instant::now());
        self.owed = true;
        if request == StaffRequest::StillHere {
            return;
        }
        self.notice = None;
        if let Err(error) = self.carry_out(request).await {
            log::error!(error:%; "staff could not be served");
            self.notice = Some(StaffNotice::Failed);
        }
    }

    async fn carry_out(&mut self, request: StaffRequest) -> Result<(), StoreError> {
        let now = Timestamp::now();
        match request {
            StaffRequest::StillHere => {}
            StaffRequest::Open { page } => self.open_page(page, now),
            StaffRequest::Day { id } => {
                if let Ok(day) = id.parse() {
                    self.day = day;
                }
            }
            StaffRequest::Practitioner { id } => self.practitioner = id.map(PractitionerId),
            StaffRequest::Appointment { id } => {
                // Whoever looks at a patient's details can be asked why.
                self.store
                    .note("read", format!("appointment/{id}"), now)
                    .await?;
                if self.page != StaffPage::Appointment {
                    self.from = self.page;
                }
                self.chosen = Some(AppointmentId(id));
                self.page = StaffPage::Appointment;
            }
            StaffRequest::Act { act } => self.act(act).await?,
            StaffRequest::Choose { id, appointment } => self.choose(&id, appointment).await?,
            StaffRequest::Late {
                practitioner,
                minutes,
            } => self.late(practitioner, minutes, now).await?,
            StaffRequest::Answer { id } => self.answer(id, now).await?,
            StaffRequest::Rang { id, reached } => {
                let noted = self.store.rang(AppointmentId(id), reached, now).await?;
                self.notice = Some(match (noted, reached) {
                    (false, _) => StaffNotice::Gone,
                    (true, true) => StaffNotice::Reached,
                    (true, false) => StaffNotice::NotReached,
                });
            }
            StaffRequest::Search { text } => {
                let text = text.expose().trim().to_owned();
                self.store
                    .note("search", "patients".to_owned(), now)
                    .await?;
                self.search = (!text.is_empty()).then(|| Private::new(text));
            }
            StaffRequest::Back => self.back(),
        }
        Ok(())
    }

    fn open_page(&mut self, page: StaffPage, now: Timestamp) {
        match page {
            // These belong to an appointment, which is opened by its id.
            StaffPage::Appointment | StaffPage::Move => return,
            StaffPage::Day => self.day = self.setting.borrow().local(now).date(),
            StaffPage::Late
            | StaffPage::Conflicts
            | StaffPage::Calls
            | StaffPage::RingBacks
            | StaffPage::Search => {}
        }
        self.page = page;
        (self.chosen, self.search) = (None, None);
    }

    fn back(&mut self) {
        self.page = match self.page {
            StaffPage::Move => StaffPage::Appointment,
            StaffPage::Appointment => self.from,
            StaffPage::Day
            | StaffPage::Late
            | StaffPage::Conflicts
            | StaffPage::Calls
            | StaffPage::RingBacks
            | StaffPage::Search => StaffPage::Day,
        };
    }

    async fn act(&mut self, act: StaffAct) -> Result<(), StoreError> {
        let Some(id) = self.chosen.clone() else {
            return Ok(());
        };
        let (act, done) = match act {
            StaffAct::Move => {
                (self.page, self.calendar_day) = (StaffPage::Move, None);
                return Ok(());
            }
            StaffAct::Arrive => (Act::CheckIn, StaffNotice::Arrived),
            StaffAct::NoShow => (Act::NoShow, StaffNotice::NotedAbsent),
            StaffAct::Cancel => (Act::Cancel, StaffNotice::Cancelled),
            StaffAct::Finish => (Act::Finish, StaffNotice::Finished),
        };
        self.have_done(id, act, done).await
    }

    async fn choose(&mut self, id: &str, appointment: Option<String>) -> Result<(), StoreError> {
        if let (StaffPage::Move, Ok(day)) = (self.page, id.parse()) {
            self.calendar_day = Some(day);
            return Ok(());
        }
        let Some(moved) = appointment.map(AppointmentId).or(self.chosen.clone()) else {
            return Ok(());
        };
        let slot = Act::Move(SlotId(id.to_owned()));
        self.have_done(moved, slot, StaffNotice::Moved).await?;
        if self.page == StaffPage::Move && self.notice == Some(StaffNotice::Moved) {
            self.page = StaffPage::Appointment;
        }
        Ok(())
    }

    async fn have_done(
        &mut self,
        id: AppointmentId,
        act: Act,
        done: StaffNotice,
    ) -> Result<(), StoreError> {
        let seen = self.seen.get(&id).copied();
        let asked = Asked {
            id,
            act: act.clone(),
            seen,
        };
        let acted = self.store.act(asked, Timestamp::now()).await;
        if let Some(became) = Became::of_acting(&act, &acted) {
            self.office.tally().booking(became, Channel::Staff);
        }
        self.notice = Some(match acted? {
            Acted::Done { .. } => done,
            Acted::Unknown => StaffNotice::Gone,
            Acted::Changed(_) => StaffNotice::Changed,
            Acted::NotAllowed => StaffNotice::NotAllowed,
            Acted::SlotTaken => StaffNotice::SlotTaken,
            Acted::PatientBusy => StaffNotice::PatientBusy,
        });
        Ok(())
    }

    async fn late(&mut self, who: String, minutes: u16, now: Timestamp) -> Result<(), StoreError> {
        let subject = format!("delay/{who}");
        let minutes = minutes.min(LATEST);
        let noted = self.store.set_delay(PractitionerId(who), minutes, now);
        self.notice = Some(if noted.await? {
            self.store.note("set", subject, now).await?;
            StaffNotice::NotedLate
        } else {
            StaffNotice::Gone
        });
        Ok(())
    }

    async fn answer(&mut self, id: String, now: Timestamp) -> Result<(), StoreError> {
        let answered = self.office.answer_alert(AlertId(id.clone())).await?;
        self.notice = Some(if answered {
            self.store
                .note("answer", format!("alert/{id}"), now)
                .await?;
            StaffNotice::Answered
        } else {
            StaffNotice::Gone
        });
        Ok(())
    }

    /// What is to be shown now; `None`: what is shown already.
    pub async fn view(&mut self) -> Option<StaffView> {
        let mut view = match self.look().await {
            Ok(view) => view,
            Err(error) => {
                log::error!(error:%; "staff could not be shown the records");
                StaffView {
                    notice: Some(StaffNotice::Failed),
                    timeout: self.idle.timeout(Instant::now()),
                    ..self.shown.clone()
                }
            }
        };
        view.seq = self.shown.seq;
        if !std::mem::take(&mut self.owed) && view == self.shown {
            return None;
        }
        view.seq += 1;
        self.shown = view.clone();
        Some(view)
    }
}
