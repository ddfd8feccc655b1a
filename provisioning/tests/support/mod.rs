//! A place on this machine to fetch from, which behaves as badly as it is told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// How a path answers.
#[derive(Clone)]
pub enum Answer {
    /// The whole of it, or the part asked for.
    Content(Vec<u8>),
    /// As `Content`, but each connection breaks after that many bytes.
    CutAfter(usize, Vec<u8>),
    /// Always the whole of it, whatever part was asked for.
    NoRanges(Vec<u8>),
    /// 302 to that path.
    Redirect(&'static str),
    /// 404.
    NotFound,
}

/// Serves until the test ends.
pub struct Server {
    port: u16,
    /// The Range header of every request.
    ranges: Arc<Mutex<Vec<Option<String>>>>,
}

impl Server {
    pub fn start(answers: &[(&'static str, Answer)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers: HashMap<_, _> = answers.iter().cloned().collect();
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let seen = ranges.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &answers, &seen);
            }
        });
        Self { port, ranges }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn ranges(&self) -> Vec<Option<String>> {
        self.ranges.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    answers: &HashMap<&'static str, Answer>,
    seen: &Mutex<Vec<Option<String>>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let path = first.split(' ').nth(1).unwrap().to_owned();
    let mut range = None;
    for line in reader.lines().map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("range: ") {
            range = Some(value.to_owned());
        }
    }
    seen.lock().unwrap().push(range.clone());
    let start = range
        .and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse()
                .ok()
        })
        .unwrap_or(0);
    // The client may have hung up already, which is its right.
    let _ = match answers.get(path.as_str()).unwrap_or(&Answer::NotFound) {
        Answer::Content(bytes) => send(&mut stream, bytes, start, usize::MAX),
        Answer::CutAfter(count, bytes) => send(&mut stream, bytes, start, *count),
        Answer::NoRanges(bytes) => send(&mut stream, bytes, 0, usize::MAX),
        Answer::Redirect(to) => write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        Answer::NotFound => write!(
            stream,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
    };
}

fn send(stream: &mut TcpStream, bytes: &[u8], start: usize, most: usize) -> std::io::Result<()> {
    let rest = &bytes[start.min(bytes.len())..];
    if start > 0 {
        write!(
            stream,
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{}/{}\r\n",
            bytes.len() - 1,
            bytes.len()
        )?;
    } else {
        write!(stream, "HTTP/1.1 200 OK\r\n")?;
    }
    write!(
        stream,
        "Content-Length: {}\r\nConnection: close\r\n\r\n",
        rest.len()
    )?;
    stream.write_all(&rest[..rest.len().min(most)])
}

/// An address on this machine where nobody listens.
pub fn nobody() -> String {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    format!("http://127.0.0.1:{port}/model.bin")
}

/// `kioskctl models …` with nothing but `programs` on its path.
pub fn kioskctl(arguments: &[&str], folder: &Path, manifest: &Path, programs: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .arg("models")
        .args(arguments)
        .arg("--folder")
        .arg(folder)
        .arg("--manifest")
        .arg(manifest)
        .env("PATH", programs)
        .output()
        .unwrap()
}
