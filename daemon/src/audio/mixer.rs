//! Loudness of a speaker and gain of a microphone, through the ALSA mixer.

use super::AudioError;
use super::devices::Direction;
use alsa::mixer::{Mixer, Selem};

/// Controls that set the loudness of a whole device, the likeliest first.
const PLAYBACK: [&str; 5] = ["Master", "Speaker", "PCM", "Headphone", "Digital"];
const CAPTURE: [&str; 4] = ["Capture", "Mic", "Digital", "ADC"];

/// Sets the loudness or gain of the ALSA device `name` to `percent` of its range, and
/// switches it on where it is muted. Returns the control's name.
///
/// # Errors
/// The device has no mixer, or none of its controls sets a volume.
pub fn set(name: &str, direction: Direction, percent: u8) -> Result<String, AudioError> {
    let refused = |why: String| AudioError::Device {
        name: name.to_owned(),
        why,
    };
    let failed = |error: alsa::Error| refused(format!("its mixer: {error}"));
    let mixer = Mixer::new(&control_of(name), false).map_err(failed)?;
    let selem = best(&mixer, direction)
        .ok_or_else(|| refused("its mixer has no volume for this direction".to_owned()))?;
    let of_range = |(least, most): (i64, i64)| least + (most - least) * i64::from(percent) / 100;
    match direction {
        Direction::Play => {
            selem
                .set_playback_volume_all(of_range(selem.get_playback_volume_range()))
                .map_err(failed)?;
            if selem.has_playback_switch() {
                selem.set_playback_switch_all(1).map_err(failed)?;
            }
        }
        Direction::Record => {
            selem
                .set_capture_volume_all(of_range(selem.get_capture_volume_range()))
                .map_err(failed)?;
            if selem.has_capture_switch() {
                selem.set_capture_switch_all(1).map_err(failed)?;
            }
        }
    }
    Ok(selem.get_id().get_name().unwrap_or_default().to_owned())
}

/// The control device that belongs to the PCM `name`: the card's for one of its PCMs, else
/// one of the same name.
fn control_of(name: &str) -> String {
    let Some((kind, rest)) = name.split_once(':') else {
        return name.to_owned();
    };
    let card = rest
        .split(',')
        .next()
        .map(|first| first.trim_start_matches("CARD="))
        .filter(|card| !card.is_empty());
    match (kind, card) {
        ("hw" | "plughw" | "sysdefault" | "front" | "dsnoop" | "dmix", Some(card)) => {
            format!("hw:{card}")
        }
        _ => name.to_owned(),
    }
}

fn best(mixer: &Mixer, direction: Direction) -> Option<Selem<'_>> {
    let wanted: &[&str] = match direction {
        Direction::Play => &PLAYBACK,
        Direction::Record => &CAPTURE,
    };
    let rank = |selem: &Selem<'_>| {
        let id = selem.get_id();
        let name = id.get_name().unwrap_or_default();
        wanted
            .iter()
            .position(|known| *known == name)
            .unwrap_or(wanted.len())
    };
    mixer
        .iter()
        .filter_map(Selem::new)
        .filter(|selem| match direction {
            Direction::Play => selem.has_playback_volume(),
            Direction::Record => selem.has_capture_volume(),
        })
        .min_by_key(rank)
}

#[cfg(test)]
mod tests {
    use super::control_of;

    #[test]
    fn a_card_has_one_mixer_for_all_its_devices() {
        for (pcm, control) in [
            ("default", "default"),
            ("kiosk_speaker", "kiosk_speaker"),
            ("plughw:1,0", "hw:1"),
            ("plughw:CARD=Box,DEV=0", "hw:Box"),
            ("sysdefault:CARD=USB", "hw:USB"),
            ("pulse:whatever", "pulse:whatever"),
            ("hw:", "hw:"),
        ] {
            assert_eq!(control_of(pcm), control, "{pcm}");
        }
    }
}
