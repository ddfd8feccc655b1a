//! Who comes. Somebody on record is recognised by two facts that match: number and birth
//! date, or birth date and name. Everybody else is new, and registered only where they
//! agree. Nothing of a patient is shown or said before two facts match, and an unknown
//! number is answered like a wrong name.

use super::choosing;
use super::draft::{Birth, Phone, Whom};
use super::{Dialogue, Effect, QuestionId, Stage};
use crate::clinic::{Clues, Known, Match, PrivateDate};
use crate::understanding::{Act, Expecting, Understanding, When, fold, understand};
use jiff::Timestamp;
use kiosk_protocol::{Field, Private};

/// No name in any register is longer; a longer text is no name.
const LONGEST_NAME_CHARS: usize = 80;

/// What the records hold for the facts told so far.
#[derive(Debug, Clone)]
pub(super) struct Found {
    clues: Clues,
    /// Whom a fact fits, less those who were shown and are somebody else.
    records: Vec<Known>,
}

impl Dialogue {
    /// The next thing to ask or do until it is clear who comes; none once it is.
    pub(super) fn unclear_who(&self) -> Option<Stage> {
        if self.draft.known.is_some() {
            return (!self.draft.name_right).then_some(Stage::NameRight);
        }
        if self.draft.phone == Phone::NotAsked {
            Some(Stage::Phone)
        } else if self.draft.birth == Birth::NotAsked {
            Some(Stage::BirthDate)
        } else if self
            .found
            .as_ref()
            .is_none_or(|found| found.clues != self.clues())
        {
            Some(Stage::Looking)
        } else if self.draft.name.is_none() {
            Some(Stage::Name)
        } else if !self.draft.name_right {
            Some(Stage::NameRight)
        } else if !self.draft.agreed {
            Some(Stage::Agreeing)
        } else {
            None
        }
    }

    /// The facts told so far, but for the name.
    pub(super) fn clues(&self) -> Clues {
        Clues {
            phone: match &self.draft.phone {
                Phone::Number(number) => Some(number.clone()),
                Phone::NotAsked | Phone::None => None,
            },
            birth_date: match self.draft.birth {
                Birth::Date(date) => Some(date),
                Birth::NotAsked | Birth::Unknown => None,
            },
        }
    }

    /// Asks the records, unless there is nothing to ask for.
    pub(super) fn look_up(&mut self, now: Timestamp) {
        let clues = self.clues();
        if clues == Clues::default() {
            self.found = Some(Found {
                clues,
                records: Vec::new(),
            });
            return self.advance(now);
        }
        self.question.0 += 1;
        self.stage = Stage::Looking;
        self.effects.push(Effect::Expect(None));
        self.effects
            .push(Effect::FindPatients(self.question, clues));
        self.silence.activity(now);
    }

    pub(super) fn on_patients(
        &mut self,
        now: Timestamp,
        question: QuestionId,
        records: Vec<Known>,
    ) {
        if question != self.question || self.stage != Stage::Looking {
            return;
        }
        self.found = Some(Found {
            clues: self.clues(),
            records,
        });
        self.advance(now);
    }

    /// Takes the facts told so far as somebody on record, where two of them match.
    pub(super) fn recognise(&mut self, now: Timestamp) {
        let current = self
            .found
            .as_ref()
            .is_some_and(|found| found.clues == self.clues());
        if self.draft.known.is_some() || !current {
            return;
        }
        let records = self.found.iter().flat_map(|found| &found.records);
        let (sure, rest): (Vec<&Known>, Vec<&Known>) = records
            .partition(|known| known.phone == Match::Same && known.birth_date == Match::Same);
        let known = match (&self.draft.name, &sure[..]) {
            (None, [only]) => Some((*only).clone()),
            (None, _) => None,
            (Some(name), _) => self.named_among(now, name, &sure).or_else(|| {
                let rest = with_one_fact(&rest);
                // A name is a fact as it was typed or confirmed; one like it is somebody else's.
                match self.draft.name_right {
                    true => written_among(name, &rest),
                    false => self.named_among(now, name, &rest),
                }
            }),
        };
        if let Some(known) = known {
            let told = self.draft.name.as_ref().filter(|_| self.draft.name_right);
            self.draft.name_right = told.is_some_and(|name| name == &known.name);
            self.draft.name = Some(known.name.clone());
            self.draft.known = Some(known);
        }
    }

