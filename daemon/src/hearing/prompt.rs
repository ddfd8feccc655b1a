//! What Whisper is told to expect: the names that it could not know.

/// Longest prompt in characters, about 200 of Whisper's tokens.
const LONGEST: usize = 700;

/// Common given and family names of Ghana and Nigeria, a pair each: what base.en has
/// hardly ever heard. With them 12 spoken names of the dev set come out exactly in 6 cases
/// instead of 3 (`docs/evaluation.md`); in what holds no name they do harm, so they stand
/// only where a name was asked for.
pub const COMMON_NAMES: [&str; 22] = [
    "Kwame Mensah",
    "Ama Owusu",
    "Kofi Boateng",
    "Akosua Asante",
    "Yaw Osei",
    "Abena Serwaa",
    "Kwabena Appiah",
    "Efua Darko",
    "Kojo Antwi",
    "Adwoa Agyeman",
    "Kwaku Ofori",
    "Akua Amoah",
    "Yaa Asantewaa",
    "Chinedu Okafor",
    "Ngozi Eze",
    "Emeka Okonkwo",
    "Chioma Nwosu",
    "Oluwaseun Adeyemi",
    "Folake Balogun",
    "Ibrahim Musa",
    "Fatima Bello",
    "Aisha Abdullahi",
];

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
    use super::{COMMON_NAMES, prompt};

    #[test]
    fn names_are_listed_as_far_as_they_fit() {
        assert_eq!(prompt::<&str>(&[]), "");
        assert_eq!(
            prompt(&["Dr Ama Owusu", " ", "paediatrics"]),
            "Dr Ama Owusu, paediatrics."
        );
        assert!(
            prompt(&COMMON_NAMES).ends_with("Aisha Abdullahi."),
            "all fit"
        );
        let many = vec!["Dr Somebody Withalongname"; 1000];
        assert!(prompt(&many).len() <= 701);
    }
}
