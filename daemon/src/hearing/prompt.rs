//! What Whisper is told to expect: the names that it could not know.

/// Longest prompt in characters, about 200 of Whisper's tokens.
const LONGEST: usize = 700;

/// Text that makes `names` (practitioners, specialties) likely. Names that don't fit
/// are left out, last ones first.
pub fn prompt<S: AsRef<str>>(names: &[S]) -> String {
    let mut prompt = String::new();
    for name in names {
        let name = name.as_ref().trim();
        if name.is_empty() || prompt.len() + name.len() + 2 > LONGEST {
            continue;
        }
        if !prompt.is_empty() {
            prompt.push_str(", ");
        }
        prompt.push_str(name);
    }
    if !prompt.is_empty() {
        prompt.push('.');
    }
    prompt
}

#[cfg(test)]
mod tests {
    use super::prompt;

    #[test]
    fn names_are_listed_as_far_as_they_fit() {
        assert_eq!(prompt::<&str>(&[]), "");
        assert_eq!(
            prompt(&["Dr Ama Owusu", " ", "paediatrics"]),
            "Dr Ama Owusu, paediatrics."
        );
        let many = vec!["Dr Somebody Withalongname"; 1000];
        assert!(prompt(&many).len() <= 701);
    }
}
