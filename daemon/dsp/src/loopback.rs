//! What the speaker plays, told to the ear: taken where samples go to the device, with
//! the time at which they sound, and read as fast as the microphone hears.

use super::clock::{StreamClock, later};
use super::{HEARING_RATE, RatesError};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Adjustable, Async, FixedAsync, Indexing, Resampler, SincInterpolationParameters,
    SincInterpolationType, WindowFunction,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Samples that go through the echo canceller at once: 8 ms, two of its own blocks.
pub const BLOCK: usize = 128;
/// An ear that is further behind has lost microphone sound, too.
const RING_S: u32 = 12;
/// Time stamps that may wait, some 50 a second.
const STAMPS: usize = 1024;
/// How much earlier than its echo the sound is told: time stamps of devices may be wrong by
/// so much, and a canceller can wait for an echo but cannot foresee it.
const LEAD_S: f64 = 0.04;
/// A distance from where reading should be that is jumped over rather than caught up.
const FAR_S: f64 = 0.03;
/// Blocks in a row for which that has to hold.
const FAR_BLOCKS: u32 = 3;
/// In which time a smaller distance is caught up.
const CATCH_UP_S: f64 = 2.0;
/// Crystals are within 200 parts in a million; twice that and some for catching up.
const MOST_DRIFT: f64 = 1e-3;
/// Blocks without sound to tell after which the lead is reduced.
const STARVED_BLOCKS: u32 = 25;

/// Where a speaker, also one that is opened again, meets the ear.
#[derive(Clone, Default)]
pub struct Loopback(Arc<Mutex<Option<Reference>>>);

impl Loopback {
    /// A speaker of `rate` samples a second begins to play.
    ///
    /// # Errors
    /// The rate cannot be converted.
    pub fn attach(&self, rate: u32) -> Result<Played, RatesError> {
        let (played, reference) = pair(rate)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reference);
        Ok(played)
    }

    /// The speaker that was opened since the last call.
    pub fn opened(&self) -> Option<Reference> {
        self.0.try_lock().ok()?.take()
    }
}

/// The speaker's end. Real time: it neither allocates, locks nor waits.
pub struct Played {
    ring: rtrb::Producer<f32>,
    stamps: rtrb::Producer<(u64, Instant)>,
    count: u64,
}

impl Played {
    /// The samples pushed next sound from `at` on.
    pub fn stamp(&mut self, at: Instant) {
        // Without room there are enough of them.
        let _ = self.stamps.push((self.count, at));
    }

    /// A sample goes to the device. One that has no place is lost; the stamps tell.
    pub fn push(&mut self, sample: f32) {
        if self.ring.push(sample).is_ok() {
            self.count += 1;
        }
    }
}

/// The ear's end.
pub struct Reference {
    rate: f64,
    ring: rtrb::Consumer<f32>,
    stamps: rtrb::Consumer<(u64, Instant)>,
    clock: StreamClock,
    converter: Async<f32>,
    input: Vec<f32>,
    /// Samples taken from the ring.
    taken: u64,
    lead_s: f64,
    far: u32,
    /// How far behind reading may stay.
    settled_s: f64,
    settling: bool,
    starved: u32,
}

fn pair(rate: u32) -> Result<(Played, Reference), RatesError> {
    let (producer, ring) = rtrb::RingBuffer::new((rate * RING_S) as usize);
    let (stamps_in, stamps) = rtrb::RingBuffer::new(STAMPS);
    let converter = converter(rate)?;
    let played = Played {
        ring: producer,
        stamps: stamps_in,
        count: 0,
    };
    let reference = Reference {
        rate: f64::from(rate),
        ring,
        stamps,
        clock: StreamClock::new(rate),
        input: Vec::with_capacity(converter.input_frames_max()),
        converter,
        taken: 0,
        lead_s: LEAD_S,
        // The first block is jumped to.
        far: FAR_BLOCKS,
        settled_s: 0.0,
        settling: false,
        starved: 0,
    };
    Ok((played, reference))
}

impl Reference {
    /// What sounded while a block of the microphone's sound, captured from `captured` on,
    /// was heard (and a little later, see `LEAD_S`). Where nothing is known of it: silence.
    pub fn read(&mut self, captured: Instant, block: &mut [f32; BLOCK]) {
        block.fill(0.0);
        while let Ok((count, at)) = self.stamps.pop() {
            self.clock.stamp(count, at);
        }
        let Some(wanted) = self.clock.sample_at(later(captured, self.lead_s)) else {
            return;
        };
        let behind_s = (wanted - self.taken as f64) / self.rate - self.settled_s;
        self.far = if behind_s.abs() > FAR_S {
            self.far + 1
        } else {
            0
        };
        if self.far > FAR_BLOCKS {
            if behind_s < 0.0 {
                // What is wanted has been told already: wait until it is over.
                return;
            }
            self.skip((behind_s * self.rate) as usize);
            self.far = 0;
            self.settling = true;
        }
        let faster = (behind_s / CATCH_UP_S).clamp(-MOST_DRIFT, MOST_DRIFT);
        // It takes any ratio within what it was made for.
        let _ = self
            .converter
            .set_resample_ratio_relative(1.0 / (1.0 + faster), true);
        let needed = self.converter.input_frames_next();
        if self.ring.slots() < needed {
            self.starve();
            return;
        }
        self.starved = 0;
        self.input.clear();
        if let Ok(chunk) = self.ring.read_chunk(needed) {
            self.input.extend(chunk);
        }
        self.taken += needed as u64;
        if self.settling {
            // Where a jump ended is as good a place as any other: from there only the
            // clocks' drift is followed, which an echo canceller does not notice.
            let told = BLOCK as f64 / f64::from(HEARING_RATE);
            self.settled_s = (wanted - self.taken as f64) / self.rate + told;
            self.settling = false;
        }
        self.convert(block);
    }

    fn skip(&mut self, samples: usize) {
        let there = samples.min(self.ring.slots());
        if let Ok(chunk) = self.ring.read_chunk(there) {
            chunk.commit_all();
        }
        self.taken += there as u64;
        self.converter.reset();
    }

    /// A device that is told of its samples later than they are wanted.
    fn starve(&mut self) {
        self.starved += 1;
        if self.starved >= STARVED_BLOCKS {
            self.starved = 0;
            self.settled_s = 0.0;
            self.lead_s -= LEAD_S / 4.0;
        }
    }

    fn convert(&mut self, block: &mut [f32; BLOCK]) {
        let frames = self.input.len();
        let input = InterleavedSlice::new(&self.input, 1, frames).expect("one channel");
        let mut output = InterleavedSlice::new_mut(block, 1, BLOCK).expect("one channel");
        self.converter
            .process_into_buffer(&input, &mut output, Some(&Indexing::default()))
            .expect("buffers have the sizes that the converter asked for");
    }
}

fn converter(rate: u32) -> Result<Async<f32>, RatesError> {
    let parameters = SincInterpolationParameters {
        sinc_len: 64,
        f_cutoff: None,
        oversampling_factor: 128,
        interpolation: SincInterpolationType::Linear,
        window: WindowFunction::Blackman2,
    };
    let ratio = f64::from(HEARING_RATE) / f64::from(rate.max(1));
    Async::new_sinc(ratio, 1.01, &parameters, BLOCK, 1, FixedAsync::Output).map_err(|error| {
        RatesError {
            from: rate,
            to: HEARING_RATE,
            why: error.to_string(),
        }
    })
}
