//! What the screen shows, computed from the dialogue's state.

use super::alert::Call;
use super::draft::{Birth, Phone, Times, Whom};
use super::own::Own;
use super::queue::Queue;
use super::touched::{ANYONE, SOONEST};
use super::{Dialogue, Stage};
use crate::clinic::{Held, SpecialtyId};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use kiosk_protocol::{
    Action, Activity, Booked, Choice, ChoiceKind, Draft, Queued, Screen, Transcript, View,
};

/// Days to touch when asked for one, beside "as soon as possible".
const DAYS_TO_TOUCH: i64 = 5;

impl Dialogue {
    /// One whole snapshot of this moment; `seq` is the shell's to set.
    pub fn view(&self, now: Timestamp) -> View {
        View {
            seq: 0,
            screen: self.screen(),
            prompt: self.prompt.shown_in(self.language).clone(),
            choices: self.choices(now),
            draft: self.shown_draft(now),
            transcript: Transcript {
                text: self.heard.clone(),
                partial: self.heard_is_partial,
                activity: self.activity(),
            },
            capabilities: self.capabilities,
            language: self.language_shown().to_owned(),
            calendar: self.calendar(now),
            staff: (self.stage == Stage::Reception)
                .then(|| self.call.map(Call::shown))
                .flatten(),
            booked: self.ticket.as_ref().map(|ticket| Booked {
                code: ticket.code.clone(),
                practitioner: ticket.practitioner.clone(),
                date: self.text(&ticket.date),
                time: self.text(&ticket.time),
                to_confirm: ticket.to_confirm,
            }),
            queue: self.queue_ticket.map(|ticket| Queued {
                number: ticket.number,
                ahead: u32::try_from(ticket.ahead).unwrap_or(u32::MAX),
            }),
            paper: self.printing.paper,
            timeout: self.silence.timeout(now),
        }
    }

    fn screen(&self) -> Screen {
        match self.stage {
            Stage::Idle if !self.capabilities.booking => Screen::Problem,
            Stage::Idle => Screen::Welcome,
            Stage::Greeting | Stage::When | Stage::Searching | Stage::Looking => Screen::Listening,
            Stage::Whom => Screen::ChoosePractitioner,
            Stage::Offering => Screen::ChooseSlot,
            Stage::Name | Stage::NameRight => Screen::EnterName,
            Stage::Phone => Screen::EnterPhone,
            Stage::BirthDate => Screen::EnterBirthDate,
            Stage::Agreeing | Stage::Queue(_) => Screen::Question,
            Stage::Confirming | Stage::Changing | Stage::Booking => Screen::Confirm,
            Stage::Booked => Screen::Booked,
            Stage::Own(Own::Which) => Screen::ChooseSlot,
            Stage::Own(Own::Told | Own::Cancelling | Own::Settling) => Screen::Confirm,
            Stage::Done => Screen::Done,
            Stage::Reception => Screen::Reception,
        }
    }

    fn activity(&self) -> Activity {
        match self.stage {
            Stage::Idle => Activity::Idle,
            Stage::Searching
            | Stage::Looking
            | Stage::Booking
            | Stage::Own(Own::Settling)
            | Stage::Queue(Queue::Joining) => Activity::Thinking,
            Stage::Greeting
            | Stage::Whom
            | Stage::When
            | Stage::Offering
            | Stage::Phone
            | Stage::BirthDate
            | Stage::Name
            | Stage::NameRight
            | Stage::Agreeing
            | Stage::Confirming
            | Stage::Changing
            | Stage::Booked
            | Stage::Own(_)
            | Stage::Queue(Queue::Offered)
            | Stage::Done
            | Stage::Reception => match self.speaking {
                Some(_) => Activity::Speaking,
                None => Activity::Listening,
            },
        }
    }

