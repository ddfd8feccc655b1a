//! Turns one speech probability per frame into "somebody speaks" and "they have
//! finished". It counts frames and knows neither clock nor sound.

use crate::understanding::Expecting;

/// Samples in a frame at 16 kHz: what the voice-activity model takes at once.
pub const FRAME_SAMPLES: usize = 512;

/// Milliseconds in a frame.
pub const FRAME_MS: u64 = 32;

/// A frame at or over this probability is speech while nobody is speaking. Silero's own
/// default of 0.5 misses the beginnings of some voices in noise; what is no speech after
/// all is for the recogniser to doubt.
const SPEECH_BEGINS: f32 = 0.4;
/// A frame under this probability is silence while somebody is speaking; 0.15 lower, as Silero's own.
/// From it on, somebody who is not speaking may be beginning to.
const SPEECH_ENDS: f32 = 0.25;
/// Speech frames before somebody is said to be speaking: a door or a cough is shorter, a "no" is longer.
const FRAMES_TO_BEGIN: u32 = 4;
/// Frames without speech that undo a beginning: the stop of a "t" lasts no longer.
const FRAMES_TO_FORGET: u32 = 4;
/// 25 s, five less than Whisper's window, so that pre-roll and tail fit in.
const LONGEST_FRAMES: u64 = 25_000 / FRAME_MS;
/// Silent frames after which it is worth to look at what was said: 160 ms. The stop of a
/// consonant is over by then, and the recogniser's time runs while the pause does.
const PAUSE_TO_LOOK: u32 = 5;
/// The pause behind what is enough for an answer: 576 ms, twice what people leave between
/// two words of a sentence.
const ENOUGH_FRAMES: u32 = 18;
/// How long an utterance that is plainly unfinished may pause: 2.5 s.
const UNFINISHED_FRAMES: u32 = 2_500 / FRAME_MS as u32;
/// Silent frames between two words where a long utterance can be cut: 96 ms, as long as
/// people take to breathe and longer than the stop of a consonant.
const BREATH_FRAMES: u32 = 3;
/// A breath later than this into an utterance is rather taken than one before: 12 s.
const LATE_FRAMES: u64 = 12_000 / FRAME_MS;
/// After [`WhyEnded::TooLong`] of a noise: silent frames before anything counts as speech again.
const REST_FRAMES: u32 = 10;

/// What a frame decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Somebody may be speaking: [`Self::Began`] or [`Self::Settled`] follows.
    Stirred,
    /// It was nothing.
    Settled,
    /// Somebody speaks, since this frame.
    Began {
        /// Number of the first speech frame.
        first: u64,
    },
    /// A pause that may be the end: this is all of it, if nothing follows. Told once a pause.
    Paused(SpeechSpan),
    /// They have finished; this is all of it.
    Ended(SpeechSpan),
}

/// One utterance in frame numbers, counted from the end-pointer's first frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeechSpan {
    /// First speech frame.
    pub first: u64,
    /// Last speech frame.
    pub last: u64,
    /// Frame on which the end was decided.
    pub decided: u64,
    /// Speech frames in it.
    pub speech_frames: u32,
    /// Why it is over.
    pub why: WhyEnded,
}

/// Why an utterance is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyEnded {
    /// Silence for as long as the expected answer may pause.
    Pause,
    /// What was said was the whole answer.
    Answered,
    /// 25 s without such a pause. Where somebody breathed it is cut there, and what
    /// follows is another utterance; a noise does not breathe, and the rest of it is let go.
    TooLong,
    /// The sound ended.
    SoundEnded,
}

/// Decides where utterances begin and end.
#[derive(Debug, Clone)]
pub struct Endpointer {
    frame: u64,
    state: State,
    pause_frames: u32,
    breath: Option<Breath>,
    /// What was said until this speech frame has been judged.
    judged: Option<(u64, Judged)>,
}

/// What a pause behind some words means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    Enough,
    Unfinished,
}

/// A short silence within an utterance.
#[derive(Debug, Clone, Copy)]
struct Breath {
    /// Last speech frame before it.
    last: u64,
    /// First speech frame after it.
    next: u64,
    /// Speech frames before it.
    speech: u32,
    /// Its length.
    silent: u32,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Quiet,
    /// One frame that may be speech, and then some; not enough yet. Nothing is believed of a
    /// voice until a frame says [`SPEECH_BEGINS`], but the kiosk may be silent and listen:
    /// what is left of a patient who speaks into its voice is faint at first.
    Perhaps {
        first: u64,
        speech: u32,
        silent: u32,
    },
    Speaking {
        first: u64,
        last: u64,
        speech: u32,
        silent: u32,
    },
    /// After an endless noise.
    Resting {
        silent: u32,
    },
}

impl Default for Endpointer {
    fn default() -> Self {
        Self::new()
    }
}

