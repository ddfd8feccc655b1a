//! What staff is shown of the records, page by page.

use super::{Session, shown};
use crate::store::{
    AppointmentRecord, PatientQuery, RecordCursor, RecordQuery, RingBack, StoreError,
};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::{FreeSlot, PatientId, PractitionerId, SlotQuery};
use kiosk_core::dialogue::Setting;
use kiosk_core::understanding::phone_number;
use kiosk_protocol::{Private, RingBackRow, StaffNotice, StaffPage, StaffView};
use std::sync::Arc;
use std::time::Instant;

/// Appointments that are read at once.
const AT_ONCE: usize = 1_000;
/// Patients who are found by one search; who is meant by more is to be told more exactly.
const MOST_FOUND: usize = 20;
/// What is offered instead of a time that collides.
const ALTERNATIVES: usize = 3;
/// Every free slot of one practitioner in the days that can be booked.
const SLOTS_LOOKED_AT: usize = 20_000;

impl Session {
    pub(super) async fn look(&mut self) -> Result<StaffView, StoreError> {
        let now = Timestamp::now();
        let setting = Arc::clone(&self.setting.borrow());
        let calls = self.store.open_alerts().await?;
        let conflicts = self.store.conflicts(now).await?;
        let ring_backs = self.store.ring_backs(now).await?;
        let count = |length| u32::try_from(length).unwrap_or(u32::MAX);
        let mut view = StaffView {
            page: self.page,
            who: self.who.clone(),
            language: self.language.code.clone(),
            open_calls: count(calls.len()),
            open_conflicts: count(conflicts.len()),
            open_ring_backs: count(ring_backs.len()),
            notice: self.notice,
            timeout: self.idle.timeout(Instant::now()),
            ..StaffView::default()
        };
        match self.page {
            StaffPage::Day => self.look_at_day(&mut view, &setting, now).await?,
            StaffPage::Late => {
                let late = self.store.delays(now).await?;
                let who = setting.roster.practitioners.iter();
                view.practitioners = who.map(|it| shown::practitioner(it, &late)).collect();
            }
            StaffPage::Appointment | StaffPage::Move => {
                self.look_at_chosen(&mut view, &setting, now).await?;
            }
            StaffPage::Conflicts => {
                self.look_at_conflicts(&mut view, &setting, conflicts)
                    .await?;
            }
            StaffPage::Calls => {
                let shown = |row| self.language.call(&setting, row, now);
                view.calls = calls.iter().map(shown).collect();
            }
            StaffPage::RingBacks => {
                self.look_at_ring_backs(&mut view, &setting, ring_backs)
                    .await?;
            }
            StaffPage::Search => self.look_for(&mut view, &setting, now).await?,
        }
        Ok(view)
    }

    async fn look_at_day(
        &mut self,
        view: &mut StaffView,
        setting: &Setting,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let records = self.records_of(self.day, setting).await?;
        let (queue, late) = (self.store.queue(now).await?, self.store.delays(now).await?);
        view.day = Some(self.language.day(setting, self.day, now));
        let who = setting.roster.practitioners.iter();
        view.practitioners = who
            .map(|it| {
                let own = records.iter().filter(|record| record.practitioner == it.id);
                let own = own.filter(|record| shown::is_meant(record)).count();
                kiosk_protocol::StaffPractitioner {
                    appointments: u32::try_from(own).unwrap_or(u32::MAX),
                    shown: self.practitioner.as_ref() == Some(&it.id),
                    ..shown::practitioner(it, &late)
                }
            })
            .collect();
        self.seen.clear();
        let wanted = self.practitioner.clone();
        let listed = records
            .iter()
            .filter(|it| wanted.as_ref().is_none_or(|id| it.practitioner == *id));
        for record in listed {
            self.seen.insert(record.id.clone(), record.version);
            let mut row = self.language.appointment(setting, record);
            row.number = queue
                .iter()
                .find(|entry| entry.appointment.as_ref() == Some(&record.id))
                .map(|entry| entry.number);
            view.appointments.push(row);
        }
        Ok(())
    }

    /// All appointments of a day, however many.
    async fn records_of(
        &self,
        day: Date,
        setting: &Setting,
    ) -> Result<Vec<AppointmentRecord>, StoreError> {
        let from = shown::start_of(setting, day);
        let until = shown::start_of(setting, day.saturating_add(1.day()));
        let mut records: Vec<AppointmentRecord> = Vec::new();
        loop {
            let query = RecordQuery {
                from,
                after: records.last().map(RecordCursor::of),
                limit: AT_ONCE,
            };
            let page = self.store.records(query).await?;
            let is_last = page.len() < AT_ONCE || page.last().is_some_and(|it| it.start >= until);
            records.extend(page.into_iter().take_while(|it| it.start < until));
            if is_last {
                return Ok(records);
            }
        }
    }

