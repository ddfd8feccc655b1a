//! An utterance is transcribed in its first pause, before it is known to be over. If
//! nothing more is said, the patient doesn't wait for it again; if more is, the result
//! is dropped.

use crate::hearing::{RecogniserEvent, Utterance};

/// The pause that is being looked at. There is one at most: the last one.
#[derive(Debug, Default)]
pub struct Speculation(Option<Pause>);

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
    /// The utterance is over; the recogniser is still at it.
    Wanted,
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
        self.0 = Some(Pause {
            id,
            start_s: utterance.start_s,
            end_s: utterance.end_s,
            state: State::Running,
        });
    }

    /// Forgets it.
    pub fn forget(&mut self) {
        self.0 = None;
    }

    /// The utterance is over. `true`: it need not be transcribed; its result, if it is there
    /// already, comes back with [`Self::result`].
    pub fn is_about(&mut self, utterance: &Utterance) -> bool {
        let Some(pause) = &mut self.0 else {
            return false;
        };
        let same = pause.start_s == utterance.start_s && pause.end_s == utterance.end_s;
        if !same {
            self.0 = None;
        } else if matches!(pause.state, State::Running) {
            pause.state = State::Wanted;
        }
        same
    }

    /// The result of an utterance that is over, if it is there.
    pub fn result(&mut self) -> Option<RecogniserEvent> {
        let known = self
            .0
            .take_if(|pause| matches!(pause.state, State::Known(_)))?;
        match known.state {
            State::Known(event) => Some(event),
            State::Running | State::Wanted => None,
        }
    }

    /// What to do with the result of a question that was asked in a pause; nothing where it
    /// is about a pause that was not the last.
    pub fn told(&mut self, event: RecogniserEvent) -> Option<Told> {
        let pause = self.0.as_mut().filter(|pause| pause.id == event.id())?;
        if matches!(pause.state, State::Wanted) {
            self.0 = None;
            return Some(Told::Take(event));
        }
        pause.state = State::Known(event);
        Some(Told::Keep { end_s: pause.end_s })
    }
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
