//! What `kioskctl` can have done by the running daemon.

use crate::clinic;
use crate::config::Settings;
use crate::store::{StoreHandle, parse_roster};
use jiff::Timestamp;
use kiosk_core::dialogue::Setting;
use kiosk_protocol::control::{Reply, Request, Status};
use std::sync::Arc;
use tokio::sync::watch;

/// Answers the control socket's requests.
#[derive(Clone)]
pub struct Office {
    store: StoreHandle,
    settings: Settings,
    setting: watch::Sender<Arc<Setting>>,
    /// Microphone, speaker, transcriber and voice, in words.
    sound: [String; 4],
}

impl Office {
    /// `sound`: microphone, speaker, transcriber and voice, in words.
    pub fn new(
        store: StoreHandle,
        settings: Settings,
        setting: watch::Sender<Arc<Setting>>,
        sound: [String; 4],
    ) -> Self {
        Self {
            store,
            settings,
            setting,
            sound,
        }
    }

    /// Adds the slots of days that have come within the horizon.
    pub async fn extend_slots(&self) {
        if let Err(error) = self.store.extend_slots(Timestamp::now()).await {
            log::error!(error:%; "slots could not be extended");
        }
    }

    /// The reply to `request`; an error is a reply, too.
    pub async fn reply(&self, request: Request) -> Reply {
        self.answer(request)
            .await
            .unwrap_or_else(|error| Reply::Error {
                message: format!("{error:#}"),
            })
    }

    async fn answer(&self, request: Request) -> anyhow::Result<Reply> {
        let now = Timestamp::now();
        match request {
            Request::Status => self.status().await,
            Request::ImportRoster { toml } => {
                let imported = self.store.import_roster(parse_roster(&toml)?, now).await?;
                self.setting
                    .send_replace(clinic::setting(&self.store, &self.settings).await?);
                log::info!(practitioners = imported.practitioners, free_slots = imported.free_slots; "roster imported");
                Ok(Reply::Imported {
                    practitioners: imported.practitioners,
                    free_slots: imported.free_slots,
                })
            }
            Request::Appointments { from } => Ok(Reply::Appointments {
                rows: self.store.appointments(from, now).await?,
            }),
        }
    }

    async fn status(&self) -> anyhow::Result<Reply> {
        let [microphone, speaker, transcriber, voice] = self.sound.clone();
        let practitioners = self.setting.borrow().roster.practitioners.len();
        Ok(Reply::Status(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            microphone,
            speaker,
            transcriber,
            voice,
            practitioners,
            outbox: self.store.outbox_len().await?,
        }))
    }
}
