//! An utterance is transcribed in its first pause, before it is known to be over. If
//! nothing more is said, the patient doesn't wait for it again; if more is, the result
//! is dropped.

use crate::hearing::{RecogniserEvent, Utterance};

/// The pause that is being looked at. There is one at most: the last one.
#[derive(Debug, Default)]
pub struct Speculation {
    pause: Option<Pause>,
    /// Questions about utterances that are over; the recogniser is still at them.
    wanted: Vec<u64>,
}

#[derive(Debug)]
struct Pause {
    id: u64,
    start_s: f64,
    end_s: f64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The recogniser is at it; the utterance may go on.
    Running,
    /// Transcribed; the utterance may go on.
    Known(RecogniserEvent),
}

/// What is to be done with a result.
#[derive(Debug, PartialEq)]
pub enum Told {
    /// It is an answer: take it.
    Take(RecogniserEvent),
    /// It is kept. What was said until `end_s` may be all.
    Keep {
        /// See [`Utterance::end_s`].
        end_s: f64,
    },
}

impl Speculation {
    /// Question `id` is about what was said before this pause.
    pub fn begin(&mut self, id: u64, utterance: &Utterance) {
        self.pause = Some(Pause {
            id,
            start_s: utterance.start_s,
            end_s: utterance.end_s,
            state: State::Running,
        });
    }

    /// Whether the recogniser is at one that nobody waits for yet.
    pub fn is_running(&self) -> bool {
        self.pause
            .as_ref()
            .is_some_and(|pause| matches!(pause.state, State::Running))
    }

    /// Forgets the pause that is being looked at.
    pub fn forget(&mut self) {
        self.pause = None;
    }

    /// The utterance is over. `true`: it need not be transcribed; its result, if it is there
    /// already, comes back with [`Self::result`].
    pub fn is_about(&mut self, utterance: &Utterance) -> bool {
        let Some(pause) = self.pause.take_if(|pause| !is_known_of(pause, utterance)) else {
            return self.pause.is_some();
        };
        let same = is_of(&pause, utterance);
        if same {
            self.wanted.push(pause.id);
        }
        same
    }

    /// The result of an utterance that is over, if it is there.
    pub fn result(&mut self) -> Option<RecogniserEvent> {
        match self.pause.take()?.state {
            State::Known(event) => Some(event),
            State::Running => None,
        }
    }

    /// What to do with the result of a question that was asked in a pause; nothing where it
    /// is about a pause that was not the last.
    pub fn told(&mut self, event: RecogniserEvent) -> Option<Told> {
        let id = event.id();
        if let Some(at) = self.wanted.iter().position(|wanted| *wanted == id) {
            self.wanted.swap_remove(at);
            return Some(Told::Take(event));
        }
        let pause = self.pause.as_mut().filter(|pause| pause.id == id)?;
        pause.state = State::Known(event);
        Some(Told::Keep { end_s: pause.end_s })
    }
}

fn is_of(pause: &Pause, utterance: &Utterance) -> bool {
    pause.start_s == utterance.start_s && pause.end_s == utterance.end_s
}

fn is_known_of(pause: &Pause, utterance: &Utterance) -> bool {
    matches!(pause.state, State::Known(_)) && is_of(pause, utterance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiosk_core::hearing::WhyEnded;

    fn utterance(end_s: f64) -> Utterance {
        Utterance {
            samples: Vec::new(),
            start_s: 1.0,
            end_s,
            decided_s: end_s + 0.5,
            speech_frames: 20,
            why: WhyEnded::Pause,
        }
    }

    fn heard(id: u64) -> RecogniserEvent {
        RecogniserEvent::Heard {
            id,
            hypotheses: vec!["yes".into()],
            confidence: 0.9,
            seconds: 0.8,
        }
    }

    #[test]
    fn a_result_that_came_in_the_pause_is_the_answer_at_once() {
        let mut speculation = Speculation::default();
        speculation.begin(7, &utterance(2.0));
        assert_eq!(speculation.told(heard(7)), Some(Told::Keep { end_s: 2.0 }));
        assert!(speculation.is_about(&utterance(2.0)));
        assert_eq!(speculation.result(), Some(heard(7)));
        assert_eq!(speculation.result(), None, "once");
    }

    #[test]
    fn a_result_that_comes_after_the_pause_is_waited_for() {
        let mut speculation = Speculation::default();
        speculation.begin(7, &utterance(2.0));
        assert!(speculation.is_about(&utterance(2.0)));
        assert_eq!(speculation.result(), None);
        assert_eq!(speculation.told(heard(7)), Some(Told::Take(heard(7))));
    }

    #[test]
    fn words_that_are_waited_for_are_not_lost_when_the_next_utterance_is_over() {
        let mut speculation = Speculation::default();
        speculation.begin(7, &utterance(2.0));
        assert!(speculation.is_about(&utterance(2.0)));
        assert!(!speculation.is_about(&utterance(6.0)), "a short one");
        speculation.begin(9, &utterance(8.0));
        assert_eq!(speculation.told(heard(7)), Some(Told::Take(heard(7))));
        assert_eq!(speculation.told(heard(9)), Some(Told::Keep { end_s: 8.0 }));
    }

    #[test]
    fn who_goes_on_speaking_is_heard_whole() {
        let mut speculation = Speculation::default();
        speculation.begin(7, &utterance(2.0));
        assert_eq!(speculation.told(heard(7)), Some(Told::Keep { end_s: 2.0 }));
        assert!(!speculation.is_about(&utterance(4.0)), "more was said");
        assert_eq!(speculation.result(), None);
        speculation.begin(8, &utterance(5.0));
        assert_eq!(speculation.told(heard(7)), None, "of an earlier pause");
    }
}
