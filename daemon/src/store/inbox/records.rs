//! Single resources of the central server, written into the records here.

use super::{ACTOR, Inbox, Refused, Taken, is_collision};
use crate::fhir::{AppointmentFacts, Kind, PatientFacts, PractitionerFacts, RoleFacts, Unusable};
use crate::store::slots::{self, Calendar};
use crate::store::{Stamp, booking, roster};
use kiosk_core::clinic::{PractitionerId, SpecialtyId};
use kiosk_protocol::Private;
use rusqlite::{OptionalExtension, named_params};

impl Inbox<'_> {
    pub(super) fn practitioner(
        &self,
        own: Option<String>,
        central: &str,
        facts: &PractitionerFacts,
    ) -> Result<(String, Taken), Refused> {
        let own = own.unwrap_or_else(|| new_practitioner_id(central));
        // Who is new here sees nobody before a role says when.
        let changed = self
            .connection
            .prepare_cached(
                "INSERT INTO practitioners (id, position, name, active, changed_at, changed_by)
                 VALUES (?1, (SELECT 1 + coalesce(max(position), 0) FROM practitioners), ?2, 0, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET name = ?2, version = version + 1,
                     active = ?3 AND EXISTS (SELECT 1 FROM weekly_hours WHERE practitioner = ?1),
                     changed_at = ?4, changed_by = ?5
                 WHERE name <> ?2
                    OR active <> (?3 AND EXISTS (SELECT 1 FROM weekly_hours WHERE practitioner = ?1))",
            )?
            .execute((
                &own,
                &facts.name,
                facts.active,
                self.now.as_second(),
                ACTOR,
            ))?;
        Ok((
            own,
            if changed == 0 {
                Taken::Known
            } else {
                Taken::Applied
            },
        ))
    }

    /// Hours and leave of one practitioner: their slots are made anew, booked ones stay.
    pub(super) fn role(&self, facts: &RoleFacts) -> Result<(String, Taken), Refused> {
        let own = self.own(Kind::Practitioner, &facts.practitioner)?;
        let Some((clinic, roster)) = roster::clinic(self.connection, self.now)? else {
            return Err(Refused::Resource("no roster was imported yet".to_owned()));
        };
        let zone = roster::zone(&clinic.time_zone)?;
        let calendar = Calendar {
            zone: &zone,
            closures: &roster.closures,
            last: roster::last_day(&zone, self.now, clinic.horizon_days),
        };
        let (mut entry, position) = roster::entry(self.connection, &PractitionerId(own.clone()))?;
        if !facts.specialties.is_empty() {
            entry.specialties = self.specialties(facts)?;
        }
        if let Some(hours) = &facts.hours {
            entry.hours.clone_from(hours);
        }
        entry.leave.clone_from(&facts.leave);
        if !facts.active {
            entry.hours.clear();
        }
        let stamp = Stamp {
            by: ACTOR.into(),
            at: self.now,
        };
        roster::write_practitioner(self.connection, position, &entry, &stamp)?;
        slots::regenerate(self.connection, &entry, &calendar, self.now)?;
        if !facts.active {
            self.connection
                .prepare_cached(
                    "UPDATE practitioners SET active = 0, version = version + 1,
                         changed_at = ?2, changed_by = ?3 WHERE id = ?1 AND active = 1",
                )?
                .execute((&own, self.now.as_second(), ACTOR))?;
        }
        Ok((own, Taken::Applied))
    }

    /// A specialty that nobody here has described is not said aloud: it may be one that is
    /// nobody's business.
    fn specialties(&self, facts: &RoleFacts) -> Result<Vec<SpecialtyId>, Refused> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO specialties (id, position, name, sensitive)
             VALUES (?1, (SELECT 1 + coalesce(max(position), 0) FROM specialties), ?2, 1)
             ON CONFLICT (id) DO UPDATE SET active = 1",
        )?;
        for (code, display) in &facts.specialties {
            statement.execute((code, display.as_ref().unwrap_or(code)))?;
        }
        let codes = facts.specialties.iter();
        Ok(codes.map(|(code, _)| SpecialtyId(code.clone())).collect())
    }

    pub(super) fn patient(
        &self,
        own: Option<String>,
        facts: &Result<PatientFacts, Unusable>,
    ) -> Result<(String, Taken), Refused> {
        let own = own.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let erased = self
            .connection
            .prepare_cached("SELECT erased_at IS NOT NULL FROM patients WHERE id = ?1")?
            .query_row([&own], |row| row.get::<_, bool>(0))
            .optional()?;
        if erased == Some(true) {
            return Ok((own, Taken::Known));
        }
        let facts = facts.as_ref().map_err(Clone::clone)?;
        let changed = self
            .connection
            .prepare_cached(
                "INSERT INTO patients (id, name, phone, birth_date, created_at, changed_at, changed_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)
                 ON CONFLICT (id) DO UPDATE SET name = ?2, phone = ?3, birth_date = ?4,
                     version = version + 1, changed_at = ?5, changed_by = ?6
                 WHERE name <> ?2 OR phone IS NOT ?3 OR birth_date IS NOT ?4",
            )?
            .execute((
                &own,
                facts.name.expose(),
                facts.phone.as_ref().map(Private::expose),
                facts.birth_date.map(|date| date.0.to_string()),
                self.now.as_second(),
                ACTOR,
            ))?;
        Ok((
            own,
            if changed == 0 {
                Taken::Known
            } else {
                Taken::Applied
            },
        ))
    }

    /// Central is the truth: what collides is kept, marked, outside the constraint.
    pub(super) fn appointment(
        &self,
        own: Option<String>,
        facts: &AppointmentFacts,
    ) -> Result<(String, Taken), Refused> {
        let practitioner = self.own(Kind::Practitioner, &facts.practitioner)?;
        let patient = self.own(Kind::Patient, &facts.patient)?;
        let id = own.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let row = AppointmentRow {
            slot: self.slot_at(&id, &practitioner, (facts.starts, facts.ends))?,
            id,
            status: facts.status.clone(),
            practitioner,
            patient,
            starts: facts.starts.as_second(),
            ends: facts.ends.as_second(),
        };
        let exists = self
            .connection
            .prepare_cached("SELECT 1 FROM appointments WHERE id = ?1")?
            .exists([&row.id])?;
        // Nobody's hold stands against it.
        self.connection
            .prepare_cached("DELETE FROM holds WHERE slot = ?1")?
            .execute([&row.slot])?;
        for conflict in [false, true] {
            let written = if exists {
                self.update(&row, conflict)
            } else {
                self.insert(&row, conflict)
            };
            match written {
                Ok(0) => return Ok((row.id, Taken::Known)),
                Ok(_) => return Ok((row.id, Taken::Applied)),
                Err(error) if !conflict && is_collision(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refused::Resource("collides with itself".to_owned()))
    }

    fn update(&self, row: &AppointmentRow, conflict: bool) -> rusqlite::Result<usize> {
        self.connection
            .prepare_cached(
                "UPDATE appointments
                 SET status = :status, slot = :slot, practitioner = :practitioner,
                     patient = :patient, starts_at = :starts, ends_at = :ends,
                     conflict = :conflict, version = version + 1, changed_at = :now,
                     changed_by = :actor
                 WHERE id = :id AND (status <> :status OR practitioner <> :practitioner
                     OR patient <> :patient OR starts_at <> :starts OR ends_at <> :ends
                     OR conflict <> :conflict)",
            )?
            .execute(named_params! {
                ":id": row.id, ":status": row.status, ":slot": row.slot,
                ":practitioner": row.practitioner, ":patient": row.patient,
                ":starts": row.starts, ":ends": row.ends, ":conflict": conflict,
                ":now": self.now.as_second(), ":actor": ACTOR,
            })
    }

    fn insert(&self, row: &AppointmentRow, conflict: bool) -> rusqlite::Result<usize> {
        self.connection
            .prepare_cached(
                "INSERT INTO appointments (id, code, status, slot, practitioner, patient,
                     starts_at, ends_at, conflict, created_at, changed_at, changed_by)
                 VALUES (:id, :code, :status, :slot, :practitioner, :patient, :starts, :ends,
                     :conflict, :now, :now, :actor)",
            )?
            .execute(named_params! {
                ":id": row.id, ":code": self.code()?, ":status": row.status, ":slot": row.slot,
                ":practitioner": row.practitioner, ":patient": row.patient,
                ":starts": row.starts, ":ends": row.ends, ":conflict": conflict,
                ":now": self.now.as_second(), ":actor": ACTOR,
            })
    }

    /// A ticket's code that no open appointment has.
    fn code(&self) -> rusqlite::Result<String> {
        let mut taken = self
            .connection
            .prepare_cached("SELECT 1 FROM appointments WHERE code = ?1 AND open = 1")?;
        loop {
            let code = booking::draw_code()
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            if !taken.exists([&code])? {
                return Ok(code);
            }
        }
    }
}

struct AppointmentRow {
    id: String,
    status: String,
    slot: Option<String>,
    practitioner: String,
    patient: String,
    starts: i64,
    ends: i64,
}

/// That server's id, recognisable, and short enough for the ids of slots.
fn new_practitioner_id(central: &str) -> String {
    let id = format!("c-{central}");
    if id.len() <= 50 {
        id
    } else {
        uuid::Uuid::now_v7().to_string()
    }
}
