//! The validated settings, built from real types, with the reasons for the defaults
//! in `systemd/kiosk.toml`.

use super::values::Values;
use crate::audio::Jack;
use crate::clinic;
use crate::printer::{CodePage, Device, Layout, PrinterSettings, Qr};
use crate::store::Leasing;
use jiff::SignedDuration;
use reqwest::Url;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use toml::Value;

/// Everything the daemon is told from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Name of this kiosk, shown on the panel.
    pub kiosk_name: String,
    /// Database, key, lock.
    pub state_folder: PathBuf,
    /// Sockets.
    pub runtime_folder: PathBuf,
    /// Model files; `None`: the first of the usual places.
    pub models_folder: Option<PathBuf>,
    /// Fluent files; `None`: the ones built in.
    pub wording_folder: Option<PathBuf>,
    /// Users, beside root and the daemon's own, who may be the panel.
    pub panel_users: Vec<String>,
    /// Staff who touches nothing for so long has left: the panel locks itself.
    pub staff_timeout: Duration,
    /// Languages that the screen offers beside English, by code; `None`: all there are.
    pub languages: Option<Vec<String>>,
    /// Sound in and out.
    pub audio: AudioSettings,
    /// Tickets on paper; `None`: on the screen only.
    pub printer: Option<PrinterSettings>,
    /// Speech to text.
    pub hearing: HearingSettings,
    /// Voice to speak with; `None`: the best that this box can speak.
    pub voice: Option<String>,
    /// Another box that recognises and speaks for this one.
    pub remote: RemoteSpeech,
    /// Where other programs may ask; `None`: nowhere.
    pub http: Option<HttpSettings>,
    /// Where calls for staff are posted.
    pub alert_webhook: Option<Url>,
    /// Patients who have not been here for so many days are erased; `None`: never.
    pub keep_patients_days: Option<u16>,
    /// The clinic, as it stands in FHIR identifiers.
    pub clinic: String,
    /// The server that all kiosks meet in; `None`: this one stands alone.
    pub central: Option<CentralSettings>,
    /// Least important messages that are logged.
    pub log_level: log::LevelFilter,
}

/// Sound in and out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioSettings {
    /// Where patients are heard.
    pub microphone: Microphone,
    /// Where the kiosk speaks.
    pub speaker: Speaker,
    /// Loudness of the speaker, 0 to 100; `None`: as the box has it.
    pub volume: Option<u8>,
    /// Gain of the microphone, 0 to 100; `None`: as the box has it.
    pub capture_gain: Option<u8>,
    /// What tells of headsets; `None`: everything goes aloud.
    pub headset: Option<Jack>,
}

/// Another box's speech service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteSpeech {
    /// Recognises what is said here.
    pub transcriber: Option<Url>,
    /// Speaks for this box.
    pub synthesizer: Option<Url>,
    /// The file that holds the key for both.
    pub key_file: Option<PathBuf>,
}

/// HTTP for other programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Address and port.
    pub listen: SocketAddr,
    /// Without it only this box may ask.
    pub tls: Option<TlsFiles>,
}

/// Files of TLS, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The kiosk's certificate and what leads to its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub private_key: PathBuf,
    /// Whoever asks needs a certificate of this authority, beside a key; `None`: anybody.
    pub client_ca: Option<PathBuf>,
}

/// The central server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentralSettings {
    /// Its FHIR root, with a slash at the end.
    pub url: Url,
    /// The file that holds the key.
    pub key_file: Option<PathBuf>,
    /// The file that holds client credentials, in place of a key.
    pub client_file: Option<PathBuf>,
    /// The only authorities that are believed, PEM; `None`: the system's.
    pub ca_file: Option<PathBuf>,
    /// This box's key and certificate (PEM); shown to the server where the file is there.
    pub identity: PathBuf,
    /// This kiosk, among those of the clinic.
    pub kiosk: String,
    /// At most so many appointments in one transaction.
    pub batch: usize,
    /// How often it is asked what is new.
    pub interval: Duration,
    /// From a request's first byte to the last of its answer.
    pub answer_within: Duration,
    /// Slots that this kiosk keeps for itself there; `None`: the clinic has no leases.
    pub leasing: Option<Leasing>,
}

/// Where patients are heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Microphone {
    /// An ALSA device by name.
    Device(String),
    /// A recording, in real time.
    Wav(PathBuf),
    /// A folder of recordings: a patient who waits for the kiosk to finish.
    Patient(PathBuf),
    /// The kiosk is touch only.
    None,
}

