//! Looking for free slots and offering at most three. Where the wish cannot be met,
//! the nearest that can is offered, and said to be that.

use super::choosing::Direction;
use super::draft::{Times, Whom};
use super::{Dialogue, Effect, QuestionId, Setting, Stage};
use crate::clinic::{FreeSlot, PractitionerId, SlotQuery};
use crate::wording::{Sentence, verbatim};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// More would not be remembered when heard.
const OFFERS: usize = 3;

/// Enough to choose from for a day of a large clinic.
const SLOTS_LOOKED_AT: usize = 400;

/// A search whose answer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Search {
    question: QuestionId,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// As wished.
    Wished,
    /// The same people from the wished day on, at any time.
    Near,
    /// The same people at any time.
    AnyTime,
    /// Other people, as wished or later.
    Others,
    /// Around the offers that are shown.
    Around(Direction),
}

impl Dialogue {
    pub(super) fn search_wished(&mut self, now: Timestamp) {
        self.offers.clear();
        self.search(now, Kind::Wished);
    }

    /// "Earlier", "later", "another day", "another doctor".
    pub(super) fn look(&mut self, now: Timestamp, direction: Direction) {
        let kind = match direction {
            Direction::AnotherPractitioner => Kind::Others,
            Direction::Earlier | Direction::Later | Direction::AnotherDay => {
                Kind::Around(direction)
            }
        };
        self.search(now, kind);
    }

    fn search(&mut self, now: Timestamp, kind: Kind) {
        self.question.0 += 1;
        let query = self.query(now, kind);
        if kind == Kind::Others && query.practitioners.is_empty() {
            return self.found_nothing(now, kind);
        }
        self.search = Some(Search {
            question: self.question,
            kind,
        });
        self.stage = Stage::Searching;
        self.effects.push(Effect::FindSlots(self.question, query));
    }

    pub(super) fn on_slots(&mut self, now: Timestamp, question: QuestionId, slots: Vec<FreeSlot>) {
        if self.took_free_days(question, &slots) {
            return;
        }
        let Some(search) = self.search.filter(|search| search.question == question) else {
            return;
        };
        if self.stage != Stage::Searching {
            return;
        }
        self.search = None;
        self.silence.activity(now);
        let chosen = self.chosen(search.kind, slots);
        if chosen.is_empty() {
            return self.found_nothing(now, search.kind);
        }
        if search.kind == Kind::Others {
            self.widen_whom();
        }
        self.offers = chosen;
        self.ask(now, Stage::Offering);
        self.look_at_calendar(now);
    }

    /// At most three of `slots`, soonest first.
    fn chosen(&mut self, kind: Kind, mut slots: Vec<FreeSlot>) -> Vec<FreeSlot> {
        slots.sort_by_key(|slot| slot.start);
        if kind == Kind::Around(Direction::Earlier) {
            return slots.split_off(slots.len().saturating_sub(OFFERS));
        }
        if let (Kind::Wished, Some(Times::Exact(wished))) = (kind, self.draft.wish.times)
            && !slots.is_empty()
        {
            return self.around_exactly(wished, slots);
        }
        slots.truncate(OFFERS);
        slots
    }

    fn around_exactly(&mut self, wished: Time, mut slots: Vec<FreeSlot>) -> Vec<FreeSlot> {
        let off = |slot: &FreeSlot| {
            let time = self.setting.local(slot.start).time();
            SignedDuration::try_from(wished.until(time).unwrap_or_default())
                .unwrap_or(SignedDuration::MAX)
                .abs()
        };
        if slots.iter().any(|slot| off(slot).is_zero()) {
            slots.retain(|slot| off(slot).is_zero());
        } else {
            slots.sort_by_key(&off);
            let words = self.setting.wording.fixed("nothing-exact");
            self.preface.get_or_insert(words);
        }
        slots.truncate(OFFERS);
        slots.sort_by_key(|slot| slot.start);
        slots
    }

    fn found_nothing(&mut self, now: Timestamp, kind: Kind) {
        match kind {
            Kind::Wished => {
                let words = self.nothing_then();
                self.preface.get_or_insert(words);
                self.search(now, Kind::Near);
            }
            Kind::Near => self.search(now, Kind::AnyTime),
            Kind::AnyTime => self.search(now, Kind::Others),
            Kind::Others if self.offers.is_empty() && self.can_walk_in(now) => {
                self.offer_queue(now, "nothing-free-queue")
            }
            Kind::Others if self.offers.is_empty() => self.send_to_reception(now, "nothing-at-all"),
            Kind::Others => self.offer_again(now, "nothing-others"),
            Kind::Around(Direction::Earlier) => self.offer_again(now, "nothing-earlier"),
            Kind::Around(
                Direction::Later | Direction::AnotherDay | Direction::AnotherPractitioner,
            ) => {
                self.offer_again(now, "nothing-later");
            }
        }
    }