impl Endpointer {
    /// Nobody speaks and nothing is expected.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            frame: 0,
            state: State::Quiet,
            pause_frames: pause_frames(None),
            breath: None,
            judged: None,
        }
    }

    /// What the next utterance is expected to be decides how long a pause it may
    /// contain. Holds for the utterance that is under way, too.
    pub fn expect(&mut self, expecting: Option<Expecting>) {
        self.pause_frames = pause_frames(expecting);
    }

    /// Takes the speech probability (0 to 1) of the next 32 ms.
    pub fn push(&mut self, speech_probability: f32) -> Option<Endpoint> {
        let frame = self.frame;
        self.frame += 1;
        self.notice_breath(frame, speech_probability);
        let (state, decided) = self.state.next(
            frame,
            speech_probability,
            self.pause_allowed(speech_probability),
        );
        if let Some(Endpoint::Ended(whole)) = decided
            && whole.why == WhyEnded::TooLong
            && let Some(breath) = self.breath.take()
        {
            return Some(Endpoint::Ended(self.cut(whole, breath)));
        }
        self.state = state;
        if matches!(decided, Some(Endpoint::Began { .. } | Endpoint::Ended(_))) {
            self.breath = None;
        }
        decided
    }

    fn pause_allowed(&self, probability: f32) -> u32 {
        let State::Speaking { last, .. } = self.state else {
            return self.pause_frames;
        };
        let judged = self
            .judged
            .filter(|(frame, _)| *frame == last && probability < SPEECH_ENDS);
        match judged {
            Some((_, Judged::Enough)) => self.pause_frames.min(ENOUGH_FRAMES),
            Some((_, Judged::Unfinished)) => self.pause_frames.max(UNFINISHED_FRAMES),
            None => self.pause_frames,
        }
    }

    /// What was said until the speech frame `last` is the whole answer: ends the utterance,
    /// unless something was said since.
    pub fn answered(&mut self, last: u64) -> Option<Endpoint> {
        let State::Speaking {
            first,
            last: heard,
            speech,
            silent,
        } = self.state
        else {
            return None;
        };
        if heard != last || silent == 0 {
            return None;
        }
        self.state = State::Quiet;
        self.breath = None;
        Some(Endpoint::Ended(SpeechSpan {
            first,
            last,
            decided: self.frame.saturating_sub(1),
            speech_frames: speech,
            why: WhyEnded::Answered,
        }))
    }

    /// What was said until the speech frame `last` is plainly unfinished: the pause behind
    /// it may be longer.
    pub fn unfinished(&mut self, last: u64) {
        self.judged = Some((last, Judged::Unfinished));
    }

    /// What was said until the speech frame `last` can be answered: the pause behind it
    /// need not be long.
    pub fn enough(&mut self, last: u64) {
        self.judged = Some((last, Judged::Enough));
    }

    /// Remembers where a long utterance is best cut: at the longest breath of its later part.
    fn notice_breath(&mut self, frame: u64, probability: f32) {
        let State::Speaking {
            first,
            last,
            speech,
            silent,
        } = self.state
        else {
            return;
        };
        if probability < SPEECH_ENDS || silent < BREATH_FRAMES {
            return;
        }
        let late = |at: u64| at - first >= LATE_FRAMES;
        let better = self.breath.is_none_or(|known| {
            late(last) && !late(known.last)
                || late(last) == late(known.last) && silent >= known.silent
        });
        if better {
            self.breath = Some(Breath {
                last,
                next: frame,
                speech,
                silent,
            });
        }
    }

    /// Ends a long utterance at its breath and goes on with what was said since.
    fn cut(&mut self, whole: SpeechSpan, breath: Breath) -> SpeechSpan {
        self.state = State::Speaking {
            first: breath.next,
            last: whole.last,
            speech: whole.speech_frames - breath.speech,
            silent: u32::try_from(whole.decided - whole.last).unwrap_or(0),
        };
        SpeechSpan {
            last: breath.last,
            speech_frames: breath.speech,
            ..whole
        }
    }

    /// The sound is over: ends an utterance that is under way.
    pub fn finish(&mut self) -> Option<Endpoint> {
        let State::Speaking {
            first,
            last,
            speech,
            ..
        } = self.state
        else {
            self.state = State::Quiet;
            return None;
        };
        self.state = State::Quiet;
        Some(Endpoint::Ended(SpeechSpan {
            first,
            last,
            decided: self.frame.saturating_sub(1),
            speech_frames: speech,
            why: WhyEnded::SoundEnded,
        }))
    }

    /// Forgets an utterance that is under way; frame numbers go on. Whoever was told that
    /// somebody stirs or speaks is told that it came to nothing.
    pub fn reset(&mut self) -> Option<Endpoint> {
        self.breath = None;
        match std::mem::replace(&mut self.state, State::Quiet) {
            State::Perhaps { .. } | State::Speaking { .. } => Some(Endpoint::Settled),
            State::Quiet | State::Resting { .. } => None,
        }
    }

    /// What is being said so far, but for a pause: nothing new is known in one.
    #[must_use]
    pub fn so_far(&self) -> Option<SpeechSpan> {
        let State::Speaking {
            first,
            last,
            speech,
            silent: 0,
        } = self.state
        else {
            return None;
        };
        Some(SpeechSpan {
            first,
            last,
            decided: self.frame.saturating_sub(1),
            speech_frames: speech,
            why: WhyEnded::SoundEnded,
        })
    }

    /// Somebody is speaking.
    #[must_use]
    pub const fn is_speaking(&self) -> bool {
        matches!(self.state, State::Speaking { .. })
    }
}

