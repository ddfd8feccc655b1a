//! Reads requests, one JSON object a line, and writes one answer a line.

use std::io::{BufRead, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: kiosk_core::understanding::Request = serde_json::from_str(&line?)?;
        let answer = kiosk_core::understanding::understand(&request);
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
