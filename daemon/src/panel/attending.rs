//! Who stands before the panel beside patients: what one connection may do once a PIN was
//! right, and what the lobby is told of it. While somebody attends, that connection sees no
//! conversation, and the lobby has none.

use crate::desk::{Desk, Idle, Session};
use crate::store::StoreHandle;
use crate::technician::Technician;
use jiff::Timestamp;
use kiosk_protocol::{ClientMessage, Private, Refusal, Role, ServerMessage, View};
use std::time::Instant;
use tokio::sync::{mpsc, watch};

/// How many of each attend, over all panels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attended {
    /// At the records.
    pub staff: usize,
    /// At the box.
    pub technicians: usize,
}

impl Attended {
    /// No patient is served meanwhile.
    pub const fn by_anybody(self) -> bool {
        self.staff + self.technicians > 0
    }

    const fn of(&mut self, role: Role) -> &mut usize {
        match role {
            Role::Staff => &mut self.staff,
            Role::Technician => &mut self.technicians,
        }
    }
}

/// Counts one who attends until it is dropped, however the connection ends.
struct Present {
    told: watch::Sender<Attended>,
    role: Role,
    /// The records, for who it is.
    store: StoreHandle,
}

impl Present {
    fn enter(told: watch::Sender<Attended>, role: Role, store: StoreHandle) -> Self {
        told.send_modify(|attended| *attended.of(role) += 1);
        Self { told, role, store }
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let role = self.role;
        self.told.send_modify(|attended| *attended.of(role) -= 1);
    }
}

/// What a PIN has opened.
enum Opened {
    Staff(Box<Session>),
    Technician(Box<Technician>),
}

impl Opened {
    const fn idle(&self) -> Idle {
        match self {
            Self::Staff(session) => session.idle,
            Self::Technician(technician) => technician.idle,
        }
    }
}

/// One connection's staff, if there is any.
pub(super) struct Attending {
    desk: Option<Desk>,
    told: watch::Sender<Attended>,
    lobby: mpsc::Sender<ClientMessage>,
    views: watch::Receiver<View>,
    now: Option<(Opened, Present)>,
}

impl Attending {
    /// Nobody yet, on a connection that is joined by `link`.
    pub fn new(link: &super::PanelLink) -> Self {
        Self {
            desk: link.desk.clone(),
            told: link.attended.clone(),
            lobby: link.commands.clone(),
            views: link.views.subscribe(),
            now: None,
        }
    }

    /// Patients' messages go nowhere meanwhile.
    pub const fn is_on(&self) -> bool {
        self.now.is_some()
    }

    /// Takes what is for staff; everything else is given back.
    pub async fn take(&mut self, message: ClientMessage) -> Taken {
        match (message, &mut self.now) {
            (ClientMessage::Unlock { pin, language }, _) => {
                match self.unlock(pin, language.as_deref()).await {
                    Ok(()) => self.shown().await,
                    Err(refusal) => Taken::Answer(ServerMessage::Refused(refusal)),
                }
            }
            (ClientMessage::Staff(request), Some((Opened::Staff(session), _))) => {
                session.on(request).await;
                self.shown().await
            }
            (ClientMessage::Technician(request), Some((Opened::Technician(technician), _))) => {
                technician.on(request).await;
                self.shown().await
            }
            // Of a panel that was locked meanwhile, or was opened for something else.
            (ClientMessage::Staff(_) | ClientMessage::Technician(_), _) => Taken::Nothing,
            (ClientMessage::Lock, _) => self.lock().await,
            (
                ClientMessage::Hello { .. }
                | ClientMessage::Start
                | ClientMessage::Begin { .. }
                | ClientMessage::Say { .. }
                | ClientMessage::Touch { .. }
                | ClientMessage::StopSpeaking
                | ClientMessage::Focus { .. }
                | ClientMessage::End,
                Some(_),
            ) => Taken::Nothing,
            (message, None) => Taken::Patients(message),
        }
    }

    /// What the lobby tells everybody.
    pub fn hear(&mut self, event: ServerMessage) -> Taken {
        let told = match &mut self.now {
            None => Some(event),
            Some((Opened::Staff(_), _)) => None,
            Some((Opened::Technician(technician), _)) => technician.hears(event),
        };
        told.map_or(Taken::Nothing, Taken::Answer)
    }

    /// What has changed by itself: the records, or that nobody has touched anything.
    pub async fn look(&mut self) -> Taken {
        match &self.now {
            Some((opened, _)) if opened.idle().is_over(Instant::now()) => self.lock().await,
            Some(_) => self.shown().await,
            None => Taken::Nothing,
        }
    }

    /// The connection is over, or somebody is done.
    pub async fn lock(&mut self) -> Taken {
        let Some((_, present)) = self.now.take() else {
            return Taken::Nothing;
        };
        let noted = present
            .store
            .note("lock", "panel".to_owned(), Timestamp::now());
        if let Err(error) = noted.await {
            log::error!(error:%; "that the panel was locked could not be noted");
        }
        log::info!("the panel is locked");
        Taken::Locked
    }

    async fn unlock(&mut self, pin: Private, language: Option<&str>) -> Result<(), Refusal> {
        let Some(desk) = &self.desk else {
            return Err(Refusal::NoPin);
        };
        let unlocked = desk.unlock(pin).await?;
        // One PIN after another: the one before is over.
        let desk = desk.clone();
        self.lock().await;
        let store = desk.store.acting_as(&unlocked.actor);
        let present = Present::enter(self.told.clone(), unlocked.role, store);
        let opened = match unlocked.role {
            Role::Staff => Opened::Staff(Box::new(desk.open(unlocked, language))),
            Role::Technician => Opened::Technician(Box::new(Technician::new(
                unlocked,
                language,
                desk.office,
                (self.lobby.clone(), self.views.clone()),
                Idle::new(desk.idle, Instant::now()),
            ))),
        };
        self.now = Some((opened, present));
        Ok(())
    }

    async fn shown(&mut self) -> Taken {
        let told = match &mut self.now {
            Some((Opened::Staff(session), _)) => {
                let view = session.view().await;
                view.map(|view| ServerMessage::Staff(Box::new(view)))
            }
            Some((Opened::Technician(technician), _)) => {
                let view = technician.view().await;
                view.map(|view| ServerMessage::Technician(Box::new(view)))
            }
            None => None,
        };
        told.map_or(Taken::Nothing, Taken::Answer)
    }
}

/// What became of a message.
pub(super) enum Taken {
    /// Nothing more is to be done.
    Nothing,
    /// This is sent back.
    Answer(ServerMessage),
    /// Patients are served again.
    Locked,
    /// It is for the conversation.
    Patients(ClientMessage),
}
