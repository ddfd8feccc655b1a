//! Words as YarnGPT's training text has them: the letters a to z and nothing else.

use unicode_normalization::UnicodeNormalization;

/// The words of `text`, in which everything is already written out (see
/// [`spoken`](super::spoken)): lower case, without tone marks, dots and hooks; what is no
/// letter is left out or, where it separates, a gap. The rules are those of YarnGPT's
/// `AudioTokenizerV2.process_text`, for the letters of West African Latin alphabets.
#[must_use]
pub fn romanised(text: &str) -> Vec<String> {
    let letters: String = text.nfd().flat_map(char::to_lowercase).map(bare).collect();
    letters
        .split_whitespace()
        .map(|word| word.chars().filter(char::is_ascii_lowercase).collect())
        .filter(|word: &String| !word.is_empty())
        .collect()
}

/// A hooked letter as its plain one, a separating mark as a gap. Combining marks stay,
/// and are no letters.
const fn bare(letter: char) -> char {
    match letter {
        'ɓ' => 'b',
        'ɖ' | 'ɗ' => 'd',
        'ɛ' | 'ǝ' | 'ə' => 'e',
        'ƒ' => 'f',
        'ɣ' => 'g',
        'ƙ' => 'k',
        'ŋ' => 'n',
        'ɔ' => 'o',
        'ʋ' => 'v',
        'ƴ' => 'y',
        '-' | '_' | '/' | ',' | '.' | '\\' | '–' | '—' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::romanised;

    #[test]
    fn letters_of_west_africa_lose_their_marks_and_hooks() {
        for (text, words) in [
            ("Good morning, Dr. Owusu!", "good morning dr owusu"),
            ("Ẹ káàárọ̀, ṣé ẹ fẹ́ rí dókítà?", "e kaaaro se e fe ri dokita"),
            ("Ụtụtụ ọma", "ututu oma"),
            ("Ƙofar asibiti, ɗaki na ɓiyu", "kofar asibiti daki na biyu"),
            ("thirty-one, isn't it", "thirty one isnt it"),
            ("₦ % 12", ""),
        ] {
            assert_eq!(romanised(text).join(" "), words, "{text}");
        }
    }
}
