//! Which sound devices exist, and how one is opened by its name.

use super::AudioError;
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{BufferSize, DeviceId, HostId, SampleFormat, StreamConfig, SupportedStreamConfigRange};

/// Rates that are asked for, best first: what most devices run at, then what speech needs.
const RATES: [u32; 4] = [48_000, 16_000, 44_100, 96_000];

/// Which way sound goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From a microphone.
    Record,
    /// To a speaker.
    Play,
}

impl Direction {
    const fn verb(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Play => "play",
        }
    }
}

/// Names of the devices that ALSA lists for `direction`.
pub fn names(direction: Direction) -> Vec<String> {
    let Ok(devices) = cpal::default_host().devices() else {
        return Vec::new();
    };
    devices
        .filter(|device| match direction {
            Direction::Record => device.supports_input(),
            Direction::Play => device.supports_output(),
        })
        .filter_map(|device| device.id().ok().map(|id| id.id().to_owned()))
        .collect()
}

/// A device and the form in which sound goes to or from it.
pub(super) struct Opened {
    pub device: cpal::Device,
    pub config: StreamConfig,
    pub format: SampleFormat,
}

/// Finds the device called `name` (an ALSA PCM, such as `default` or `plughw:CARD=Box`).
pub(super) fn open(name: &str, direction: Direction) -> Result<Opened, AudioError> {
    let host = cpal::default_host();
    let device = if name == "default" {
        match direction {
            Direction::Record => host.default_input_device(),
            Direction::Play => host.default_output_device(),
        }
    } else {
        host.device_by_id(&DeviceId::new(HostId::Alsa, name))
    };
    let missing = || AudioError::NoSuchDevice {
        name: name.to_owned(),
        what: direction.verb(),
        there_are: names(direction),
    };
    let device = device.ok_or_else(missing)?;
    let supported: Vec<SupportedStreamConfigRange> = match direction {
        Direction::Record => device.supported_input_configs().map(Iterator::collect),
        Direction::Play => device.supported_output_configs().map(Iterator::collect),
    }
    .map_err(|_| missing())?;
    let (config, format) = choose(&supported).ok_or_else(|| AudioError::Device {
        name: name.to_owned(),
        why: "it has no form of sound that the kiosk knows".to_owned(),
    })?;
    Ok(Opened {
        device,
        config,
        format,
    })
}

/// The best rate first, then the fewest channels, then the format that needs least work.
fn choose(supported: &[SupportedStreamConfigRange]) -> Option<(StreamConfig, SampleFormat)> {
    let formats = [SampleFormat::F32, SampleFormat::I16, SampleFormat::I32];
    let rank = |range: &SupportedStreamConfigRange| {
        let format = formats
            .iter()
            .position(|known| *known == range.sample_format())?;
        (range.channels() > 0).then_some((range.channels(), format))
    };
    RATES.iter().find_map(|&rate| {
        supported
            .iter()
            .filter(|range| range.contains_rate(rate))
            .filter_map(|range| rank(range).map(|rank| (rank, range)))
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, range)| {
                let config = StreamConfig {
                    channels: range.channels(),
                    sample_rate: rate,
                    // 20 ms: short enough for a quick answer, long enough for a busy machine.
                    buffer_size: BufferSize::Fixed(rate / 50),
                };
                (config, range.sample_format())
            })
    })
}

pub(super) fn refused(name: &str, error: &cpal::Error) -> AudioError {
    AudioError::Device {
        name: name.to_owned(),
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_device_is_named_with_what_there_is() {
        for direction in [Direction::Record, Direction::Play] {
            let Err(refusal) = open("no_such_device", direction) else {
                panic!("a device out of nowhere");
            };
            let words = refusal.to_string();
            assert!(
                words.contains("`no_such_device`") && words.contains("there are:"),
                "{words}"
            );
        }
    }
}
