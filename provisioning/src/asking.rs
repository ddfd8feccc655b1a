//! Questions on a terminal, or to whoever answers through a pipe.

use crate::output;
use crate::pin::Unshown;
use anyhow::{Context, bail};
use kiosk_protocol::Private;
use std::io::{BufRead, IsTerminal, Lines};

/// Wrong answers in a row before a pipe that doesn't know better is given up.
const MOST_WRONG: usize = 5;

/// Asks, and reads a line for an answer.
pub struct Asking<Input: BufRead> {
    lines: Lines<Input>,
}

impl<Input: BufRead> Asking<Input> {
    pub fn new(input: Input) -> Self {
        Self {
            lines: input.lines(),
        }
    }

    /// The answer to `question`, as `parse` takes it; an empty line is `default`. What
    /// `parse` doesn't take is asked again, with what is expected.
    ///
    /// # Errors
    /// The answers have ended, or are wrong again and again.
    pub fn ask<T>(
        &mut self,
        question: &str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<T> {
        let shown = if default.is_empty() { "none" } else { default };
        for _ in 0..MOST_WRONG {
            output::note(&format!("{question} [{shown}]"));
            let line = self.line()?;
            let answer = match line.trim() {
                "" => default,
                answer => answer,
            };
            match parse(answer) {
                Ok(value) => return Ok(value),
                Err(expected) => output::note(&format!("  {expected}")),
            }
        }
        bail!("no answer to \"{question}\" that could be used")
    }

    /// What nobody is to see; none where nothing is typed. On a terminal it is not shown.
    ///
    /// # Errors
    /// The answers have ended.
    pub fn secret(&mut self, question: &str) -> anyhow::Result<Option<Private>> {
        output::note(question);
        let _unshown = std::io::stdin().is_terminal().then(Unshown::begin);
        let line = self.line()?;
        let secret = line.trim();
        Ok((!secret.is_empty()).then(|| Private::from(secret)))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn is_so(&mut self, question: &str, default: bool) -> anyhow::Result<bool> {
        let default = if default { "yes" } else { "no" };
        self.ask(question, default, |answer| {
            match answer.to_lowercase().as_str() {
                "y" | "yes" => Ok(true),
                "n" | "no" => Ok(false),
                _ => Err("expected yes or no".to_owned()),
            }
        })
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let line = self.lines.next().transpose().context("read an answer")?;
        line.context("the answers have ended; what was answered is kept for the next run")
    }
}

/// As it was typed.
///
/// # Errors
/// None.
pub fn text(answer: &str) -> Result<String, String> {
    Ok(answer.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_is_the_default_and_a_wrong_one_is_asked_again() {
        let number = |it: &str| it.parse::<u8>().map_err(|_| "a number".to_owned());
        let mut asking = Asking::new("\nmany\n7\nN\n".as_bytes());
        assert_eq!(asking.ask("How many?", "3", number).unwrap(), 3);
        assert_eq!(asking.ask("How many?", "3", number).unwrap(), 7);
        assert!(!asking.is_so("Sure?", true).unwrap());
        let ended = asking.is_so("Sure?", true).unwrap_err();
        assert!(ended.to_string().contains("is kept"), "{ended}");
    }

    #[test]
    fn who_never_answers_rightly_is_not_asked_for_ever() {
        let lines = "what\n".repeat(100);
        let mut asking = Asking::new(lines.as_bytes());
        let error = asking.is_so("Sure?", true).unwrap_err();
        assert!(error.to_string().contains("Sure?"), "{error}");
    }
}
