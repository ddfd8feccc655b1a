//! Composition: the only place where store, sound, sockets and tasks are constructed
//! and joined. The app loop owns the watchdog and the orderly stop.

use crate::accounts;
use crate::audio::HeadsetWatch;
use crate::config::Settings;
use crate::desk::Desk;
use crate::hearing::Caller;
use crate::http::{Api, Ears, Lobbies};
use crate::lobby::{Lobby, Parts};
use crate::models::Installed;
use crate::office::Office;
use crate::panel::{self, Attended, PanelLink};
use crate::printer::Printer;
use crate::sound::{self, Models, Sound};
use crate::speech::Studio;
use crate::store::{Lock, Store};
use crate::sync::{self, Sync};
use crate::tally::Channel;
use crate::turns::Figures;
use crate::{bell, clinic, control, http};
use anyhow::Context;
use jiff::Timestamp;
use kiosk_core::dialogue::Setting;
use kiosk_protocol::{ServerMessage, VERSION, View};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// A lobby that has not come round for this long is stuck: it wakes every second.
const STUCK_AFTER: Duration = Duration::from_secs(10);
/// SIGTERM ends the daemon within two seconds, a running model or not.
const STOP_WITHIN: Duration = Duration::from_millis(1_500);
/// A day's slots are added when the day begins; an hour late does no harm.
const TIDY_EVERY: Duration = Duration::from_secs(3_600);
/// A disk that was full or broken is looked at so often.
const LOOK_AT_DISK_EVERY: Duration = Duration::from_secs(5);
/// Panels that lag by this many levels and transcripts lose some.
const PANEL_EVENTS: usize = 64;
/// Who may connect to the panel's socket, and to kioskctl's.
const PANEL_GROUP: &str = "kiosk-panel";
const ADMIN_GROUP: &str = "kiosk-admin";
/// See [`PanelLink::commands`].
const PANEL_COMMANDS: usize = 32;