    async fn look_at_chosen(
        &mut self,
        view: &mut StaffView,
        setting: &Setting,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let chosen = match self.chosen.clone() {
            Some(id) => self.store.record(id).await?,
            None => None,
        };
        let Some(record) = chosen else {
            view.notice = Some(StaffNotice::Gone);
            return Ok(());
        };
        self.seen.insert(record.id.clone(), record.version);
        let mut row = self.language.appointment(setting, &record);
        row.date = self.language.date(setting, record.start, now);
        self.tell_contact(setting, &mut row, &record.patient)
            .await?;
        let queue = self.store.queue(now).await?;
        let entry = queue
            .iter()
            .find(|it| it.appointment.as_ref() == Some(&record.id));
        row.number = entry.map(|it| it.number);
        view.chosen = Some(row);
        view.acts = shown::acts(&record);
        if self.page == StaffPage::Move {
            let free = self.free(&record.practitioner, SLOTS_LOOKED_AT).await?;
            let who = std::slice::from_ref(&record.practitioner);
            let calendar = (who, free.as_slice(), self.calendar_day);
            view.calendar = Some(self.language.calendar(setting, calendar, now));
        }
        Ok(())
    }

    async fn look_at_conflicts(
        &mut self,
        view: &mut StaffView,
        setting: &Setting,
        records: Vec<AppointmentRecord>,
    ) -> Result<(), StoreError> {
        let now = Timestamp::now();
        self.seen.clear();
        for record in records {
            self.seen.insert(record.id.clone(), record.version);
            let mut row = self.language.appointment(setting, &record);
            row.date = self.language.date(setting, record.start, now);
            self.tell_contact(setting, &mut row, &record.patient)
                .await?;
            let free = self.free(&record.practitioner, ALTERNATIVES).await?;
            let offered = |slot| self.language.slot(setting, slot, now);
            row.alternatives = free.iter().map(offered).collect();
            view.appointments.push(row);
        }
        Ok(())
    }

    async fn look_at_ring_backs(
        &mut self,
        view: &mut StaffView,
        setting: &Setting,
        ring_backs: Vec<RingBack>,
    ) -> Result<(), StoreError> {
        let now = Timestamp::now();
        self.seen.clear();
        for RingBack { record, why, tried } in ring_backs {
            self.seen.insert(record.id.clone(), record.version);
            let mut row = self.language.appointment(setting, &record);
            row.date = self.language.date(setting, record.start, now);
            row.ring_back = Some(RingBackRow { why, tried });
            self.tell_contact(setting, &mut row, &record.patient)
                .await?;
            view.appointments.push(row);
        }
        Ok(())
    }

    async fn look_for(
        &mut self,
        view: &mut StaffView,
        setting: &Setting,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(text) = self.search.clone() else {
            return Ok(());
        };
        view.searched = true;
        let by_code = self.store.records_by_code(text.clone()).await?;
        let phone = phone_number(text.expose(), &setting.regions).map(Private::new);
        let query = PatientQuery {
            name: phone.is_none().then_some(text),
            phone,
            birth_date: None,
            limit: MOST_FOUND,
        };
        let today = shown::start_of(setting, setting.local(now).date());
        let mut found = by_code;
        let mut without = Vec::new();
        for patient in self.store.search_patients(query).await? {
            let own = self.store.records_of(patient.id.clone()).await?;
            let before = found.len();
            found.extend(own.into_iter().filter(|it| it.start >= today));
            if found.len() == before {
                without.push(self.language.patient(setting, &patient));
            }
        }
        found.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        found.dedup_by(|a, b| a.id == b.id);
        self.seen.clear();
        for record in found {
            self.seen.insert(record.id.clone(), record.version);
            let mut row = self.language.appointment(setting, &record);
            row.date = self.language.date(setting, record.start, now);
            self.tell_contact(setting, &mut row, &record.patient)
                .await?;
            view.appointments.push(row);
        }
        view.appointments.append(&mut without);
        Ok(())
    }

    async fn tell_contact(
        &self,
        setting: &Setting,
        row: &mut kiosk_protocol::StaffAppointment,
        patient: &PatientId,
    ) -> Result<(), StoreError> {
        if let Some(patient) = self.store.patient(patient.clone()).await? {
            let contact = self.language.patient(setting, &patient);
            (row.phone, row.birth_date) = (contact.phone, contact.birth_date);
        }
        Ok(())
    }

    async fn free(
        &self,
        practitioner: &PractitionerId,
        limit: usize,
    ) -> Result<Vec<FreeSlot>, StoreError> {
        let now = Timestamp::now();
        let query = SlotQuery {
            practitioners: vec![practitioner.clone()],
            from: now,
            until: Timestamp::MAX,
            time_of_day: None,
            limit,
        };
        self.store.free_slots(query, now).await
    }
}
