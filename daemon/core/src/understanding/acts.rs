//! What a patient does by saying something.
//!
//! Phrase lists, each read against what the kiosk did last: "fine" accepts an
//! offer and means little otherwise.

use super::act_phrases::{
    ACCEPT, ACCEPT_FIRST, ALTERNATIVES, BOOK, CANCEL, CHANGE_OF_MIND, CHECK_IN, DONE, FIND,
    FIND_APPOINTMENT, GOODBYE, HELP, HELP_ALONE, INFO, NO, NO_ANYWHERE, NO_PREFERENCE, NOT_A_NO,
    PRACTITIONER_ENDINGS, REPEAT, RESCHEDULE, SEE_DOCTOR, SPEAK_TO, STAFF, STOP, STOP_ALONE,
    THANKS, WHO, YES, YES_ANYWHERE,
};
use super::interchange::{Act, Expecting, LastAct, Request, When};
use super::phrases::Said;

/// Every act found, in the order of `Act`.
pub(super) fn acts(request: &Request, said: &Said, when: &When) -> Vec<Act> {
    let mut acts = Vec::new();
    let has_when = *when != When::default();
    let mut put = |act: Act, found: bool| {
        if found && !acts.contains(&act) {
            acts.push(act);
        }
    };
    let answering = answers_yes_no(request);
    let alternatives = alternatives(said, request);
    let negate = negates(said, request, answering, has_when, alternatives);
    let thanks = said.any(THANKS);
    let goodbye = goodbye(said, request);
    let info = said.any(INFO);
    let appointment = appointment_acts(said);
    let book = appointment.is_none() && books(said, request, has_when);
    let find = appointment.is_none() && !book && finds(said, request);
    put(Act::Negate, negate);
    put(Act::RequestAlternatives, alternatives);
    put(
        Act::Affirm,
        !negate && !alternatives && affirms(said, request, answering, book, find),
    );
    put(
        Act::Book,
        book && !(answering && request.last_act == Some(LastAct::SuggestBooking)),
    );
    put(Act::FindPractitioner, find);
    if let Some(act) = appointment {
        put(act, true);
    }
    put(Act::RequestInfo, info && appointment.is_none());
    put(Act::Repeat, said.any(REPEAT));
    put(Act::Help, said.any(HELP) || said.is_one_of(HELP_ALONE));
    put(Act::CallStaff, calls_staff(said));
    put(Act::Stop, said.any(STOP) || said.is_one_of(STOP_ALONE));
    put(Act::ChangeLanguage, changes_language(said));
    put(Act::NoPreference, said.any(NO_PREFERENCE));
    put(Act::Thanks, thanks);
    put(Act::Goodbye, goodbye);
    acts.sort_unstable();
    acts
}

fn answers_yes_no(request: &Request) -> bool {
    request.expecting == Some(Expecting::YesNo)
}

fn affirms(said: &Said, request: &Request, answering: bool, book: bool, find: bool) -> bool {
    let anything_else = matches!(
        request.last_act,
        Some(LastAct::AnythingElse | LastAct::Booked | LastAct::NotAvailable | LastAct::Goodbye)
    );
    if anything_else {
        return false;
    }
    let offered = matches!(
        request.last_act,
        Some(LastAct::Offer | LastAct::Confirm | LastAct::SuggestBooking | LastAct::Inform)
    );
    let explicit = said.begins(YES) || said.any(YES_ANYWHERE);
    if request.last_act == Some(LastAct::Ask) {
        return said.begins(YES) && request.expecting == Some(Expecting::YesNo);
    }
    let warmly = said.begins(ACCEPT_FIRST);
    let accepted = said.any(ACCEPT) || warmly && !said.any(INFO);
    let confirmed = request.last_act == Some(LastAct::Confirm) && warmly;
    let suggested = request.last_act == Some(LastAct::SuggestBooking) && book;
    if offered && accepted || confirmed || suggested {
        return true;
    }
    explicit && !find && (answering || request.last_act != Some(LastAct::Inform))
}

