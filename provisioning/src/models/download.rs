//! A file by HTTPS, resumed where an earlier try was cut off.

use super::fetch::SourceError;
use anyhow::Context;
use indicatif::ProgressBar;
use kiosk_daemon::models::ModelFile;
use reqwest::blocking::{Client, Response};
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{StatusCode, Url, redirect};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

/// Long enough for a slow link, short enough that a place that cannot be reached
/// does not hold up a set-up that has other places to ask.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For the answer to begin, and between two parts of it.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// Tries in a row that bring nothing new before a place is given up.
const FRUITLESS_TRIES: u32 = 3;

/// The client for all downloads of a run.
///
/// # Errors
/// The machine's certificates cannot be read.
pub fn client() -> anyhow::Result<Client> {
    // Fails when a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(READ_TIMEOUT)
        .user_agent(concat!("kioskctl/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::custom(|attempt| {
            let was_secure = attempt
                .previous()
                .first()
                .is_some_and(|url| url.scheme() == "https");
            if attempt.previous().len() > 10 {
                attempt.error("too many redirects")
            } else if was_secure && attempt.url().scheme() != "https" {
                attempt.error("a redirect away from HTTPS")
            } else {
                attempt.follow()
            }
        }))
        .build()
        .context("prepare HTTPS")
}

/// Brings `part` to the full size of `file` from `url`. On an error that a later run
/// may get over, what was received stays in `part`.
///
/// # Errors
/// The place cannot be reached, does not have the file, or sends another one.
pub fn download(
    client: &Client,
    url: &str,
    file: &ModelFile,
    part: &Path,
    bar: &ProgressBar,
) -> Result<(), SourceError> {
    let mut fruitless = 0;
    loop {
        let before = size_of(part);
        let problem = match receive(client, url, file, part, bar) {
            Ok(()) => return Ok(()),
            Err(SourceError::Interrupted(problem)) => problem,
            Err(error) => return Err(error),
        };
        fruitless = if size_of(part) > before {
            0
        } else {
            fruitless + 1
        };
        if fruitless == FRUITLESS_TRIES {
            return Err(SourceError::Interrupted(problem));
        }
    }
}

fn receive(
    client: &Client,
    url: &str,
    file: &ModelFile,
    part: &Path,
    bar: &ProgressBar,
) -> Result<(), SourceError> {
    let have = size_of(part);
    if have == file.size {
        return Ok(());
    }
    if have > file.size {
        std::fs::remove_file(part).map_err(SourceError::Storage)?;
    }
    let have = size_of(part);
    let mut request = client.get(url);
    if have > 0 {
        request = request.header(RANGE, format!("bytes={have}-"));
    }
    let response = request.send().map_err(|error| why_not(&error))?;
    let start = start_of(&response, have, file, part)?;
    let mut output = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(start == 0)
        .append(start > 0)
        .open(part)
        .map_err(SourceError::Storage)?;
    copy(response, &mut output, start, file, bar)
}

/// Where in the file the body of `response` begins.
fn start_of(
    response: &Response,
    have: u64,
    file: &ModelFile,
    part: &Path,
) -> Result<u64, SourceError> {
    let status = response.status();
    if status == StatusCode::PARTIAL_CONTENT && resumes_at(response, have) {
        return Ok(have);
    }
    if status == StatusCode::OK {
        // An error page or another version: known before it is received.
        return match response.content_length() {
            Some(length) if length != file.size => Err(SourceError::WrongBytes),
            Some(_) | None => Ok(0),
        };
    }
    if status == StatusCode::PARTIAL_CONTENT || status == StatusCode::RANGE_NOT_SATISFIABLE {
        std::fs::remove_file(part).map_err(SourceError::Storage)?;
        return Err(SourceError::Interrupted(
            "it does not continue where the last try ended".to_owned(),
        ));
    }
    Err(SourceError::Refused(format!("it answers {status}")))
}

fn resumes_at(response: &Response, have: u64) -> bool {
    response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|range| range.starts_with(&format!("bytes {have}-")))
}

fn copy(
    mut response: Response,
    output: &mut File,
    start: u64,
    file: &ModelFile,
    bar: &ProgressBar,
) -> Result<(), SourceError> {
    let mut received = start;
    let mut buffer = vec![0; 256 * 1024];
    bar.set_position(received);
    loop {
        let count = match response.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Err(cut_off(received, file)),
        };
        received += count as u64;
        if received > file.size {
            return Err(SourceError::WrongBytes);
        }
        output
            .write_all(&buffer[..count])
            .map_err(SourceError::Storage)?;
        bar.set_position(received);
    }
    if received < file.size {
        return Err(cut_off(received, file));
    }
    Ok(())
}

fn cut_off(received: u64, file: &ModelFile) -> SourceError {
    SourceError::Interrupted(format!(
        "the connection broke after {received} of {} bytes",
        file.size
    ))
}

fn why_not(error: &reqwest::Error) -> SourceError {
    if error.is_redirect() {
        return SourceError::Refused("its redirects cannot be followed".to_owned());
    }
    if error.is_connect() || error.is_timeout() {
        let host = error.url().and_then(Url::host_str).unwrap_or("it");
        return SourceError::Unreachable(format!("{host} cannot be reached"));
    }
    SourceError::Interrupted("the connection broke".to_owned())
}

fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Makes what was written last through a power cut.
///
/// # Errors
/// The disk refuses.
pub fn settle(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