impl State {
    fn next(self, frame: u64, probability: f32, pause_frames: u32) -> (Self, Option<Endpoint>) {
        match self {
            Self::Quiet if probability >= SPEECH_ENDS => (
                Self::Perhaps {
                    first: frame,
                    speech: u32::from(probability >= SPEECH_BEGINS),
                    silent: 0,
                },
                Some(Endpoint::Stirred),
            ),
            Self::Quiet => (Self::Quiet, None),
            Self::Perhaps {
                first,
                speech,
                silent,
            } => perhaps(frame, probability, first, speech, silent),
            Self::Speaking {
                first,
                last,
                speech,
                silent,
            } => {
                let (last, speech, silent) = if probability >= SPEECH_ENDS {
                    (frame, speech + 1, 0)
                } else {
                    (last, speech, silent + 1)
                };
                speaking(frame, pause_frames, first, last, speech, silent)
            }
            Self::Resting { .. } if probability >= SPEECH_ENDS => {
                (Self::Resting { silent: 0 }, None)
            }
            Self::Resting { silent } if silent + 1 >= REST_FRAMES => (Self::Quiet, None),
            Self::Resting { silent } => (Self::Resting { silent: silent + 1 }, None),
        }
    }
}

fn perhaps(
    frame: u64,
    probability: f32,
    first: u64,
    speech: u32,
    silent: u32,
) -> (State, Option<Endpoint>) {
    let needed = if speech == 0 {
        SPEECH_BEGINS
    } else {
        SPEECH_ENDS
    };
    let is_speech = probability >= needed;
    if !is_speech {
        let silent = silent + 1;
        if silent >= FRAMES_TO_FORGET {
            return (State::Quiet, Some(Endpoint::Settled));
        }
        let state = State::Perhaps {
            first,
            speech,
            silent,
        };
        return (state, None);
    }
    let first = if speech == 0 { frame } else { first };
    let speech = speech + 1;
    if speech < FRAMES_TO_BEGIN {
        let state = State::Perhaps {
            first,
            speech,
            silent: 0,
        };
        return (state, None);
    }
    let state = State::Speaking {
        first,
        last: frame,
        speech,
        silent: 0,
    };
    (state, Some(Endpoint::Began { first }))
}

fn speaking(
    frame: u64,
    pause_frames: u32,
    first: u64,
    last: u64,
    speech: u32,
    silent: u32,
) -> (State, Option<Endpoint>) {
    let span = |why| {
        Some(Endpoint::Ended(SpeechSpan {
            first,
            last,
            decided: frame,
            speech_frames: speech,
            why,
        }))
    };
    if silent >= pause_frames {
        return (State::Quiet, span(WhyEnded::Pause));
    }
    if frame - first >= LONGEST_FRAMES {
        return (State::Resting { silent: 0 }, span(WhyEnded::TooLong));
    }
    let state = State::Speaking {
        first,
        last,
        speech,
        silent,
    };
    let paused = SpeechSpan {
        first,
        last,
        decided: frame,
        speech_frames: speech,
        why: WhyEnded::Pause,
    };
    let paused = (silent == PAUSE_TO_LOOK).then_some(Endpoint::Paused(paused));
    (state, paused)
}

/// How long an answer may pause in its middle. A yes or no has no middle; a phone
/// number is said in groups, a name spelled with thought between the letters; an
/// open answer ("I'd like to see, um") pauses longest.
const fn pause_frames(expecting: Option<Expecting>) -> u32 {
    let milliseconds = match expecting {
        Some(Expecting::YesNo) => 500,
        Some(Expecting::Practitioner | Expecting::PersonName) => 750,
        Some(Expecting::Date | Expecting::Time | Expecting::DateTime) => 800,
        Some(Expecting::DateOfBirth) => 900,
        // "Okay, good. … Can I see somebody else?"
        Some(Expecting::Other) => 1200,
        Some(Expecting::Phone | Expecting::SpelledName) => 1300,
        // Recordings: nobody waits for the answer, so that nothing is cut short.
        None => 1300,
    };
    milliseconds / FRAME_MS as u32
}

#[cfg(test)]
mod tests;
