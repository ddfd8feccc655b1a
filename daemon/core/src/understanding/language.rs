//! Notices that something was said in a language that is not English, by its small
//! words. Nothing of it is understood; the patient is told what there is.

use super::tokens;

/// A language of the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Akan, Asante and Fante.
    Twi,
    /// Ga.
    Ga,
    /// Ewe.
    Ewe,
    /// Yoruba.
    Yoruba,
    /// Igbo.
    Igbo,
    /// Hausa.
    Hausa,
    /// French.
    French,
}

impl Language {
    /// Its name in English.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twi => "Twi",
            Self::Ga => "Ga",
            Self::Ewe => "Ewe",
            Self::Yoruba => "Yoruba",
            Self::Igbo => "Igbo",
            Self::Hausa => "Hausa",
            Self::French => "French",
        }
    }
}

/// Small words and what people say to a clinic, without marks, none of them English or
/// Pidgin. Tone marks and dots are taken off what was heard, too.
const WORDS: [(Language, &str); 7] = [
    (
        Language::Twi,
        "me mepe mepɛ pe pɛ se sɛ mehu dokota dɔkota ayaresabea yare meyare wo ho te ne na enne ɛnnɛ okyena ɔkyena \
         maakye maaha mema medaase meda ase mepa kyew kyɛw akwaaba ɛte sɛn yaw adwo nkyerɛ aane daabi deɛ yɛ \
         metumi anyaa kuro nkwan abofra ba papa maame yareɛ asopiti",
    ),
    (
        Language::Ga,
        "mii miisumo sumɔɔ sumoo ofaine ofainɛ ni mana datrefonyo tsofatse tsofatsɛ minaa hela miihe miiye oyiwala donn",
    ),
    (
        Language::Ewe,
        "medi be makpo makpɔ dokita ɖokita dokta le nye me akpe woezo ŋdi taflatse nanyo dɔ lem dokitaa kodzi",
    ),
    (
        Language::Yoruba,
        "mo fe fẹ ri ri dokita nitori ara mi ko ya e jowo ejo joo bawo ni ekaaro kaaro ekaasan ekaale mi o je jẹ fun \
         omo ọmọ mi lola ola loni ile iwosan inu n dun awon won wa ri orukọ oruko",
    ),
    (
        Language::Igbo,
        "achoro achọrọ m ichoro ihu dokita biko nwa ahu ahụ ojoo na adighi adịghị mma echi taa kedu daalu dalu ulo \
         ogwu ọgwụ anyi gi gị bu bụ nke aha isi na-awa",
    ),
    (
        Language::Hausa,
        "ina so naso ganin likita don allah yau gobe sannu barka da safe asibiti ciwo yaro na nake kai suna kana yana \
         zan iya nagode jiki lafiya",
    ),
    (
        Language::French,
        "je voudrais veux voir le la un une medecin docteur rendez vous s'il plait bonjour merci demain aujourd'hui \
         pour avec mon ma est suis malade enfant parler francais oui non",
    ),
];

/// English and Pidgin words that the lists above share, and that prove nothing.
const SHARED: &str = "me so be ni na ya son don da le ba n wo ho te ne pe se la un la est pour mon ma non docteur doctor i o m e mi ko fe no je one an a le us is gi isi wa aha bu inu mo won ola kai yaw papa maame dalu";

/// Names and loan words that anybody says; two words that prove something are needed, and
/// they are at least two fifths of what was said.
const FEWEST_WORDS: usize = 2;

/// The language that `text` seems to be in, where it is one of these and not English.
#[must_use]
pub fn other_language(text: &str) -> Option<Language> {
    let words: Vec<String> = tokens::shortened(text)
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || is_mark(c)))
        .map(plain)
        .filter(|word| !word.is_empty())
        .collect();
    let shared = |word: &str| SHARED.split_whitespace().any(|known| known == word);
    let best = WORDS
        .iter()
        .map(|(language, list)| {
            let known =
                |word: &&String| list.split_whitespace().any(|known| plain(known) == **word);
            let proving: usize = words
                .iter()
                .filter(|word| known(word) && !shared(word))
                .count();
            let all: usize = words.iter().filter(known).count();
            (*language, proving, all)
        })
        .max_by_key(|(_, proving, all)| (*proving, *all))?;
    let (language, proving, all) = best;
    (proving >= FEWEST_WORDS && all * 5 >= words.len() * 2).then_some(language)
}

const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Lower case, without tone marks, dots and hooks: recognisers and keyboards differ in them.
fn plain(word: &str) -> String {
    word.to_lowercase()
        .chars()
        .filter(|c| !is_mark(*c))
        .map(|c| match c {
            'à' | 'á' | 'â' | 'ã' => 'a',
            'è' | 'é' | 'ê' | 'ẹ' | 'ɛ' => 'e',
            'ì' | 'í' | 'î' | 'ị' => 'i',
            'ò' | 'ó' | 'ô' | 'ọ' | 'ɔ' => 'o',
            'ù' | 'ú' | 'û' | 'ụ' => 'u',
            'ṣ' => 's',
            'ɖ' => 'd',
            'ŋ' => 'n',
            'ç' => 'c',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_of_the_region_are_noticed() {
        for (text, language) in [
            ("Me pɛ sɛ mehu dɔkota", Language::Twi),
            ("Mepa wo kyɛw, me yare", Language::Twi),
            ("Mo fẹ́ rí dókítà lọ́la, ẹ jọ̀ọ́", Language::Yoruba),
            ("Achọrọ m ịhụ dọkịta echi", Language::Igbo),
            ("Ina so in ga likita gobe", Language::Hausa),
            ("Je voudrais voir un médecin demain", Language::French),
            ("Medi be makpɔ ɖɔkita", Language::Ewe),
        ] {
            assert_eq!(other_language(text), Some(language), "{text}");
        }
    }

    #[test]
    fn english_and_pidgin_are_no_other_language() {
        for text in [
            "",
            "I want to see Doctor Owusu tomorrow",
            "Abeg I wan see doctor, my pikin no well",
            "my chest dey pain me",
            "no, sorry, the one on Friday",
            "Me I go come next tomorrow",
            "It is for my son Kofi",
            "My name is Yaw Adwo Papa",
            "Maame Ba Papa",
        ] {
            assert_eq!(other_language(text), None, "{text}");
        }
    }
}