/// Where the kiosk speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// An ALSA device by name.
    Device(String),
    /// A recording of all that is said.
    Wav(PathBuf),
    /// The kiosk is silent.
    None,
}

/// Speech to text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HearingSettings {
    /// Whisper model file; `None`: the manifest's default.
    pub model: Option<PathBuf>,
    /// Threads for Whisper; `None`: as many as there are cores.
    pub threads: Option<usize>,
    /// Whether patients may speak while the kiosk does.
    pub barge_in: bool,
    /// Whether what is being said is shown also where the recogniser is slow.
    pub partials: bool,
}

impl Settings {
    pub(super) fn from_values(values: &mut Values) -> Self {
        let mut settings = Self::without_central(values);
        settings.central = central(values, settings.identity_file());
        settings
    }

    fn without_central(values: &mut Values) -> Self {
        Self {
            kiosk_name: values.take("kiosk.name", "Lobby kiosk".to_owned(), text),
            state_folder: values.take("paths.state", "/var/lib/kiosk".into(), path),
            runtime_folder: values.take("paths.runtime", "/run/kiosk".into(), path),
            models_folder: values.take("paths.models", None, |value| path(value).map(Some)),
            wording_folder: values.take("paths.wording", None, |value| path(value).map(Some)),
            panel_users: values.take("panel.users", vec!["kiosk-ui".to_owned()], names),
            staff_timeout: staff_timeout(values),
            languages: values.take("panel.languages", None, |it| languages(it).map(Some)),
            audio: AudioSettings {
                microphone: values.take(
                    "audio.microphone",
                    Microphone::Device("default".to_owned()),
                    microphone,
                ),
                speaker: values.take(
                    "audio.speaker",
                    Speaker::Device("default".to_owned()),
                    speaker,
                ),
                volume: values.take("audio.volume", None, |value| percent(value).map(Some)),
                capture_gain: values
                    .take("audio.capture_gain", None, |value| percent(value).map(Some)),
                headset: values.take("audio.headset", None, headset),
            },
            printer: printer(values),
            hearing: HearingSettings {
                model: values.take("hearing.model", None, |value| path(value).map(Some)),
                threads: values.take("hearing.threads", None, |value| threads(value).map(Some)),
                barge_in: values.take("hearing.barge_in", true, yes_or_no),
                partials: values.take("hearing.partials", false, yes_or_no),
            },
            voice: values.take("speech.voice", None, |value| text(value).map(Some)),
            remote: RemoteSpeech {
                transcriber: values.take("speech.transcriber", None, |it| url(it).map(Some)),
                synthesizer: values.take("speech.synthesizer", None, |it| url(it).map(Some)),
                key_file: values.take("speech.key_file", None, |value| path(value).map(Some)),
            },
            http: http(values),
            alert_webhook: values.take("alerts.webhook", None, |value| url(value).map(Some)),
            keep_patients_days: values.take("records.keep_patients_days", Some(400), days),
            clinic: values.take("central.clinic", "clinic".to_owned(), identifier),
            central: None,
            log_level: values.take("log.level", log::LevelFilter::Info, level),
        }
    }

    /// The panel's socket.
    pub fn panel_socket(&self) -> PathBuf {
        self.runtime_folder.join("panel.sock")
    }

    /// Where rendered prompts are kept.
    pub fn prompts_folder(&self) -> PathBuf {
        self.state_folder.join("prompts")
    }

    /// This box's key and certificate for the central server (PEM), once it was enrolled.
    pub fn identity_file(&self) -> PathBuf {
        self.state_folder.join("identity.key")
    }

    /// `kioskctl`'s socket.
    pub fn control_socket(&self) -> PathBuf {
        self.runtime_folder.join("control.sock")
    }
}

fn staff_timeout(values: &mut Values) -> Duration {
    let seconds = values.take("panel.staff_timeout_s", 90, |value| whole(value, 5..=900));
    Duration::from_secs(seconds.unsigned_abs())
}

fn printer(values: &mut Values) -> Option<PrinterSettings> {
    let device = values.take("printer.device", None, printer_device);
    let columns = values.take("printer.columns", 48, |value| whole(value, 16..=64));
    let code_page = values.take("printer.code_page", CodePage::Wpc1252, |value| {
        CodePage::from_name(&text(value)?)
            .ok_or_else(|| "expected pc437, pc858 or wpc1252".to_owned())
    });
    let qr = values.take("printer.qr", Qr::Native, |value| match &*text(value)? {
        "native" => Ok(Qr::Native),
        "raster" => Ok(Qr::Raster),
        "none" => Ok(Qr::None),
        _ => Err("expected native, raster or none".to_owned()),
    });
    let answers = values.take("printer.answers", true, yes_or_no);
    Some(PrinterSettings {
        device: device?,
        layout: Layout {
            columns: usize::try_from(columns).unwrap_or(48),
            code_page,
            qr,
        },
        answers,
    })
}