    pub(super) fn choices(&self, now: Timestamp) -> Vec<Choice> {
        match self.stage {
            Stage::Greeting => vec![
                self.action(Action::Book, "choice-book"),
                self.action(Action::FindAppointment, "choice-my-appointment"),
                self.action(Action::JoinQueue, "choice-queue"),
            ],
            Stage::Own(own) => self.choices_of_own(now, own),
            Stage::Whom => self.choices_of_whom(),
            Stage::When => self.choices_of_days(now),
            Stage::Offering => self.choices_of_slots(now),
            Stage::NameRight
            | Stage::Agreeing
            | Stage::Confirming
            | Stage::Queue(Queue::Offered) => {
                vec![
                    self.action(Action::Yes, "choice-yes"),
                    self.action(Action::No, "choice-no"),
                ]
            }
            Stage::Changing => vec![self.action(Action::No, "choice-change-nothing")],
            Stage::Phone => vec![self.action(Action::No, "choice-no-phone")],
            Stage::BirthDate => vec![self.action(Action::No, "choice-no-birth-date")],
            Stage::Booked | Stage::Done => vec![self.action(Action::Goodbye, "choice-goodbye")],
            Stage::Reception => vec![
                self.action(Action::StartAgain, "choice-start-again"),
                self.action(Action::Goodbye, "choice-goodbye"),
            ],
            Stage::Idle
            | Stage::Searching
            | Stage::Looking
            | Stage::Name
            | Stage::Booking
            | Stage::Queue(Queue::Joining) => Vec::new(),
        }
    }

    fn choices_of_own(&self, now: Timestamp, own: Own) -> Vec<Choice> {
        let goodbye = || self.action(Action::Goodbye, "choice-goodbye");
        match own {
            Own::Which => self
                .own_shown()
                .iter()
                .map(|held| self.choice_of_held(now, held))
                .collect(),
            Own::Told => vec![
                self.action(Action::Reschedule, "choice-move"),
                self.action(Action::Cancel, "choice-cancel"),
                self.action(Action::CheckIn, "choice-check-in"),
                goodbye(),
            ],
            Own::Cancelling => {
                vec![
                    self.action(Action::Yes, "choice-yes"),
                    self.action(Action::No, "choice-no"),
                ]
            }
            Own::Settling => Vec::new(),
        }
    }

    fn choice_of_held(&self, now: Timestamp, held: &Held) -> Choice {
        let wording = &self.setting.wording;
        let today = self.setting.local(now).date();
        let local = self.setting.local(held.start);
        let date = self.text(&wording.date(local.date(), today));
        let practitioner = self.setting.practitioner_name(&held.practitioner);
        choice(
            ChoiceKind::Slot,
            &held.id.0,
            self.text(&wording.time(local.time())),
            format!("{date}\n{practitioner}"),
        )
    }

    pub(super) fn choices_of_whom(&self) -> Vec<Choice> {
        let roster = &self.setting.roster;
        let doctors = |specialty| {
            let names: Vec<&str> = roster
                .practitioners
                .iter()
                .filter(|it| it.specialties.contains(specialty))
                .map(|it| it.name.as_str())
                .collect();
            names.join(", ")
        };
        let mut choices: Vec<Choice> = roster
            .specialties
            .iter()
            .map(|it| {
                choice(
                    ChoiceKind::Specialty,
                    &it.id.0,
                    it.name.clone(),
                    doctors(&it.id),
                )
            })
            .collect();
        let specialties = |ids: &[SpecialtyId]| {
            let names: Vec<&str> = ids
                .iter()
                .filter_map(|id| Some(roster.specialty(id)?.name.as_str()))
                .collect();
            names.join(", ")
        };
        choices.extend(roster.practitioners.iter().map(|it| {
            choice(
                ChoiceKind::Practitioner,
                &it.id.0,
                it.name.clone(),
                specialties(&it.specialties),
            )
        }));
        let anyone = self.setting.wording.fixed("choice-any-doctor");
        choices.push(choice(
            ChoiceKind::Practitioner,
            ANYONE,
            self.text(&anyone),
            String::new(),
        ));
        choices
    }

    fn choices_of_days(&self, now: Timestamp) -> Vec<Choice> {
        let wording = &self.setting.wording;
        let today = self.setting.local(now).date();
        let soonest = choice(
            ChoiceKind::Day,
            SOONEST,
            self.text(&wording.fixed("choice-soonest")),
            String::new(),
        );
        let days = (0..DAYS_TO_TOUCH).filter_map(|ahead| today.checked_add(ahead.days()).ok());
        let day = |date: Date| {
            choice(
                ChoiceKind::Day,
                &date.to_string(),
                self.text(&wording.date(date, today)),
                String::new(),
            )
        };
        std::iter::once(soonest).chain(days.map(day)).collect()
    }

