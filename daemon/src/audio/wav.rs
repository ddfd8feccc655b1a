//! WAV files as mono samples. Reads what people have (8 to 32 bits, float, any
//! number of channels, any common rate) and refuses the rest in clear words.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Rates that microphones and recorders have.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;
/// Longest recording that is read, in seconds: an hour of patience with a file, not a machine's memory.
const LONGEST_S: u64 = 3_600;

/// A recording in memory.
#[derive(Clone, PartialEq)]
pub struct Recording {
    /// Mono (channels averaged), −1 to 1.
    pub samples: Vec<f32>,
    /// Samples a second.
    pub rate: u32,
    /// Whether the file held all that its header promised.
    pub complete: Complete,
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording")
            .field("samples", &self.samples.len())
            .field("rate", &self.rate)
            .field("complete", &self.complete)
            .finish()
    }
}

impl Recording {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }
}

/// Whether a file held all that its header promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Complete {
    /// Yes.
    Yes,
    /// It ends early; what is there was read.
    CutOff,
}

/// Why a WAV file was refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{}` {what}", path.display())]
pub struct WavError {
    path: PathBuf,
    what: String,
}

/// Reads a WAV file. A file that was cut off gives what is there; see [`Complete`].
///
/// # Errors
/// Not a WAV file, no sound in it, or in a form that cannot be read.
pub fn read(path: &Path) -> Result<Recording, WavError> {
    let refuse = |what: String| WavError {
        path: path.to_owned(),
        what,
    };
    let mut file =
        BufReader::new(File::open(path).map_err(|e| refuse(format!("cannot be opened: {e}")))?);
    let length = check_header(&mut file).map_err(&refuse)?;
    read_from(file, length).map_err(refuse)
}

/// Reads WAV data from memory, such as what a program printed.
///
/// # Errors
/// As [`read`], without a file's name.
pub fn read_bytes(bytes: &[u8]) -> Result<Recording, String> {
    let mut cursor = std::io::Cursor::new(bytes);
    let length = check_header(&mut cursor)?;
    read_from(cursor, length)
}

fn read_from(reader: impl Read, length: Length) -> Result<Recording, String> {
    let mended = Mended {
        inner: reader,
        at: 0,
        length,
    };
    let mut reader = hound::WavReader::new(mended).map_err(|error| words(&error))?;
    let spec = reader.spec();
    if !RATES.contains(&spec.sample_rate) {
        return Err(format!(
            "has an impossible sample rate of {} Hz",
            spec.sample_rate
        ));
    }
    let promised = reader.len() as usize;
    let limit = usize::from(spec.channels) * spec.sample_rate as usize * LONGEST_S as usize;
    let interleaved = match spec.sample_format {
        hound::SampleFormat::Float => collect(reader.samples::<f32>(), limit, |sample| sample)?,
        hound::SampleFormat::Int => {
            let scale = 1.0 / (1_i64 << (spec.bits_per_sample - 1)) as f32;
            collect(reader.samples::<i32>(), limit, |sample| {
                sample as f32 * scale
            })?
        }
    };
    let is_promised = matches!(length, Length::Told);
    let complete = if is_promised && interleaved.len() < promised && interleaved.len() < limit {
        Complete::CutOff
    } else {
        Complete::Yes
    };
    let samples = to_mono(&interleaved, usize::from(spec.channels));
    if samples.is_empty() {
        return Err("holds no sound".to_owned());
    }
    Ok(Recording {
        samples,
        rate: spec.sample_rate,
        complete,
    })
}

fn collect<S>(
    samples: impl Iterator<Item = hound::Result<S>>,
    limit: usize,
    convert: impl Fn(S) -> f32,
) -> Result<Vec<f32>, String> {
    let mut collected = Vec::new();
    for sample in samples.take(limit) {
        match sample {
            Ok(sample) => {
                let sample = convert(sample);
                collected.push(if sample.is_finite() {
                    sample.clamp(-1.0, 1.0)
                } else {
                    0.0
                });
            }
            // The file ends before its header says so.
            Err(hound::Error::IoError(_)) => break,
            Err(error) => return Err(words(&error)),
        }
    }
    Ok(collected)
}