fn printer_device(value: &Value) -> Result<Option<Device>, String> {
    let text = text(value)?;
    match text.split_once(':') {
        _ if text == "none" => Ok(None),
        Some(("tcp", address)) => match address.parse() {
            Ok(address) => Ok(Some(Device::Tcp(address))),
            Err(_) => {
                Err("expected an address and a port, such as tcp:192.168.1.60:9100".to_owned())
            }
        },
        Some(_) | None => Ok(Some(Device::File(text.into()))),
    }
}

fn http(values: &mut Values) -> Option<HttpSettings> {
    let certificate = values.take("http.certificate", None, |value| path(value).map(Some));
    let private_key = values.take("http.private_key", None, |value| path(value).map(Some));
    let client_ca = values.take("http.client_ca", None, |value| path(value).map(Some));
    let listen = values.take("http.listen", None, |value| address(value).map(Some))?;
    let tls = certificate
        .zip(private_key)
        .map(|(certificate, private_key)| TlsFiles {
            certificate,
            private_key,
            client_ca: client_ca.clone(),
        });
    if tls.is_none() && client_ca.is_some() {
        values.complain(
            "http.client_ca",
            "clients' certificates are asked for over TLS only: set `http.certificate` and \
             `http.private_key`"
                .to_owned(),
        );
    }
    if tls.is_none() && !listen.ip().is_loopback() {
        values.complain(
            "http.listen",
            "other machines are served over TLS only: set `http.certificate` and \
             `http.private_key`, or listen on 127.0.0.1"
                .to_owned(),
        );
    }
    Some(HttpSettings { listen, tls })
}

fn central(values: &mut Values, identity: PathBuf) -> Option<CentralSettings> {
    let url = values.take("central.url", None, |value| central_url(value).map(Some));
    let file = |value: &Value| path(value).map(Some);
    let key_file = values.take("central.key_file", None, file);
    let client_file = values.take("central.client_file", None, file);
    let ca_file = values.take("central.ca_file", None, file);
    let kiosk = values.take("central.kiosk", "kiosk".to_owned(), identifier);
    let batch = values.take("central.batch", 50, |value| whole(value, 1..=1_000));
    let interval = values.take("central.interval_s", 30, |value| whole(value, 1..=86_400));
    let timeout = values.take("central.timeout_s", 30, |value| whole(value, 1..=300));
    let leases = values.take("central.leases", 0, |value| whole(value, 0..=100));
    let lease_hours = values.take("central.lease_hours", 24, |value| whole(value, 1..=168));
    if key_file.is_some() && client_file.is_some() {
        values.complain(
            "central.client_file",
            "the kiosk shows a key or a token, not both: remove `central.key_file` or this"
                .to_owned(),
        );
    }
    Some(CentralSettings {
        url: url?,
        key_file,
        client_file,
        ca_file,
        identity,
        kiosk,
        batch: usize::try_from(batch).unwrap_or(1),
        interval: Duration::from_secs(interval.unsigned_abs()),
        answer_within: Duration::from_secs(timeout.unsigned_abs()),
        leasing: (leases > 0).then(|| Leasing {
            each: usize::try_from(leases).unwrap_or(1),
            lasts: SignedDuration::from_hours(lease_hours),
        }),
    })
}

fn whole(value: &Value, range: RangeInclusive<i64>) -> Result<i64, String> {
    let number = value.as_integer().filter(|it| range.contains(it));
    number.ok_or_else(|| {
        format!(
            "expected a whole number from {} to {}",
            range.start(),
            range.end()
        )
    })
}

/// With a slash at the end, so that types can be joined to it.
fn central_url(value: &Value) -> Result<Url, String> {
    let url: Url = format!("{}/", text(value)?.trim_end_matches('/'))
        .parse()
        .map_err(|_| "expected an address such as https://fhir.example/r4".to_owned())?;
    if is_private(&url) {
        Ok(url)
    } else {
        Err("only https:// (or http:// on this box): bookings are private".to_owned())
    }
}

/// Whether nothing that is sent there crosses a network in the clear.
pub fn is_private(url: &Url) -> bool {
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "https" || url.scheme() == "http" && is_here
}

