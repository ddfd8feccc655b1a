//! `kioskctl`'s side of the control socket; blocking, since a command asks once.

use kiosk_protocol::control::{Reply, Request};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A roster import generates slots for months; everything else answers at once.
const REPLY_TIMEOUT: Duration = Duration::from_secs(30);

/// Why the daemon could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens: the daemon is not running.
    #[error(
        "kioskd is not running (nobody answers on `{0}`); start it with `systemctl start kioskd`"
    )]
    NotRunning(PathBuf),
    /// The socket exists but may not be opened.
    #[error("`{0}` may not be opened; run as root or as a member of the group kiosk-admin")]
    NotAllowed(PathBuf),
    /// The daemon did not answer as expected.
    #[error("kioskd did not answer as expected on `{0}`; see `kioskctl logs`")]
    Broken(PathBuf, #[source] std::io::Error),
}

/// A connection to the running daemon.
pub struct Client {
    stream: BufReader<UnixStream>,
    path: PathBuf,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`] where nobody listens.
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let stream = UnixStream::connect(path).map_err(|error| {
            let path = path.to_owned();
            if [ErrorKind::NotFound, ErrorKind::ConnectionRefused].contains(&error.kind()) {
                ClientError::NotRunning(path)
            } else if error.kind() == ErrorKind::PermissionDenied {
                ClientError::NotAllowed(path)
            } else {
                ClientError::Broken(path, error)
            }
        })?;
        stream
            .set_read_timeout(Some(REPLY_TIMEOUT))
            .map_err(|error| ClientError::Broken(path.to_owned(), error))?;
        Ok(Self {
            stream: BufReader::new(stream),
            path: path.to_owned(),
        })
    }

    /// Asks once.
    ///
    /// # Errors
    /// The connection broke or the answer was not a reply.
    pub fn ask(&mut self, request: &Request) -> Result<Reply, ClientError> {
        self.exchange(request)
            .map_err(|error| ClientError::Broken(self.path.clone(), error))
    }

    fn exchange(&mut self, request: &Request) -> std::io::Result<Reply> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        self.stream.get_mut().write_all(&line)?;
        let mut reply = String::new();
        if self.stream.read_line(&mut reply)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&reply)?)
    }
}