fn to_mono(interleaved: &[f32], channels: usize) -> Vec<f32> {
    interleaved
        .chunks_exact(channels)
        .map(|frame| frame.iter().sum::<f32>() / channels as f32)
        .collect()
}

fn words(error: &hound::Error) -> String {
    match error {
        hound::Error::FormatError(what) => format!("is not a readable WAV file: {what}"),
        hound::Error::IoError(_) => "is not a WAV file, or ends in its header".to_owned(),
        hound::Error::Unsupported => {
            "is compressed or of an unusual kind; convert it to 16-bit PCM".to_owned()
        }
        hound::Error::TooWide
        | hound::Error::UnfinishedSample
        | hound::Error::InvalidSampleFormat => format!("is not a readable WAV file: {error}"),
    }
}

/// How long the data chunk says it is.
#[derive(Clone, Copy)]
enum Length {
    Told,
    /// Of a stream that was begun before its end was known: the field at `at` holds the
    /// largest number there is, which hound takes only as a multiple of the frame.
    Open {
        at: u64,
        frame_bytes: u16,
    },
}

/// A file whose open length is one that hound takes.
struct Mended<R> {
    inner: R,
    at: u64,
    length: Length,
}

impl<R: Read> Read for Mended<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Length::Open { at, frame_bytes } = self.length {
            let longest = u32::MAX - u32::MAX % u32::from(frame_bytes.max(1));
            for (place, byte) in (at..).zip(longest.to_le_bytes()) {
                let index = place.checked_sub(self.at).map(|index| index as usize);
                if let Some(index) = index.filter(|index| *index < count) {
                    buffer[index] = byte;
                }
            }
        }
        self.at += count as u64;
        Ok(count)
    }
}

/// hound divides by the channel count and sample width of the header; a zero there
/// must not bring the program down. Leaves the file at its beginning.
fn check_header(file: &mut (impl Read + Seek)) -> Result<Length, String> {
    let frame_bytes = check_format_chunk(file)?;
    let length = open_length(file, frame_bytes);
    file.rewind().map_err(|_| "is not a WAV file".to_owned())?;
    Ok(length)
}

/// Behind the format chunk.
fn open_length(file: &mut (impl Read + Seek), frame_bytes: u16) -> Length {
    let mut header = [0_u8; 8];
    while file.read_exact(&mut header).is_ok() {
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
        if &header[..4] == b"data" {
            return match (length, file.stream_position()) {
                (u32::MAX, Ok(position)) => Length::Open {
                    at: position - 4,
                    frame_bytes,
                },
                (_, Ok(_) | Err(_)) => Length::Told,
            };
        }
        let next = i64::from(length) + i64::from(length & 1);
        if file.seek(SeekFrom::Current(next)).is_err() {
            break;
        }
    }
    Length::Told
}

/// Bytes of a frame; leaves the file behind the chunk.
fn check_format_chunk(file: &mut (impl Read + Seek)) -> Result<u16, String> {
    let not_wav = || "is not a WAV file".to_owned();
    let mut riff = [0_u8; 12];
    file.read_exact(&mut riff).map_err(|_| not_wav())?;
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return Err(not_wav());
    }
    let mut header = [0_u8; 8];
    while file.read_exact(&mut header).is_ok() {
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
        if &header[..4] != b"fmt " {
            let next = i64::from(length) + i64::from(length & 1);
            file.seek(SeekFrom::Current(next)).map_err(|_| not_wav())?;
            continue;
        }
        let mut format = [0_u8; 16];
        file.read_exact(&mut format).map_err(|_| not_wav())?;
        let field = |at: usize| u16::from_le_bytes([format[at], format[at + 1]]);
        let (channels, frame_bytes, bits) = (field(2), field(12), field(14));
        if channels == 0 || !(8..=32).contains(&bits) || frame_bytes / channels == 0 {
            return Err(format!(
                "has an impossible format ({channels} channels of {bits} bits)"
            ));
        }
        let rest = i64::from(length) + i64::from(length & 1) - 16;
        file.seek(SeekFrom::Current(rest)).map_err(|_| not_wav())?;
        return Ok(frame_bytes);
    }
    Err("is not a readable WAV file: it has no format chunk".to_owned())
}