    /// The only one of `records` whose name is `name`, as far as ears can tell.
    fn named_among(&self, now: Timestamp, name: &Private, records: &[&Known]) -> Option<Known> {
        if records.is_empty() {
            return None;
        }
        let mut request =
            self.request(now, std::slice::from_ref(name), Some(Expecting::PersonName));
        request.patients = names(records.iter().copied());
        let meant = understand(&request).patient?;
        let mut fitting = records
            .iter()
            .filter(|known| known.name.expose() == meant.as_str());
        let only = fitting.next()?;
        fitting.next().is_none().then(|| (*only).clone())
    }

    /// Whether `name` is said of who was recognised or proposed already: nothing new.
    pub(super) fn is_known_as(&self, name: &Private) -> bool {
        let Some(proposed) = &self.draft.name else {
            return false;
        };
        let alike = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        self.draft.known.is_some() && alike(proposed.expose(), name.expose())
    }

    /// Names that a heard one is compared with: of those whom one fact fits already.
    pub(super) fn names_to_expect(&self) -> Vec<String> {
        names(self.found.iter().flat_map(|found| &found.records))
    }

    pub(super) fn answered_phone(&mut self, now: Timestamp, meaning: &Understanding, text: &str) {
        if let Some(number) = &meaning.phone {
            self.draft.phone = Phone::Number(Private::from(number.as_str()));
            self.advance(now);
        } else if self.said_something_else(now, text) {
            // It has gone on from there.
        } else if choosing::declines_phone(text) || meaning.acts == [Act::Negate] {
            self.draft.phone = Phone::None;
            self.advance(now);
        } else {
            self.misunderstand(now, "not-understood");
        }
    }

    /// "My name is …" or "no, Tuesday" where figures were asked for; true where it was that.
    fn said_something_else(&mut self, now: Timestamp, text: &str) -> bool {
        // "It's for my daughter, Abena Serwaa" names somebody as an answer would.
        let names = choosing::for_other(text) || choosing::says(text, &["name"]);
        let expecting = names.then_some(Expecting::PersonName);
        let request = self.request(now, &[Private::from(text)], expecting);
        let mut meaning = understand(&request);
        meaning.phone = None;
        let corrects = meaning.acts.contains(&Act::Negate)
            || choosing::says(text, &["wait", "sorry", "actually", "instead", "change"]);
        if !corrects {
            meaning.when = When::default();
            meaning.specialty = None;
        }
        let news = self.take(&meaning);
        if news.whom || news.when {
            self.go_on(now);
        } else if news.name {
            self.advance(now);
        }
        news.whom || news.when || news.name
    }

    pub(super) fn answered_birth_date(
        &mut self,
        now: Timestamp,
        meaning: &Understanding,
        text: &str,
    ) {
        if let Some(date) = meaning.date_of_birth {
            self.draft.birth = Birth::Date(PrivateDate(date));
            self.advance(now);
        } else if self.said_something_else(now, text) {
            // It has gone on from there.
        } else if choosing::at_a_loss(text)
            || choosing::declines_phone(text)
            || meaning.acts == [Act::Negate]
        {
            self.draft.birth = Birth::Unknown;
            self.advance(now);
        } else {
            self.misunderstand(now, "not-a-birth-date");
        }
    }

