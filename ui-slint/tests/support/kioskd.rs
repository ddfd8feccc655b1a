//! The real kioskd in a folder of its own, with a clinic that never closes.
#![allow(dead_code, clippy::unwrap_used)]

#[path = "../../../daemon/tests/support/night_clinic.rs"]
mod night_clinic;

use night_clinic::night_clinic;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The daemon, ended with this value.
pub struct Kioskd {
    child: Option<Child>,
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl Kioskd {
    /// Without sound.
    pub fn start() -> Self {
        let mut kioskd = Self::installed(&[]);
        kioskd.spawn();
        kioskd
    }

    /// With `environment` beside its own folders; it does not run yet.
    pub fn installed(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        let roster = folder.path().join("clinic.toml");
        let clinic = night_clinic(&[("ama-owusu", "Dr Ama Owusu")]);
        std::fs::write(&roster, clinic).unwrap();
        let environment = environment.iter();
        let kioskd = Self {
            child: None,
            folder,
            environment: environment
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        kioskd.asks("roster", &["import", &roster.display().to_string()]);
        kioskd
    }

    pub fn spawn(&mut self) {
        let mut kioskd = self.program("kioskd");
        let log = self.folder.path().join("log");
        let log = std::fs::File::options().create(true).append(true).open(log);
        let kioskd = kioskd.stdin(Stdio::null()).stderr(log.unwrap());
        self.child = Some(kioskd.spawn().unwrap());
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("panel.sock")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Runs `kioskctl COMMAND …`; what it prints.
    pub fn asks(&self, command: &str, arguments: &[&str]) -> String {
        let mut kioskctl = self.program("kioskctl");
        let output = kioskctl.arg(command).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// One of the workspace's binaries, beside which tests are built.
    pub fn program(&self, name: &str) -> Command {
        let tests = std::env::current_exe().unwrap();
        let program = tests.ancestors().nth(2).unwrap().join(name);
        assert!(
            program.exists(),
            "{}: not built; run `cargo test --workspace`",
            program.display()
        );
        let mut command = Command::new(program);
        command
            .env("KIOSK_PATHS_STATE", self.folder.path().join("state"))
            .env("KIOSK_PATHS_RUNTIME", self.folder.path())
            .env("KIOSK_AUDIO_MICROPHONE", "none")
            .env("KIOSK_AUDIO_SPEAKER", "none")
            .env_remove("JOURNAL_STREAM")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path());
        command
    }
}

impl Drop for Kioskd {
    fn drop(&mut self) {
        self.kill();
    }
}