/// Writes mono samples (−1 to 1) as a 16-bit WAV file.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, samples: &[f32], rate: u32) -> Result<(), WavError> {
    let mut writer = create(path, rate)?;
    append(&mut writer, samples)
        .and_then(|()| writer.finalize())
        .map_err(|error| WavError {
            path: path.to_owned(),
            what: format!("cannot be written: {error}"),
        })
}

/// As [`write()`], in memory.
///
/// # Errors
/// There is more sound than a WAV file can hold.
pub fn to_bytes(samples: &[f32], rate: u32) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    hound::WavWriter::new(std::io::Cursor::new(&mut bytes), spec(rate))
        .and_then(|mut writer| append(&mut writer, samples).and_then(|()| writer.finalize()))
        .map_err(|error| words(&error))?;
    Ok(bytes)
}

pub(super) type Writer = hound::WavWriter<std::io::BufWriter<File>>;

const fn spec(rate: u32) -> hound::WavSpec {
    hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    }
}

pub(super) fn create(path: &Path, rate: u32) -> Result<Writer, WavError> {
    hound::WavWriter::create(path, spec(rate)).map_err(|error| WavError {
        path: path.to_owned(),
        what: format!("cannot be written: {error}"),
    })
}

pub(super) fn append<W: std::io::Write + Seek>(
    writer: &mut hound::WavWriter<W>,
    samples: &[f32],
) -> hound::Result<()> {
    for sample in samples {
        writer.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hound::{SampleFormat, WavSpec, WavWriter};

    #[test]
    fn a_stream_whose_length_was_left_open_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sine.wav");
        for (channels, bits) in [(1, 16), (2, 16), (1, 24)] {
            write_sine(&path, 16_000, channels, bits, SampleFormat::Int);
            let whole = read(&path).unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            let data = bytes.windows(4).position(|it| it == b"data").unwrap();
            bytes[4..8].fill(0xff);
            bytes[data + 4..data + 8].fill(0xff);
            assert_eq!(read_bytes(&bytes).unwrap().samples, whole.samples);
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read(&path).unwrap().complete, Complete::Yes);
        }
    }

    #[test]
    fn every_common_form_is_read_alike() {
        let folder = tempfile::tempdir().unwrap();
        for (rate, channels, bits, format) in [
            (16_000, 1, 16, SampleFormat::Int),
            (8_000, 1, 16, SampleFormat::Int),
            (8_000, 1, 8, SampleFormat::Int),
            (44_100, 2, 16, SampleFormat::Int),
            (48_000, 1, 24, SampleFormat::Int),
            (48_000, 6, 24, SampleFormat::Int),
            (16_000, 2, 32, SampleFormat::Int),
            (22_050, 1, 32, SampleFormat::Float),
            (96_000, 2, 32, SampleFormat::Float),
        ] {
            let path = folder.path().join("sine.wav");
            write_sine(&path, rate, channels, bits, format);
            let recording = read(&path).unwrap();
            let what = format!("{rate} Hz, {channels} channels, {bits} bits {format:?}");
            assert_eq!(recording.rate, rate, "{what}");
            assert_eq!(recording.complete, Complete::Yes, "{what}");
            assert_eq!(recording.samples.len(), rate as usize / 10, "{what}");
            let peak = recording
                .samples
                .iter()
                .fold(0.0_f32, |peak, s| peak.max(s.abs()));
            assert!((0.48..0.52).contains(&peak), "{what}: peak {peak}");
        }
    }

    #[test]
    fn a_file_that_was_cut_off_gives_what_is_there_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.wav");
        write_sine(&path, 16_000, 1, 16, SampleFormat::Int);
        let bytes = std::fs::read(&path).unwrap();
        // An odd number of bytes: even the last sample is incomplete.
        std::fs::write(&path, &bytes[..bytes.len() - 1001]).unwrap();
        let recording = read(&path).unwrap();
        assert_eq!(recording.complete, Complete::CutOff);
        assert_eq!(recording.samples.len(), 1_600 - 501);
    }

    #[test]
    fn a_file_cut_off_in_its_header_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sine.wav");
        write_sine(&path, 16_000, 1, 16, SampleFormat::Int);
        let bytes = std::fs::read(&path).unwrap();
        for length in 0..44 {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let refusal = read(&path).unwrap_err().to_string();
            assert!(refusal.contains("sine.wav"), "{refusal}");
        }
    }

    #[test]
    fn what_is_not_sound_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odd.wav");
        let mut zero_channels = sine_bytes(&path);
        zero_channels[22] = 0;
        let mut zero_bits = sine_bytes(&path);
        zero_bits[34] = 0;
        let mut slow = sine_bytes(&path);
        slow[24..28].copy_from_slice(&100_u32.to_le_bytes());
        slow[28..32].copy_from_slice(&200_u32.to_le_bytes());
        let mut contradictory = sine_bytes(&path);
        contradictory[24..28].fill(0);
        let mut zero_block = sine_bytes(&path);
        zero_block[32] = 0;
        let mut compressed = sine_bytes(&path);
        compressed[20] = 2;
        let mut empty = sine_bytes(&path);
        empty[40..44].fill(0);
        empty.truncate(44);
        for (content, reason) in [
            (&b""[..], "is not a WAV file"),
            (
                b"ID3 this is an MP3, whatever its name says",
                "is not a WAV file",
            ),
            (b"RIFF\x04\x00\x00\x00WAVE", "no format chunk"),
            (&zero_channels, "impossible format"),
            (&zero_bits, "impossible format"),
            (&zero_block, "impossible format"),
            (&slow, "impossible sample rate of 100 Hz"),
            (&contradictory, "inconsistent fmt chunk"),
            (&compressed, "is compressed"),
            (&empty, "holds no sound"),
        ] {
            std::fs::write(&path, content).unwrap();
            let refusal = read(&path).unwrap_err().to_string();
            assert!(refusal.contains(reason), "{refusal}");
        }
        let missing = read(&folder.path().join("missing.wav"))
            .unwrap_err()
            .to_string();
        assert!(missing.contains("cannot be opened"), "{missing}");
    }

    #[test]
    fn no_damaged_header_brings_the_reader_down() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.wav");
        let bytes = sine_bytes(&path);
        for at in 0..44 {
            for value in [0, 1, 7, 0x7f, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                // Read or refused: both are fine, a panic is not.
                let _ =
                    read_bytes(&damaged).map(|recording| assert!(!recording.samples.is_empty()));
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        write(&path, &[0.0, 0.5, -0.5, 2.0], 22_050).unwrap();
        let recording = read(&path).unwrap();
        assert_eq!(recording.rate, 22_050);
        for (sample, expected) in recording.samples.iter().zip([0.0, 0.5, -0.5, 1.0]) {
            assert!((sample - expected).abs() < 1e-3, "{sample} for {expected}");
        }
    }

    fn sine_bytes(path: &Path) -> Vec<u8> {
        write_sine(path, 16_000, 1, 16, SampleFormat::Int);
        std::fs::read(path).unwrap()
    }

    /// A tenth of a second of 440 Hz at half scale, the same in all channels.
    fn write_sine(path: &Path, rate: u32, channels: u16, bits: u16, format: SampleFormat) {
        let spec = WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: format,
        };
        let mut writer = WavWriter::create(path, spec).unwrap();
        for index in 0..rate / 10 {
            let sample = 0.5 * (index as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin();
            for _ in 0..channels {
                match format {
                    SampleFormat::Float => writer.write_sample(sample).unwrap(),
                    SampleFormat::Int => {
                        let scale = ((1_i64 << (bits - 1)) - 1) as f32;
                        writer.write_sample((sample * scale) as i32).unwrap();
                    }
                }
            }
        }
        writer.finalize().unwrap();
    }
}