    fn offer_again(&mut self, now: Timestamp, name: &'static str) {
        self.preface = Some(self.setting.wording.fixed(name));
        self.ask(now, Stage::Offering);
    }

    fn nothing_then(&self) -> Sentence {
        let wording = &self.setting.wording;
        if let Some((day, name)) = self.closed_day() {
            let words = [("date", &wording.plain_date(day)), ("name", &name)];
            return wording.say("closed-for", &words);
        }
        match &self.draft.whom {
            Some(Whom::Practitioner(id)) => {
                let name = verbatim(self.setting.practitioner_name(id));
                match self.away_until(id) {
                    Some(last) => wording.say(
                        "away-until",
                        &[("practitioner", &name), ("date", &wording.plain_date(last))],
                    ),
                    None => wording.say("nothing-then-whom", &[("practitioner", &name)]),
                }
            }
            Some(Whom::Anyone | Whom::AsBefore | Whom::Specialty(_)) | None => {
                wording.fixed("nothing-then")
            }
        }
    }

    /// The wished day and why the clinic is closed then, where one day was wished for.
    fn closed_day(&self) -> Option<(Date, Sentence)> {
        let (first, last) = self.draft.wish.days?;
        let closure = self.setting.roster.closure(first)?;
        (first == last).then(|| (first, verbatim(&closure.name)))
    }

    /// The last day of the absence in which all wished days lie.
    fn away_until(&self, id: &PractitionerId) -> Option<Date> {
        let (first, last) = self.draft.wish.days?;
        let leave = &self.setting.roster.practitioner(id)?.leave;
        let away = leave
            .iter()
            .find(|leave| leave.from <= first && last <= leave.to)?;
        Some(away.to)
    }

    /// "Another doctor" means: of the same kind.
    fn widen_whom(&mut self) {
        if let Some(Whom::Practitioner(id)) = &self.draft.whom
            && let Some(specialty) = self
                .setting
                .roster
                .practitioner(id)
                .and_then(|it| it.specialties.first())
        {
            self.draft.whom = Some(Whom::Specialty(specialty.clone()));
        }
    }

    fn query(&self, now: Timestamp, kind: Kind) -> SlotQuery {
        let today = self.setting.local(now).date();
        let horizon = self.start_of(self.horizon_day(today));
        let (first, last) = self.draft.wish.days.unwrap_or((today, Date::MAX));
        let wished_from = now.max(self.start_of(first.max(today)));
        let wished_until = last
            .checked_add(1.day())
            .map_or(horizon, |after| self.start_of(after).min(horizon));
        let (from, until, time_of_day) = match kind {
            Kind::Wished => (wished_from, wished_until, self.times_to_look_at()),
            Kind::Near | Kind::Others => (wished_from, horizon, None),
            Kind::AnyTime => (now, horizon, None),
            Kind::Around(direction) => self.around(now, direction, horizon),
        };
        SlotQuery {
            practitioners: self.people(kind),
            from,
            until,
            time_of_day,
            limit: SLOTS_LOOKED_AT,
        }
    }

    fn around(
        &self,
        now: Timestamp,
        direction: Direction,
        horizon: Timestamp,
    ) -> (Timestamp, Timestamp, Option<(Time, Time)>) {
        let first = self.offers.first().map_or(now, |slot| slot.start);
        let last = self.offers.last().map_or(now, |slot| slot.start);
        match direction {
            // Within the two weeks before, so that the limit does not cut off the nearest.
            Direction::Earlier => (
                now.max(first - SignedDuration::from_hours(14 * 24)),
                first,
                None,
            ),
            Direction::Later | Direction::AnotherPractitioner => {
                (last + SignedDuration::from_secs(1), horizon, None)
            }
            Direction::AnotherDay => {
                let day = self.setting.local(last).date();
                let next = day
                    .checked_add(1.day())
                    .map_or(horizon, |next| self.start_of(next));
                (next, horizon, self.times_to_look_at())
            }
        }
    }

    /// A range of times is the store's to filter; for an exact time the neighbours count too.
    fn times_to_look_at(&self) -> Option<(Time, Time)> {
        match self.draft.wish.times? {
            Times::Exact(_) => None,
            Times::Between { from, to, .. } => Some((from, to.saturating_add(1.minute()))),
        }
    }

    fn people(&self, kind: Kind) -> Vec<PractitionerId> {
        let wanted = match &self.draft.whom {
            Some(Whom::Practitioner(id)) if kind == Kind::Others => {
                return self.setting.colleagues(id);
            }
            whom => people_of(&self.setting, whom.as_ref()),
        };
        if kind != Kind::Others {
            return wanted;
        }
        wanted
            .into_iter()
            .filter(|id| !self.offers.iter().any(|slot| slot.practitioner == *id))
            .collect()
    }

