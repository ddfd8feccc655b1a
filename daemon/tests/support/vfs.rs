//! Between SQLite and the real file system: everything that this process' databases write
//! goes through here. What happens to a watched folder is noted, and fails where a test
//! wants it to. SQLite's own memory for the WAL's index and its locks stay the real ones.
//!
//! The one module of the tests that speaks SQLite's C interface.
#![allow(dead_code)]

use rusqlite::ffi;
use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// What was done to a file of a watched folder.
#[derive(Debug, Clone)]
pub enum Op {
    /// Opened for writing, and made where there was none.
    Open {
        file: String,
    },
    Write {
        file: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        file: String,
        size: usize,
    },
    Sync {
        file: String,
    },
    /// `durable`: its folder was synced as well.
    Delete {
        file: String,
        durable: bool,
    },
}

/// What is wrong with a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trouble {
    #[default]
    None,
    /// No file can grow; what a file has can be written over.
    Full,
    /// As a file system that the kernel made read-only under an open file.
    ReadOnly,
    /// What was written cannot be made durable.
    SyncFails,
}

#[derive(Default)]
struct Watched {
    ops: Vec<Op>,
    trouble: Trouble,
}

/// Watched folders; whoever opens a database contends for it, for the length of a push.
static WATCHED: Mutex<BTreeMap<PathBuf, Watched>> = Mutex::new(BTreeMap::new());

fn watched() -> MutexGuard<'static, BTreeMap<PathBuf, Watched>> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder that is watched while this lives.
pub struct Watch(PathBuf);

impl Watch {
    /// Begins to watch `folder`; databases that are open already are not seen.
    pub fn begin(folder: &Path) -> Self {
        LazyLock::force(&REGISTERED);
        let folder = folder.canonicalize().unwrap();
        watched().insert(folder.clone(), Watched::default());
        Self(folder)
    }

    /// How much has happened.
    pub fn len(&self) -> usize {
        watched()[&self.0].ops.len()
    }

    /// All that has happened.
    pub fn ops(&self) -> Vec<Op> {
        watched()[&self.0].ops.clone()
    }

    /// From now on the disk is so.
    pub fn disk_is(&self, trouble: Trouble) {
        if let Some(watched) = watched().get_mut(&self.0) {
            watched.trouble = trouble;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        watched().remove(&self.0);
    }
}

/// The system's own VFS, and ours before it as what SQLite uses unasked.
struct Registered {
    real: *mut ffi::sqlite3_vfs,
}

// SAFETY: SQLite's list of VFSes is never freed, and what is pointed to is only read.
unsafe impl Send for Registered {}
// SAFETY: as above.
unsafe impl Sync for Registered {}

static REGISTERED: LazyLock<Registered> = LazyLock::new(|| {
    // SAFETY: null asks for the default VFS, which lives as long as the process.
    let real = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    assert!(!real.is_null(), "SQLite has no file system");
    // SAFETY: `real` is a whole `sqlite3_vfs`, whose fields may be copied: the functions that
    // are taken over know their VFS by `pAppData` alone.
    let mut ours = unsafe { *real };
    ours.zName = c"watched".as_ptr();
    ours.szOsFile += size_of::<Handle>() as c_int;
    ours.pNext = std::ptr::null_mut();
    ours.xOpen = Some(open);
    ours.xDelete = Some(delete);
    // SAFETY: what is leaked is never freed, as SQLite needs it.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1) };
    assert_eq!(code, ffi::SQLITE_OK);
    Registered { real }
});

/// An open file: SQLite gives the room for it, and behind it for the real one.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    real: *mut ffi::sqlite3_file,
    /// Folder and name, where that is watched.
    place: Option<Box<Place>>,
}

struct Place {
    folder: PathBuf,
    file: String,
}

impl Place {
    fn note(&self, op: impl FnOnce(String) -> Op) {
        if let Some(watched) = watched().get_mut(&self.folder) {
            watched.ops.push(op(self.file.clone()));
        }
    }

    fn trouble(&self) -> Trouble {
        watched()
            .get(&self.folder)
            .map_or(Trouble::None, |it| it.trouble)
    }
}