    /// "No, I was born on …", "the number is wrong", once that stands on the screen; true where
    /// it was that. Nobody has to wait for the confirmation to say so.
    pub(super) fn puts_figures_right(
        &mut self,
        now: Timestamp,
        meaning: &Understanding,
        text: &str,
    ) -> bool {
        if !matches!(
            self.stage,
            Stage::Name | Stage::NameRight | Stage::Agreeing | Stage::Confirming
        ) {
            return false;
        }
        let known_before = self.clues();
        let negated = meaning.acts.contains(&Act::Negate);
        let said = |expecting| understand(&self.request(now, &[text.into()], Some(expecting)));
        match choosing::field(text) {
            Some(Field::Phone) => match said(Expecting::Phone).phone {
                Some(number) => self.draft.phone = Phone::Number(Private::from(number.as_str())),
                None if negated => return self.opens_again(now, Field::Phone),
                None => return false,
            },
            field @ (Some(Field::BirthDate) | None) => {
                // A date alone, where a name was asked for, can only be theirs.
                let meant = field.is_some() || negated && self.stage == Stage::Name;
                match said(Expecting::DateOfBirth).date_of_birth.filter(|_| meant) {
                    Some(date) => self.draft.birth = Birth::Date(PrivateDate(date)),
                    None if negated && field.is_some() => {
                        return self.opens_again(now, Field::BirthDate);
                    }
                    None => return false,
                }
            }
            Some(Field::Practitioner | Field::Date | Field::Time | Field::Name) => return false,
        }
        if self.clues() == known_before {
            return false;
        }
        self.draft.known = None;
        self.advance(now);
        true
    }

    fn opens_again(&mut self, now: Timestamp, field: Field) -> bool {
        self.change(now, field);
        true
    }

    pub(super) fn answered_name(&mut self, now: Timestamp, meaning: &Understanding) {
        let news = self.take(meaning);
        if news.name {
            // Nobody who looks for an appointment is shown a name that may be another's.
            self.draft.name_right = self.seeks_own();
            self.advance(now);
        } else if news.whom || news.when {
            self.draft.slot = None;
            self.go_on(now);
        } else {
            self.misunderstand(now, "not-understood");
        }
    }

    pub(super) fn answered_name_right(
        &mut self,
        now: Timestamp,
        meaning: &Understanding,
        text: &str,
    ) {
        let negated = meaning.acts.contains(&Act::Negate);
        if meaning.person_name.is_none()
            && (meaning.when != When::default() || meaning.practitioner.is_some())
        {
            self.take(meaning);
            return self.go_on(now);
        }
        let again = meaning.person_name.as_deref().map(Private::from);
        if !negated && again.is_some_and(|name| self.is_known_as(&name)) {
            return self.name_is_right(now);
        }
        if negated || meaning.person_name.is_some() {
            self.not_that_one();
            let rest = text.trim_start_matches(|c: char| !c.is_alphanumeric());
            let rest = ["no", "No", "nope", "Nope"]
                .iter()
                .find_map(|no| rest.strip_prefix(no))
                .unwrap_or(rest);
            let again = self.request(now, &[Private::from(rest)], Some(Expecting::PersonName));
            let name = understand(&again)
                .person_name
                .filter(|name| !name.is_empty());
            self.misunderstood = self.misunderstood.saturating_add(1);
            return match name.or_else(|| meaning.person_name.clone()) {
                Some(name) => self.named(now, &name),
                None => {
                    let times = self.misunderstood;
                    self.stage = Stage::Name;
                    self.misunderstood = times;
                    self.ask(now, Stage::Name);
                }
            };
        }
        if meaning.acts.contains(&Act::Affirm) {
            return self.name_is_right(now);
        }
        let news = self.take(meaning);
        if news.whom || news.when {
            self.go_on(now)
        } else {
            self.misunderstand(now, "not-understood")
        }
    }

    pub(super) fn name_is_right(&mut self, now: Timestamp) {
        self.draft.name_right = true;
        self.advance(now);
    }

    /// Whoever was shown is somebody else, and is not shown again.
    pub(super) fn not_that_one(&mut self) {
        if let (Some(known), Some(found)) = (self.draft.known.take(), &mut self.found) {
            found.records.retain(|other| other.id != known.id);
        }
        self.draft.name = None;
        self.draft.name_right = false;
    }

