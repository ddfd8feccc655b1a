//! The way to a printer: bytes out, its answers in, nothing waited for longer than stated.

use super::Roll;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Real-time status answers at once, also while printing or without paper.
const STATUS_WITHIN: Duration = Duration::from_secs(1);
const CONNECTED_WITHIN: Duration = Duration::from_secs(2);
/// A ticket is twelve centimetres; the slowest printers do five a second.
const PRINTED_WITHIN: Duration = Duration::from_secs(8);

const DLE: u8 = 0x10;
const EOT: u8 = 0x04;

/// Where the printer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Device {
    /// Such as `/dev/usb/lp0`; also an ordinary file, for trying things out.
    File(PathBuf),
    /// A printer with a network plug, usually port 9100.
    Tcp(SocketAddr),
}

/// Why nothing is printed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It cannot be reached.
    #[error("the printer cannot be reached: {0}")]
    Missing(io::Error),
    /// It has gone in the middle.
    #[error("the printer was lost: {0}")]
    Lost(io::Error),
    /// It takes nothing, or says nothing.
    #[error("the printer does not answer")]
    Silent,
    /// The roll is at its end.
    #[error("the printer is out of paper")]
    NoPaper,
    /// Somebody has opened it.
    #[error("the printer's cover is open")]
    Open,
    /// The cutter is stuck, or worse.
    #[error("the printer reports an error")]
    Broken,
}

/// An open printer.
pub(super) struct Line {
    printer: OwnedFd,
    answers: bool,
}

impl Line {
    /// Opens it. A file or pipe is never asked how it is.
    pub fn open(device: &Device, answers: bool) -> Result<Self, Trouble> {
        match device {
            Device::Tcp(address) => {
                let stream = TcpStream::connect_timeout(address, CONNECTED_WITHIN);
                let stream = stream.map_err(Trouble::Missing)?;
                stream.set_nonblocking(true).map_err(Trouble::Missing)?;
                Ok(Self {
                    printer: stream.into(),
                    answers,
                })
            }
            Device::File(path) => {
                let missing = |error: rustix::io::Errno| Trouble::Missing(error.into());
                let kind = rustix::fs::stat(path).map_err(missing)?.st_mode;
                let is_device = FileType::from_raw_mode(kind) == FileType::CharacterDevice;
                let access = if is_device {
                    OFlags::RDWR
                } else {
                    OFlags::WRONLY | OFlags::APPEND
                };
                let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
                let printer = rustix::fs::open(path, flags, Mode::empty()).map_err(missing)?;
                Ok(Self {
                    printer,
                    answers: answers && is_device,
                })
            }
        }
    }

    /// DLE EOT: whether it can print.
    pub fn status(&mut self) -> Result<Roll, Trouble> {
        if !self.answers {
            return Ok(Roll::Enough);
        }
        if self.ask(1)? & 0x08 != 0 {
            return Err(self.why_offline()?);
        }
        let roll = self.ask(4)?;
        match (roll & 0x60 != 0, roll & 0x0c != 0) {
            (true, _) => Err(Trouble::NoPaper),
            (false, true) => Ok(Roll::Low),
            (false, false) => Ok(Roll::Enough),
        }
    }

    /// Sends `ticket` and waits until it is printed, where the printer can tell.
    pub fn print(&mut self, ticket: &[u8]) -> Result<Roll, Trouble> {
        self.finish(ticket).inspect_err(|_| {
            // DLE ENQ 2: what it still holds must not come out for the next patient.
            let _ = self.send(&[DLE, 0x05, 2]);
        })
    }

    fn finish(&mut self, ticket: &[u8]) -> Result<Roll, Trouble> {
        self.send(ticket)?;
        if !self.answers {
            return Ok(Roll::Enough);
        }
        // GS r 1 waits its turn: its answer means that all before it is on paper.
        self.send(&[0x1d, b'r', 1])?;
        let is_paper = |byte: u8| byte & 0x90 == 0;
        match self.answer(is_paper, PRINTED_WITHIN)? {
            Some(_) => self.status(),
            None => self.status().and(Err(Trouble::Silent)),
        }
    }

    fn why_offline(&mut self) -> Result<Trouble, Trouble> {
        let cause = self.ask(2)?;
        Ok(match (cause & 0x04 != 0, cause & 0x20 != 0) {
            (true, _) => Trouble::Open,
            (false, true) => Trouble::NoPaper,
            (false, false) => Trouble::Broken,
        })
    }

    fn ask(&mut self, what: u8) -> Result<u8, Trouble> {
        self.send(&[DLE, EOT, what])?;
        // Bits 1 and 4 are set and 0 and 7 are not in these answers and in no others.
        let is_status = |byte: u8| byte & 0x93 == 0x12;
        let answer = self.answer(is_status, STATUS_WITHIN)?;
        answer.ok_or(Trouble::Silent)
    }

    /// The first byte that is `wanted`; others are of something else.
    fn answer(
        &mut self,
        wanted: impl Fn(u8) -> bool,
        within: Duration,
    ) -> Result<Option<u8>, Trouble> {
        let deadline = Instant::now() + within;
        loop {
            if !self.is_ready(PollFlags::IN, deadline)? {
                return Ok(None);
            }
            let mut byte = [0];
            match rustix::io::read(&self.printer, &mut byte) {
                Ok(0) => return Err(Trouble::Lost(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) if wanted(byte[0]) => return Ok(Some(byte[0])),
                Ok(_) | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
                Err(error) => return Err(Trouble::Lost(error.into())),
            }
        }
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<(), Trouble> {
        let deadline = Instant::now() + PRINTED_WITHIN;
        while !bytes.is_empty() {
            if !self.is_ready(PollFlags::OUT, deadline)? {
                return Err(Trouble::Silent);
            }
            match rustix::io::write(&self.printer, bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
                Err(error) => return Err(Trouble::Lost(error.into())),
            }
        }
        Ok(())
    }

    fn is_ready(&self, flags: PollFlags, deadline: Instant) -> Result<bool, Trouble> {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).unwrap_or_default();
        let mut ends = [PollFd::from_borrowed_fd(self.printer.as_fd(), flags)];
        match poll(&mut ends, Some(&timeout)) {
            Ok(count) => Ok(count > 0),
            // The loop looks again; the deadline stands.
            Err(rustix::io::Errno::INTR) => Ok(true),
            Err(error) => Err(Trouble::Lost(error.into())),
        }
    }
}