/// The name of a file in a watched folder.
///
/// # Safety
/// `name` is null or a C string.
unsafe fn place(name: *const c_char) -> Option<Place> {
    if name.is_null() {
        return None;
    }
    // SAFETY: not null, so the caller promises a C string.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
    let path = Path::new(OsStr::from_bytes(bytes));
    let folder = path.parent()?.canonicalize().ok()?;
    watched().contains_key(&folder).then(|| Place {
        folder,
        file: path.file_name().unwrap_or_default().display().to_string(),
    })
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let real = REGISTERED.real;
    let handle = file.cast::<Handle>();
    // SAFETY: SQLite gives `szOsFile` bytes, so there is room for the real file behind ours.
    let inner = unsafe { handle.add(1) }.cast::<ffi::sqlite3_file>();
    // SAFETY: all arguments are SQLite's own, but for the file, which is room for it.
    let code = unsafe { (*real).xOpen.unwrap()(real, name, inner, flags, out) };
    if code != ffi::SQLITE_OK {
        // SAFETY: null tells SQLite that there is nothing to close.
        unsafe { (*file).pMethods = std::ptr::null() };
        return code;
    }
    // SAFETY: `name` is SQLite's: a C string, or null for a temporary file.
    let place = unsafe { place(name) };
    if let Some(place) = &place
        && flags & ffi::SQLITE_OPEN_READWRITE != 0
    {
        place.note(|file| Op::Open { file });
    }
    let opened = Handle {
        base: ffi::sqlite3_file {
            pMethods: &raw const METHODS,
        },
        real: inner,
        place: place.map(Box::new),
    };
    // SAFETY: `handle` is room for a `Handle`, and what it holds so far needs no drop.
    unsafe { handle.write(opened) };
    code
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    let real = REGISTERED.real;
    // SAFETY: SQLite's own arguments.
    let code = unsafe { (*real).xDelete.unwrap()(real, name, sync_folder) };
    // SAFETY: `name` is SQLite's, a C string.
    let place = unsafe { place(name) };
    if let Some(place) = place.filter(|_| code == ffi::SQLITE_OK) {
        place.note(|file| Op::Delete {
            file,
            durable: sync_folder != 0,
        });
    }
    code
}

/// The real file, and what it can do.
///
/// # Safety
/// `file` was opened by [`open`] and is not closed.
unsafe fn real(
    file: *mut ffi::sqlite3_file,
) -> (*mut ffi::sqlite3_file, &'static ffi::sqlite3_io_methods) {
    // SAFETY: it was opened, so it is a whole `Handle` over a real file with its methods,
    // which are the VFS' statics.
    unsafe {
        let real = (*file.cast::<Handle>()).real;
        (real, &*(*real).pMethods)
    }
}

/// # Safety
/// As [`real`].
unsafe fn place_of<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a Place> {
    // SAFETY: a whole `Handle`; SQLite uses no file after it closed it.
    unsafe { (*file.cast::<Handle>()).place.as_deref() }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes each file once, so the name is dropped once.
    unsafe {
        let (inner, methods) = real(file);
        let code = methods.xClose.unwrap()(inner);
        drop((*file.cast::<Handle>()).place.take());
        code
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    amount: c_int,
    at: i64,
) -> c_int {
    // SAFETY: an open file and SQLite's buffer of `amount` bytes.
    unsafe {
        let (inner, methods) = real(file);
        let place = place_of(file);
        match place.map_or(Trouble::None, Place::trouble) {
            Trouble::None | Trouble::SyncFails => {}
            Trouble::ReadOnly => return ffi::SQLITE_IOERR_WRITE,
            Trouble::Full => {
                let mut size = 0;
                methods.xFileSize.unwrap()(inner, &raw mut size);
                if at + i64::from(amount) > size {
                    return ffi::SQLITE_FULL;
                }
            }
        }
        let code = methods.xWrite.unwrap()(inner, data, amount, at);
        if code == ffi::SQLITE_OK
            && let Some(place) = place
        {
            let bytes = std::slice::from_raw_parts(data.cast::<u8>(), amount as usize);
            place.note(|file| Op::Write {
                file,
                at: at as usize,
                bytes: bytes.to_vec(),
            });
        }
        code
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: an open file.
    unsafe {
        let (inner, methods) = real(file);
        let place = place_of(file);
        if place.map_or(Trouble::None, Place::trouble) == Trouble::ReadOnly {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        let code = methods.xTruncate.unwrap()(inner, size);
        if code == ffi::SQLITE_OK
            && let Some(place) = place
        {
            place.note(|file| Op::Truncate {
                file,
                size: size as usize,
            });
        }
        code
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: an open file.
    unsafe {
        let (inner, methods) = real(file);
        let place = place_of(file);
        if place.map_or(Trouble::None, Place::trouble) == Trouble::SyncFails {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        let code = methods.xSync.unwrap()(inner, flags);
        if code == ffi::SQLITE_OK
            && let Some(place) = place
        {
            place.note(|file| Op::Sync { file });
        }
        code
    }
}

/// Functions that only ask the real file.
macro_rules! passed_on {
    ($($name:ident = $method:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $kind)*) -> $answer {
            // SAFETY: an open file, and SQLite's own arguments.
            unsafe {
                let (inner, methods) = real(file);
                methods.$method.unwrap()(inner $(, $argument)*)
            }
        }
    )*};
}

passed_on! {
    read = xRead(data: *mut c_void, amount: c_int, at: i64) -> c_int;
    file_size = xFileSize(size: *mut i64) -> c_int;
    lock = xLock(level: c_int) -> c_int;
    unlock = xUnlock(level: c_int) -> c_int;
    check_reserved_lock = xCheckReservedLock(found: *mut c_int) -> c_int;
    file_control = xFileControl(what: c_int, with: *mut c_void) -> c_int;
    sector_size = xSectorSize() -> c_int;
    device_characteristics = xDeviceCharacteristics() -> c_int;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, to: *mut *mut c_void) -> c_int;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier = xShmBarrier() -> ();
    shm_unmap = xShmUnmap(delete: c_int) -> c_int;
}

/// Version 2: without memory-mapped reads and writes, which would go past us.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
