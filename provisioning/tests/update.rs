//! `kioskctl update` from a signed bundle of real packages.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const FAILED: i32 = 1;
const PATIENCE: Duration = Duration::from_secs(60);

/// A vendor who makes bundles, and a box.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        world.key("vendor");
        fs::create_dir_all(world.path("etc/kiosk/update-keys.d")).unwrap();
        world.trust("vendor");
        let base = world.path("opt/base");
        fs::create_dir_all(&base).unwrap();
        for (name, text) in [
            ("VERSION", "0.1.0\n"),
            ("kioskd", "old"),
            ("kioskctl", "old"),
        ] {
            fs::write(base.join(name), text).unwrap();
        }
        std::os::unix::fs::symlink("base", world.path("opt/current")).unwrap();
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-clinic.toml");
        let imported = world.kioskctl(&["roster", "import", sample]);
        assert!(imported.status.success(), "{}", words(&imported));
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn key(&self, name: &str) {
        let (private, public) = (
            self.path(&format!("{name}.key")),
            self.path(&format!("{name}.pem")),
        );
        let openssl = |arguments: &[&str]| {
            let done = Command::new("openssl").args(arguments).output().unwrap();
            assert!(done.status.success(), "{}", words(&done));
        };
        let private = private.to_str().unwrap();
        openssl(&["genpkey", "-algorithm", "ed25519", "-out", private]);
        openssl(&[
            "pkey",
            "-in",
            private,
            "-pubout",
            "-out",
            public.to_str().unwrap(),
        ]);
    }

    fn trust(&self, name: &str) {
        let public = format!("{name}.pem");
        let keys = self.path("etc/kiosk/update-keys.d");
        fs::copy(self.path(&public), keys.join(public)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kioskctl"));
        command
            .args(arguments)
            .env("KIOSK_ETC", self.path("etc/kiosk"))
            .env("KIOSK_PATHS_STATE", self.path("state"))
            .env("KIOSK_PATHS_RUNTIME", self.folder.path())
            .env("KIOSK_PATHS_MODELS", self.path("models"));
        command
    }

    fn kioskctl(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A bundle of version `version` whose self-test is `self_test`, signed by `signer`.
    fn bundle(&self, version: &str, self_test: &str, signer: &str) -> PathBuf {
        let work = tempfile::tempdir_in(self.folder.path()).unwrap();
        let root = work.path().join("root");
        let ours = root.join("usr/lib/minohealth-kiosk");
        fs::create_dir_all(root.join("DEBIAN")).unwrap();
        fs::create_dir_all(ours.join("units")).unwrap();
        fs::create_dir_all(root.join("usr/share")).unwrap();
        let architecture = if cfg!(target_arch = "aarch64") {
            "arm64"
        } else {
            "amd64"
        };
        let control = format!(
            "Package: minohealth-kiosk\nVersion: {version}\nArchitecture: {architecture}\n\
             Maintainer: nobody <nobody@example.org>\nDescription: a test\n"
        );
        fs::write(root.join("DEBIAN/control"), control).unwrap();
        fs::write(ours.join("VERSION"), format!("{version}\n")).unwrap();
        fs::write(ours.join("units/kioskd.service"), "[Unit]\n").unwrap();
        fs::write(root.join("usr/share/not-ours"), "").unwrap();
        let script = format!(
            "#!/bin/sh\ncd {}\n{self_test}\n",
            self.path("state").display()
        );
        for program in ["kioskd", "kioskctl"] {
            fs::write(ours.join(program), &script).unwrap();
            fs::set_permissions(ours.join(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let packages = work.path().join("packages");
        fs::create_dir(&packages).unwrap();
        let package = packages.join(format!("minohealth-kiosk_{version}_{architecture}.deb"));
        let built = Command::new("dpkg-deb")
            .args(["--root-owner-group", "--build"])
            .args([&root, &package])
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", words(&built));
        let out = self.path(&format!("{version}-{signer}.tar"));
        let _ = fs::remove_file(&out);
        let key = self.path(&format!("{signer}.key"));
        let mut arguments = vec!["bundle", "--without-models", "--out", out.to_str().unwrap()];
        arguments.extend(["--packages", packages.to_str().unwrap()]);
        if key.exists() {
            arguments.extend(["--sign-with", key.to_str().unwrap()]);
        }
        let made = self.kioskctl(&arguments);
        assert!(made.status.success(), "{}", words(&made));
        out
    }

    fn update_command(&self, more: &[&str]) -> Command {
        let opt = self.path("opt");
        let arguments = ["update", "--versions", opt.to_str().unwrap()];
        self.command(&[&arguments, more].concat())
    }

    fn update(&self, bundle: &Path) -> Output {
        self.update_command(&[bundle.to_str().unwrap()])
            .output()
            .unwrap()
    }

    fn runs(&self) -> String {
        fs::read_to_string(self.path("opt/current/VERSION"))
            .unwrap()
            .trim()
            .to_owned()
    }

    fn records_are_whole(&self) {
        let told = words(&self.kioskctl(&["appointments"]));
        assert!(told.contains("no appointments"), "{told}");
        let opened = kiosk_daemon::store::Store::open(&self.path("state"), jiff::Timestamp::now());
        let clinic =
            kiosk_daemon::store::wait(opened.unwrap().handle().clinic(jiff::Timestamp::now()));
        assert!(clinic.unwrap().is_some(), "the roster is there");
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_signed_newer_version_takes_over_and_the_one_before_is_kept() {
    let world = World::new();
    let done = world.update(&world.bundle("0.2.0", "exit 0", "vendor"));
    assert!(done.status.success(), "{}", words(&done));
    assert!(
        words(&done).contains("signed by vendor"),
        "{}",
        words(&done)
    );
    assert_eq!(world.runs(), "0.2.0");
    assert!(world.path("opt/current/units/kioskd.service").exists());
    assert!(!world.path("opt/current/not-ours").exists());
    world.records_are_whole();
    // The same again is nothing to do; an older one is refused, and says why.
    let again = world.update(&world.bundle("0.2.0", "exit 0", "vendor"));
    assert!(
        again.status.success() && words(&again).contains("runs already"),
        "{}",
        words(&again)
    );
    let back = world.update(&world.bundle("0.1.9", "exit 0", "vendor"));
    assert_eq!(back.status.code(), Some(FAILED));
    assert!(
        words(&back).contains("no way back by an update"),
        "{}",
        words(&back)
    );
    let next = world.update(&world.bundle("0.10.0", "exit 0", "vendor"));
    assert!(next.status.success(), "{}", words(&next));
    assert_eq!(world.runs(), "0.10.0");
    let mut kept: Vec<_> = fs::read_dir(world.path("opt/versions"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    kept.sort();
    assert_eq!(kept, ["0.10.0", "0.2.0"]);
}

#[test]
fn what_is_not_signed_by_a_trusted_key_is_not_looked_into() {
    let world = World::new();
    world.key("stranger");
    let refuses = |bundle: &Path, why: &str| {
        let refused = world.update(bundle);
        assert_eq!(refused.status.code(), Some(FAILED), "{}", words(&refused));
        assert!(words(&refused).contains(why), "{why}: {}", words(&refused));
        assert_eq!(world.runs(), "0.1.0");
        assert!(!world.path("opt/versions").exists(), "nothing was unpacked");
    };
    refuses(
        &world.bundle("0.2.0", "exit 0", "stranger"),
        "signed with no key of",
    );
    refuses(&world.bundle("0.2.0", "exit 0", "nobody"), "is not signed");
    // Signed, and changed after that: in what the manifest says, and in what it names.
    let good = fs::read(world.bundle("0.2.0", "exit 0", "vendor")).unwrap();
    let changed = |from: &[u8], to: &[u8]| {
        let at = good.windows(from.len()).position(|it| it == from).unwrap();
        let mut bytes = good.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        let path = world.path("changed.tar");
        fs::write(&path, bytes).unwrap();
        path
    };
    refuses(
        &changed(b"version = \"0.2.0\"", b"version = \"9.2.0\""),
        "signed with no key of",
    );
    refuses(
        &changed(b"!<arch>\ndebian-binary", b"!<arch>\ndebian-Binary"),
        "another SHA-256",
    );
    fs::remove_dir_all(world.path("etc/kiosk/update-keys.d")).unwrap();
    refuses(
        &world.bundle("0.2.0", "exit 0", "vendor"),
        "trusts nobody's updates",
    );
}

#[test]
fn a_version_that_ruins_the_records_and_fails_is_taken_back_with_them() {
    let world = World::new();
    let bad = world.bundle(
        "0.2.0",
        "printf ruined >kiosk.db; rm -f kiosk.db-wal; exit 1",
        "vendor",
    );
    let failed = world.update(&bad);
    assert_eq!(failed.status.code(), Some(FAILED), "{}", words(&failed));
    assert!(
        words(&failed).contains("everything is as before"),
        "{}",
        words(&failed)
    );
    assert_eq!(world.runs(), "0.1.0");
    world.records_are_whole();
    // The next one, mended, goes through.
    let good = world.update(&world.bundle("0.2.1", "exit 0", "vendor"));
    assert!(good.status.success(), "{}", words(&good));
}

#[test]
fn killed_while_the_new_version_tries_itself_out_the_old_one_is_back() {
    let world = World::new();
    let hangs = "printf ruined >kiosk.db; : >started; read -r never";
    let bundle = world.bundle("0.2.0", hangs, "vendor");
    let mut update = world
        .update_command(&[bundle.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + PATIENCE;
    while !world.path("state/started").exists() {
        assert!(Instant::now() < until, "the self-test never began");
        std::thread::yield_now();
    }
    assert_eq!(world.runs(), "0.2.0");
    update.kill().unwrap();
    update.wait().unwrap();
    let settled = world.update_command(&["--settle"]).output().unwrap();
    assert!(settled.status.success(), "{}", words(&settled));
    assert!(
        words(&settled).contains("0.2.0 was interrupted"),
        "{}",
        words(&settled)
    );
    assert_eq!(world.runs(), "0.1.0");
    world.records_are_whole();
    let nothing = world.update_command(&["--settle"]).output().unwrap();
    assert!(
        nothing.status.success() && words(&nothing).is_empty(),
        "{}",
        words(&nothing)
    );
}