/// With a slash at the end, so that routes can be joined to it. What patients say crosses
/// no network in the clear.
fn url(value: &Value) -> Result<Url, String> {
    let text = text(value)?;
    let text = text.trim_end_matches('/').trim_end_matches("/v1");
    let url: Url = format!("{text}/")
        .parse()
        .map_err(|_| "expected an address such as https://speech.clinic.example".to_owned())?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err("only https:// (or http:// on this box): patients' speech is private".to_owned()),
    }
}

fn address(value: &Value) -> Result<SocketAddr, String> {
    text(value)?
        .parse()
        .map_err(|_| "expected an address and a port, such as 127.0.0.1:8320".to_owned())
}

fn text(value: &Value) -> Result<String, String> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        Some(_) => Err("must not be empty".to_owned()),
        None => Err(format!("expected text, found {}", value.type_str())),
    }
}

/// Part of identifiers and of `meta.tag` codes.
fn identifier(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if text.len() <= 64 && text.chars().all(fits) {
        Ok(text)
    } else {
        Err("expected letters, digits, - and . only, at most 64".to_owned())
    }
}

fn path(value: &Value) -> Result<PathBuf, String> {
    text(value).map(PathBuf::from)
}

fn names(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::String(list) => Ok(list.split(',').map(|name| name.trim().to_owned()).collect()),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Table(_) => Err("expected a list of user names".to_owned()),
    }
}

fn languages(value: &Value) -> Result<Vec<String>, String> {
    let known: Vec<&str> = clinic::on_the_screen().collect();
    let chosen = names(value).unwrap_or_default();
    if value.is_array() && chosen.iter().all(|code| known.contains(&code.as_str())) {
        return Ok(chosen);
    }
    Err(format!("expected a list of some of {}", known.join(", ")))
}

fn microphone(value: &Value) -> Result<Microphone, String> {
    let text = text(value)?;
    match text.split_once(':') {
        _ if text == "none" => Ok(Microphone::None),
        Some(("wav", file)) => Ok(Microphone::Wav(file.into())),
        Some(("patient", folder)) => Ok(Microphone::Patient(folder.into())),
        Some(("alsa", device)) => Ok(Microphone::Device(device.to_owned())),
        // ALSA names have colons of their own (`plughw:1,0`).
        Some(_) | None => Ok(Microphone::Device(text)),
    }
}

fn headset(value: &Value) -> Result<Option<Jack>, String> {
    let text = text(value)?;
    Ok(match text.split_once(':') {
        _ if text == "none" => None,
        Some(("file", file)) => Some(Jack::File(file.into())),
        Some(_) | None => Some(Jack::Card(text)),
    })
}

fn speaker(value: &Value) -> Result<Speaker, String> {
    let text = text(value)?;
    match text.split_once(':') {
        _ if text == "none" => Ok(Speaker::None),
        Some(("wav", file)) => Ok(Speaker::Wav(file.into())),
        Some(("alsa", device)) => Ok(Speaker::Device(device.to_owned())),
        Some(_) | None => Ok(Speaker::Device(text)),
    }
}

fn threads(value: &Value) -> Result<usize, String> {
    match value.as_integer() {
        Some(count @ 1..=64) => usize::try_from(count).map_err(|error| error.to_string()),
        Some(_) | None => Err("expected a whole number from 1 to 64".to_owned()),
    }
}

fn days(value: &Value) -> Result<Option<u16>, String> {
    match value.as_integer().map(u16::try_from) {
        Some(Ok(0)) => Ok(None),
        Some(Ok(days)) => Ok(Some(days)),
        Some(Err(_)) | None => Err("expected a number of days, or 0 for ever".to_owned()),
    }
}

fn percent(value: &Value) -> Result<u8, String> {
    match value.as_integer().map(u8::try_from) {
        Some(Ok(percent @ 0..=100)) => Ok(percent),
        Some(_) | None => Err("expected a whole number from 0 to 100".to_owned()),
    }
}

fn yes_or_no(value: &Value) -> Result<bool, String> {
    match (value.as_bool(), value.as_str()) {
        (Some(answer), _) => Ok(answer),
        (None, Some("true")) => Ok(true),
        (None, Some("false")) => Ok(false),
        (None, _) => Err("expected true or false".to_owned()),
    }
}

fn level(value: &Value) -> Result<log::LevelFilter, String> {
    text(value)?
        .parse()
        .map_err(|_| "expected error, warn, info, debug or trace".to_owned())
}
