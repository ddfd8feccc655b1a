//! From one sample rate to another, whole recordings or a stream.

use super::RatesError;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler};
use std::time::Duration;

/// Sound that goes through the converter at once, as a fraction of a second: 20 ms,
/// about half of which is its delay.
const CHUNKS_A_SECOND: u32 = 50;

/// Converts a stream piece by piece.
pub struct StreamResampler {
    /// `None` where both rates are the same.
    inner: Option<Fft<f32>>,
    waiting: Vec<f32>,
    output: Vec<f32>,
    from: u32,
}

impl StreamResampler {
    /// A converter of mono sound.
    ///
    /// # Errors
    /// [`RatesError`] where one of the rates is zero.
    pub fn new(from: u32, to: u32) -> Result<Self, RatesError> {
        let inner = if from == to {
            None
        } else {
            Some(converter(from, to)?)
        };
        let output = inner.as_ref().map_or(0, Resampler::output_frames_max);
        Ok(Self {
            inner,
            waiting: Vec::new(),
            output: vec![0.0; output],
            from,
        })
    }

    /// How much of what was pushed has not come out yet, but for the filter's own delay.
    pub fn waiting(&self) -> Duration {
        Duration::from_secs_f64(self.waiting.len() as f64 / f64::from(self.from.max(1)))
    }

    /// Takes `input` and appends what can be said about it to `converted`; up to
    /// 20 ms of input wait for the next call.
    pub fn push(&mut self, input: &[f32], converted: &mut Vec<f32>) {
        let Some(converter) = &mut self.inner else {
            converted.extend_from_slice(input);
            return;
        };
        self.waiting.extend_from_slice(input);
        let mut used = 0;
        while self.waiting.len() - used >= converter.input_frames_next() {
            let (read, written) = convert(converter, &self.waiting[used..], &mut self.output, None);
            converted.extend_from_slice(&self.output[..written]);
            used += read;
            if read == 0 {
                break;
            }
        }
        self.waiting.drain(..used);
    }
}

/// Converts a whole mono recording; the result has the same start and length.
///
/// # Errors
/// [`RatesError`] where one of the rates is zero.
pub fn resample(samples: &[f32], from: u32, to: u32) -> Result<Vec<f32>, RatesError> {
    if from == to {
        return Ok(samples.to_vec());
    }
    let mut converter = converter(from, to)?;
    let delay = converter.output_delay();
    let length = (samples.len() as u64 * u64::from(to)).div_ceil(u64::from(from)) as usize;
    let mut output = vec![0.0; converter.output_frames_max()];
    let mut converted = Vec::with_capacity(length + delay + output.len());
    let mut used = 0;
    while converted.len() < length + delay {
        let rest = &samples[used..];
        let partial = (rest.len() < converter.input_frames_next()).then_some(rest.len());
        let (read, written) = convert(&mut converter, rest, &mut output, partial);
        converted.extend_from_slice(&output[..written]);
        used = (used + read).min(samples.len());
    }
    converted.drain(..delay);
    converted.truncate(length);
    Ok(converted)
}

fn converter(from: u32, to: u32) -> Result<Fft<f32>, RatesError> {
    let chunk = (from / CHUNKS_A_SECOND).max(1) as usize;
    Fft::new(from as usize, to as usize, chunk, 1, FixedSync::Input).map_err(|error| RatesError {
        from,
        to,
        why: error.to_string(),
    })
}

/// Returns frames read and written.
fn convert(
    converter: &mut Fft<f32>,
    input: &[f32],
    output: &mut [f32],
    partial: Option<usize>,
) -> (usize, usize) {
    let indexing = Indexing {
        partial_len: partial,
        ..Indexing::default()
    };
    let frames = output.len();
    let input = InterleavedSlice::new(input, 1, input.len()).expect("one channel of that length");
    let mut output =
        InterleavedSlice::new_mut(output, 1, frames).expect("one channel of that length");
    converter
        .process_into_buffer(&input, &mut output, Some(&indexing))
        .expect("buffers have the sizes that the converter asked for")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [u32; 7] = [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000];

    #[test]
    fn a_tone_keeps_its_pitch_loudness_and_place() {
        for from in RATES {
            for to in [16_000, 22_050, 48_000] {
                let converted = resample(&tone(from, 1.0), from, to).unwrap();
                let expected = tone(to, 1.0);
                assert_eq!(converted.len(), expected.len(), "{from} to {to}");
                // Away from the edges, where the filter has no neighbours.
                let middle = converted.len() / 4..3 * converted.len() / 4;
                let worst = converted[middle.clone()]
                    .iter()
                    .zip(&expected[middle])
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f32::max);
                // The filter's delay is a whole number of samples only for some ratios.
                let one_sample = 0.5 * 440.0 * std::f32::consts::TAU / from.min(to) as f32;
                assert!(worst < one_sample, "{from} to {to}: off by {worst}");
            }
        }
    }

    #[test]
    fn pieces_give_the_same_as_the_whole() {
        for from in RATES {
            let sound = tone(from, 0.5);
            let mut whole = Vec::new();
            StreamResampler::new(from, 16_000)
                .unwrap()
                .push(&sound, &mut whole);
            let mut pieces = Vec::new();
            let mut converter = StreamResampler::new(from, 16_000).unwrap();
            let mut rest = &sound[..];
            for length in [1, 7, 213, 320, 1024, 5000].into_iter().cycle() {
                let (piece, later) = rest.split_at(length.min(rest.len()));
                converter.push(piece, &mut pieces);
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            assert_eq!(whole, pieces, "{from}");
            assert!(whole.len() > 7_000, "{from}: {}", whole.len());
        }
    }

    #[test]
    fn tiny_and_empty_recordings_and_zero_rates() {
        assert_eq!(resample(&[], 48_000, 16_000).unwrap(), Vec::<f32>::new());
        assert_eq!(resample(&[0.5; 3], 48_000, 16_000).unwrap().len(), 1);
        assert!(resample(&[0.5; 3], 0, 16_000).is_err());
    }

    fn tone(rate: u32, seconds: f32) -> Vec<f32> {
        (0..(rate as f32 * seconds) as usize)
            .map(|index| 0.5 * (index as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin())
            .collect()
    }
}
