//! A microphone through cpal on ALSA. The callback copies into a ring and counts
//! what did not fit; whoever reads does the rest.

use super::devices::{self, Direction, Format, Opened};
use super::health::Health;
use super::{AudioError, AudioSource, Flow};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, FromSample, InputCallbackInfo, SizedSample};
use kiosk_dsp::StreamClock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The ring holds this much: a reader that stands still on a busy machine loses nothing for
/// ten seconds.
const RING_S: u32 = 10;
/// How often the ring is looked at. The callback may not wake anybody.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Time stamps that may wait, some 50 a second.
const STAMPS: usize = 1024;
/// A read waits no longer than this.
const READ_TIMEOUT: Duration = Duration::from_millis(100);
/// A device that delivers nothing for so long is gone, whatever its driver says.
const DEAD_AFTER: Duration = Duration::from_secs(5);

/// A microphone.
pub struct DeviceSource {
    name: String,
    rate: u32,
    ring: rtrb::Consumer<f32>,
    /// Which sample was captured when, from the callback.
    stamps: rtrb::Consumer<(u64, Instant)>,
    clock: StreamClock,
    /// Samples taken from the ring.
    taken: u64,
    state: Arc<State>,
    last_sound: Instant,
    // Dropping it ends the callback; last, so that the ring outlives it.
    _stream: cpal::Stream,
}

#[derive(Default)]
struct State {
    overruns: AtomicU64,
    health: Health,
}

impl DeviceSource {
    /// Opens the ALSA device `name` and starts to record.
    ///
    /// # Errors
    /// No such device (the error lists those that exist), or it refuses.
    pub fn open(name: &str) -> Result<Self, AudioError> {
        let Opened {
            device,
            mut config,
            format,
        } = devices::open(name, Direction::Record)?;
        let rate = config.sample_rate;
        let state = Arc::new(State::default());
        let build = |config| {
            let (producer, ring) = rtrb::RingBuffer::new((rate * RING_S) as usize);
            let (stamped, stamps) = rtrb::RingBuffer::new(STAMPS);
            let stream = match format {
                Format::F32 => stream::<f32>(&device, config, producer, stamped, &state),
                Format::I16 => stream::<i16>(&device, config, producer, stamped, &state),
                Format::I32 => stream::<i32>(&device, config, producer, stamped, &state),
            }?;
            Ok((stream, ring, stamps))
        };
        let (stream, ring, stamps) = build(config)
            .or_else(|_: cpal::Error| {
                config.buffer_size = BufferSize::Default;
                build(config)
            })
            .map_err(|error| devices::refused(name, &error))?;
        stream
            .play()
            .map_err(|error| devices::refused(name, &error))?;
        Ok(Self {
            name: name.to_owned(),
            rate,
            ring,
            stamps,
            clock: StreamClock::new(rate),
            taken: 0,
            state,
            last_sound: Instant::now(),
            _stream: stream,
        })
    }

    fn lost(&self, why: &str) -> AudioError {
        AudioError::Lost {
            name: self.name.clone(),
            why: why.to_owned(),
        }
    }

    /// Waits for at least 10 ms of sound.
    fn wait(&mut self) -> Result<(), AudioError> {
        let enough = (self.rate / 100) as usize;
        let deadline = Instant::now() + READ_TIMEOUT;
        while self.ring.slots() < enough {
            if let Some(why) = self.state.health.lost() {
                return Err(self.lost(why));
            }
            let now = Instant::now();
            if now - self.last_sound > DEAD_AFTER {
                return Err(self.lost("it delivers nothing"));
            }
            if now >= deadline {
                return Ok(());
            }
            thread::sleep(LOOK_EVERY);
        }
        self.last_sound = Instant::now();
        Ok(())
    }
}

impl AudioSource for DeviceSource {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn read(&mut self, samples: &mut Vec<f32>) -> Result<Flow, AudioError> {
        self.wait()?;
        let available = self.ring.slots().min((self.rate / 10) as usize);
        if let Ok(chunk) = self.ring.read_chunk(available) {
            samples.extend(chunk);
            self.taken += available as u64;
        }
        Ok(Flow::More)
    }

    fn captured(&mut self) -> Option<Instant> {
        while let Ok((count, at)) = self.stamps.pop() {
            self.clock.stamp(count, at);
        }
        self.clock.at(self.taken)
    }

    fn overruns(&self) -> u64 {
        self.state.overruns.load(Ordering::Relaxed)
    }
}

fn stream<T>(
    device: &cpal::Device,
    config: cpal::StreamConfig,
    mut ring: rtrb::Producer<f32>,
    mut stamps: rtrb::Producer<(u64, Instant)>,
    state: &Arc<State>,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let channels = usize::from(config.channels.max(1));
    let (counted, told) = (Arc::clone(state), Arc::clone(state));
    let mut kept = 0_u64;
    device.build_input_stream::<T, _, _>(
        config,
        move |data: &[T], info: &InputCallbackInfo| {
            counted.health.works();
            let times = info.timestamp();
            let delay = times.callback.duration_since(times.capture);
            if let Some(captured) = Instant::now().checked_sub(delay) {
                // Without room there are enough of them.
                let _ = stamps.push((kept, captured));
            }
            for frame in data.chunks_exact(channels) {
                let sum: f32 = frame.iter().map(|&sample| f32::from_sample_(sample)).sum();
                if ring.push(sum / channels as f32).is_ok() {
                    kept += 1;
                } else {
                    counted.overruns.fetch_add(1, Ordering::Relaxed);
                }
            }
        },
        move |error| {
            if matches!(error.kind(), ErrorKind::Xrun) {
                told.overruns.fetch_add(1, Ordering::Relaxed);
            }
            told.health.failed(&error);
        },
        None,
    )
}
