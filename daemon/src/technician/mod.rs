//! Technicians at the panel: what this box is like, and a few things to try out. It asks the
//! office and the system, and reads nothing of a patient.

mod machine;

use crate::desk::Idle;
use crate::office::Office;
use crate::{logging, store};
use anyhow::Context;
use jiff::Timestamp;
use kiosk_protocol::{
    Capabilities, ClientMessage, Diagnosis, Exported, ServerMessage, SpeakerTest,
    TechnicianRequest, TechnicianView, VERSION, Versions, View,
};
use std::path::{Path, PathBuf};
use std::time::Instant;
use store::{StoreHandle, Unlocked};
use tokio::sync::{mpsc, watch};

/// Of exports that were made before, so many stay.
const KEPT: usize = 9;

/// One who has unlocked the panel, until it is locked again.
pub struct Technician {
    store: StoreHandle,
    office: Office,
    /// The lobby: who speaks.
    lobby: mpsc::Sender<ClientMessage>,
    views: watch::Receiver<View>,
    /// How long nobody has touched anything.
    pub idle: Idle,
    speaker_test: Option<SpeakerTest>,
    shown: TechnicianView,
    /// As it was when somebody last asked: it is looked at when it is asked for.
    diagnosis: Option<Diagnosis>,
    /// Something was asked for: it is answered, also where nothing has changed.
    owed: bool,
}

impl Technician {
    /// A technician at the panel that shows this `language`.
    pub fn new(
        unlocked: Unlocked,
        language: Option<&str>,
        office: Office,
        (lobby, views): (mpsc::Sender<ClientMessage>, watch::Receiver<View>),
        idle: Idle,
    ) -> Self {
        Self {
            store: office.store().acting_as(&unlocked.actor),
            office,
            lobby,
            views,
            idle,
            speaker_test: None,
            shown: TechnicianView {
                who: unlocked.label,
                language: language.unwrap_or(crate::clinic::LANGUAGE).to_owned(),
                ..TechnicianView::default()
            },
            diagnosis: None,
            owed: true,
        }
    }

    /// Does what is asked for; what came of it stands in the next view.
    pub async fn on(&mut self, request: TechnicianRequest) {
        self.idle.touched(Instant::now());
        self.owed = true;
        match request {
            TechnicianRequest::StillHere => {}
            TechnicianRequest::Refresh => self.diagnosis = None,
            TechnicianRequest::TestSpeaker => {
                let speaks = self.capabilities().speech_out;
                let asked = ClientMessage::Technician(request);
                let goes = speaks && self.lobby.try_send(asked).is_ok();
                self.speaker_test = Some(if goes {
                    SpeakerTest::Playing
                } else {
                    SpeakerTest::Silent
                });
            }
            TechnicianRequest::Export => {
                self.diagnosis = None;
                self.shown.export = Some(match self.export().await {
                    Ok(path) => Exported::Written {
                        path: path.display().to_string(),
                    },
                    Err(error) => {
                        log::error!(error:% = format!("{error:#}"); "the diagnosis could not be exported");
                        Exported::Failed
                    }
                });
            }
        }
    }

    /// What the lobby tells everybody; what of it a technician is told.
    pub fn hears(&mut self, event: ServerMessage) -> Option<ServerMessage> {
        match event {
            ServerMessage::Level { .. } => Some(event),
            ServerMessage::Spoken { .. } if self.speaker_test == Some(SpeakerTest::Playing) => {
                self.speaker_test = Some(SpeakerTest::Played);
                None
            }
            ServerMessage::Hello { .. }
            | ServerMessage::View(_)
            | ServerMessage::Transcript { .. }
            | ServerMessage::Speaking { .. }
            | ServerMessage::Spoken { .. }
            | ServerMessage::Problem { .. }
            | ServerMessage::Ended { .. }
            | ServerMessage::Refused(_)
            | ServerMessage::Staff(_)
            | ServerMessage::Technician(_) => None,
        }
    }

