//! Transcripts of an utterance that is still being said: whether the recogniser has time
//! for one, and what of it is shown.

use crate::hearing::RecogniserEvent;
use kiosk_core::hearing::Agreement;
use kiosk_protocol::Private;
use std::time::{Duration, Instant};

/// A run that takes longer would keep the patient waiting for their answer.
const SLOWEST: Duration = Duration::from_millis(400);
/// Pause after a run, as a multiple of its time: partials take at most 40 % of it.
const REST: f64 = 1.5;

/// Partial transcripts.
#[derive(Debug, Default)]
pub struct Partials {
    /// How long a run takes here, smoothed; unknown before the first.
    run_s: Option<f64>,
    next: Option<Instant>,
    agreement: Agreement,
    /// The question that is with the recogniser.
    running: Option<u64>,
    /// Also where the box is slow, and without rest.
    always: bool,
}

impl Partials {
    /// `always`: also where runs take long, one after the other.
    pub fn new(always: bool) -> Self {
        Self {
            always,
            ..Self::default()
        }
    }

    /// Whether there is time for one now.
    pub fn are_due(&self, now: Instant) -> bool {
        let fast = self
            .run_s
            .is_some_and(|seconds| seconds <= SLOWEST.as_secs_f64());
        self.always || fast && self.next.is_none_or(|next| now >= next)
    }

    /// A run took so long.
    pub fn measured(&mut self, seconds: f64) {
        self.run_s = Some(
            self.run_s
                .map_or(seconds, |known| 0.7 * known + 0.3 * seconds),
        );
    }

    /// Question `id` is about what has been said so far.
    pub fn begin(&mut self, id: u64) {
        self.running = Some(id);
    }

    /// Whether a question is not answered yet.
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The answer to question `id`: what is to be shown, if that is more than before.
    pub fn told(&mut self, event: &RecogniserEvent, now: Instant) -> Option<Private> {
        let wanted = self.running.take() == Some(event.id());
        let (seconds, hypotheses) = match event {
            RecogniserEvent::Heard {
                hypotheses,
                seconds,
                ..
            } => (seconds, hypotheses.as_slice()),
            RecogniserEvent::NotHeard { seconds, .. } => (seconds, &[][..]),
            RecogniserEvent::Failed { .. } | RecogniserEvent::GaveWay { .. } => return None,
        };
        self.next = Some(now + Duration::from_secs_f64(REST * seconds));
        let heard = hypotheses.first().filter(|_| wanted)?;
        self.agreement.push(heard.expose()).map(Private::new)
    }

    /// What was said until a pause that was not the end costs no run of its own, and is one to
    /// agree with: what is to be shown, if that is more than before.
    pub fn heard_in_pause(&mut self, said: &Private) -> Option<Private> {
        self.agreement.push(said.expose()).map(Private::new)
    }

    /// The utterance is over.
    pub fn over(&mut self) {
        self.agreement.clear();
        self.running = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(id: u64, text: &str, seconds: f64) -> RecogniserEvent {
        RecogniserEvent::Heard {
            id,
            hypotheses: vec![text.into()],
            confidence: 0.9,
            seconds,
        }
    }

    #[test]
    fn a_box_that_is_too_slow_shows_none() {
        let now = Instant::now();
        let mut partials = Partials::default();
        assert!(!partials.are_due(now), "nothing is known of this box");
        partials.measured(0.9);
        assert!(!partials.are_due(now));
        partials.measured(0.1);
        partials.measured(0.1);
        partials.measured(0.1);
        assert!(partials.are_due(now));
        assert!(Partials::new(true).are_due(now));
    }

    #[test]
    fn they_rest_longer_than_they_run() {
        let now = Instant::now();
        let mut partials = Partials::default();
        partials.measured(0.2);
        partials.begin(1);
        partials.told(&heard(1, "I'd like", 0.2), now);
        assert!(!partials.are_due(now + Duration::from_millis(290)));
        assert!(partials.are_due(now + Duration::from_millis(310)));
    }

    #[test]
    fn what_was_heard_in_a_pause_agrees_with_what_follows() {
        let now = Instant::now();
        let mut partials = Partials::new(true);
        assert_eq!(partials.heard_in_pause(&"Good morning.".into()), None);
        partials.begin(1);
        let shown = partials.told(&heard(1, "Good morning, I have", 2.0), now);
        assert_eq!(shown, Some("Good morning,".into()));
        let more = partials.heard_in_pause(&"Good morning, I have been".into());
        assert_eq!(more, Some("Good morning, I have".into()));
    }

    #[test]
    fn what_comes_after_the_end_of_the_utterance_is_not_shown() {
        let now = Instant::now();
        let mut partials = Partials::new(true);
        partials.begin(1);
        assert_eq!(partials.told(&heard(1, "I'd like", 0.1), now), None);
        partials.begin(2);
        let shown = partials.told(&heard(2, "I'd like to", 0.1), now);
        assert_eq!(shown, Some("I'd like".into()));
        partials.begin(3);
        partials.over();
        assert_eq!(partials.told(&heard(3, "I'd like to see", 0.1), now), None);
    }
}