/// Runs the kiosk until SIGTERM or SIGINT.
///
/// # Errors
/// The lock, the database or a socket could not be opened, or a task that must not end
/// has ended.
pub fn run(settings: Settings) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("kioskd")
        .enable_all()
        .build()
        .context("start the runtime")?;
    let outcome = runtime.block_on(serve(settings));
    // A model may be in the middle of a run that cannot be interrupted.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    stop_on_signals(&stop)?;
    std::fs::create_dir_all(&settings.state_folder)
        .with_context(|| format!("make the folder `{}`", settings.state_folder.display()))?;
    let lock = Lock::acquire(&settings.state_folder)?;
    tell_systemd("opening the database");
    let store =
        Store::open(&settings.state_folder, Timestamp::now()).context("open the database")?;
    let setting = watch::Sender::new(clinic::setting(&store.handle(), &settings).await?);

    tell_systemd("loading the models and hearing itself speak");
    let loading = settings.clone();
    let Sound {
        hearing,
        speaking,
        models,
        words,
        factors,
    } = tokio::task::spawn_blocking(move || open_sound(&loading))
        .await
        .context("load the models")??;
    let port = match &settings.http {
        Some(http) => Some(http::open(http)?),
        None => None,
    };
    let by = match (&hearing, &speaking) {
        (Some(_), Some(_)) => "serving by voice and touch",
        (Some(_), None) => "serving, silent: `kioskctl status` tells why",
        (None, _) => "serving by touch only: `kioskctl status` tells why",
    };
    let figures = watch::Sender::new(Figures::default());
    let printer = settings.printer.clone().map(Printer::start).transpose();
    let printer = printer.context("start the printer's thread")?;
    let headset = settings.audio.headset.clone().map(HeadsetWatch::start);
    let headset = headset.transpose().context("watch for headsets")?;
    let office = Office::new(store.handle(), settings.clone(), setting.clone(), words)
        .with_figures(figures.subscribe(), factors)
        .with_printer(printer.as_ref().map(Printer::state));
    let answered = office.answered();
    let (roster_changed, mut new_rosters) = mpsc::channel(1);
    let (office, sync) = match &settings.central {
        Some(central) => {
            let (sync, handle) = Sync::new(sync::Parts {
                store: store.handle(),
                settings: central.clone(),
                clinic: settings.clinic.clone(),
                setting: setting.subscribe(),
                roster_changed,
            });
            (
                office.with_sync(handle),
                Some(tokio::spawn(sync.run(stop.clone()))),
            )
        }
        None => {
            store.handle().note_kiosk(None).await?;
            (office, None)
        }
    };

    let (commands, from_panels) = mpsc::channel(PANEL_COMMANDS);
    let attended = watch::Sender::new(Attended::default());
    let link = PanelLink {
        commands,
        views: watch::Sender::new(View::default()),
        events: broadcast::Sender::new(PANEL_EVENTS),
        hello: hello(&setting.borrow()),
        attended: attended.clone(),
        desk: Some(Desk {
            store: store.handle(),
            office: office.clone(),
            setting: setting.subscribe(),
            idle: settings.staff_timeout,
        }),
    };
    let heartbeat = watch::Sender::new(Instant::now());
    let lobby = Lobby::new(Parts {
        hearing,
        speaking,
        printer: printer.as_ref().map(Printer::handle),
        store: store.handle(),
        room: store.handle().room(),
        tally: (office.tally().clone(), Channel::Panel),
        panel: link.clone(),
        commands: from_panels,
        headset: headset
            .as_ref()
            .map_or_else(|| watch::channel(false).1, HeadsetWatch::plugged),
        setting: setting.subscribe(),
        answered,
        attended: attended.subscribe(),
        heartbeat: heartbeat.clone(),
        figures,
    });
    let panel_socket = panel::listen(&settings.panel_socket(), PANEL_GROUP)?;
    let control_socket = panel::listen(&settings.control_socket(), ADMIN_GROUP)?;
    let panels = tokio::spawn(panel::serve(
        panel_socket,
        panel_users(&settings),
        link,
        stop.clone(),
    ));
    let controls = tokio::spawn(control::serve(control_socket, office.clone(), stop.clone()));
    let lobby = tokio::spawn(lobby.run(stop.clone()));
    let api = port.map(|port| {
        let api = Api {
            clinic: settings.clinic.clone(),
            scheme: scheme(&settings),
            ..api(&models, &store, &setting, &office, &stop)
        };
        tokio::spawn(http::serve(port, api))
    });

    if let Some(webhook) = settings.alert_webhook.clone() {
        tokio::spawn(bell::ring(store.handle(), webhook, stop.clone()));
    }
    ready(by);
    let outcome = watch_over(&heartbeat, &office, &stop, &lobby, &mut new_rosters).await;
    stop.cancel();
    if let Some(sync) = sync {
        let _ = tokio::time::timeout(STOP_WITHIN, sync).await;
    }
    let _ = tokio::time::timeout(STOP_WITHIN, end(panels, controls, lobby)).await;
    if let Some(api) = api {
        let _ = tokio::time::timeout(STOP_WITHIN, api).await;
    }
    // Whoever asked them is gone.
    end_of((printer, headset)).await;
    end_of(models).await;
    end_of(store).await;
    drop(lock);
    log::info!("stopped");
    outcome
}

/// Ends something that has threads; not for longer than there is time.
async fn end_of(part: impl Send + 'static) {
    let ended = tokio::task::spawn_blocking(move || drop(part));
    let _ = tokio::time::timeout(STOP_WITHIN, ended).await;
}