    /// Shows a name and asks whether it is right.
    fn named(&mut self, now: Timestamp, name: &str) {
        self.draft.name = Some(Private::from(name));
        self.draft.name_right = false;
        self.recognise(now);
        let times = self.misunderstood;
        self.ask(now, Stage::NameRight);
        self.misunderstood = times;
    }

    pub(super) fn answered_agreement(&mut self, now: Timestamp, meaning: &Understanding) {
        let does = |act| meaning.acts.contains(&act);
        if does(Act::Affirm) && !does(Act::Negate) {
            self.agrees(now);
        } else if does(Act::Negate) {
            self.does_not_agree(now);
        } else {
            self.misunderstand(now, "ask-yes-no");
        }
    }

    pub(super) fn agrees(&mut self, now: Timestamp) {
        self.draft.agreed = true;
        self.advance(now);
    }

    /// Nothing is kept of who does not agree; a number in the queue needs no name.
    pub(super) fn does_not_agree(&mut self, now: Timestamp) {
        let whom = self.draft.whom.take();
        self.forget();
        self.draft.whom = whom;
        if self.can_walk_in(now) {
            self.offer_queue(now, "no-consent-queue");
        } else {
            self.send_to_reception(now, "no-consent");
        }
    }

    /// Whoever was seen last, for "the same doctor again".
    pub(super) fn resolve_whom_as_before(&mut self) {
        let last = self
            .draft
            .known
            .as_ref()
            .and_then(|known| known.last_seen.as_ref())
            .filter(|id| self.setting.roster.practitioner(id).is_some());
        if let Some(id) = last {
            self.draft.whom = Some(Whom::Practitioner(id.clone()));
        } else {
            self.draft.whom = None;
            self.preface = Some(self.setting.wording.fixed("not-seen-before"));
        }
    }

    /// Who types a name sees it: it is not asked again whether it is right.
    pub(super) fn entered_name(&mut self, now: Timestamp, text: &str) {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.chars().count() > LONGEST_NAME_CHARS || !name.chars().any(char::is_alphabetic) {
            return self.misunderstand(now, "not-understood");
        }
        self.not_that_one();
        self.draft.name = Some(Private::from(name));
        self.draft.name_right = true;
        self.advance(now);
    }

    pub(super) fn entered_phone(&mut self, now: Timestamp, text: &str) {
        let request = self.request(now, &[Private::from(text)], Some(Expecting::Phone));
        match understand(&request).phone {
            Some(number) => {
                self.draft.phone = Phone::Number(Private::from(number));
                self.advance(now);
            }
            None => self.misunderstand(now, "not-understood"),
        }
    }

    pub(super) fn entered_birth_date(&mut self, now: Timestamp, text: &str) {
        let request = self.request(now, &[Private::from(text)], Some(Expecting::DateOfBirth));
        match understand(&request).date_of_birth {
            Some(date) => {
                self.draft.birth = Birth::Date(PrivateDate(date));
                self.advance(now);
            }
            None => self.misunderstand(now, "not-a-birth-date"),
        }
    }
}

/// The only one of `records` with this very name, letters with and without marks alike.
fn written_among(name: &Private, records: &[&Known]) -> Option<Known> {
    let folded = |name: &Private| -> Vec<String> {
        let lower = name.expose().to_lowercase();
        lower.split_whitespace().map(fold).collect()
    };
    let wanted = folded(name);
    let mut fitting = records.iter().filter(|known| folded(&known.name) == wanted);
    let only = fitting.next()?;
    fitting.next().is_none().then(|| (*only).clone())
}

/// One fact fits: with the name it is two. A number alone counts only where no birth date
/// is on record that could contradict.
fn with_one_fact<'a>(records: &[&'a Known]) -> Vec<&'a Known> {
    records
        .iter()
        .copied()
        .filter(|known| {
            known.birth_date == Match::Same
                || known.phone == Match::Same && known.birth_date == Match::Absent
        })
        .collect()
}

fn names<'a>(records: impl Iterator<Item = &'a Known>) -> Vec<String> {
    let mut names: Vec<String> = records
        .map(|known| known.name.expose().to_owned())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
