//! Files put in their place whole or not at all, whatever interrupts: written beside it,
//! made durable, renamed. What root makes in a folder of somebody else's becomes theirs.

use anyhow::Context;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path` with the permissions `mode`; the folder is made where it is missing.
///
/// # Errors
/// The disk refuses; what was at `path` is still there.
pub fn file(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        let part = part_of(path);
        remove_file(&part)?;
        let mut new = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&part)?;
        // Whatever the umask left of it.
        new.set_permissions(fs::Permissions::from_mode(mode))?;
        new.write_all(bytes)?;
        new.sync_all()?;
        as_its_folder(&part)?;
        fs::rename(&part, path)?;
        settle(folder)
    };
    write().with_context(|| format!("write `{}`", path.display()))
}

/// Makes `path` a link to `target`, in place of whatever link or file it was.
///
/// # Errors
/// The disk refuses; what was at `path` is still there.
pub fn link(path: &Path, target: &Path) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        let part = part_of(path);
        remove_file(&part)?;
        symlink(target, &part)?;
        fs::rename(&part, path)?;
        settle(folder)
    };
    write().with_context(|| format!("link `{}` to `{}`", path.display(), target.display()))
}

/// Removes the file, where it is there.
///
/// # Errors
/// The disk refuses.
pub fn remove_file(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes names in `folder` durable.
///
/// # Errors
/// The disk refuses.
pub fn settle(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Gives `path` to the owner and group of its folder, where this is root. kioskd could not
/// read it otherwise.
///
/// # Errors
/// The system refuses.
pub fn as_its_folder(path: &Path) -> std::io::Result<()> {
    let folder = folder_of(path);
    let (own, folder) = (fs::symlink_metadata(path)?, fs::metadata(folder)?);
    let is_theirs = own.uid() == folder.uid() && own.gid() == folder.gid();
    if is_theirs || !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    std::os::unix::fs::lchown(path, Some(folder.uid()), Some(folder.gid()))
}

/// [`as_its_folder`] for what lies directly in `folder`.
///
/// # Errors
/// The system refuses.
pub fn hand_over(folder: &Path) -> anyhow::Result<()> {
    let give = || -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            as_its_folder(&entry?.path())?;
        }
        Ok(())
    };
    give().with_context(|| format!("give what is in `{}` to its owner", folder.display()))
}

/// A name alone lies in the folder from which the program was called.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    }
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_takes_the_place_of_another_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/config.toml");
        file(&path, b"old", 0o644).unwrap();
        // An interrupted run's.
        fs::write(part_of(&path), "half").unwrap();
        file(&path, b"new", 0o640).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_alone_lies_here() {
        assert_eq!(folder_of(Path::new("box.csr")), Path::new("."));
        assert_eq!(folder_of(Path::new("stick/box.csr")), Path::new("stick"));
        assert_eq!(folder_of(Path::new("/box.csr")), Path::new("/"));
    }

    #[test]
    fn a_link_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("current");
        for target in ["one", "two"] {
            link(&path, Path::new(target)).unwrap();
            assert_eq!(fs::read_link(&path).unwrap(), Path::new(target));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_root_makes_in_anothers_folder_is_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let owner = if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(folder.path(), Some(12_345), Some(12_346)).unwrap();
            (12_345, 12_346)
        } else {
            let own = fs::metadata(folder.path()).unwrap();
            (own.uid(), own.gid())
        };
        let (written, found) = (folder.path().join("a"), folder.path().join("b"));
        file(&written, b"", 0o600).unwrap();
        fs::write(&found, "").unwrap();
        hand_over(folder.path()).unwrap();
        for path in [written, found] {
            let own = fs::metadata(&path).unwrap();
            assert_eq!((own.uid(), own.gid()), owner, "{}", path.display());
        }
    }
}