fn negates(
    said: &Said,
    request: &Request,
    answering: bool,
    has_when: bool,
    alternatives: bool,
) -> bool {
    if said.begins(NOT_A_NO) {
        return false;
    }
    let confirm = request.last_act == Some(LastAct::Confirm);
    if confirm
        && (said.any(CHANGE_OF_MIND) || (has_when && !said.begins(YES) && !said.any(YES_ANYWHERE)))
    {
        return true;
    }
    if request.last_act == Some(LastAct::AnythingElse) && said.any(DONE) {
        return true;
    }
    let no = said.begins(NO) || said.any(NO_ANYWHERE);
    no && (answering || !alternatives)
}

fn alternatives(said: &Said, request: &Request) -> bool {
    said.any(ALTERNATIVES)
        && !matches!(
            request.last_act,
            Some(LastAct::Confirm | LastAct::AnythingElse)
        )
}

fn goodbye(said: &Said, request: &Request) -> bool {
    said.any(GOODBYE)
        || (said.any(DONE)
            && !matches!(
                request.last_act,
                Some(LastAct::AnythingElse | LastAct::NotAvailable)
            ))
}

fn books(said: &Said, request: &Request, has_when: bool) -> bool {
    let retry = matches!(
        request.last_act,
        Some(LastAct::NotAvailable | LastAct::AnythingElse)
    ) && has_when;
    let confirming = matches!(request.last_act, Some(LastAct::Confirm | LastAct::Ask));
    (said.any(BOOK) && !confirming) || (retry && !said.begins(NO))
}

fn finds(said: &Said, request: &Request) -> bool {
    let opening = matches!(
        request.last_act,
        None | Some(
            LastAct::Greet | LastAct::Booked | LastAct::AnythingElse | LastAct::NotAvailable
        )
    );
    opening
        && ((said.any(FIND) && said.any(WHO))
            || said.any(SEE_DOCTOR)
            || speaks_to_practitioner(said))
}

fn calls_staff(said: &Said) -> bool {
    said.any(STAFF) || (said.any(&["speak to a", "talk to a"]) && !speaks_to_practitioner(said))
}

/// "Can I talk to a dentist?" wants an appointment, "can I talk to a manager?" staff. So does
/// "can I talk to a nurse?": nurses of the lobby are meant.
pub(super) fn speaks_to_practitioner(said: &Said) -> bool {
    let is_practitioner = |word: &str| {
        PRACTITIONER_ENDINGS
            .iter()
            .any(|ending| word.ends_with(ending))
    };
    SPEAK_TO
        .iter()
        .filter_map(|phrase| said.find(phrase))
        // "a good eye doctor"
        .any(|end| said.after(end).split(' ').take(3).any(is_practitioner))
}

/// What is done to an appointment that exists.
fn appointment_acts(said: &Said) -> Option<Act> {
    let thing = said.any(&["appointment", "booking", "reservation", "visit"]);
    if said.any(RESCHEDULE) && (thing || said.any(&["reschedule", "postpone"])) {
        return Some(Act::Reschedule);
    }
    if thing && said.any(CANCEL) {
        return Some(Act::Cancel);
    }
    if said.any(CHECK_IN) {
        return Some(Act::CheckIn);
    }
    said.any(FIND_APPOINTMENT).then_some(Act::FindAppointment)
}

fn changes_language(said: &Said) -> bool {
    const LANGUAGES: &[&str] = &[
        "twi",
        "ga",
        "ewe",
        "fante",
        "hausa",
        "yoruba",
        "igbo",
        "pidgin",
        "dagbani",
        "english",
        "french",
        "spanish",
        "german",
        "arabic",
        "chinese",
        "mandarin",
        "portuguese",
        "italian",
        "greek",
        "japanese",
        "dutch",
        "russian",
        "hindi",
        "swahili",
        "korean",
        "akan",
    ];
    (said.any(LANGUAGES)
        && said.any(&[
            "speak",
            "language",
            "talk",
            "switch",
            "change",
            "respond",
            "responses",
            "in english",
            "in twi",
            "using",
            "chat",
            "set",
        ]))
        || (said.any(&["language", "languages"])
            && said.any(&[
                "change",
                "switch",
                "another",
                "other",
                "different",
                "select",
                "alter",
                "set",
                "new",
                "use",
            ]))
}
