//! A real FHIR server (npm, provisioning/central) and a proxy of our own before it that does
//! to connections what networks and servers do.
#![allow(dead_code)]

use reqwest::blocking::Client;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where the server and the validators lie; gets them where they are missing.
pub fn tools() -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../provisioning/central.sh");
    let output = Command::new(script)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "`{script}` failed");
    String::from_utf8(output.stdout).unwrap().trim().into()
}

/// The server; it ends with this.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    pub fn start(environment: &[(&str, &str)]) -> Self {
        let folder = tools();
        let mut child = Command::new(folder.join("node"))
            .arg("server.mjs")
            .current_dir(&folder)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line
            .trim()
            .strip_prefix("listening ")
            .expect("a port")
            .parse()
            .unwrap();
        Self { child, port }
    }

    /// One of the servers within: each name is one of its own.
    pub fn named(&self, name: &str) -> There {
        let _ = rustls::crypto::ring::default_provider().install_default();
        There {
            client: Client::new(),
            root: format!("http://127.0.0.1:{}/{name}", self.port),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is on the server, asked past the proxy.
#[derive(Clone)]
pub struct There {
    client: Client,
    root: String,
}

impl There {
    pub fn search(&self, query: &str) -> Vec<Value> {
        let mut url = format!("{}/{query}", self.root);
        let mut found = Vec::new();
        loop {
            let bundle: Value = self.client.get(&url).send().unwrap().json().unwrap();
            let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
            found.extend(
                entries
                    .into_iter()
                    .map(|mut entry| entry["resource"].take()),
            );
            match bundle["link"][0]["url"].as_str() {
                Some(next) => url = next.to_owned(),
                None => return found,
            }
        }
    }

    pub fn read(&self, path: &str) -> Value {
        self.client
            .get(format!("{}/{path}", self.root))
            .send()
            .unwrap()
            .json()
            .unwrap()
    }

    pub fn create(&self, resource: &Value) -> Value {
        let kind = resource["resourceType"].as_str().unwrap();
        let url = format!("{}/{kind}", self.root);
        let answer = self.client.post(url).json(resource).send().unwrap();
        assert_eq!(answer.status(), 201);
        answer.json().unwrap()
    }

    pub fn update(&self, resource: &Value) -> Value {
        let kind = resource["resourceType"].as_str().unwrap();
        let url = format!("{}/{kind}/{}", self.root, resource["id"].as_str().unwrap());
        let answer = self.client.put(url).json(resource).send().unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().unwrap()
    }
}

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The connection breaks before the server hears anything.
    DropBefore,
    /// The server does it, the answer is lost.
    DropAfter,
    /// The server hears it twice.
    Twice,
    /// The server hears it once more after the next request.
    AgainLater,
    /// It takes so many milliseconds longer.
    Delay(u64),
    /// The answer ends in its middle.
    Truncate,
    /// The server isn't asked; this is the answer. `true` adds `Retry-After: 3`.
    Status(u16, bool),
    /// The answer comes byte by byte, for ever.
    SlowLoris,
}

type Choice = Box<dyn FnMut(&Request) -> Fault + Send>;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub body: Vec<u8>,
    raw: Vec<u8>,
}

/// The proxy; it ends with this.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: u16,
    choice: Mutex<Choice>,
    seen: Mutex<Vec<Request>>,
    later: Mutex<Vec<Request>>,
    ended: AtomicBool,
}

impl Proxy {
    /// Before the server on `upstream`; `choice` says what happens to each request.
    pub fn start(upstream: u16, choice: impl FnMut(&Request) -> Fault + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            upstream,
            choice: Mutex::new(Box::new(choice)),
            seen: Mutex::default(),
            later: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let proxy = Self {
            port,
            shared: shared.clone(),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.ended.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), shared) = (stream, shared.clone()) else {
                    continue;
                };
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        proxy
    }

    /// From here on something else happens.
    pub fn choose(&self, choice: impl FnMut(&Request) -> Fault + Send + 'static) {
        *self.shared.choice.lock().unwrap() = Box::new(choice);
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        while let Some(request) = read(&mut stream) {
            self.seen.lock().unwrap().push(request.clone());
            let fault = (self.choice.lock().unwrap())(&request);
            if !self.answer(&mut stream, &request, fault) {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
        }
    }

    /// Whether the connection goes on.
    fn answer(&self, stream: &mut TcpStream, request: &Request, fault: Fault) -> bool {
        if let Fault::Status(status, soon) = fault {
            let after = if soon { "retry-after: 3\r\n" } else { "" };
            let answer = format!("HTTP/1.1 {status} Fault\r\n{after}content-length: 2\r\n\r\n{{}}");
            return stream.write_all(answer.as_bytes()).is_ok();
        }
        if fault == Fault::DropBefore {
            return false;
        }
        if let Fault::Delay(milliseconds) = fault {
            std::thread::sleep(Duration::from_millis(milliseconds));
        }
        let answer = self.forward(request);
        for late in std::mem::take(&mut *self.later.lock().unwrap()) {
            self.forward(&late);
        }
        match fault {
            Fault::Twice => {
                self.forward(request);
            }
            Fault::AgainLater => self.later.lock().unwrap().push(request.clone()),
            Fault::DropAfter => return false,
            Fault::Truncate => {
                let _ = stream.write_all(&answer[..answer.len() / 2]);
                return false;
            }
            Fault::SlowLoris => {
                for byte in answer {
                    if self.ended.load(Ordering::Relaxed) || stream.write_all(&[byte]).is_err() {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(500));
                }
                return false;
            }
            Fault::None | Fault::Delay(_) | Fault::DropBefore | Fault::Status(..) => {}
        }
        stream.write_all(&answer).is_ok()
    }

    /// Asks the server, on a connection of its own.
    fn forward(&self, request: &Request) -> Vec<u8> {
        let mut upstream = TcpStream::connect(("127.0.0.1", self.upstream)).unwrap();
        upstream.write_all(&request.raw).unwrap();
        let answer = read_message(&mut upstream).expect("the server answers");
        answer.0
    }
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let (raw, head) = read_message(stream)?;
    let text = String::from_utf8_lossy(&raw[..head]).into_owned();
    let mut words = text.split_whitespace();
    Some(Request {
        method: words.next()?.to_owned(),
        path: words.next()?.to_owned(),
        body: raw[head..].to_vec(),
        raw,
    })
}

/// One message, with `content-length` or in chunks, and where its body begins.
fn read_message(stream: &mut TcpStream) -> Option<(Vec<u8>, usize)> {
    let mut raw = Vec::new();
    let mut reader = BufReader::new(stream);
    loop {
        let before = raw.len();
        if reader.read_until(b'\n', &mut raw).ok()? == 0 {
            return None;
        }
        if &raw[before..] == b"\r\n" {
            break;
        }
    }
    let head = raw.len();
    let text = String::from_utf8_lossy(&raw).to_lowercase();
    if text.contains("transfer-encoding: chunked") {
        loop {
            let before = raw.len();
            reader.read_until(b'\n', &mut raw).ok()?;
            let size = String::from_utf8_lossy(&raw[before..]).trim().to_owned();
            let size = usize::from_str_radix(&size, 16).ok()?;
            let mut part = vec![0; size + 2];
            reader.read_exact(&mut part).ok()?;
            raw.extend(part);
            if size == 0 {
                return Some((raw, head));
            }
        }
    }
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.trim().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    raw.extend(body);
    Some((raw, head))
}