    /// Why the wished day cannot be booked at all, if it cannot.
    pub(super) fn impossible_day(&self, now: Timestamp) -> Option<Sentence> {
        let (first, last) = self.draft.wish.days?;
        let today = self.setting.local(now).date();
        let wording = &self.setting.wording;
        if last < today {
            return Some(wording.fixed("day-past"));
        }
        let days = verbatim(&self.setting.horizon_days.to_string());
        (first >= self.horizon_day(today)).then(|| wording.say("day-too-far", &[("days", &days)]))
    }

    /// The first day that cannot be booked any more.
    fn horizon_day(&self, today: Date) -> Date {
        today.saturating_add(i64::from(self.setting.horizon_days).days())
    }

    /// The last day that can be booked.
    pub(super) fn last_day(&self, today: Date) -> Date {
        self.horizon_day(today).yesterday().unwrap_or(today)
    }

    pub(super) fn start_of(&self, day: Date) -> Timestamp {
        self.setting
            .zone
            .to_ambiguous_zoned(day.at(0, 0, 0, 0))
            .compatible()
            .map_or(Timestamp::MAX, |it| it.timestamp())
    }

    pub(super) fn choose(&mut self, now: Timestamp, index: usize) {
        let Some(slot) = self.offers.get(index) else {
            return;
        };
        self.choose_slot(now, slot.clone());
    }

    pub(super) fn choose_slot(&mut self, now: Timestamp, slot: FreeSlot) {
        let appointment = match self.moving() {
            Some(held) => held.id.clone(),
            None => self
                .draft
                .appointment
                .get_or_insert_with(|| (self.new_id)())
                .clone(),
        };
        self.effects
            .push(Effect::Hold(appointment, slot.id.clone()));
        self.draft.slot = Some(slot);
        self.advance(now);
    }

    /// The offers in words: the day once, doctors only where there are several.
    pub(super) fn offered(&self) -> Sentence {
        let wording = &self.setting.wording;
        let Some(first) = self.offers.first() else {
            return self.prompt.clone();
        };
        let practitioner = verbatim(self.setting.practitioner_name(&first.practitioner));
        let several = self
            .offers
            .iter()
            .any(|slot| slot.practitioner != first.practitioner);
        let mut day = None;
        let items: Vec<Sentence> = self
            .offers
            .iter()
            .map(|slot| self.offer_item(slot, several, &mut day))
            .collect();
        let list = listed(&items, wording);
        match (items.len(), several) {
            (1, _) => wording.say(
                "offer-one",
                &[("practitioner", &practitioner), ("first", &items[0])],
            ),
            (_, false) => wording.say(
                "offer-many",
                &[("practitioner", &practitioner), ("list", &list)],
            ),
            (_, true) => wording.say("offer-many-several", &[("list", &list)]),
        }
    }

    fn offer_item(&self, slot: &FreeSlot, several: bool, day: &mut Option<Date>) -> Sentence {
        let wording = &self.setting.wording;
        let local = self.setting.local(slot.start);
        let same_day = day.replace(local.date()) == Some(local.date());
        let (date, time) = (wording.plain_date(local.date()), wording.time(local.time()));
        let practitioner = verbatim(self.setting.practitioner_name(&slot.practitioner));
        let arguments = [
            ("date", &date),
            ("time", &time),
            ("practitioner", &practitioner),
        ];
        let name = match (same_day, several) {
            (true, true) => "offer-time-with",
            (true, false) => "offer-time",
            (false, true) => "offer-slot-with",
            (false, false) => "offer-slot",
        };
        wording.say(name, &arguments)
    }
}

/// Who can be meant.
pub(super) fn people_of(setting: &Setting, whom: Option<&Whom>) -> Vec<PractitionerId> {
    match whom {
        Some(Whom::Practitioner(id)) => vec![id.clone()],
        Some(Whom::Specialty(id)) => setting.practitioners_of(id),
        Some(Whom::Anyone | Whom::AsBefore) | None => {
            let all = setting.roster.practitioners.iter();
            all.map(|it| it.id.clone()).collect()
        }
    }
}

/// "A, B, or C".
fn listed(items: &[Sentence], wording: &crate::wording::Wording) -> Sentence {
    let Some((last, before)) = items.split_last() else {
        return verbatim("");
    };
    let Some((first, rest)) = before.split_first() else {
        return last.clone();
    };
    let first = rest
        .iter()
        .fold(first.clone(), |list, item| list.joined(item, ", "));
    wording.say("list-or", &[("first", &first), ("last", last)])
}
