//! What a voice in the lobby does to the kiosk's own: it is silent at once, and goes on
//! where nobody said anything to it.

/// After so many false alarms in one visit the lobby is too loud for this: the kiosk speaks
/// to the end and listens then.
const MOST_FALSE_ALARMS: u8 = 3;
/// So many stirrings that came to nothing make the kiosk wait until it is sure.
const MOST_STIRRINGS: u8 = 4;
/// Speech in frames of 32 ms, 1.5 s: the kiosk is silent since the first few of them, and its
/// own voice is not on its way from the loudspeaker for so long.
const LONGEST_ECHO_FRAMES: u32 = 47;

/// What is to be done with what the kiosk is saying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Be silent for the moment.
    Pause,
    /// Go on.
    Resume,
    /// As before.
    Leave,
}

/// Whether somebody speaks into what the kiosk says.
#[derive(Debug, Default)]
pub struct BargeIn {
    paused: bool,
    /// What was heard last went on long after the kiosk was silent.
    outlasted: bool,
    false_alarms: u8,
    stirrings: u8,
}

impl BargeIn {
    /// Whether to listen while the kiosk speaks.
    pub const fn is_possible(&self) -> bool {
        self.false_alarms < MOST_FALSE_ALARMS
    }

    /// Somebody may be speaking while the kiosk does.
    pub fn stirred(&mut self) -> Voice {
        if self.stirrings >= MOST_STIRRINGS {
            return Voice::Leave;
        }
        self.pause()
    }

    /// It was nothing.
    pub fn settled(&mut self) -> Voice {
        let voice = self.resume();
        if voice == Voice::Resume {
            self.stirrings += 1;
        }
        voice
    }

    /// Somebody speaks while the kiosk does.
    pub fn began(&mut self) -> Voice {
        self.pause()
    }

    /// They have said something, `speech_frames` long.
    pub fn ended(&mut self, speech_frames: u32) {
        self.outlasted = self.paused && speech_frames > LONGEST_ECHO_FRAMES;
    }

    /// Whether that may have been the kiosk itself. A patient who repeats its words ("Tuesday
    /// at nine in the morning, please") is not told from it by the words.
    pub const fn may_be_own_voice(&self) -> bool {
        !self.outlasted
    }

    /// What they said was no words, or the kiosk's own.
    pub fn was_nothing(&mut self) -> Voice {
        let voice = self.resume();
        if voice == Voice::Resume {
            self.false_alarms += 1;
        }
        voice
    }

    /// The kiosk was interrupted, or has said everything.
    pub fn over(&mut self) {
        self.paused = false;
    }

    /// It is silent because somebody spoke.
    pub const fn has_paused(&self) -> bool {
        self.paused
    }

    fn pause(&mut self) -> Voice {
        if self.paused {
            return Voice::Leave;
        }
        self.paused = true;
        Voice::Pause
    }

    fn resume(&mut self) -> Voice {
        if !self.paused {
            return Voice::Leave;
        }
        self.paused = false;
        Voice::Resume
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_silences_the_kiosk_and_a_false_alarm_lets_it_go_on() {
        let mut barge_in = BargeIn::default();
        assert_eq!(barge_in.stirred(), Voice::Pause);
        assert_eq!(barge_in.began(), Voice::Leave, "it is silent already");
        assert_eq!(barge_in.was_nothing(), Voice::Resume);
        assert_eq!(barge_in.was_nothing(), Voice::Leave, "once");
        assert_eq!(barge_in.stirred(), Voice::Pause);
        assert_eq!(barge_in.settled(), Voice::Resume);
    }

    #[test]
    fn who_speaks_on_when_the_kiosk_is_silent_is_not_the_kiosk() {
        let mut barge_in = BargeIn::default();
        barge_in.ended(90);
        assert!(barge_in.may_be_own_voice(), "it was not silent");
        barge_in.began();
        barge_in.ended(30);
        assert!(barge_in.may_be_own_voice(), "it may be the room's echo");
        barge_in.ended(60);
        assert!(!barge_in.may_be_own_voice());
        barge_in.over();
        barge_in.ended(60);
        assert!(barge_in.may_be_own_voice(), "of another sentence");
    }

    #[test]
    fn in_a_loud_lobby_it_speaks_to_the_end() {
        let mut barge_in = BargeIn::default();
        for _ in 0..MOST_STIRRINGS {
            assert_eq!(barge_in.stirred(), Voice::Pause);
            assert_eq!(barge_in.settled(), Voice::Resume);
        }
        assert_eq!(barge_in.stirred(), Voice::Leave, "no stuttering");
        assert_eq!(barge_in.began(), Voice::Pause, "a voice is still heard");
        for _ in 0..MOST_FALSE_ALARMS {
            barge_in.began();
            assert!(barge_in.is_possible());
            barge_in.was_nothing();
        }
        assert!(!barge_in.is_possible());
    }
}
