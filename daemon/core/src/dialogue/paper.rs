//! The ticket on paper: what it holds, and what is said when it lies in the tray.

use super::{Dialogue, Effect, QuestionId, Stage};
use jiff::Timestamp;
use kiosk_protocol::Paper;

/// A ticket to be printed, in the language of the screen: nothing but what that shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// The clinic's name.
    pub clinic: String,
    /// What has happened: "Your appointment is booked".
    pub heading: String,
    /// What the code is: "Your code".
    pub label: String,
    /// In large letters.
    pub code: String,
    /// Doctor, day and time; or how many are before them.
    pub lines: Vec<String>,
    /// The code is worth a QR code.
    pub scans: bool,
}

/// The ticket of this visit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Printing {
    pub paper: Option<Paper>,
    /// Nothing was said of it, because something else was being said.
    is_untold: bool,
}

impl Dialogue {
    /// Asks for the appointment's ticket.
    pub(super) fn print_ticket(&mut self) {
        let Some(ticket) = &self.ticket else { return };
        let lines = [
            ticket.practitioner.clone(),
            self.text(&ticket.date),
            self.text(&ticket.time),
        ];
        let slip = Slip {
            clinic: self.setting.clinic_name.clone(),
            heading: self.text(&self.prompt),
            label: self.text(&self.setting.wording.fixed("slip-code")),
            code: ticket.code.clone(),
            lines: lines.to_vec(),
            scans: true,
        };
        self.print(slip);
    }

    /// Asks for the ticket with the place in the queue.
    pub(super) fn print_number(&mut self) {
        let Some(ticket) = self.queue_ticket else {
            return;
        };
        let slip = Slip {
            clinic: self.setting.clinic_name.clone(),
            heading: String::new(),
            label: self.text(&self.setting.wording.fixed("slip-number")),
            code: ticket.number.to_string(),
            lines: vec![self.text(&self.prompt)],
            scans: false,
        };
        self.print(slip);
    }

    fn print(&mut self, slip: Slip) {
        self.question.0 += 1;
        self.effects.push(Effect::Print(self.question, slip));
    }

    pub(super) fn on_paper(&mut self, now: Timestamp, question: QuestionId, paper: Paper) {
        let is_shown = matches!(self.stage, Stage::Booked | Stage::Done);
        if question != self.question || !is_shown {
            return;
        }
        self.printing.paper = Some(paper);
        self.printing.is_untold = true;
        if self.speaking.is_none() {
            self.tell_of_paper(now);
        }
    }

    /// What is to be said of the ticket once the kiosk has finished.
    pub(super) fn tell_of_paper(&mut self, now: Timestamp) {
        let sentence = match self.printing.paper {
            Some(Paper::Printed) => "take-ticket",
            Some(Paper::Failed) => "no-ticket",
            Some(Paper::Printing) | None => return,
        };
        if std::mem::take(&mut self.printing.is_untold) {
            let sentence = self.setting.wording.fixed(sentence);
            self.say(&sentence);
            self.silence.activity(now);
        }
    }
}