/// What other programs are answered with.
fn api(
    models: &Models,
    store: &Store,
    setting: &watch::Sender<Arc<Setting>>,
    office: &Office,
    stop: &CancellationToken,
) -> Api {
    // Nobody reads what comes to this first one; each conversation has its own.
    let (sender, _) = mpsc::channel(1);
    let ears = models.recogniser.as_ref().zip(models.ear.clone());
    Api {
        store: store.handle(),
        office: office.clone(),
        limits: Arc::default(),
        under_way: Arc::default(),
        ears: ears.map(|(recogniser, models)| Ears {
            recogniser: recogniser.asker(Caller::Remote, sender),
            models,
        }),
        studio: models.studio.as_ref().map(Studio::handle),
        lobbies: Lobbies {
            setting: setting.subscribe(),
            answered: office.answered(),
        },
        places: Arc::new(Semaphore::new(models.places)),
        clinic: String::new(),
        scheme: "http",
        stop: stop.clone(),
    }
}

fn scheme(settings: &Settings) -> &'static str {
    let tls = settings.http.as_ref().and_then(|http| http.tls.as_ref());
    tls.map_or("http", |_| "https")
}

fn open_sound(settings: &Settings) -> anyhow::Result<Sound> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    Ok(sound::open(settings, &installed))
}

/// The clinic's name, which is what patients know; the kiosk's own before a roster is there.
fn hello(setting: &Setting) -> ServerMessage {
    ServerMessage::Hello {
        version: VERSION,
        kiosk: setting.clinic_name.clone(),
        // The panel's conversation uses the box's own speaker.
        audio_rate: 0,
        voices: Vec::new(),
        languages: clinic::languages(&setting.wording),
    }
}

/// Feeds the watchdog while the lobby comes round, until it is time to stop.
async fn watch_over(
    heartbeat: &watch::Sender<Instant>,
    office: &Office,
    stop: &CancellationToken,
    lobby: &tokio::task::JoinHandle<Parts>,
    new_rosters: &mut mpsc::Receiver<()>,
) -> anyhow::Result<()> {
    let mut round = tokio::time::interval(Duration::from_secs(1));
    let mut extend = tokio::time::interval(TIDY_EVERY);
    let mut look = tokio::time::interval(LOOK_AT_DISK_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = extend.tick() => office.tidy().await,
            _ = look.tick() => office.look_at_disk().await,
            Some(()) = new_rosters.recv() => office.roster_changed().await,
            _ = round.tick() => {
                if lobby.is_finished() {
                    anyhow::bail!("the lobby task ended unexpectedly");
                }
                let silent = heartbeat.borrow().elapsed();
                if silent < STUCK_AFTER {
                    let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
                } else {
                    // systemd ends and restarts a daemon whose watchdog is not fed.
                    tell_systemd("stuck");
                    log::error!(seconds = silent.as_secs(); "the lobby is stuck");
                }
            }
        }
    }
}

async fn end(
    panels: tokio::task::JoinHandle<()>,
    controls: tokio::task::JoinHandle<()>,
    lobby: tokio::task::JoinHandle<Parts>,
) {
    if let Ok(parts) = lobby.await {
        let _ = tokio::task::spawn_blocking(move || drop(parts)).await;
    }
    let _ = panels.await;
    let _ = controls.await;
}

fn ready(by: &str) {
    log::info!(version = env!("CARGO_PKG_VERSION"); "ready");
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tell_systemd(by);
}

/// What `systemctl status` shows.
fn tell_systemd(doing: &str) {
    // Nobody listens where kioskd was not started by systemd.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Status(doing)]);
}

fn stop_on_signals(stop: &CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("watch for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("watch for SIGINT")?;
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => log::info!("asked to stop by SIGTERM"),
            _ = interrupt.recv() => log::info!("asked to stop by SIGINT"),
        }
        stop.cancel();
    });
    Ok(())
}

/// Root, the daemon's own user, and the configured ones that exist here.
fn panel_users(settings: &Settings) -> Vec<u32> {
    use std::os::unix::fs::MetadataExt;
    let own = std::fs::metadata("/proc/self").map_or(0, |metadata| metadata.uid());
    let named = settings
        .panel_users
        .iter()
        .filter_map(|name| accounts::user_id(name));
    [0, own].into_iter().chain(named).collect()
}
