//! What was understood so far about the appointment to be booked.

use crate::clinic::{AppointmentId, FreeSlot, Known, PractitionerId, PrivateDate, SpecialtyId};
use crate::understanding::{PartOfDay, When};
use jiff::civil::{Date, Time};
use kiosk_protocol::Private;

/// The form that the conversation fills in.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub whom: Option<Whom>,
    pub wish: Wish,
    pub slot: Option<FreeSlot>,
    /// The id that the booking will have; its slot is held under it.
    pub appointment: Option<AppointmentId>,
    pub name: Option<Private>,
    /// The patient has seen the name and said that it is right.
    pub name_right: bool,
    /// It is for somebody else than who speaks.
    pub for_other: bool,
    pub phone: Phone,
    pub birth: Birth,
    /// Who it is, once two facts have matched.
    pub known: Option<Known>,
    /// A new patient agrees to be registered.
    pub agreed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whom {
    Anyone,
    /// "The same doctor": known once it is known who asks.
    AsBefore,
    Practitioner(PractitionerId),
    Specialty(SpecialtyId),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Phone {
    #[default]
    NotAsked,
    None,
    Number(Private),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Birth {
    #[default]
    NotAsked,
    Unknown,
    Date(PrivateDate),
}

/// When the patient wants to come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// First and last day, both included; any where absent.
    pub days: Option<(Date, Date)>,
    pub times: Option<Times>,
    /// The patient has said something about it, be it "as soon as possible".
    pub stated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    Exact(Time),
    Between {
        from: Time,
        to: Time,
        part: Option<PartOfDay>,
    },
}

const DAY_BEGINS: Time = Time::constant(0, 0, 0, 0);
const DAY_ENDS: Time = Time::constant(23, 59, 0, 0);

impl Wish {
    /// What was said replaces what was said before about the same thing: a new day
    /// keeps "in the morning", a new time keeps the day.
    pub fn take(&mut self, when: &When) {
        if let Some(days) = days(when) {
            self.days = Some(days);
            self.stated = true;
        }
        if let Some(times) = times(when) {
            self.times = Some(times);
            self.stated = true;
        }
    }

    /// Whether a slot at this local day and time is what was wished for.
    pub fn fits(&self, day: Date, at: Time) -> bool {
        let day_fits = self
            .days
            .is_none_or(|(from, to)| (from..=to).contains(&day));
        day_fits && self.times.is_none_or(|times| times.contain(at))
    }
}

impl Times {
    pub fn contain(self, at: Time) -> bool {
        match self {
            Self::Exact(time) => at == time,
            Self::Between { from, to, .. } => (from..=to).contains(&at),
        }
    }
}

fn days(when: &When) -> Option<(Date, Date)> {
    match (when.date_from, when.date_to) {
        (Some(from), Some(to)) => Some((from, to)),
        (Some(from), None) => Some((from, Date::MAX)),
        (None, Some(to)) => Some((Date::MIN, to)),
        (None, None) => when.date.map(|date| (date, date)),
    }
}

fn times(when: &When) -> Option<Times> {
    let part = when.part_of_day;
    match (when.time, when.time_from, when.time_to) {
        (Some(time), None, None) => Some(Times::Exact(time)),
        (None, None, None) => part.map(|part| {
            let (from, to) = hours(part);
            Times::Between {
                from,
                to,
                part: Some(part),
            }
        }),
        (_, from, to) => Some(Times::Between {
            from: from.unwrap_or(DAY_BEGINS),
            to: to.unwrap_or(DAY_ENDS),
            part,
        }),
    }
}

/// A clinic's reading of the parts of the day; the last minute still belongs.
fn hours(part: PartOfDay) -> (Time, Time) {
    let (from, to) = match part {
        PartOfDay::Morning => (0, 11),
        PartOfDay::Afternoon => (12, 16),
        PartOfDay::Evening => (16, 23),
        PartOfDay::Night => (18, 23),
        PartOfDay::Lunch => (12, 13),
    };
    (Time::constant(from, 0, 0, 0), Time::constant(to, 59, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn a_new_day_keeps_the_time_and_a_new_time_keeps_the_day() {
        let mut wish = Wish::default();
        let tuesday = date(2026, 11, 24);
        let morning = Some(PartOfDay::Morning);
        wish.take(&When {
            date: Some(tuesday),
            part_of_day: morning,
            ..When::default()
        });
        wish.take(&When {
            date: Some(date(2026, 11, 25)),
            ..When::default()
        });
        assert!(wish.fits(date(2026, 11, 25), time(9, 0, 0, 0)));
        assert!(!wish.fits(date(2026, 11, 25), time(14, 0, 0, 0)));
        assert!(!wish.fits(tuesday, time(9, 0, 0, 0)));
        wish.take(&When {
            time: Some(time(14, 0, 0, 0)),
            ..When::default()
        });
        assert!(wish.fits(date(2026, 11, 25), time(14, 0, 0, 0)));
    }

    #[test]
    fn open_ended_wishes_have_one_bound() {
        let mut wish = Wish::default();
        wish.take(&When {
            date_from: Some(date(2026, 12, 1)),
            time_from: Some(time(15, 0, 0, 0)),
            ..When::default()
        });
        assert!(wish.fits(date(2027, 1, 5), time(15, 0, 0, 0)));
        assert!(!wish.fits(date(2026, 11, 30), time(15, 0, 0, 0)));
        assert!(!wish.fits(date(2026, 12, 1), time(14, 59, 0, 0)));
    }
}
