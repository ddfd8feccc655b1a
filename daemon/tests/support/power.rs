//! What a disk may hold after the power failed: of what was not synced, anything. Pure.
//!
//! Each sector is as it was at some moment since its file was synced last, each at another
//! one, which is more than disks do (a sector itself is written whole or not; SQLite counts
//! on that). Names of files are as at some moment since their folder was synced. What a file
//! grew by may be there with anything in it.
#![allow(dead_code)]

use super::vfs::Op;
use std::collections::BTreeMap;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// How the disk treats what it was not told to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// All of it is gone.
    Dropped,
    /// All of it is there, as after a kill.
    Kept,
    /// Of each file the first of it is there.
    InOrder,
    /// As before, and the last write is there in part.
    Torn,
    /// Any sector of it may be there.
    Reordered,
}

pub const MANNERS: [Manner; 5] = [
    Manner::Dropped,
    Manner::Kept,
    Manner::InOrder,
    Manner::Torn,
    Manner::Reordered,
];

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Size(usize),
}

#[derive(Debug, Clone, Default)]
struct Inode {
    durable: Vec<u8>,
    pending: Vec<Change>,
    /// SQLite syncs the folder, too, when it first syncs a journal that it opened.
    folder_is_synced_with_it: bool,
}

/// A disk, and what it has not been told to keep yet.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Names given and taken since the folder was synced.
    pending_names: Vec<(String, Option<usize>)>,
}

impl Disk {
    /// A disk that keeps `files`.
    pub fn holding(files: Files) -> Self {
        let mut disk = Self::default();
        for (name, durable) in files {
            disk.durable_names.insert(name, disk.inodes.len());
            disk.inodes.push(Inode {
                durable,
                ..Inode::default()
            });
        }
        disk.names = disk.durable_names.clone();
        disk
    }

    /// Does `op`.
    pub fn take(&mut self, op: &Op) {
        match op {
            Op::Open { file } => {
                let inode = self.open(file);
                self.inodes[inode].folder_is_synced_with_it =
                    file.ends_with("-wal") || file.ends_with("-journal");
            }
            Op::Write { file, at, bytes } => {
                let change = Change::Write {
                    at: *at,
                    bytes: bytes.clone(),
                };
                let inode = self.open(file);
                self.inodes[inode].pending.push(change);
            }
            Op::Truncate { file, size } => {
                let inode = self.open(file);
                self.inodes[inode].pending.push(Change::Size(*size));
            }
            Op::Sync { file } => self.sync(file),
            Op::Delete { file, durable } => {
                self.names.remove(file);
                self.pending_names.push((file.clone(), None));
                if *durable {
                    self.sync_folder();
                }
            }
        }
    }

    fn open(&mut self, file: &str) -> usize {
        if let Some(inode) = self.names.get(file) {
            return *inode;
        }
        let inode = self.inodes.len();
        self.inodes.push(Inode::default());
        self.names.insert(file.to_owned(), inode);
        self.pending_names.push((file.to_owned(), Some(inode)));
        inode
    }

    fn sync(&mut self, file: &str) {
        let at = self.open(file);
        let inode = &mut self.inodes[at];
        let all = inode.pending.len();
        inode.durable = inode.content(all, |_| all, 0);
        inode.pending.clear();
        if std::mem::take(&mut inode.folder_is_synced_with_it) {
            self.sync_folder();
        }
    }

    fn sync_folder(&mut self) {
        self.durable_names = self.names.clone();
        self.pending_names.clear();
    }

    /// What is there when the power comes back.
    pub fn after_power_loss(&self, manner: Manner, chance: &mut fastrand::Rng) -> Files {
        let mut names = self.durable_names.clone();
        let count = match manner {
            Manner::Dropped => 0,
            Manner::Kept => self.pending_names.len(),
            Manner::InOrder | Manner::Torn | Manner::Reordered => {
                chance.usize(0..=self.pending_names.len())
            }
        };
        for (name, inode) in &self.pending_names[..count] {
            match inode {
                Some(inode) => names.insert(name.clone(), *inode),
                None => names.remove(name),
            };
        }
        names
            .into_iter()
            .map(|(name, inode)| (name, self.inodes[inode].left(manner, chance)))
            .collect()
    }
}

impl Inode {
    fn left(&self, manner: Manner, chance: &mut fastrand::Rng) -> Vec<u8> {
        let all = self.pending.len();
        let some = chance.usize(0..=all);
        let filling = chance.u8(..);
        match manner {
            Manner::Dropped => self.content(0, |_| 0, filling),
            Manner::Kept => self.content(all, |_| all, filling),
            Manner::InOrder => self.content(some, |_| some, filling),
            Manner::Torn => {
                let next = (some + 1).min(all);
                let size = chance.choice([some, next]).unwrap_or(some);
                let mut luck = chance.fork();
                self.content(size, |_| luck.choice([some, next]).unwrap_or(some), filling)
            }
            Manner::Reordered => {
                let mut luck = chance.fork();
                self.content(some, |_| luck.usize(0..=all), filling)
            }
        }
    }

    /// The file as long as it was after `size` changes, each sector as after as many as
    /// `sector` says. What it grew by without being written holds `filling`.
    fn content(&self, size: usize, mut sector: impl FnMut(usize) -> usize, filling: u8) -> Vec<u8> {
        let size =
            self.pending[..size]
                .iter()
                .fold(self.durable.len(), |size, change| match change {
                    Change::Write { at, bytes } => size.max(at + bytes.len()),
                    Change::Size(size) => *size,
                });
        let mut content = self.durable.clone();
        content.resize(size, filling);
        if self.pending.is_empty() {
            return content;
        }
        // Most sectors are not touched, so they are asked for only once something does.
        let mut reached = vec![None; size.div_ceil(SECTOR)];
        for (number, change) in self.pending.iter().enumerate() {
            let (from, to, bytes) = match change {
                Change::Write { at, bytes } => (*at, at + bytes.len(), Some(bytes)),
                Change::Size(end) => (*end, size, None),
            };
            let mut at = from;
            while at < to.min(size) {
                let piece = at / SECTOR;
                let end = ((piece + 1) * SECTOR).min(to).min(size);
                if number < *reached[piece].get_or_insert_with(|| sector(piece)) {
                    match bytes {
                        Some(bytes) => {
                            content[at..end].copy_from_slice(&bytes[at - from..end - from]);
                        }
                        None => content[at..end].fill(0),
                    }
                }
                at = end;
            }
        }
        content
    }
}
