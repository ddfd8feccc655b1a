//! Sound as bytes: WAV, bare PCM16 and Opus in Ogg, in and out.

use super::Problem;
use crate::audio::{pcm16, wav};
use ogg::{PacketReader, PacketWriteEndInfo, PacketWriter};
use opus::{Application, Channels, Decoder, Encoder};
use std::io::Cursor;

/// Samples a second of PCM16 and WAV that is sent, as OpenAI's clients expect it.
pub const RATE: u32 = 24_000;
/// Opus always counts its time at this rate.
const OPUS_RATE: u32 = 48_000;
/// 20 ms.
const OPUS_FRAME: usize = 960;
/// What an encoder of this version asks to be skipped: it looks ahead 6.5 ms.
const OPUS_PRE_SKIP: u16 = 312;
/// The longest packet that a decoder may meet, 120 ms.
const OPUS_LONGEST: usize = 5_760;
/// The longest recording in Opus that is taken, 15 minutes.
const LONGEST_S: usize = 900;
/// One stream in one file.
const SERIAL: u32 = 1;

/// How speech is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With a header that leaves the length open.
    Wav,
    /// Little-endian, mono, [`RATE`].
    Pcm,
    /// Ogg.
    Opus,
}

impl Format {
    /// By OpenAI's names.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "wav" => Some(Self::Wav),
            "pcm" => Some(Self::Pcm),
            "opus" => Some(Self::Opus),
            _ => None,
        }
    }

    /// For `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Pcm => "audio/pcm",
            Self::Opus => "audio/ogg",
        }
    }

    /// The rate that samples are wanted at.
    pub const fn rate(self) -> u32 {
        match self {
            Self::Wav | Self::Pcm => RATE,
            Self::Opus => OPUS_RATE,
        }
    }
}

/// Sound of a recording: mono, −1 to 1, and its rate.
///
/// # Errors
/// The bytes are neither WAV nor Opus in Ogg, or damaged.
pub fn decode(bytes: &[u8]) -> Result<(Vec<f32>, u32), Problem> {
    let unusable = |detail: String| Problem::Unusable {
        field: "file",
        detail,
    };
    if bytes.starts_with(b"OggS") {
        let samples = decode_opus(bytes).map_err(unusable)?;
        return Ok((samples, OPUS_RATE));
    }
    if bytes.starts_with(b"RIFF") {
        let recording = wav::read_bytes(bytes).map_err(unusable)?;
        return Ok((recording.samples, recording.rate));
    }
    Err(unusable(
        "neither WAV nor Opus in Ogg; convert it to one of them".to_owned(),
    ))
}

fn decode_opus(bytes: &[u8]) -> Result<Vec<f32>, String> {
    let mut packets = PacketReader::new(Cursor::new(bytes));
    let mut next = || packets.read_packet().map_err(|error| error.to_string());
    let head = next()?.ok_or("the file holds nothing")?;
    let channels = match head.data.get(..10) {
        Some(start) if start.starts_with(b"OpusHead") => start[9],
        Some(_) | None => return Err("the Ogg file holds no Opus".to_owned()),
    };
    let (kind, width) = match channels {
        1 => (Channels::Mono, 1),
        2 => (Channels::Stereo, 2),
        _ => return Err("Opus with more than two channels".to_owned()),
    };
    let skip = head
        .data
        .get(10..12)
        .map_or(0, |it| u16::from_le_bytes([it[0], it[1]]));
    // Tags.
    next()?;
    let mut decoder = Decoder::new(OPUS_RATE, kind).map_err(|error| error.to_string())?;
    let mut samples = Vec::new();
    let mut block = vec![0.0; OPUS_LONGEST * width];
    while let Some(packet) = next()? {
        let count = decoder
            .decode_float(&packet.data, &mut block, false)
            .map_err(|error| error.to_string())?;
        let frames = block[..count * width].chunks(width);
        samples.extend(frames.map(|frame| frame.iter().sum::<f32>() / width as f32));
        // Silence takes next to no bytes and much memory.
        if samples.len() > OPUS_RATE as usize * LONGEST_S {
            return Err(format!("longer than {} minutes", LONGEST_S / 60));
        }
    }
    samples.drain(..usize::from(skip).min(samples.len()));
    Ok(samples)
}

/// Turns samples into bytes, piece by piece.
pub enum Encoding {
    /// Nothing but samples; a WAV's header before them.
    Plain {
        /// Bytes that come first.
        header: Option<Vec<u8>>,
    },
    /// Packets in pages.
    Opus(Box<OpusEncoding>),
}

/// An Opus stream under way.
pub struct OpusEncoding {
    encoder: Encoder,
    writer: PacketWriter<'static, Vec<u8>>,
    waiting: Vec<f32>,
    /// Samples written, with what is to be skipped.
    position: u64,
}

impl Encoding {
    /// Begins a file.
    ///
    /// # Errors
    /// The library refused, in its words.
    pub fn begin(format: Format) -> Result<Self, String> {
        Ok(match format {
            Format::Pcm => Self::Plain { header: None },
            Format::Wav => Self::Plain {
                header: Some(open_wav_header()),
            },
            Format::Opus => Self::Opus(Box::new(OpusEncoding::begin()?)),
        })
    }

