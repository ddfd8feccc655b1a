//! Letters as a printer has them: one byte each, of a code page. What the page lacks is
//! written without its marks, as people do where a keyboard lacks it.

use unicode_normalization::UnicodeNormalization;

/// The upper half of a page, from 0x80 on; `\0` where it holds no letter.
type Upper = [char; 128];

/// A set of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePage {
    /// PC437: every printer has it, and starts with it.
    Pc437,
    /// PC858: western Europe, with the euro.
    Pc858,
    /// WPC1252: Windows, western Europe.
    Wpc1252,
}

const PC437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const PC858: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
/// 0x80 to 0x9f; above, the page is Unicode's.
const WPC1252: &str = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

impl CodePage {
    /// As configured.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "pc437" => Some(Self::Pc437),
            "pc858" => Some(Self::Pc858),
            "wpc1252" => Some(Self::Wpc1252),
            _ => None,
        }
    }

    /// For `ESC t`.
    pub const fn number(self) -> u8 {
        match self {
            Self::Pc437 => 0,
            Self::Pc858 => 19,
            Self::Wpc1252 => 16,
        }
    }

    /// The bytes of `text`, one a letter.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let upper = self.upper();
        text.nfc()
            .flat_map(|letter| letters(&upper, letter))
            .collect()
    }

    fn upper(self) -> Upper {
        let mut upper = ['\0'; 128];
        let written = match self {
            Self::Pc437 => PC437,
            Self::Pc858 => PC858,
            Self::Wpc1252 => {
                for (place, letter) in upper[32..].iter_mut().zip('\u{a0}'..='\u{ff}') {
                    *place = letter;
                }
                WPC1252
            }
        };
        for (place, letter) in upper.iter_mut().zip(written.chars()) {
            *place = letter;
        }
        upper
    }
}

fn letters(upper: &Upper, letter: char) -> Vec<u8> {
    if let Some(byte) = byte(upper, letter) {
        return vec![byte];
    }
    // The letter under its marks; a mark alone is left out.
    let plain = std::iter::once(letter).nfd().map(bare);
    let plain: Vec<u8> = plain.filter_map(|letter| byte(upper, letter)).collect();
    let is_mark = unicode_normalization::char::is_combining_mark(letter);
    if plain.is_empty() && !is_mark {
        return vec![b'?'];
    }
    plain
}

fn byte(upper: &Upper, letter: char) -> Option<u8> {
    if matches!(letter, ' '..='~') {
        return u8::try_from(u32::from(letter)).ok();
    }
    let place = upper
        .iter()
        .position(|it| *it == letter && letter != '\0')?;
    u8::try_from(0x80 + place).ok()
}

/// A hooked or open letter as its plain one, a printer's mark as a typewriter's.
const fn bare(letter: char) -> char {
    match letter {
        'ɓ' => 'b',
        'Ɓ' => 'B',
        'ɗ' => 'd',
        'Ɗ' => 'D',
        'ɛ' => 'e',
        'Ɛ' => 'E',
        'ƙ' => 'k',
        'Ƙ' => 'K',
        'ŋ' => 'n',
        'Ŋ' => 'N',
        'ɔ' => 'o',
        'Ɔ' => 'O',
        'ƴ' => 'y',
        'Ƴ' => 'Y',
        '‘' | '’' | 'ʼ' => '\'',
        '“' | '”' => '"',
        '–' | '—' => '-',
        '\u{a0}' | '\u{202f}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_its_letters() {
        for (page, text, bytes) in [
            (CodePage::Wpc1252, "Café 5 €", &b"Caf\xe9 5 \x80"[..]),
            (CodePage::Wpc1252, "It’s “so”", b"It\x92s \x93so\x94"),
            (CodePage::Pc858, "Çá€Ü", b"\x80\xa0\xd5\x9a"),
            (CodePage::Pc437, "ñ½", b"\xa4\xab"),
        ] {
            assert_eq!(page.encode(text), bytes, "{page:?} {text}");
        }
    }

    #[test]
    fn what_it_lacks_is_written_plainly() {
        for (text, plain) in [
            (
                "Ẹ káàárọ̀, dókítà",
                "E k\u{e1}\u{e0}\u{e1}ro, d\u{f3}k\u{ed}t\u{e0}",
            ),
            ("Wo nɔma yɛ", "Wo noma ye"),
            ("Ƙofar ɗaki", "Kofar daki"),
            ("Ụbọchị", "Ubochi"),
            ("日", "?"),
        ] {
            let bytes: Vec<u8> = plain
                .chars()
                .map(|it| u8::try_from(u32::from(it)).unwrap())
                .collect();
            assert_eq!(CodePage::Wpc1252.encode(text), bytes, "{text}");
        }
        assert_eq!(CodePage::Pc437.encode("It’s"), b"It's");
    }

    #[test]
    fn pages_are_whole() {
        for page in [CodePage::Pc437, CodePage::Pc858] {
            assert!(
                page.upper().iter().all(|letter| *letter != '\0'),
                "{page:?}"
            );
        }
    }
}
