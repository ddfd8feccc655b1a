//! Even loudness, soft edges, a breath between sentences.

/// Loudness of speech, root mean square of its sounding parts: −20 dBFS.
const LOUDNESS: f32 = 0.1;
/// Nothing is made louder than this many times: noise would be, too.
const MOST_GAIN: f32 = 6.0;
/// Above this, peaks are bent rather than cut.
const KNEE: f32 = 0.7;
/// A block under this root mean square is a pause (−46 dBFS).
const SILENT: f32 = 0.005;
/// Blocks in which loudness is looked at.
const BLOCK_S: f32 = 0.02;
/// Silence left before and after the words.
const EDGE_S: f32 = 0.04;
/// Fades, against clicks.
const FADE_S: f32 = 0.008;
/// Between sentences.
const BREATH_S: f32 = 0.22;

/// Makes a sentence as a voice gave it (mono at `rate`) ready to be played after
/// another one.
pub fn shape(mut sound: Vec<f32>, rate: u32) -> Vec<f32> {
    trim(&mut sound, rate);
    if sound.is_empty() {
        return sound;
    }
    level(&mut sound, rate);
    fade(&mut sound, samples(FADE_S, rate));
    sound.extend(std::iter::repeat_n(0.0, samples(BREATH_S, rate)));
    sound
}

fn trim(sound: &mut Vec<f32>, rate: u32) {
    let block = samples(BLOCK_S, rate);
    let edge = samples(EDGE_S, rate);
    let is_sound = |block: &[f32]| rms(block) >= SILENT;
    let Some(first) = sound.chunks(block).position(is_sound) else {
        sound.clear();
        return;
    };
    let last = sound.chunks(block).rposition(is_sound).unwrap_or(first);
    let end = ((last + 1) * block + edge).min(sound.len());
    sound.truncate(end);
    sound.drain(..(first * block).saturating_sub(edge));
}

fn level(sound: &mut [f32], rate: u32) {
    let (energy, count) = sound
        .chunks(samples(BLOCK_S, rate))
        .filter(|block| rms(block) >= SILENT)
        .fold((0.0_f32, 0_usize), |(energy, count), block| {
            (
                energy + block.iter().map(|s| s * s).sum::<f32>(),
                count + block.len(),
            )
        });
    let loudness = (energy / count.max(1) as f32).sqrt();
    let gain = (LOUDNESS / loudness.max(f32::EPSILON)).min(MOST_GAIN);
    for sample in sound {
        *sample = bent(*sample * gain);
    }
}

fn bent(sample: f32) -> f32 {
    let size = sample.abs();
    if size <= KNEE {
        return sample;
    }
    let rest = 1.0 - KNEE;
    sample.signum() * (KNEE + rest * ((size - KNEE) / rest).tanh())
}

fn fade(sound: &mut [f32], length: usize) {
    let length = length.min(sound.len() / 2);
    for index in 0..length {
        let gain = index as f32 / length as f32;
        sound[index] *= gain;
        let last = sound.len() - 1 - index;
        sound[last] *= gain;
    }
}

fn rms(block: &[f32]) -> f32 {
    (block.iter().map(|s| s * s).sum::<f32>() / block.len().max(1) as f32).sqrt()
}

fn samples(seconds: f32, rate: u32) -> usize {
    ((seconds * rate as f32) as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 22_050;

    #[test]
    fn loud_and_soft_voices_come_out_alike_and_unclipped() {
        for peak in [0.03, 0.3, 0.99, 4.0] {
            let shaped = shape(tone(peak, 1.0), RATE);
            let middle = &shaped[RATE as usize / 4..RATE as usize / 2];
            let loudness = rms(middle);
            assert!((0.09..0.11).contains(&loudness), "{peak}: {loudness}");
            assert!(shaped.iter().all(|s| s.abs() < 1.0));
        }
        let spiky: Vec<f32> = (0..RATE)
            .map(|i| if i % 400 == 0 { 1.0 } else { 0.01 })
            .collect();
        assert!(shape(spiky, RATE).iter().all(|s| s.abs() < 1.0));
    }

    #[test]
    fn sentences_begin_and_end_in_silence() {
        let shaped = shape(tone(0.5, 0.5), RATE);
        assert_eq!(shaped.first(), Some(&0.0));
        assert_eq!(shaped.last(), Some(&0.0));
        let steps = shaped.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.03, "no step is a click");
    }

    #[test]
    fn silence_around_the_words_is_cut() {
        let mut sound = vec![0.0; RATE as usize];
        sound.extend(tone(0.5, 0.5));
        sound.extend(vec![0.0; RATE as usize]);
        let seconds = shape(sound, RATE).len() as f32 / RATE as f32;
        assert!((0.5..0.9).contains(&seconds), "{seconds}");
        assert!(shape(vec![0.0; 5000], RATE).is_empty());
        assert!(shape(Vec::new(), RATE).is_empty());
    }

    fn tone(peak: f32, seconds: f32) -> Vec<f32> {
        (0..(RATE as f32 * seconds) as usize)
            .map(|i| peak * (i as f32 * 220.0 * std::f32::consts::TAU / RATE as f32).sin())
            .collect()
    }
}
