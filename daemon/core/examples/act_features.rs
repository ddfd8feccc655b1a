//! Reads requests, one JSON object a line, and writes what the learned part of
//! understanding looks at, one JSON list a line (`daemon/core/model/train.py`).

use std::io::{BufRead, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: kiosk_core::understanding::Request = serde_json::from_str(&line?)?;
        serde_json::to_writer(&mut out, &kiosk_core::understanding::act_features(&request))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
