//! Between the understanding and the draft: what is asked of the one, and what of its
//! answer goes into the other.

use super::draft::{Phone, Whom};
use super::own::Own;
use super::queue::Queue;
use super::{Dialogue, Stage};
use crate::understanding::{Expecting, LastAct, Offer, Request, Understanding, When};
use crate::wording::verbatim;
use jiff::Timestamp;
use kiosk_protocol::Private;

/// Which parts of the draft an utterance changed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct News {
    pub whom: bool,
    pub when: bool,
    pub name: bool,
    pub phone: bool,
}

impl Dialogue {
    /// Takes facts into the draft. A new wish gives up the slot chosen before.
    pub(super) fn take(&mut self, meaning: &Understanding) -> News {
        let mut news = News::default();
        if let Some(whom) = self.whom_meant(meaning)
            && self.draft.whom.as_ref() != Some(&whom)
        {
            self.draft.whom = Some(whom);
            news.whom = true;
        }
        if meaning.when != When::default() {
            self.draft.wish.take(&meaning.when);
            news.when = true;
        }
        if news.whom || news.when {
            self.draft.slot = None;
        }
        // A lone name answers a question for a name; elsewhere it is more likely somebody else's.
        if let Some(name) = meaning
            .person_name
            .as_deref()
            .filter(|name| !name.is_empty())
            && meaning.practitioner.is_none()
            && !self.is_known_as(&Private::from(name))
        {
            self.not_that_one();
            self.draft.name = Some(Private::from(name));
            news.name = true;
        }
        if let Some(number) = &meaning.phone {
            self.draft.phone = Phone::Number(Private::from(number.as_str()));
            self.draft.known = None;
            news.phone = true;
        }
        if news.whom && meaning.reason.is_some() && meaning.practitioner.is_none() {
            self.suggest();
        }
        news
    }

    fn whom_meant(&self, meaning: &Understanding) -> Option<Whom> {
        if let Some(name) = &meaning.practitioner {
            return self
                .setting
                .practitioner_named(name)
                .map(|found| Whom::Practitioner(found.id.clone()));
        }
        let name = meaning.specialty.as_ref()?;
        let specialty = self
            .setting
            .roster
            .specialties
            .iter()
            .find(|specialty| specialty.name == *name)?;
        Some(Whom::Specialty(specialty.id.clone()))
    }

    /// A complaint leads to a suggestion, never to a diagnosis.
    fn suggest(&mut self) {
        let Some(Whom::Specialty(id)) = &self.draft.whom else {
            return;
        };
        let Some(specialty) = self.setting.roster.specialty(id) else {
            return;
        };
        let name = if specialty.sensitive {
            "suggest-specialty-sensitive"
        } else {
            "suggest-specialty"
        };
        let specialty = verbatim(&specialty.name);
        self.preface = Some(self.setting.wording.say(name, &[("specialty", &specialty)]));
    }

    /// Names that the next utterance may hold, for the recogniser: where somebody is asked
    /// who they are, those of patients whom one fact fits already; else nothing.
    pub fn names_asked_for(&self) -> Option<Vec<String>> {
        (self.stage == Stage::Name).then(|| self.names_to_expect())
    }

    pub(super) fn request(
        &self,
        now: Timestamp,
        hypotheses: &[Private],
        expecting: Option<Expecting>,
    ) -> Request {
        Request {
            id: String::new(),
            now: self.setting.local(now),
            hypotheses: hypotheses
                .iter()
                .map(|text| text.expose().to_owned())
                .collect(),
            expecting,
            offer: self.offer_meant(),
            last_act: self.last_act(),
            practitioners: self
                .setting
                .roster
                .practitioners
                .iter()
                .map(|it| it.name.clone())
                .collect(),
            specialties: self.setting.specialty_words(),
            patients: self.names_to_expect(),
            regions: self.setting.regions.clone(),
        }
    }

    fn offer_meant(&self) -> Option<Offer> {
        let offered = if self.stage == Stage::Offering {
            self.offers.first()
        } else {
            None
        };
        let slot = offered.or(self.draft.slot.as_ref())?;
        let local = self.setting.local(slot.start);
        Some(Offer {
            practitioner: Some(
                self.setting
                    .practitioner_name(&slot.practitioner)
                    .to_owned(),
            ),
            date: Some(local.date()),
            time: Some(local.time()),
        })
    }

    fn last_act(&self) -> Option<LastAct> {
        match self.stage {
            Stage::Idle
            | Stage::Searching
            | Stage::Looking
            | Stage::Booking
            | Stage::Queue(Queue::Joining) => None,
            Stage::Greeting => Some(LastAct::Greet),
            Stage::Whom
            | Stage::When
            | Stage::Phone
            | Stage::BirthDate
            | Stage::Name
            | Stage::Changing => Some(LastAct::Ask),
            Stage::Offering => Some(LastAct::Offer),
            Stage::Own(Own::Which) => Some(LastAct::Ask),
            Stage::Own(Own::Told | Own::Settling) | Stage::Done | Stage::Reception => {
                Some(LastAct::Inform)
            }
            Stage::NameRight
            | Stage::Agreeing
            | Stage::Confirming
            | Stage::Queue(Queue::Offered)
            | Stage::Own(Own::Cancelling) => Some(LastAct::Confirm),
            Stage::Booked => Some(LastAct::Booked),
        }
    }
}
