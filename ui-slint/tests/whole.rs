//! Patients before the real kioskd: everything by touching what is drawn, and some of it by
//! saying it.
#![allow(clippy::unwrap_used)]

#[path = "support/kioskd.rs"]
mod kioskd;
#[path = "support/patient.rs"]
mod patient;
#[path = "../../daemon/tests/support/pulse.rs"]
mod pulse;
mod support;

use kiosk_protocol::Screen;
use kiosk_ui::frame::{Frame, Page};
use kioskd::Kioskd;
use patient::{Hand, Voice, before, before_with};
use pulse::{MICROPHONE, Pulse, SPEAKER};

#[test]
fn a_patient_books_changes_and_cancels_by_touch_alone() {
    let kioskd = Kioskd::start();
    before(&kioskd.socket(), |patient| {
        let code = patient.books_by_touch(2);
        patient.moves_it(&code);
        patient.cancels_it();
    });
}

#[test]
fn a_patient_books_by_keys_alone() {
    let kioskd = Kioskd::start();
    before_with(Hand::Keys, &kioskd.socket(), |patient| {
        patient.books_by_touch(1);
        patient.on(Screen::Welcome);
    });
}

#[test]
fn a_patient_checks_in_and_another_walks_in_by_touch_alone() {
    let kioskd = Kioskd::start();
    before(&kioskd.socket(), |patient| {
        patient.books_by_touch(0);
        let arrived = patient.checks_in();
        let walked_in = patient.walks_in();
        assert_eq!(walked_in, arrived + 1, "they wait in the order of arrival");
    });
}

#[test]
fn a_visit_goes_from_touch_to_voice_and_back_at_any_question() {
    let pulse = Pulse::start();
    let alsa = pulse.alsa_config().display().to_string();
    let mut kioskd = Kioskd::installed(&[
        ("ALSA_CONFIG_PATH", alsa.as_str()),
        ("KIOSK_AUDIO_MICROPHONE", MICROPHONE),
        ("KIOSK_AUDIO_SPEAKER", SPEAKER),
    ]);
    let sentences = [
        "Tomorrow morning, please.",
        "The first one, please.",
        "The second of March, nineteen ninety.",
        "Yes, you may.",
        "Go back, please.",
        "Yes, please.",
    ];
    // A microphone that gives nothing for a minute counts as muted.
    let voice = Voice::saying(&kioskd, &pulse, &sentences);
    kioskd.spawn();
    before(&kioskd.socket(), |patient| {
        patient.on(Screen::Welcome);
        patient.touch("Book an appointment");
        patient.on(Screen::ChoosePractitioner);
        patient.touch("Dr Ama Owusu, General practice");
        patient.on(Screen::Listening);
        patient.says(&voice, sentences[0], "offers", on(Screen::ChooseSlot));
        patient.says(&voice, sentences[1], "the keypad", on(Screen::EnterPhone));
        patient.types("0244987654");
        patient.on(Screen::EnterBirthDate);
        patient.says(&voice, sentences[2], "the keyboard", on(Screen::EnterName));
        patient.types("Adwoa");
        patient.on(Screen::Question);
        patient.says(&voice, sentences[3], "the booking", on(Screen::Confirm));
        patient.touch("No");
        patient.until("what to change", |frame| {
            frame.view.prompt.expose() == "What would you like to change?"
        });
        let asks = |frame: &Frame| frame.view.prompt.expose() == "Shall I book this?";
        let frame = patient.says(&voice, sentences[4], "the booking, read back", asks);
        let draft = &frame.view.draft;
        assert!(draft.date.as_ref().unwrap().starts_with("Tomorrow"));
        // How well years are heard is another test's matter.
        let born = draft.birth_date.as_ref().unwrap().expose();
        assert!(born.starts_with("2 March 19"), "{born}");
        assert_eq!(draft.name.as_ref().unwrap().expose(), "Adwoa");
        patient.says(&voice, sentences[5], "the ticket", on(Screen::Booked));
        patient.touch("Finish");
        patient.on(Screen::Welcome);
    });
}

#[test]
fn a_panel_that_comes_back_shows_the_page_that_was_left() {
    let mut kioskd = Kioskd::start();
    let socket = kioskd.socket();
    before(&socket, |patient| {
        patient.on(Screen::Welcome);
        patient.touch("Book an appointment");
        patient.on(Screen::ChoosePractitioner);
    });
    before(&socket, |patient| {
        patient.on(Screen::ChoosePractitioner);
        patient.touch("Settings");
        patient.touch("Twi");
        patient.until("Twi", |frame| frame.view.language == "tw");
        assert!(patient.panel.words().contains("Frɛ obi"));
    });
    before(&socket, |patient| {
        let frame = patient.on(Screen::ChoosePractitioner);
        assert_eq!(frame.view.language, "tw", "the visit's language, too");
        kioskd.kill();
        patient.until("one moment", |frame| frame.page == Page::OneMoment);
        kioskd.spawn();
        patient.on(Screen::Welcome);
        assert!(patient.panel.words().contains("How can I help you today?"));
    });
}

fn on(screen: Screen) -> impl Fn(&Frame) -> bool {
    move |frame| frame.page == Page::Of(screen)
}