    fn choices_of_slots(&self, now: Timestamp) -> Vec<Choice> {
        let wording = &self.setting.wording;
        let today = self.setting.local(now).date();
        let offer = |slot: &crate::clinic::FreeSlot| {
            let local = self.setting.local(slot.start);
            let (time, date) = (
                self.text(&wording.time(local.time())),
                self.text(&wording.date(local.date(), today)),
            );
            let practitioner = self.setting.practitioner_name(&slot.practitioner);
            choice(
                ChoiceKind::Slot,
                &slot.id.0,
                time,
                format!("{date}\n{practitioner}"),
            )
        };
        let mut choices: Vec<Choice> = self.offers.iter().map(offer).collect();
        choices.extend([
            self.action(Action::Earlier, "choice-earlier"),
            self.action(Action::Later, "choice-later"),
            self.action(Action::AnotherDay, "choice-another-day"),
            self.action(Action::AnotherPractitioner, "choice-another-practitioner"),
        ]);
        choices
    }

    fn action(&self, action: Action, name: &'static str) -> Choice {
        choice(
            ChoiceKind::Action,
            action.name(),
            self.text(&self.setting.wording.fixed(name)),
            String::new(),
        )
    }

    pub(super) fn shown_draft(&self, now: Timestamp) -> Draft {
        if let (Stage::Own(_), Some(held)) = (
            self.stage,
            self.own.as_ref().and_then(|visit| visit.chosen.as_ref()),
        ) {
            let shown = self.choice_of_held(now, held);
            let (date, practitioner) = shown.detail.split_once('\n').unwrap_or_default();
            return Draft {
                practitioner: Some(practitioner.to_owned()),
                date: Some(date.to_owned()),
                time: Some(shown.label),
                name: self.draft.name.clone(),
                ..Draft::default()
            };
        }
        let roster = &self.setting.roster;
        let (practitioner, specialty) = match (&self.draft.slot, &self.draft.whom) {
            (Some(slot), _) => (
                Some(
                    self.setting
                        .practitioner_name(&slot.practitioner)
                        .to_owned(),
                ),
                None,
            ),
            (None, Some(Whom::Practitioner(id))) => {
                (Some(self.setting.practitioner_name(id).to_owned()), None)
            }
            (None, Some(Whom::Specialty(id))) => {
                (None, roster.specialty(id).map(|it| it.name.clone()))
            }
            (None, Some(Whom::AsBefore)) => (
                Some(self.text(&self.setting.wording.fixed("choice-same-doctor"))),
                None,
            ),
            (None, Some(Whom::Anyone)) => (
                Some(self.text(&self.setting.wording.fixed("choice-any-doctor"))),
                None,
            ),
            (None, None) => (None, None),
        };
        Draft {
            practitioner,
            specialty,
            date: self.shown_date(now),
            time: self.shown_time(),
            name: self.draft.name.clone(),
            phone: match &self.draft.phone {
                Phone::Number(number) => Some(number.clone()),
                Phone::NotAsked | Phone::None => None,
            },
            birth_date: match self.draft.birth {
                Birth::Date(date) => {
                    let shown = self.setting.wording.birth_date(date.0);
                    Some(shown.shown_in(self.language).clone())
                }
                Birth::NotAsked | Birth::Unknown => None,
            },
        }
    }

    fn shown_date(&self, now: Timestamp) -> Option<String> {
        let wording = &self.setting.wording;
        let today = self.setting.local(now).date();
        let day = |date| wording.date(date, today);
        if let Some(slot) = &self.draft.slot {
            return Some(self.text(&day(self.setting.local(slot.start).date())));
        }
        let (from, to) = self.draft.wish.days?;
        Some(
            self.text(&match (from == to, from == Date::MIN, to == Date::MAX) {
                (true, _, _) => day(from),
                (false, true, _) => wording.say("wish-until", &[("to", &day(to))]),
                (false, false, true) => wording.say("wish-from", &[("from", &day(from))]),
                (false, false, false) => {
                    wording.say("wish-between", &[("from", &day(from)), ("to", &day(to))])
                }
            }),
        )
    }

    fn shown_time(&self) -> Option<String> {
        let wording = &self.setting.wording;
        if let Some(slot) = &self.draft.slot {
            return Some(self.text(&wording.time(self.setting.local(slot.start).time())));
        }
        Some(self.text(&match self.draft.wish.times? {
            Times::Exact(time) => wording.time(time),
            Times::Between {
                part: Some(part), ..
            } => wording.part_of_day(part),
            Times::Between {
                from,
                to,
                part: None,
            } => wording.say(
                "wish-between",
                &[("from", &wording.time(from)), ("to", &wording.time(to))],
            ),
        }))
    }
}

fn choice(kind: ChoiceKind, id: &str, label: String, detail: String) -> Choice {
    Choice {
        id: id.to_owned(),
        kind,
        label,
        detail,
    }
}
