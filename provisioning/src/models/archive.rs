//! One known member out of a package's archive. Names in the archive decide
//! nothing: the member is asked for by its exact path and written where the caller
//! says, so that no archive can write anywhere else, and never more than its size.

use super::fetch::SourceError;
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// No package that the manifest names unpacks to nearly this much.
const UNPACKED_LIMIT_BYTES: u64 = 4 << 30;

/// Writes the member `path` of `archive` (`.whl`, `.zip`, or a gzipped tar) to `to`.
///
/// # Errors
/// The archive cannot be read, has no such regular file, or has it in another size.
pub fn extract(archive: &Path, path: &str, size: u64, to: &Path) -> Result<(), SourceError> {
    let file = File::open(archive).map_err(SourceError::Storage)?;
    let is_zip = archive
        .extension()
        .is_some_and(|extension| extension == "whl" || extension == "zip");
    if is_zip {
        from_zip(file, path, size, to)
    } else {
        from_tar(file, path, size, to)
    }
}

fn from_zip(file: File, path: &str, size: u64, to: &Path) -> Result<(), SourceError> {
    let mut archive = zip::ZipArchive::new(file).map_err(unreadable)?;
    let Some(index) = archive.index_for_name(path) else {
        return Err(no_member(path));
    };
    let member = archive.by_index(index).map_err(unreadable)?;
    if !member.is_file() {
        return Err(no_member(path));
    }
    write_exactly(member, size, to)
}

fn from_tar(file: File, path: &str, size: u64, to: &Path) -> Result<(), SourceError> {
    let unpacked = GzDecoder::new(file).take(UNPACKED_LIMIT_BYTES);
    let mut archive = tar::Archive::new(unpacked);
    for member in archive.entries().map_err(unreadable)? {
        let member = member.map_err(unreadable)?;
        let is_it = member.path_bytes().as_ref() == path.as_bytes();
        if is_it && member.header().entry_type().is_file() {
            return write_exactly(member, size, to);
        }
    }
    Err(no_member(path))
}

fn write_exactly(member: impl Read, size: u64, to: &Path) -> Result<(), SourceError> {
    let mut output = File::create(to).map_err(SourceError::Storage)?;
    // One byte more than expected tells that there is more.
    let mut member = member.take(size + 1);
    let mut buffer = vec![0; 256 * 1024];
    let mut written: u64 = 0;
    loop {
        let count = match member.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(error)),
        };
        output
            .write_all(&buffer[..count])
            .map_err(SourceError::Storage)?;
        written += count as u64;
    }
    if written == size {
        Ok(())
    } else {
        Err(SourceError::WrongBytes)
    }
}

fn unreadable(error: impl std::fmt::Display) -> SourceError {
    SourceError::Refused(format!("the package's archive cannot be read: {error}"))
}

fn no_member(path: &str) -> SourceError {
    SourceError::Refused(format!("the package has no file `{path}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    const CONTENT: &[u8] = b"weights";

    #[test]
    fn the_member_comes_out_of_both_kinds_of_archive() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("model.bin");
        for archive in [
            tar_with(
                folder.path(),
                &[("package/a", b"other"), ("package/model.bin", CONTENT)],
            ),
            zip_with(
                folder.path(),
                &[("package/a", b"other"), ("package/model.bin", CONTENT)],
            ),
        ] {
            extract(&archive, "package/model.bin", 7, &to).unwrap();
            assert_eq!(std::fs::read(&to).unwrap(), CONTENT);
        }
    }

    #[test]
    fn a_member_that_names_another_place_writes_nothing_there() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        let members: &[(&str, &[u8])] = &[("../escaped.bin", CONTENT), ("model.bin", CONTENT)];
        for archive in [tar_with(&inside, members), zip_with(&inside, members)] {
            extract(&archive, "model.bin", 7, &inside.join("model.bin")).unwrap();
            assert!(!folder.path().join("escaped.bin").exists());
        }
    }

    #[test]
    fn a_member_that_unpacks_to_more_than_it_should_is_cut_off_and_refused() {
        let folder = tempfile::tempdir().unwrap();
        let zeros = vec![0; 10_000_000];
        let to = folder.path().join("model.bin");
        for archive in [
            tar_with(folder.path(), &[("model.bin", &zeros)]),
            zip_with(folder.path(), &[("model.bin", &zeros)]),
        ] {
            let error = extract(&archive, "model.bin", 7, &to).unwrap_err();
            assert!(matches!(error, SourceError::WrongBytes), "{error}");
            assert_eq!(std::fs::metadata(&to).unwrap().len(), 8);
        }
    }

    #[test]
    fn a_broken_archive_and_a_missing_member_are_said_plainly() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("model.bin");
        for name in ["broken.whl", "broken.tgz"] {
            let archive = folder.path().join(name);
            std::fs::write(&archive, "<html>not found</html>").unwrap();
            let error = extract(&archive, "model.bin", 7, &to).unwrap_err();
            assert!(error.to_string().contains("cannot be read"), "{error}");
        }
        for archive in [
            tar_with(folder.path(), &[("x", CONTENT)]),
            zip_with(folder.path(), &[("x", CONTENT)]),
        ] {
            let error = extract(&archive, "model.bin", 7, &to).unwrap_err();
            assert!(error.to_string().contains("has no file"), "{error}");
        }
    }

    fn tar_with(folder: &Path, members: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join("package.tgz");
        let encoder = flate2::write::GzEncoder::new(
            File::create(&path).unwrap(),
            flate2::Compression::fast(),
        );
        let mut builder = tar::Builder::new(encoder);
        for (name, content) in members {
            let mut header = tar::Header::new_gnu();
            // `set_path` would refuse the names that an attacker uses.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(content.len() as u64);
            header.set_entry_type(tar::EntryType::Regular);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap();
        path
    }

    fn zip_with(folder: &Path, members: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join("package.whl");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, content) in members {
            writer
                .start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap();
        path
    }
}
