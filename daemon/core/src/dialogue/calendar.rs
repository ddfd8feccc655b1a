//! The days and times to touch: what the hours hold, less what is taken. It stands beside
//! the offers, which are all that is said.

use super::offers::people_of;
use super::{Dialogue, Effect, QuestionId, Setting, Stage};
use crate::clinic::{self, FreeSlot, PractitionerId, SlotQuery};
use crate::wording::Sentence;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use kiosk_protocol::{Calendar, CalendarDay, CalendarTime, DayState, TimeState};
use std::collections::{BTreeMap, BTreeSet};

/// Every slot of a large clinic in the days that can be booked.
const SLOTS_LOOKED_AT: usize = 20_000;

/// Sessions further apart than this are told apart.
const GAP: SignedDuration = SignedDuration::from_mins(25);

/// What is free in the days of the calendar.
#[derive(Debug, Clone)]
pub(super) struct FreeDays {
    question: QuestionId,
    /// `None` until the store has answered.
    free: Option<Free>,
}

#[derive(Debug, Clone)]
struct Free {
    slots: Vec<FreeSlot>,
    days: BTreeSet<Date>,
}

impl Dialogue {
    /// Asks for all that is free, beside the offers.
    pub(super) fn look_at_calendar(&mut self, now: Timestamp) {
        self.question.0 += 1;
        self.free_days = Some(FreeDays {
            question: self.question,
            free: None,
        });
        let today = self.setting.local(now).date();
        let query = SlotQuery {
            practitioners: people_of(&self.setting, self.draft.whom.as_ref()),
            from: now,
            until: self.start_of(self.last_day(today).saturating_add(1.day())),
            time_of_day: None,
            limit: SLOTS_LOOKED_AT,
        };
        self.effects.push(Effect::FindSlots(self.question, query));
    }

    /// Takes the answer in; true where it was one to the calendar's question.
    pub(super) fn took_free_days(&mut self, question: QuestionId, slots: &[FreeSlot]) -> bool {
        let day = |slot: &FreeSlot| self.setting.local(slot.start).date();
        let days = slots.iter().map(day).collect();
        let Some(open) = self.free_days.as_mut().filter(|it| it.question == question) else {
            return false;
        };
        open.free = Some(Free {
            slots: slots.to_vec(),
            days,
        });
        true
    }

    /// The days that can be booked, and whether anybody who is wanted is here then. Looked
    /// up once a question: the screen is drawn at every word.
    pub(super) fn look_up_days(&mut self, now: Timestamp) {
        let today = self.setting.local(now).date();
        let people = people_of(&self.setting, self.draft.whom.as_ref());
        let days = today
            .series(1.day())
            .take_while(|day| *day <= self.last_day(today));
        let held = |day| {
            planned(&self.setting, &people, day)
                .keys()
                .any(|start| *start >= now)
        };
        self.days = days.map(|day| (day, held(day))).collect();
    }

    /// A free slot that the calendar shows.
    pub(super) fn free_slot(&self, id: &str) -> Option<FreeSlot> {
        let free = self.free_days.as_ref()?.free.as_ref()?;
        free.slots.iter().find(|slot| slot.id.0 == id).cloned()
    }

    pub(super) fn calendar(&self, now: Timestamp) -> Option<Calendar> {
        if self.stage == Stage::When {
            return Some(Calendar {
                days: self.calendar_days(now, None),
                times: Vec::new(),
            });
        }
        if self.stage != Stage::Offering {
            return None;
        }
        let free = self.free_days.as_ref()?.free.as_ref()?;
        let shown = self.setting.local(self.offers.first()?.start).date();
        Some(Calendar {
            days: self.calendar_days(now, Some((free, shown))),
            times: self.calendar_times(now, &free.slots, shown),
        })
    }

    fn calendar_days(&self, now: Timestamp, free: Option<(&Free, Date)>) -> Vec<CalendarDay> {
        let today = self.setting.local(now).date();
        let state = |day: &Date, held: bool| match free {
            _ if !held => DayState::Closed,
            Some((free, _)) if !free.days.contains(day) => DayState::Full,
            Some(_) | None => DayState::Open,
        };
        let days = self.days.iter().map(|(day, held)| CalendarDay {
            state: state(day, *held),
            shown: free.is_some_and(|(_, shown)| shown == *day),
            ..calendar_day(&self.setting, *day, today, self.language)
        });
        days.collect()
    }

    fn calendar_times(&self, now: Timestamp, free: &[FreeSlot], day: Date) -> Vec<CalendarTime> {
        let people = people_of(&self.setting, self.draft.whom.as_ref());
        calendar_times(&self.setting, (&people, free), day, now, self.language)
    }
}

/// One day as a calendar shows it, in the language with this number of
/// [`Wording::languages`](crate::wording::Wording::languages). Open until somebody says
/// otherwise.
pub fn calendar_day(
    setting: &Setting,
    day: Date,
    today: Date,
    language: Option<usize>,
) -> CalendarDay {
    let text = |sentence: &Sentence| sentence.shown_in(language).expose().to_owned();
    let (weekday, month) = setting.wording.short_date(day);
    CalendarDay {
        id: day.to_string(),
        weekday: text(&weekday),
        day: day.day().to_string(),
        month: text(&month),
        label: text(&setting.wording.date(day, today)),
        state: DayState::Open,
        shown: false,
    }
}

/// The times of `day` that are still to come: what the hours of these people hold, less what
/// is not `free`, and the hours between two sessions.
pub fn calendar_times(
    setting: &Setting,
    (people, free): (&[PractitionerId], &[FreeSlot]),
    day: Date,
    now: Timestamp,
    language: Option<usize>,
) -> Vec<CalendarTime> {
    let time = |at: Timestamp| {
        let time = setting.wording.time(setting.local(at).time());
        time.shown_in(language).expose().to_owned()
    };
    let mut times = Vec::new();
    let mut ended: Option<Timestamp> = None;
    for (start, end) in planned(setting, people, day) {
        if start < now {
            continue;
        }
        if let Some(ended) = ended.filter(|ended| start.duration_since(*ended) > GAP) {
            times.push(CalendarTime {
                id: String::new(),
                label: format!("{} – {}", time(ended), time(start)),
                state: TimeState::Outside,
            });
        }
        let slot = free.iter().find(|slot| slot.start == start);
        times.push(CalendarTime {
            id: slot.map_or_else(String::new, |slot| slot.id.0.clone()),
            label: time(start),
            state: if slot.is_some() {
                TimeState::Free
            } else {
                TimeState::Taken
            },
        });
        ended = Some(ended.map_or(end, |before| before.max(end)));
    }
    times
}

/// When slots of these people start that day, and when the longest of them ends.
pub fn planned(
    setting: &Setting,
    people: &[PractitionerId],
    day: Date,
) -> BTreeMap<Timestamp, Timestamp> {
    let roster = &setting.roster;
    let mut planned = BTreeMap::new();
    for entry in people.iter().filter_map(|id| roster.practitioner(id)) {
        for slot in clinic::slots(entry, &roster.closures, &setting.zone, day, day) {
            let end = planned.entry(slot.start).or_insert(slot.end);
            *end = slot.end.max(*end);
        }
    }
    planned
}
