//! From weekly hours to slots. Hours are clinic-local and keep their wall-clock
//! time through changes of daylight saving; slots are instants.

use super::roster_file::{Closure, PractitionerEntry, Session};
use super::{PractitionerId, SlotId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A slot that the hours hold, taken or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedSlot {
    /// Its id.
    pub id: SlotId,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Which of several that are at the same time, from 0.
    pub seat: u16,
    /// What it is for; anything where absent.
    pub visit_type: Option<String>,
}

/// All slots of `entry` from the clinic-local day `first` to `last`, both included,
/// soonest first. A slot that the clock jumps over (spring forward) is left out; one
/// that happens twice (fall back) is taken the first time. On the days of `closures` only
/// those of extra sessions; none on days of leave.
pub fn slots(
    entry: &PractitionerEntry,
    closures: &[Closure],
    zone: &TimeZone,
    first: Date,
    last: Date,
) -> Vec<PlannedSlot> {
    let is_away = |day: &Date| {
        let mut leave = entry.leave.iter();
        leave.any(|leave| (leave.from..=leave.to).contains(day))
    };
    let is_closed = |day: &Date| {
        let mut closures = closures.iter();
        closures.any(|closure| (closure.from..=closure.to).contains(day))
    };
    let mut slots: Vec<PlannedSlot> = first
        .series(Span::new().days(1))
        .take_while(|day| *day <= last)
        .filter(|day| !is_away(day))
        .flat_map(|day| {
            let sessions = entry.sessions(day, is_closed(&day)).into_iter();
            sessions.flat_map(move |session| slots_of_day(&entry.id, session, zone, day))
        })
        .collect();
    // An extra session may lie over the weekly hours: what both hold is one slot.
    slots.sort_by_key(|slot| (slot.start, slot.seat));
    slots.dedup_by(|a, b| a.id == b.id);
    slots
}

fn slots_of_day(
    practitioner: &PractitionerId,
    session: Session<'_>,
    zone: &TimeZone,
    day: Date,
) -> Vec<PlannedSlot> {
    let length = Span::new().minutes(i64::from(session.slot_minutes));
    let step = i64::from(session.slot_minutes) + i64::from(session.buffer_minutes);
    day.to_datetime(session.from)
        .series(Span::new().minutes(step))
        .take_while(|start| {
            start
                .checked_add(length)
                .is_ok_and(|end| end <= day.to_datetime(session.to))
        })
        .filter_map(|start| {
            let zoned = zone.to_ambiguous_zoned(start).compatible().ok()?;
            // Jumped over: that wall-clock time does not exist on this day.
            (zoned.datetime() == start).then_some(zoned.timestamp())
        })
        .filter_map(|start| Some((start, start.checked_add(length).ok()?)))
        .flat_map(|(start, end)| {
            (0..session.capacity).map(move |seat| PlannedSlot {
                id: slot_id(practitioner, start, seat),
                start,
                end,
                seat,
                visit_type: session.visit_type.map(str::to_owned),
            })
        })
        .collect()
}

/// The same practitioner, start and seat always make the same id, so that generating
/// slots again finds the ones that exist.
fn slot_id(practitioner: &PractitionerId, start: Timestamp, seat: u16) -> SlotId {
    let start = start.as_second();
    SlotId(match seat {
        0 => format!("{practitioner}.{start}"),
        _ => format!("{practitioner}.{start}.{seat}"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::roster_file::{Day, ExtraSession, Leave, WeeklyHours};
    use super::*;
    use jiff::civil::{date, time};

    fn entry(days: Vec<Day>, from: (i8, i8), to: (i8, i8), slot_minutes: u16) -> PractitionerEntry {
        PractitionerEntry {
            id: PractitionerId("ama-owusu".to_owned()),
            name: "Dr Ama Owusu".to_owned(),
            specialties: Vec::new(),
            hours: vec![WeeklyHours {
                days,
                from: time(from.0, from.1, 0, 0),
                to: time(to.0, to.1, 0, 0),
                slot_minutes,
                buffer_minutes: 0,
                capacity: 1,
                visit_type: None,
            }],
            leave: Vec::new(),
            extra: Vec::new(),
            room: None,
        }
    }

    fn starts(slots: &[PlannedSlot], zone: &TimeZone) -> Vec<String> {
        slots
            .iter()
            .map(|slot| zone.to_datetime(slot.start).to_string())
            .collect()
    }

    #[test]
    fn a_morning_is_cut_into_whole_slots() {
        let zone = TimeZone::get("Africa/Accra").unwrap();
        let monday = date(2026, 11, 23);
        let found = slots(
            &entry(vec![Day::Mon], (9, 0), (10, 10), 20),
            &[],
            &zone,
            monday,
            monday,
        );
        assert_eq!(
            starts(&found, &zone),
            [
                "2026-11-23T09:00:00",
                "2026-11-23T09:20:00",
                "2026-11-23T09:40:00"
            ]
        );
    }

    #[test]
    fn leave_and_other_weekdays_have_none() {
        let zone = TimeZone::get("Africa/Lagos").unwrap();
        let mut entry = entry(vec![Day::Mon, Day::Tue], (9, 0), (10, 0), 30);
        entry.leave = vec![Leave {
            from: date(2026, 11, 24),
            to: date(2026, 11, 30),
            reason: String::new(),
        }];
        let found = slots(&entry, &[], &zone, date(2026, 11, 23), date(2026, 12, 1));
        assert_eq!(
            starts(&found, &zone),
            [
                "2026-11-23T09:00:00",
                "2026-11-23T09:30:00",
                "2026-12-01T09:00:00",
                "2026-12-01T09:30:00"
            ]
        );
        assert_eq!(
            found[0].start.to_string(),
            "2026-11-23T08:00:00Z",
            "Lagos is an hour ahead of UTC"
        );
    }

    #[test]
    fn a_closed_clinic_has_no_slots() {
        let zone = TimeZone::get("Africa/Accra").unwrap();
        let day = date(2026, 12, 4);
        let closed = [Closure {
            from: day,
            to: day,
            name: "Farmers' Day".to_owned(),
        }];
        let entry = entry(vec![Day::Fri], (9, 0), (10, 0), 30);
        assert_eq!(slots(&entry, &closed, &zone, day, day), []);
        assert_eq!(slots(&entry, &[], &zone, day, day).len(), 2);
    }

    #[test]
    fn buffers_part_slots_and_several_patients_have_one_each() {
        let zone = TimeZone::get("Africa/Accra").unwrap();
        let monday = date(2026, 11, 23);
        let mut entry = entry(vec![Day::Mon], (9, 0), (10, 0), 20);
        entry.hours[0].buffer_minutes = 10;
        entry.hours[0].capacity = 2;
        entry.hours[0].visit_type = Some("vaccination".to_owned());
        let found = slots(&entry, &[], &zone, monday, monday);
        let ids: Vec<&str> = found.iter().map(|slot| slot.id.0.as_str()).collect();
        assert_eq!(
            ids,
            [
                "ama-owusu.1795424400",
                "ama-owusu.1795424400.1",
                "ama-owusu.1795426200",
                "ama-owusu.1795426200.1"
            ]
        );
        assert_eq!(
            found[2].end.as_second() - found[2].start.as_second(),
            20 * 60
        );
        assert!(
            found
                .iter()
                .all(|slot| slot.visit_type.as_deref() == Some("vaccination"))
        );
    }

    #[test]
    fn an_extra_session_is_held_on_a_holiday_but_not_on_leave() {
        let zone = TimeZone::get("Africa/Accra").unwrap();
        let friday = date(2026, 12, 4);
        let closed = [Closure {
            from: friday,
            to: friday,
            name: "Farmers' Day".to_owned(),
        }];
        let mut entry = entry(vec![Day::Fri], (9, 0), (10, 0), 30);
        entry.extra = vec![ExtraSession {
            from_day: friday,
            to_day: friday,
            from: time(9, 30, 0, 0),
            to: time(10, 30, 0, 0),
            slot_minutes: 30,
            buffer_minutes: 0,
            capacity: 1,
            visit_type: None,
        }];
        let at = |found: &[PlannedSlot]| starts(found, &zone);
        let (half_past, ten) = ("2026-12-04T09:30:00", "2026-12-04T10:00:00");
        let found = slots(&entry, &closed, &zone, friday, friday);
        assert_eq!(at(&found), [half_past, ten]);
        let found = slots(&entry, &[], &zone, friday, friday);
        assert_eq!(at(&found), ["2026-12-04T09:00:00", half_past, ten]);
        entry.leave = vec![Leave {
            from: friday,
            to: friday,
            reason: String::new(),
        }];
        assert_eq!(slots(&entry, &closed, &zone, friday, friday), []);
    }

    #[test]
    fn hours_keep_their_wall_clock_time_when_the_clock_changes() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let sunday = vec![Day::Sun];
        let spring = slots(
            &entry(sunday.clone(), (0, 30), (3, 0), 30),
            &[],
            &zone,
            date(2026, 3, 29),
            date(2026, 3, 29),
        );
        assert_eq!(
            starts(&spring, &zone),
            [
                "2026-03-29T00:30:00",
                "2026-03-29T02:00:00",
                "2026-03-29T02:30:00"
            ],
            "01:00 and 01:30 do not exist on that day"
        );
        let autumn = slots(
            &entry(sunday, (1, 0), (3, 0), 60),
            &[],
            &zone,
            date(2026, 10, 25),
            date(2026, 10, 25),
        );
        let utc: Vec<String> = autumn.iter().map(|slot| slot.start.to_string()).collect();
        assert_eq!(
            utc,
            ["2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"],
            "one o'clock happens twice, the first is taken"
        );
    }
}