    /// Bytes of the next samples, at the format's rate.
    ///
    /// # Errors
    /// The library refused, in its words.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<u8>, String> {
        match self {
            Self::Plain { header } => {
                let mut bytes = header.take().unwrap_or_default();
                bytes.extend(pcm16::to_bytes(samples));
                Ok(bytes)
            }
            Self::Opus(opus) => opus.push(samples, false),
        }
    }

    /// The last bytes.
    ///
    /// # Errors
    /// The library refused, in its words.
    pub fn end(mut self) -> Result<Vec<u8>, String> {
        match &mut self {
            Self::Plain { .. } => self.push(&[]),
            Self::Opus(opus) => opus.push(&[], true),
        }
    }
}

impl OpusEncoding {
    fn begin() -> Result<Self, String> {
        let encoder = Encoder::new(OPUS_RATE, Channels::Mono, Application::Audio)
            .map_err(|error| error.to_string())?;
        let mut opus = Self {
            encoder,
            writer: PacketWriter::new(Vec::new()),
            waiting: Vec::new(),
            position: u64::from(OPUS_PRE_SKIP),
        };
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(OPUS_PRE_SKIP.to_le_bytes());
        head.extend(OPUS_RATE.to_le_bytes());
        // No gain, one stream.
        head.extend([0, 0, 0]);
        opus.write(head, PacketWriteEndInfo::EndPage, 0)?;
        let vendor = b"kiosk";
        let mut tags = b"OpusTags".to_vec();
        tags.extend((vendor.len() as u32).to_le_bytes());
        tags.extend(vendor);
        tags.extend(0_u32.to_le_bytes());
        opus.write(tags, PacketWriteEndInfo::EndPage, 0)?;
        Ok(opus)
    }

    fn push(&mut self, samples: &[f32], is_end: bool) -> Result<Vec<u8>, String> {
        self.waiting.extend(samples);
        let heard = self.position + self.waiting.len() as u64;
        if is_end {
            // What the encoder still holds comes out behind silence.
            self.waiting
                .extend(std::iter::repeat_n(0.0, usize::from(OPUS_PRE_SKIP)));
            let whole = self.waiting.len().div_ceil(OPUS_FRAME).max(1) * OPUS_FRAME;
            self.waiting.resize(whole, 0.0);
        }
        let frames = self.waiting.len() / OPUS_FRAME;
        let rest = self.waiting.split_off(frames * OPUS_FRAME);
        let whole = std::mem::replace(&mut self.waiting, rest);
        for (index, frame) in whole.chunks(OPUS_FRAME).enumerate() {
            let packet = self
                .encoder
                .encode_vec_float(frame, 4_000)
                .map_err(|error| error.to_string())?;
            self.position += OPUS_FRAME as u64;
            let is_last = index + 1 == frames;
            let (info, position) = match (is_last, is_end) {
                (true, true) => (PacketWriteEndInfo::EndStream, heard),
                (true, false) => (PacketWriteEndInfo::EndPage, self.position),
                (false, _) => (PacketWriteEndInfo::NormalPacket, self.position),
            };
            self.write(packet, info, position)?;
        }
        Ok(std::mem::take(self.writer.inner_mut()))
    }

    fn write(
        &mut self,
        packet: Vec<u8>,
        info: PacketWriteEndInfo,
        position: u64,
    ) -> Result<(), String> {
        self.writer
            .write_packet(packet, SERIAL, info, position)
            .map_err(|error| error.to_string())
    }
}

/// A header for a stream whose length nobody knows yet: the largest one.
fn open_wav_header() -> Vec<u8> {
    let mut header = b"RIFF".to_vec();
    header.extend(u32::MAX.to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    header.extend([1, 0, 1, 0]);
    header.extend(RATE.to_le_bytes());
    header.extend((RATE * 2).to_le_bytes());
    // Bytes a frame, bits a sample.
    header.extend([2, 0, 16, 0]);
    header.extend(b"data");
    header.extend(u32::MAX.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_in_pieces_is_decoded_whole() {
        for format in [Format::Wav, Format::Opus] {
            let rate = format.rate();
            let tone: Vec<f32> = (0..rate)
                .map(|i| 0.4 * (i as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin())
                .collect();
            let mut encoding = Encoding::begin(format).unwrap();
            let mut bytes = Vec::new();
            for piece in tone.chunks(7_001) {
                bytes.extend(encoding.push(piece).unwrap());
            }
            bytes.extend(encoding.end().unwrap());
            let (samples, decoded_rate) = decode(&bytes).unwrap();
            assert_eq!(decoded_rate, rate);
            let missing = samples.len().abs_diff(tone.len());
            assert!(missing < OPUS_FRAME * 2, "{format:?}: {missing}");
            let error: f32 = samples
                .iter()
                .zip(&tone)
                .skip(4_800)
                .map(|(a, b)| (a - b).powi(2))
                .sum();
            let error = (error / tone.len() as f32).sqrt();
            assert!(error < 0.05, "{format:?}: {error}");
        }
    }

    #[test]
    fn damaged_and_foreign_bytes_are_told_apart_from_sound() {
        let mut encoding = Encoding::begin(Format::Opus).unwrap();
        let mut opus = encoding.push(&vec![0.1; 9_600]).unwrap();
        opus.extend(encoding.end().unwrap());
        for cut in 0..opus.len() {
            // Never a panic, whatever comes of it.
            let _ = decode(&opus[..cut]);
            let mut broken = opus.clone();
            broken[cut] ^= 0x55;
            let _ = decode(&broken);
        }
        for bytes in [&b""[..], b"ID3\x04", b"OggS", b"RIFF", b"OggSnothing"] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
