//! `kioskctl provision`: what a profile or answers make of a box.
#![allow(clippy::unwrap_used)]

#[path = "../../daemon/tests/support/pulse.rs"]
mod pulse;

use pulse::Pulse;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const FAILED: i32 = 1;
const USAGE: i32 = 2;
/// What doctor says of a box on which no kioskd runs.
const NOT_IN_ORDER: i32 = 4;

/// A box of its own in a folder.
struct Fresh {
    folder: tempfile::TempDir,
    /// A folder of models; none: the user's.
    models: Option<PathBuf>,
    alsa: Option<PathBuf>,
}

impl Fresh {
    /// Without models, so that nothing takes long.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("etc/kiosk")).unwrap();
        let models = Some(folder.path().join("models"));
        Self {
            folder,
            models,
            alsa: None,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn profile(&self, text: &str) -> PathBuf {
        let stick = self.path("stick");
        std::fs::create_dir_all(&stick).unwrap();
        std::fs::write(stick.join("profile.toml"), text).unwrap();
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-clinic.toml");
        std::fs::copy(sample, stick.join("clinic.toml")).unwrap();
        stick.join("profile.toml")
    }

    fn kioskctl(&self, arguments: &[&str], answers: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kioskctl"));
        command
            .args(arguments)
            .env("KIOSK_ETC", self.path("etc/kiosk"))
            .env("KIOSK_PATHS_STATE", self.path("state"))
            .env("KIOSK_PATHS_RUNTIME", self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(models) = &self.models {
            command.env("KIOSK_PATHS_MODELS", models);
        }
        if let Some(alsa) = &self.alsa {
            command.env("ALSA_CONFIG_PATH", alsa);
        }
        let mut running = command.spawn().unwrap();
        // It may end before it has read everything.
        let _ = running.stdin.take().unwrap().write_all(answers.as_bytes());
        running.wait_with_output().unwrap()
    }

    fn provision(&self, profile: &Path, more: &[&str]) -> Output {
        let profile = profile.to_str().unwrap();
        let arguments: Vec<&str> = ["provision", profile].iter().chain(more).copied().collect();
        self.kioskctl(&arguments, "")
    }

    /// By its name and size it is there; nothing can hear with it.
    fn pretend_base_en(&self) {
        std::fs::create_dir(self.path("models")).unwrap();
        let model = std::fs::File::create(self.path("models/ggml-base.en.bin")).unwrap();
        model.set_len(147_964_211).unwrap();
    }

    fn good_keys(&self) -> usize {
        let listed = words(&self.kioskctl(&["key", "list"], ""));
        listed
            .lines()
            .filter(|line| line.contains("  good  "))
            .count()
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn profile_with_key(key: &Path) -> String {
    format!(
        "[box]\ntime_zone = \"Africa/Accra\"\nroster = \"clinic.toml\"\n\
         [screen]\nrotation = 90\nscale = 1.5\n[kiosk]\nname = \"Ridge Road\"\n\
         [audio]\nmicrophone = \"none\"\nspeaker = \"none\"\n\
         [[keys]]\nlabel = \"desk\"\nscopes = [\"staff\"]\nfile = \"{}\"\n",
        key.display()
    )
}

#[test]
fn a_profile_is_shown_carried_out_and_then_changes_nothing() {
    let fresh = Fresh::new();
    let profile = fresh.profile(&profile_with_key(&fresh.path("desk.key")));
    let shown = fresh.provision(&profile, &["--dry-run"]);
    assert!(shown.status.success(), "{}", words(&shown));
    for part in [
        "+ name = \"Ridge Road\"",
        "+ Africa/Accra",
        "a key for \"desk\"",
        "the roster",
    ] {
        assert!(words(&shown).contains(part), "{part}: {}", words(&shown));
    }
    assert!(
        !words(&shown).contains("roster = "),
        "the profile itself is not repeated: {}",
        words(&shown)
    );
    assert_eq!(
        std::fs::read_dir(fresh.path("etc/kiosk")).unwrap().count(),
        0
    );
    assert!(!fresh.path("state").exists(), "a dry run touches nothing");

    let done = fresh.provision(&profile, &[]);
    assert_eq!(done.status.code(), Some(NOT_IN_ORDER), "{}", words(&done));
    assert!(
        words(&done).contains("good     config"),
        "doctor ends it: {}",
        words(&done)
    );
    assert!(
        fresh
            .text("etc/kiosk/config.d/40-provisioned.toml")
            .contains("Ridge Road")
    );
    let panel = fresh.text("etc/kiosk/panel.env");
    assert!(
        panel.contains("SLINT_KMS_ROTATION=90\nSLINT_SCALE_FACTOR=1.5"),
        "{panel}"
    );
    let clock = std::fs::read_link(fresh.path("etc/localtime")).unwrap();
    assert!(clock.ends_with("Africa/Accra"), "{}", clock.display());
    assert!(fresh.text("desk.key").starts_with("mhk_"));
    let checked = words(&fresh.kioskctl(&["roster", "import", "/nonexistent"], ""));
    assert!(
        !checked.contains("problem"),
        "the configuration is right: {checked}"
    );

    let again = fresh.provision(&profile, &[]);
    assert!(
        words(&again).contains("nothing to change"),
        "{}",
        words(&again)
    );
    // The stick is gone: the box knows what it is to be.
    std::fs::remove_dir_all(fresh.path("stick")).unwrap();
    let alone = fresh.kioskctl(&["provision"], "");
    assert!(
        words(&alone).contains("nothing to change"),
        "{}",
        words(&alone)
    );
    assert_eq!(fresh.good_keys(), 1);
}

#[test]
fn a_wrong_configuration_is_not_put_in_place() {
    let fresh = Fresh::new();
    let good = fresh.profile("[audio]\nmicrophone = \"none\"\n");
    fresh.provision(&good, &[]);
    let before = fresh.text("etc/kiosk/config.d/40-provisioned.toml");
    let wrong = fresh.profile("[audio]\nmicrophnoe = \"none\"\n[http]\nlisten = \"anywhere\"\n");
    let refused = fresh.provision(&wrong, &[]);
    assert_eq!(refused.status.code(), Some(USAGE), "{}", words(&refused));
    for part in ["`audio.microphnoe`", "`http.listen`"] {
        assert!(
            words(&refused).contains(part),
            "{part}: {}",
            words(&refused)
        );
    }
    assert_eq!(fresh.text("etc/kiosk/config.d/40-provisioned.toml"), before);
    assert!(!fresh.text("etc/kiosk/profile.toml").contains("microphnoe"));
}

#[test]
fn a_roster_of_another_zone_is_refused_with_both() {
    let fresh = Fresh::new();
    let roster = "[box]\ntime_zone = \"Africa/Lagos\"\nroster = \"clinic.toml\"\n";
    let refused = fresh.provision(&fresh.profile(roster), &[]);
    assert_eq!(refused.status.code(), Some(FAILED));
    let told = words(&refused);
    assert!(
        told.contains("Africa/Lagos") && told.contains("Africa/Accra"),
        "{told}"
    );
    assert_eq!(
        std::fs::read_dir(fresh.path("etc/kiosk")).unwrap().count(),
        0
    );
}

#[test]
fn what_was_interrupted_is_gone_on_with() {
    let fresh = Fresh::new();
    // No key can be left where a file is in the way of its folder.
    std::fs::write(fresh.path("in-the-way"), "").unwrap();
    let key = fresh.path("in-the-way/desk.key");
    let profile = fresh.profile(&profile_with_key(&key));
    let broken = fresh.provision(&profile, &[]);
    assert_eq!(broken.status.code(), Some(FAILED), "{}", words(&broken));
    assert_eq!(fresh.good_keys(), 0, "a key that nobody has is none");
    std::fs::remove_file(fresh.path("in-the-way")).unwrap();
    let rest = fresh.provision(&profile, &[]);
    let told = words(&rest);
    assert!(told.contains("a key for \"desk\""), "{told}");
    assert!(
        !told.contains("the roster is taken in"),
        "that was done: {told}"
    );
    assert_eq!(fresh.good_keys(), 1);
}

#[test]
fn answers_are_kept_from_one_session_to_the_next() {
    let fresh = Fresh::new();
    let cut_off = fresh.kioskctl(&["provision"], "Korle Bu\nAfrica/Accra\n\ntw ha\n");
    assert_eq!(cut_off.status.code(), Some(FAILED));
    assert!(
        words(&cut_off).contains("is kept for the next run"),
        "{}",
        words(&cut_off)
    );
    assert!(!fresh.path("etc/kiosk/config.d").exists());

    // Enter for what was answered; then none for sound, a wrong scale first, a key.
    let key = fresh.path("board.key");
    let rest = format!(
        "\n\n\n\nnone\n\nnone\n\n\n180\nhuge\n2\nwhisper-base.en\n\nboard: staff metrics\n{}\n\n\n482915\n",
        key.display()
    );
    fresh.pretend_base_en();
    let done = fresh.kioskctl(&["provision", "--guided"], &rest);
    assert_eq!(done.status.code(), Some(NOT_IN_ORDER), "{}", words(&done));
    assert!(words(&done).contains("from 0.5 to 4"), "{}", words(&done));
    let written = fresh.text("etc/kiosk/config.d/40-provisioned.toml");
    for part in [
        "Korle Bu",
        "ggml-base.en.bin",
        "languages = [\"tw\", \"ha\"]",
        "microphone = \"none\"",
    ] {
        assert!(written.contains(part), "{part}: {written}");
    }
    assert!(
        fresh
            .text("etc/kiosk/panel.env")
            .contains("ROTATION=180\nSLINT_SCALE_FACTOR=2")
    );
    assert!(fresh.text("board.key").starts_with("mhk_"));
    assert!(!fresh.path("etc/kiosk/profile.draft.toml").exists());
    let pins = words(&fresh.kioskctl(&["pin", "list"], ""));
    assert!(pins.contains("staff"), "{pins}");
    for file in ["etc/kiosk/profile.toml", "state/provisioned.toml"] {
        assert!(!fresh.text(file).contains("482915"), "{file}");
    }
    assert!(!words(&done).contains("482915"), "{}", words(&done));
    let again = fresh.kioskctl(&["provision"], "");
    assert!(
        words(&again).contains("nothing to change"),
        "{}",
        words(&again)
    );
}

#[test]
fn sound_devices_are_chosen_by_ear_and_the_level_is_kept() {
    let pulse = Pulse::start();
    let fresh = Fresh {
        alsa: Some(pulse.alsa_config()),
        ..Fresh::new()
    };
    pulse.hum();
    let heard = fresh.path("heard.wav");
    let recording = pulse.record_speaker(&heard);
    let answers = format!(
        "\n\n\n\nno_such_device\n{}\nno\n{}\nyes\n\n{}\nyes\n\n\n\n\nwhisper-base.en\n\n\n\n\n",
        pulse::SPEAKER,
        pulse::SPEAKER,
        pulse::MICROPHONE
    );
    fresh.pretend_base_en();
    let done = fresh.kioskctl(&["provision", "--guided"], &answers);
    let told = words(&done);
    assert!(told.contains("no sound device `no_such_device`"), "{told}");
    assert!(told.contains("it hears -"), "{told}");
    assert_eq!(done.status.code(), Some(NOT_IN_ORDER), "{told}");
    let written = fresh.text("etc/kiosk/config.d/40-provisioned.toml");
    assert!(written.contains("speaker = \"kiosk_speaker\""), "{written}");
    assert!(written.contains("microphone = \"kiosk_mic\""), "{written}");
    let record = fresh.text("state/provisioned.toml");
    assert!(record.contains("device = \"kiosk_mic\""), "{record}");
    let played = kiosk_daemon::audio::wav::read(&recording.stop()).unwrap();
    let loudest = played
        .samples
        .iter()
        .fold(0.0_f32, |most, it| most.max(it.abs()));
    assert!(loudest > 0.05, "the speaker was to be heard: {loudest}");
}

#[test]
fn the_recogniser_is_measured_once() {
    let fresh = Fresh {
        models: None,
        ..Fresh::new()
    };
    let text =
        "[models]\nrecogniser = \"measured\"\n[audio]\nmicrophone = \"none\"\nspeaker = \"none\"\n";
    let profile = fresh.profile(text);
    let done = fresh.provision(&profile, &[]);
    assert!(
        words(&done).contains("s for the slowest"),
        "{}",
        words(&done)
    );
    let written = fresh.text("etc/kiosk/config.d/40-provisioned.toml");
    assert!(written.contains("ggml-"), "{written}");
    let again = fresh.provision(&profile, &[]);
    assert!(
        !words(&again).contains("s for the slowest"),
        "{}",
        words(&again)
    );
    assert!(
        words(&again).contains("nothing to change"),
        "{}",
        words(&again)
    );
}
