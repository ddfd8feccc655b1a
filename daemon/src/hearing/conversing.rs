//! What a conversation makes of a recording: pauses are looked at while they last, and what
//! was said decides how long they may be, as the lobby does with a microphone. As fast as
//! it goes: the recogniser's time is counted, not waited for.

use super::recordings::{Hearing, Turn};
use super::{HearingError, Sounded, Utterance, Utterances};
use crate::audio::{AudioError, HEARING_RATE};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kiosk_core::dialogue::{Completeness, completeness};
use kiosk_core::hearing::FRAME_SAMPLES;
use kiosk_core::understanding::{Expecting, Request};
use kiosk_dsp::resample::StreamResampler;

/// A pause that has been looked at.
struct Look {
    turn: Turn,
    /// When the recogniser has told what was said before it.
    known_s: f64,
    is_judged: bool,
}

impl Hearing {
    /// Hears mono sound of any rate as a conversation that has asked for `asked`.
    ///
    /// # Errors
    /// A model failed.
    pub fn converse(
        &mut self,
        samples: &[f32],
        rate: u32,
        asked: Option<Expecting>,
    ) -> Result<Vec<Turn>, HearingError> {
        let mut cutter = Utterances::new(self.voice_activity()?);
        cutter.expect(asked);
        let mut sound = Vec::new();
        StreamResampler::new(rate, HEARING_RATE)
            .map_err(AudioError::from)?
            .push(samples, &mut sound);
        let mut turns = Vec::new();
        let mut look: Option<Look> = None;
        let mut heard = 0;
        for block in sound.chunks(FRAME_SAMPLES) {
            heard += block.len();
            let now_s = heard as f64 / f64::from(HEARING_RATE);
            let mut sounded = Vec::new();
            if let Some(look) = look.as_mut().filter(|look| look.known_s <= now_s) {
                self.judge(look, asked, &mut cutter, &mut sounded);
            }
            cutter.push(block, &mut |told| sounded.push(told))?;
            for told in sounded {
                self.take(told, now_s, &mut look, &mut turns)?;
            }
        }
        let mut last = Vec::new();
        cutter.finish(&mut |told| last.push(told));
        for told in last {
            let now_s = heard as f64 / f64::from(HEARING_RATE);
            self.take(told, now_s, &mut look, &mut turns)?;
        }
        Ok(turns)
    }

    fn judge(
        &self,
        look: &mut Look,
        asked: Option<Expecting>,
        cutter: &mut Utterances,
        sounded: &mut Vec<Sounded>,
    ) {
        if std::mem::replace(&mut look.is_judged, true) || look.turn.rejected.is_some() {
            return;
        }
        let request = Request {
            now: Timestamp::now().to_zoned(TimeZone::UTC).datetime(),
            hypotheses: vec![look.turn.text.expose().to_owned()],
            expecting: asked,
            practitioners: self.names().to_vec(),
            regions: ["GH", "NG"].map(str::to_owned).to_vec(),
            ..Request::default()
        };
        match completeness(&request) {
            Completeness::Complete => {
                cutter.answered(look.turn.end_s, &mut |told| sounded.push(told));
            }
            Completeness::Enough => cutter.enough(look.turn.end_s),
            Completeness::Unfinished => cutter.unfinished(look.turn.end_s),
            Completeness::Open => {}
        }
    }

    fn take(
        &mut self,
        sounded: Sounded,
        now_s: f64,
        look: &mut Option<Look>,
        turns: &mut Vec<Turn>,
    ) -> Result<(), HearingError> {
        match sounded {
            Sounded::Paused(utterance) => {
                let turn = self.turn(&utterance)?;
                *look = Some(Look {
                    known_s: now_s + turn.transcribed_in_s,
                    turn,
                    is_judged: false,
                });
            }
            Sounded::Utterance(utterance) => {
                let known = look.take().filter(|look| is_about(look, &utterance));
                turns.push(match known {
                    Some(look) => Turn {
                        decided_s: utterance.decided_s,
                        known_s: look.known_s.max(utterance.decided_s),
                        ..look.turn
                    },
                    None => self.turn(&utterance)?,
                });
            }
            Sounded::Level { .. }
            | Sounded::Stirred
            | Sounded::Settled
            | Sounded::SpeechStarted
            | Sounded::Partial(_) => {}
        }
        Ok(())
    }
}

fn is_about(look: &Look, utterance: &Utterance) -> bool {
    look.turn.start_s == utterance.start_s && look.turn.end_s == utterance.end_s
}