    /// What is to be shown now; `None`: what is shown already.
    pub async fn view(&mut self) -> Option<TechnicianView> {
        let mut view = TechnicianView {
            diagnosis: self.looked_at().await,
            speaker_test: self.speaker_test,
            timeout: self.idle.timeout(Instant::now()),
            ..self.shown.clone()
        };
        if !std::mem::take(&mut self.owed) && view == self.shown {
            return None;
        }
        view.seq += 1;
        self.shown = view.clone();
        Some(view)
    }

    fn capabilities(&self) -> Capabilities {
        self.views.borrow().capabilities
    }

    async fn looked_at(&mut self) -> Diagnosis {
        let known = match self.diagnosis.take() {
            Some(known) => known,
            None => self.look().await.unwrap_or_else(|error| {
                log::error!(error:% = format!("{error:#}"); "the box could not be looked at");
                Diagnosis::default()
            }),
        };
        // Devices come and go by themselves.
        let capabilities = self.capabilities();
        self.diagnosis = Some(known.clone());
        Diagnosis {
            capabilities,
            ..known
        }
    }

    async fn look(&self) -> anyhow::Result<Diagnosis> {
        let (system, kernel) = (machine::system(), machine::kernel());
        let network = tokio::task::spawn_blocking(machine::network)
            .await
            .context("look at the network")?;
        Ok(Diagnosis {
            capabilities: self.capabilities(),
            status: self.office.status().await?,
            sync: self.office.sync_status().await?,
            versions: Versions {
                kiosk: env!("CARGO_PKG_VERSION").to_owned(),
                protocol: VERSION,
                schema: store::SCHEMA,
                system,
                kernel,
            },
            network,
            errors: logging::remembered(),
        })
    }

    async fn export(&mut self) -> anyhow::Result<PathBuf> {
        let diagnosis = self.look().await?;
        let now = Timestamp::now();
        self.store
            .note("export", "diagnosis".to_owned(), now)
            .await?;
        let folder = self.office.diagnostics_folder();
        tokio::task::spawn_blocking(move || write(&folder, &diagnosis, now))
            .await
            .context("write the diagnosis")?
    }
}

fn write(folder: &Path, diagnosis: &Diagnosis, now: Timestamp) -> anyhow::Result<PathBuf> {
    let context = |what: &str, path: &Path| format!("{what} `{}`", path.display());
    std::fs::create_dir_all(folder).with_context(|| context("make the folder", folder))?;
    let entries = std::fs::read_dir(folder).with_context(|| context("read the folder", folder))?;
    let mut before: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    // Their names are times: the oldest come first.
    before.sort();
    for old in before.iter().take(before.len().saturating_sub(KEPT)) {
        std::fs::remove_file(old).with_context(|| context("remove", old))?;
    }
    let path = folder.join(format!("kiosk-{}.json", now.strftime("%Y%m%dT%H%M%SZ")));
    let text = serde_json::to_string_pretty(diagnosis).context("write JSON")?;
    std::fs::write(&path, text + "\n").with_context(|| context("write", &path))?;
    log::info!("the diagnosis was exported");
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    #[test]
    fn the_newest_exports_stay() {
        let folder = tempfile::tempdir().unwrap();
        let began = Timestamp::constant(1_800_000_000, 0);
        let written: Vec<PathBuf> = (0..12)
            .map(|minute| {
                let at = began + minute.minutes();
                write(folder.path(), &Diagnosis::default(), at).unwrap()
            })
            .collect();
        let stays: Vec<bool> = written.iter().map(|path| path.exists()).collect();
        assert_eq!(stays, [[false; 2].as_slice(), &[true; 10]].concat());
        let text = std::fs::read_to_string(&written[11]).unwrap();
        let read: Diagnosis = serde_json::from_str(&text).unwrap();
        assert_eq!(read, Diagnosis::default());
    }
}
