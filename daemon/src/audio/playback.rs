//! A speaker through cpal on ALSA. The callback copies out of a ring; an empty ring
//! is silence.

use super::devices::{self, Direction, Format, Opened};
use super::health::Health;
use super::{AudioError, AudioSink};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, FromSample, OutputCallbackInfo, SizedSample};
use kiosk_dsp::loopback::{Loopback, Played};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What may be queued: "stop" has to be silence within 200 ms.
const QUEUED: Duration = Duration::from_millis(100);
/// How often the ring is looked at. The callback may not wake anybody.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// A device that takes nothing for so long is gone, whatever its driver says.
const DEAD_AFTER: Duration = Duration::from_secs(5);
/// No device is further behind; a driver that says so is wrong.
const LONGEST_DELAY: Duration = Duration::from_millis(500);

/// A speaker.
pub struct DeviceSink {
    name: String,
    rate: u32,
    ring: rtrb::Producer<f32>,
    state: Arc<State>,
    _stream: cpal::Stream,
}

#[derive(Default)]
struct State {
    /// Set by the writer, cleared by the callback.
    discard: AtomicBool,
    /// From the callback to the ear, as the driver says.
    delay_us: AtomicU64,
    health: Health,
}

impl DeviceSink {
    /// Opens the ALSA device `name`; it plays silence until something is written. What it
    /// plays is told at `loopback`.
    ///
    /// # Errors
    /// No such device (the error lists those that exist), or it refuses.
    pub fn open(name: &str, loopback: &Loopback) -> Result<Self, AudioError> {
        let Opened {
            device,
            mut config,
            format,
        } = devices::open(name, Direction::Play)?;
        let rate = config.sample_rate;
        let state = Arc::new(State::default());
        let build = |config| {
            let (producer, consumer) =
                rtrb::RingBuffer::new(super::recording::samples_in(QUEUED, rate));
            let played = loopback.attach(rate)?;
            let stream = match format {
                Format::F32 => stream::<f32>(&device, config, consumer, played, &state),
                Format::I16 => stream::<i16>(&device, config, consumer, played, &state),
                Format::I32 => stream::<i32>(&device, config, consumer, played, &state),
            }
            .map_err(|error| devices::refused(name, &error))?;
            Ok((stream, producer))
        };
        let (stream, ring) = build(config).or_else(|_: AudioError| {
            config.buffer_size = BufferSize::Default;
            build(config)
        })?;
        stream
            .play()
            .map_err(|error| devices::refused(name, &error))?;
        Ok(Self {
            name: name.to_owned(),
            rate,
            ring,
            state,
            _stream: stream,
        })
    }

    /// Waits until `ready` says so.
    fn wait_until(
        &self,
        ready: impl Fn(&rtrb::Producer<f32>, &State) -> bool,
    ) -> Result<(), AudioError> {
        let mut free = self.ring.slots();
        let mut moved = Instant::now();
        while !ready(&self.ring, &self.state) {
            if let Some(why) = self.state.health.lost() {
                return Err(self.lost(why));
            }
            if self.ring.slots() != free {
                free = self.ring.slots();
                moved = Instant::now();
            } else if moved.elapsed() > DEAD_AFTER {
                return Err(self.lost("it takes nothing"));
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    fn lost(&self, why: &str) -> AudioError {
        AudioError::Lost {
            name: self.name.clone(),
            why: why.to_owned(),
        }
    }

    fn is_empty(ring: &rtrb::Producer<f32>) -> bool {
        ring.slots() == ring.buffer().capacity()
    }
}

impl AudioSink for DeviceSink {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn write(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        let mut rest = samples;
        while !rest.is_empty() {
            self.wait_until(|ring, state| {
                ring.slots() > 0 && !state.discard.load(Ordering::Acquire)
            })?;
            let (now, later) = rest.split_at(self.ring.slots().min(rest.len()));
            if let Ok(chunk) = self.ring.write_chunk_uninit(now.len()) {
                chunk.fill_from_iter(now.iter().copied());
            }
            rest = later;
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<(), AudioError> {
        self.wait_until(|ring, _| Self::is_empty(ring))?;
        let delay = Duration::from_micros(self.state.delay_us.load(Ordering::Relaxed));
        thread::sleep(delay.min(LONGEST_DELAY));
        Ok(())
    }

    fn clear(&mut self) {
        self.state.discard.store(true, Ordering::Release);
    }
}

fn stream<T>(
    device: &cpal::Device,
    config: cpal::StreamConfig,
    mut ring: rtrb::Consumer<f32>,
    mut played: Played,
    state: &Arc<State>,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let channels = usize::from(config.channels.max(1));
    // 5 ms of fading: a cut in the middle of a wave is heard as a click.
    let fade = config.sample_rate / 200;
    let (shared, told) = (Arc::clone(state), Arc::clone(state));
    device.build_output_stream::<T, _, _>(
        config,
        move |data: &mut [T], info: &OutputCallbackInfo| {
            shared.health.works();
            let times = info.timestamp();
            let delay = times.playback.duration_since(times.callback);
            let micros = u64::try_from(delay.as_micros()).unwrap_or(0);
            shared.delay_us.store(micros, Ordering::Relaxed);
            played.stamp(Instant::now() + delay);
            let discard = shared.discard.load(Ordering::Acquire);
            for (index, frame) in data.chunks_exact_mut(channels).enumerate() {
                let sample = ring.pop().unwrap_or(0.0);
                let gain = if discard {
                    1.0 - (index as f32 / fade as f32).min(1.0)
                } else {
                    1.0
                };
                played.push(sample * gain);
                frame.fill(T::from_sample_(sample * gain));
            }
            if discard {
                while ring.pop().is_ok() {}
                shared.discard.store(false, Ordering::Release);
            }
        },
        move |error| told.health.failed(&error),
        None,
    )
}
