//! From weekly hours to slots. Hours are clinic-local and keep their wall-clock
//! time through changes of daylight saving; slots are instants.

use super::roster_file::{Closure, PractitionerEntry, WeeklyHours};
use super::{FreeSlot, PractitionerId, SlotId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// All slots of `entry` from the clinic-local day `first` to `last`, both included,
/// soonest first. A slot that the clock jumps over (spring forward) is left out; one
/// that happens twice (fall back) is taken the first time. None on the days of `closures`.
pub fn slots(
    entry: &PractitionerEntry,
    closures: &[Closure],
    zone: &TimeZone,
    first: Date,
    last: Date,
) -> Vec<FreeSlot> {
    let mut slots: Vec<FreeSlot> = first
        .series(Span::new().days(1))
        .take_while(|day| *day <= last)
        .filter(|day| {
            !entry
                .leave
                .iter()
                .any(|leave| (leave.from..=leave.to).contains(day))
                && !closures
                    .iter()
                    .any(|closure| (closure.from..=closure.to).contains(day))
        })
        .flat_map(|day| {
            let today = move |hours: &&WeeklyHours| {
                hours
                    .days
                    .iter()
                    .any(|name| name.weekday() == day.weekday())
            };
            entry
                .hours
                .iter()
                .filter(today)
                .flat_map(move |hours| slots_of_day(&entry.id, hours, zone, day))
        })
        .collect();
    slots.sort_by_key(|slot| slot.start);
    slots
}

fn slots_of_day(
    practitioner: &PractitionerId,
    hours: &WeeklyHours,
    zone: &TimeZone,
    day: Date,
) -> Vec<FreeSlot> {
    let length = Span::new().minutes(i64::from(hours.slot_minutes));
    day.to_datetime(hours.from)
        .series(length)
        .take_while(|start| {
            start
                .checked_add(length)
                .is_ok_and(|end| end <= day.to_datetime(hours.to))
        })
        .filter_map(|start| {
            let zoned = zone.to_ambiguous_zoned(start).compatible().ok()?;
            // Jumped over: that wall-clock time does not exist on this day.
            (zoned.datetime() == start).then_some(zoned.timestamp())
        })
        .filter_map(|start| slot(practitioner, start, length))
        .collect()
}

fn slot(practitioner: &PractitionerId, start: Timestamp, length: Span) -> Option<FreeSlot> {
    let end = start.checked_add(length).ok()?;
    Some(FreeSlot {
        id: slot_id(practitioner, start),
        practitioner: practitioner.clone(),
        start,
        end,
    })
}

/// The same practitioner and start always make the same id, so that generating
/// slots again finds the ones that exist.
pub fn slot_id(practitioner: &PractitionerId, start: Timestamp) -> SlotId {
    SlotId(format!("{practitioner}.{}", start.as_second()))
}

#[cfg(test)]
mod tests {
    use super::super::roster_file::{Day, Leave};
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
            }],
            leave: Vec::new(),
            room: None,
        }
    }

    fn starts(slots: &[FreeSlot], zone: &TimeZone) -> Vec<String> {
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
