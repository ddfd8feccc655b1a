//! `kioskctl understand`: requests in, answers out, one JSON object a line, by the
//! function that the daemon calls on every transcript.

use crate::output::Exit;
use kiosk_core::understanding::{Request, understand};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};

pub fn run() -> anyhow::Result<Exit> {
    let input = io::stdin().lock();
    answer_all(input, &mut io::stdout().lock())
}

fn answer_all(input: impl BufRead, output: &mut impl Write) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for line in input.split(b'\n') {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match answer(&line) {
            Ok(answer) => serde_json::to_writer(&mut *output, &answer)?,
            Err(problem) => {
                exit = Exit::NotInOrder;
                serde_json::to_writer(&mut *output, &problem)?;
            }
        }
        // A caller that waits for the answer before asking again gets it.
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(exit)
}

/// A request without hypotheses is answered, too: nothing was heard, nothing is meant.
fn answer(line: &[u8]) -> Result<impl serde::Serialize, Value> {
    let request: Request = serde_json::from_slice(line).map_err(|error| {
        let id = serde_json::from_slice::<Value>(line)
            .ok()
            .and_then(|value| value.get("id").cloned());
        json!({ "id": id, "error": error.to_string() })
    })?;
    Ok(understand(&request))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &str) -> (Exit, Vec<Value>) {
        let mut output = Vec::new();
        let exit = answer_all(input.as_bytes(), &mut output).unwrap();
        let lines = String::from_utf8(output).unwrap();
        let values = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        (exit, values.collect())
    }

    #[test]
    fn every_request_gets_its_answer_in_order() {
        let (exit, answers) = answers(concat!(
            r#"{"id":"a","now":"2026-11-23T09:00","hypotheses":["yes please"],"expecting":"yes_no"}"#,
            "\n\n",
            r#"{"id":"b","now":"2026-11-23T09:00:00","hypotheses":["tomorrow"],"offer":null}"#,
        ));
        assert_eq!(exit, Exit::Done);
        let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
        assert_eq!(ids, ["a", "b"]);
    }

    #[test]
    fn nothing_heard_is_nothing_meant() {
        let (exit, answers) = answers(r#"{"id":"a","now":"2026-11-23T09:00","hypotheses":[]}"#);
        assert_eq!(exit, Exit::Done);
        assert_eq!(answers[0]["id"], "a");
        assert_eq!(answers[0]["acts"], json!([]));
    }

    #[test]
    fn a_bad_line_is_answered_with_an_error_and_its_id_and_the_rest_goes_on() {
        let (exit, answers) = answers(concat!(
            "{\"id\": \"half\n",
            "{\"id\": \"odd\", \"expecting\": \"weather\"}\n",
            "{\"id\": \"none\", \"hypotheses\": 7}\n",
            "\u{fffd}\n",
            r#"{"id":"good","now":"2026-11-23T09:00","hypotheses":["hello"]}"#,
        ));
        assert_eq!(exit, Exit::NotInOrder);
        assert_eq!(answers.len(), 5);
        assert!(
            answers[..4]
                .iter()
                .all(|answer| answer["error"].is_string())
        );
        assert_eq!(answers[1]["id"], "odd");
        assert_eq!(answers[2]["id"], "none");
        assert_eq!(answers[4]["id"], "good");
        assert!(answers[4].get("error").is_none());
    }
}
