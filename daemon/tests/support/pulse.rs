//! Real ALSA devices on a machine without a sound card: a private PulseAudio with null
//! sinks, reached through ALSA's `pulse` plugin. What is played into the microphone
//! comes out of the capture device with a real clock; what the speaker plays can be
//! recorded. Everything ends with the value.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The ALSA capture device.
pub const MICROPHONE: &str = "kiosk_mic";
/// The ALSA playback device.
pub const SPEAKER: &str = "kiosk_speaker";

/// A running sound server of one's own.
pub struct Pulse {
    folder: PathBuf,
    server: u32,
    /// Empty in a child that uses its parent's.
    owned: Option<(TempDir, Child)>,
}

const FOLDER: &str = "KIOSK_TEST_PULSE_FOLDER";
const SERVER: &str = "KIOSK_TEST_PULSE_SERVER";

impl Pulse {
    /// Starts the server and waits until it answers.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("pulse.sock");
        write_alsa_config(folder.path(), &socket);
        let server = run_server(folder.path());
        let pulse = Self {
            folder: folder.path().to_owned(),
            server: server.id(),
            owned: Some((folder, server)),
        };
        pulse.wait_until_ready();
        pulse
    }

    /// The one that the parent process has started and told of by [`Self::for_child`].
    pub fn of_parent() -> Self {
        Self {
            folder: std::env::var_os(FOLDER).expect("told by the parent").into(),
            server: std::env::var(SERVER).unwrap().parse().unwrap(),
            owned: None,
        }
    }

    /// Environment for a child that is to use this server.
    pub fn for_child(&self) -> [(&'static str, String); 2] {
        [
            (FOLDER, self.folder.display().to_string()),
            (SERVER, self.server.to_string()),
        ]
    }

    /// Set this as `ALSA_CONFIG_PATH` for whatever is to use the devices.
    pub fn alsa_config(&self) -> PathBuf {
        self.folder.join("asound.conf")
    }

    /// Plays a WAV file into the microphone and waits until it is over.
    pub fn speak(&self, wav: &Path) {
        let status = self
            .client("paplay")
            .args(["--device=micfeed"])
            .arg(wav)
            .status()
            .unwrap();
        assert!(status.success(), "paplay failed");
    }

    /// Records what the speaker plays until it is told to stop.
    pub fn record_speaker(&self, wav: &Path) -> SpeakerRecording {
        let recorder = self
            .client("parec")
            .arg(format!("--device={SPEAKER}.monitor"))
            .args([
                "--file-format=wav",
                "--rate=48000",
                "--channels=1",
                "--format=s16le",
            ])
            .args(["--latency-msec=20"])
            .arg(wav)
            .spawn()
            .unwrap();
        SpeakerRecording {
            recorder,
            path: wav.to_owned(),
        }
    }

    /// What the speaker plays, as it comes.
    pub fn listen_to_speaker(&self) -> SpeakerSound {
        let mut recorder = self
            .client("parec")
            .arg(format!("--device={SPEAKER}.monitor"))
            .args(["--raw", "--rate=48000", "--channels=1", "--format=s16le"])
            .args(["--latency-msec=20"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let sound = recorder.stdout.take().unwrap();
        SpeakerSound { recorder, sound }
    }

    /// From now on the microphone hears what the speaker plays, some 60 ms later.
    pub fn echo(&self) {
        let status = self
            .client("pactl")
            .args(["load-module", "module-loopback", "latency_msec=60"])
            .arg(format!("source={SPEAKER}.monitor"))
            .arg("sink=micfeed")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "no echo");
    }

    /// From now on the microphone hears a tone.
    pub fn hum(&self) {
        let status = self
            .client("pactl")
            .args([
                "load-module",
                "module-sine",
                "sink=micfeed",
                "frequency=440",
            ])
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "no tone");
    }

    /// Somebody has pressed the speaker's mute key.
    pub fn mute_speaker(&self) {
        let status = self
            .client("pactl")
            .args(["set-sink-mute", SPEAKER, "1"])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Volume in percent of a "sink" or a "source", and whether it is muted.
    pub fn volume_of(&self, kind: &str, name: &str) -> (u32, bool) {
        let told = |what: &str| {
            let output = self
                .client("pactl")
                .args([&format!("get-{kind}-{what}"), name])
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let volume = told("volume");
        let percent = volume.split('%').next().unwrap();
        let percent = percent.rsplit(' ').next().unwrap().parse().unwrap();
        (percent, told("mute").contains("yes"))
    }

    /// The server dies, as when a device is unplugged.
    pub fn unplug(&mut self) {
        let status = Command::new("kill")
            .args(["-KILL", &self.server.to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// And is back, with the same devices. Only for one's own server.
    pub fn replug(&mut self) {
        let _ = std::fs::remove_file(self.folder.join("pulse.sock"));
        let (_, server) = self.owned.as_mut().expect("a server of one's own");
        let _ = server.wait();
        *server = run_server(&self.folder);
        self.server = server.id();
        self.wait_until_ready();
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env(
                "PULSE_SERVER",
                format!("unix:{}", self.folder.join("pulse.sock").display()),
            )
            .env("HOME", &self.folder)
            .stderr(Stdio::null());
        command
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let sources = self
                .client("pactl")
                .args(["list", "short", "sources"])
                .output()
                .unwrap();
            if String::from_utf8_lossy(&sources.stdout).contains(MICROPHONE) {
                return;
            }
            if Instant::now() > deadline {
                let log = std::fs::read_to_string(self.folder.join("pulse.log"));
                panic!("pulseaudio does not answer: {log:?}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        if let Some((_, server)) = &mut self.owned {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// A recording under way.
pub struct SpeakerRecording {
    recorder: Child,
    path: PathBuf,
}

impl SpeakerRecording {
    /// Ends the recording and returns its file.
    pub fn stop(mut self) -> PathBuf {
        // SIGTERM lets it write the file's header.
        let status = Command::new("kill")
            .arg(self.recorder.id().to_string())
            .status()
            .unwrap();
        assert!(status.success());
        self.recorder.wait().unwrap();
        self.path.clone()
    }
}

impl Drop for SpeakerRecording {
    fn drop(&mut self) {
        let _ = self.recorder.kill();
        let _ = self.recorder.wait();
    }
}

/// What a speaker plays, as it comes.
pub struct SpeakerSound {
    recorder: Child,
    sound: ChildStdout,
}

impl SpeakerSound {
    /// Waits until something sounds.
    pub fn wait_for_sound(&mut self) {
        while !self.next_sounds() {}
    }

    /// Waits for `enough` of silence; when it began.
    pub fn wait_for_silence(&mut self, enough: Duration) -> Instant {
        let mut began = None;
        loop {
            if self.next_sounds() {
                began = None;
                continue;
            }
            let began = *began.get_or_insert_with(Instant::now);
            if began.elapsed() >= enough {
                return began;
            }
        }
    }

    /// The next 10 ms: whether anything is to be heard in them.
    fn next_sounds(&mut self) -> bool {
        let mut block = [0; 960];
        self.sound.read_exact(&mut block).unwrap();
        block
            .chunks_exact(2)
            .any(|sample| i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs() > 8)
    }
}

impl Drop for SpeakerSound {
    fn drop(&mut self) {
        let _ = self.recorder.kill();
        let _ = self.recorder.wait();
    }
}

fn run_server(folder: &Path) -> Child {
    let socket = folder.join("pulse.sock");
    let log = std::fs::File::create(folder.join("pulse.log")).unwrap();
    Command::new("pulseaudio")
        .args(["-n", "--daemonize=no", "--exit-idle-time=-1"])
        .args(["--use-pid-file=no", "--disable-shm=yes"])
        .arg(format!(
            "--load=module-native-protocol-unix auth-anonymous=1 socket={}",
            socket.display()
        ))
        .arg(format!(
            "--load=module-null-sink sink_name={SPEAKER} rate=48000 channels=2"
        ))
        .arg("--load=module-null-sink sink_name=micfeed rate=16000 channels=1")
        .arg(format!(
            "--load=module-remap-source source_name={MICROPHONE} master=micfeed.monitor"
        ))
        .env("HOME", folder)
        .env("XDG_RUNTIME_DIR", folder)
        .env("PULSE_RUNTIME_PATH", folder)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the package `pulseaudio` is installed")
}

fn write_alsa_config(folder: &Path, socket: &Path) {
    let mut config = std::fs::File::create(folder.join("asound.conf")).unwrap();
    writeln!(config, "</usr/share/alsa/alsa.conf>").unwrap();
    for device in [MICROPHONE, SPEAKER] {
        for kind in ["pcm", "ctl"] {
            let hint = if kind == "pcm" {
                format!("hint {{ show on description \"{device} of the test\" }}")
            } else {
                String::new()
            };
            writeln!(
                config,
                "{kind}.{device} {{ type pulse server \"unix:{}\" device \"{device}\" {hint} }}",
                socket.display()
            )
            .unwrap();
        }
    }
    writeln!(
        config,
        "pcm.!default {{ type asym playback.pcm \"{SPEAKER}\" capture.pcm \"{MICROPHONE}\" }}"
    )
    .unwrap();
}
