//! `kioskctl bundle`, and what is set up from one where there is no network.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FAILED: i32 = 1;

/// A desk at which bundles are made, and a fresh box.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("packages/kiosk_0.1.0_amd64.deb", "the daemon"),
            ("packages/dep_2%3a1.0_amd64.deb", "what it needs"),
            ("packages/readme.txt", "no package"),
            (
                "profile/box.toml",
                "[box]\nroster = \"clinic.toml\"\n[kiosk]\nname = \"From a stick\"\n[audio]\nmicrophone = \"none\"\n",
            ),
            ("profile/clinic.toml", include_str!("../sample-clinic.toml")),
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn kioskctl(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kioskctl"))
            .args(arguments)
            .env("KIOSK_ETC", self.path("etc/kiosk"))
            .env("KIOSK_PATHS_STATE", self.path("state"))
            .env("KIOSK_PATHS_RUNTIME", self.folder.path())
            .env("KIOSK_PATHS_MODELS", self.path("models"))
            // Whoever asks a network here is told that there is none.
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .output()
            .unwrap()
    }

    fn make(&self, out: &Path, more: &[&str]) -> Output {
        let (packages, profile) = (self.path("packages"), self.path("profile/box.toml"));
        let mut arguments = vec!["bundle", "--out", out.to_str().unwrap()];
        arguments.extend(["--packages", packages.to_str().unwrap()]);
        arguments.extend(["--profile", profile.to_str().unwrap()]);
        arguments.extend(more);
        self.kioskctl(&arguments)
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_box_is_provisioned_from_a_folder_and_from_a_tar() {
    for name in ["stick", "stick.tar"] {
        let desk = Desk::new();
        let stick = desk.path(name);
        let made = desk.make(&stick, &["--without-models"]);
        assert!(made.status.success(), "{}", words(&made));
        let from = ["provision", "--from", stick.to_str().unwrap()];
        let done = words(&desk.kioskctl(&from));
        assert!(done.contains("the roster is taken in"), "{name}: {done}");
        let written = desk.path("etc/kiosk/config.d/40-provisioned.toml");
        assert!(
            fs::read_to_string(written)
                .unwrap()
                .contains("From a stick")
        );
        let again = words(&desk.kioskctl(&from));
        assert!(again.contains("nothing to change"), "{name}: {again}");
        let over = desk.make(&stick, &["--without-models"]);
        assert_eq!(over.status.code(), Some(FAILED), "{}", words(&over));
    }
}

#[test]
fn what_is_cut_off_changed_missing_or_smuggled_in_is_refused_and_leaves_nothing() {
    let desk = Desk::new();
    let (stick, tar) = (desk.path("stick"), desk.path("stick.tar"));
    for out in [&stick, &tar] {
        assert!(desk.make(out, &["--without-models"]).status.success());
    }
    let refuses = |bundle: &Path, why: &str| {
        let refused = desk.kioskctl(&["provision", "--from", bundle.to_str().unwrap()]);
        assert_eq!(
            refused.status.code(),
            Some(FAILED),
            "{why}: {}",
            words(&refused)
        );
        assert!(words(&refused).contains(why), "{why}: {}", words(&refused));
        assert!(
            !desk.path("etc").exists() && !desk.path("state").exists(),
            "{why}"
        );
    };
    let package = stick.join("packages/kiosk_0.1.0_amd64.deb");
    fs::write(&package, "the Daemon").unwrap();
    refuses(&stick, "another SHA-256");
    fs::write(&package, "the daem").unwrap();
    refuses(&stick, "8 of 10 bytes");
    fs::remove_file(&package).unwrap();
    refuses(&stick, "kiosk_0.1.0_amd64.deb");
    fs::write(
        stick.join("manifest.toml"),
        "format = 9\nversion = \"9\"\narchitecture = \"amd64\"\nfile = []\n",
    )
    .unwrap();
    refuses(&stick, "has format 9");
    fs::write(
        stick.join("manifest.toml"),
        "format = 1\nversion = \"9\"\narchitecture = \"amd64\"\n[[file]]\npath = \"../../etc/passwd\"\nsize = 1\nsha256 = \"\"\n",
    )
    .unwrap();
    refuses(&stick, "no path for a bundle");
    fs::remove_file(stick.join("manifest.toml")).unwrap();
    refuses(&stick, "is no bundle");

    let whole = fs::read(&tar).unwrap();
    fs::write(&tar, &whole[..whole.len() / 2]).unwrap();
    refuses(&tar, "copy it anew");
    let mut more = tar::Builder::new(whole[..whole.len() - 1024].to_vec());
    let mut header = tar::Header::new_gnu();
    header.set_size(4);
    header.set_mode(0o644);
    more.append_data(&mut header, "packages/evil.deb", &b"evil"[..])
        .unwrap();
    fs::write(&tar, more.into_inner().unwrap()).unwrap();
    refuses(&tar, "packages/evil.deb");
}

#[test]
fn models_come_whole_from_a_bundle_or_not_at_all() {
    let desk = Desk::new();
    let home = kiosk_daemon::models::folder(None).unwrap();
    std::os::unix::fs::symlink(&home, desk.path("models")).unwrap();
    let stick = desk.path("stick");
    let made = desk.make(&stick, &[]);
    assert!(made.status.success(), "{}", words(&made));
    // A box without any.
    fs::remove_file(desk.path("models")).unwrap();
    let fetch = ["models", "fetch", "--from", stick.to_str().unwrap()];

    let vad = stick.join("models/silero_vad_v6.onnx");
    let good = fs::read(&vad).unwrap();
    let mut bad = good.clone();
    bad[1_000] ^= 1;
    fs::write(&vad, &bad).unwrap();
    let refused = desk.kioskctl(&fetch);
    assert_eq!(refused.status.code(), Some(FAILED), "{}", words(&refused));
    assert!(
        words(&refused).contains("silero_vad_v6.onnx"),
        "{}",
        words(&refused)
    );
    assert!(!desk.path("models").exists(), "nothing was begun");

    fs::write(&vad, &good).unwrap();
    let fetched = desk.kioskctl(&fetch);
    assert!(fetched.status.success(), "{}", words(&fetched));
    assert!(
        words(&fetched).contains("from the bundle"),
        "{}",
        words(&fetched)
    );
    assert!(desk.kioskctl(&["models", "verify"]).status.success());
}

#[test]
fn models_of_another_processor_are_no_part_of_a_bundle() {
    let desk = Desk::new();
    let another = if cfg!(target_arch = "aarch64") {
        "amd64"
    } else {
        "arm64"
    };
    let package = format!("packages/minohealth-kiosk_0.1.0_{another}.deb");
    fs::write(desk.path(&package), "the daemon").unwrap();
    let stick = desk.path("stick");
    let refused = desk.make(&stick, &[]);
    assert_eq!(refused.status.code(), Some(FAILED));
    assert!(
        words(&refused).contains("--without-models"),
        "{}",
        words(&refused)
    );
    assert!(!stick.exists());
    let made = desk.make(&stick, &["--without-models"]);
    assert!(made.status.success(), "{}", words(&made));
    let manifest = fs::read_to_string(stick.join("manifest.toml")).unwrap();
    assert!(manifest.contains(&format!("architecture = \"{another}\"")));
}

#[test]
fn a_roster_that_another_box_would_not_find_is_no_part_of_a_bundle() {
    let desk = Desk::new();
    let roster = format!(
        "[box]\nroster = \"{}\"\n",
        desk.path("profile/clinic.toml").display()
    );
    fs::write(desk.path("profile/box.toml"), roster).unwrap();
    let refused = desk.make(&desk.path("stick"), &["--without-models"]);
    assert_eq!(refused.status.code(), Some(FAILED));
    assert!(
        words(&refused).contains("name it beside the profile"),
        "{}",
        words(&refused)
    );
    assert!(!desk.path("stick").exists());
}

#[test]
fn the_install_script_stops_before_anything_where_the_stick_is_damaged() {
    let desk = Desk::new();
    let stick = desk.path("stick");
    assert!(desk.make(&stick, &["--without-models"]).status.success());
    fs::write(stick.join("packages/kiosk_0.1.0_amd64.deb"), "the Daemon").unwrap();
    // As root, with a dpkg and a kioskctl that tell on it.
    let programs = desk.path("programs");
    fs::create_dir(&programs).unwrap();
    let called = desk.path("called");
    let tell = format!("#!/bin/sh\necho \"$0\" >>{}\n", called.display());
    for (name, text) in [
        ("id", "#!/bin/sh\necho 0\n"),
        ("dpkg", &tell),
        ("kioskctl", &tell),
    ] {
        fs::write(programs.join(name), text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(programs.join(name), mode).unwrap();
    }
    let run = || {
        Command::new("sh")
            .arg(stick.join("install.sh"))
            .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
            .output()
            .unwrap()
    };
    let refused = run();
    assert!(!refused.status.success());
    assert!(words(&refused).contains("damaged"), "{}", words(&refused));
    assert!(!called.exists(), "nothing was called");

    fs::write(stick.join("packages/kiosk_0.1.0_amd64.deb"), "the daemon").unwrap();
    let dpkg = format!(
        "#!/bin/sh\n[ \"$1\" != --print-architecture ] || {{ echo {}; exit; }}\necho \"$*\" >>{}\n",
        if cfg!(target_arch = "aarch64") {
            "arm64"
        } else {
            "amd64"
        },
        called.display()
    );
    fs::write(programs.join("dpkg"), dpkg).unwrap();
    let done = run();
    assert!(done.status.success(), "{}", words(&done));
    let called = fs::read_to_string(called).unwrap();
    assert!(
        called.contains("packages/dep_2~3a1.0_amd64.deb packages/kiosk_0.1.0_amd64.deb"),
        "{called}"
    );
    assert!(
        called.lines().last().unwrap().ends_with("kioskctl"),
        "{called}"
    );
}
