//! Planted secrets, and whether anything of them can be read in some bytes: as it is, in any
//! case, as UTF-16, in base64 and hexadecimal, and figures with anything between them. Pure.
#![allow(dead_code)]

use std::collections::BTreeSet;

/// Shorter than this, chance alone would find it in encrypted bytes.
const LEAST: usize = 6;
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// What people write between figures.
const BETWEEN: &[u8] = b" -./()";

/// What is looked for.
#[derive(Default)]
pub struct Canaries {
    forms: BTreeSet<Vec<u8>>,
    figures: BTreeSet<Vec<u8>>,
    /// Whether any form begins with these two bytes.
    begins: Vec<bool>,
}

impl Canaries {
    /// Of words and numbers that were planted.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut canaries = Self {
            begins: vec![false; 1 << 16],
            ..Self::default()
        };
        for secret in secrets {
            assert!(secret.len() >= LEAST, "`{secret}` is found anywhere");
            canaries.plant(secret);
            canaries.plant(&secret.to_lowercase());
            canaries.plant(&secret.to_uppercase());
            let figures: Vec<u8> = secret.bytes().filter(u8::is_ascii_digit).collect();
            // A birth date's eight figures are found by chance among a log's; it is looked
            // for as it is written.
            if figures.len() > 8 {
                canaries.figures.insert(figures);
            }
        }
        for form in &canaries.forms {
            canaries.begins[usize::from(u16::from_le_bytes([form[0], form[1]]))] = true;
        }
        canaries
    }

    fn plant(&mut self, secret: &str) {
        let bytes = secret.as_bytes();
        let wide = |of: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(of).collect::<Vec<u8>>();
        let hexadecimal = |upper: bool| {
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            if upper { text.to_uppercase() } else { text }.into_bytes()
        };
        self.forms.insert(bytes.to_vec());
        for encoded in [
            bytes.to_vec(),
            wide(u16::to_le_bytes),
            wide(u16::to_be_bytes),
        ] {
            // As it stands in base64 depends on what is before it.
            for before in 0..3 {
                let text = base64_within(&encoded, before);
                let for_urls = text.iter().map(|letter| match letter {
                    b'+' => b'-',
                    b'/' => b'_',
                    other => *other,
                });
                self.forms.insert(for_urls.collect());
                self.forms.insert(text);
            }
            self.forms.insert(encoded);
        }
        self.forms.insert(hexadecimal(false));
        self.forms.insert(hexadecimal(true));
    }

    /// Where something of it can be read, if it can; the secret is in the words, as they are
    /// for whoever mends it.
    pub fn found_in(&self, bytes: &[u8]) -> Option<String> {
        for at in 0..bytes.len().saturating_sub(1) {
            let begins = usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
            if !self.begins[begins] {
                continue;
            }
            let rest = &bytes[at..];
            if let Some(form) = self.forms.iter().find(|form| rest.starts_with(form)) {
                return Some(format!("`{}` at byte {at}", form.escape_ascii()));
            }
        }
        // Runs of figures, with nothing but what people write between them.
        bytes
            .split(|byte| !byte.is_ascii_digit() && !BETWEEN.contains(byte))
            .map(|run| {
                run.iter()
                    .filter(|it| it.is_ascii_digit())
                    .copied()
                    .collect::<Vec<u8>>()
            })
            .find_map(|run| {
                let found = self.figures.iter().find(|figures| {
                    run.len() >= figures.len()
                        && run.windows(figures.len()).any(|it| it == **figures)
                })?;
                Some(format!("the figures {}", found.escape_ascii()))
            })
    }
}

/// Base64 of `bytes` behind so many others, without the letters that hold anything of these
/// or of what follows.
fn base64_within(bytes: &[u8], before: usize) -> Vec<u8> {
    let mut padded = vec![0; before];
    padded.extend_from_slice(bytes);
    let whole = padded.len() / 3 * 3;
    let mut text = Vec::new();
    for three in padded[..whole].chunks(3) {
        let bits = (u32::from(three[0]) << 16) | (u32::from(three[1]) << 8) | u32::from(three[2]);
        text.extend([18, 12, 6, 0].map(|shift| BASE64[((bits >> shift) & 63) as usize]));
    }
    let skipped = [0, 2, 3][before];
    text.split_off(skipped)
}

/// The loudest piece of a sound of PCM16, little-endian, as it stands in a file of 16 bits and
/// in memory or a file of 32.
pub fn sound_forms(sound: &[u8]) -> [Vec<u8>; 2] {
    const PIECE: usize = 32;
    let samples = |piece: &[u8]| -> Vec<f32> {
        let pairs = piece.chunks_exact(2);
        pairs
            .map(|it| f32::from(i16::from_le_bytes([it[0], it[1]])) / 32_768.0)
            .collect()
    };
    let energy = |piece: &[u8]| samples(piece).iter().map(|it| it * it).sum::<f32>();
    let pieces = sound.chunks_exact(PIECE);
    let loudest = pieces.max_by(|one, other| energy(one).total_cmp(&energy(other)));
    let loudest = loudest.expect("a sound");
    let wide = samples(loudest)
        .iter()
        .flat_map(|it| it.to_le_bytes())
        .collect();
    [loudest.to_vec(), wide]
}
