//! The panel's socket: a WebSocket over a Unix socket, known by its user id.
//! It carries messages between panels and the lobby task, and staff's between one panel and
//! the desk, and decides nothing.

mod attending;

pub use attending::Attended;

use crate::accounts;
use crate::desk::Desk;
use anyhow::Context;
use attending::{Attending, Taken};
use futures_util::{SinkExt, StreamExt};
use kiosk_protocol::{ClientMessage, ServerMessage, VERSION, View};
use std::path::Path;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};
use tokio_util::sync::CancellationToken;

/// The largest message a panel may send: a typed name is far below it.
const MESSAGE_LIMIT_BYTES: usize = 16 * 1024;

/// How often a panel that is attended is looked at: whether the records have changed, and
/// how long nobody has touched it.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What the lobby task and the panels share.
#[derive(Clone)]
pub struct PanelLink {
    /// From panels. 32: touches pile up only while the lobby task is stuck, and
    /// then a full queue drops them, as a frozen screen would.
    pub commands: mpsc::Sender<ClientMessage>,
    /// The newest view; panels may skip older ones.
    pub views: watch::Sender<View>,
    /// Levels, transcripts, spoken words: a panel that lags loses some.
    pub events: broadcast::Sender<ServerMessage>,
    /// The answer to `hello`.
    pub hello: ServerMessage,
    /// Who attends.
    pub attended: watch::Sender<Attended>,
    /// Lets staff in; none where only patients are served.
    pub desk: Option<Desk>,
}

/// Opens the socket for this daemon alone and for who is in `group`, where this system has
/// that group and the daemon is in it; an older socket file is replaced.
///
/// # Errors
/// The folder is missing or not writable.
pub fn listen(path: &Path, group: &str) -> anyhow::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    if path.exists() {
        std::fs::remove_file(path)
            .with_context(|| format!("remove the old socket `{}`", path.display()))?;
    }
    let listener = UnixListener::bind(path)
        .with_context(|| format!("open the socket `{}`", path.display()))?;
    if let Some(group) = accounts::group_id(group)
        && let Err(error) = std::os::unix::fs::chown(path, None, Some(group))
    {
        log::info!(error:%; "`{}` stays with the daemon's own group", path.display());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))
        .with_context(|| format!("set the mode of `{}`", path.display()))?;
    Ok(listener)
}

/// Serves panels until `stop`.
pub async fn serve(
    listener: UnixListener,
    allowed_users: Vec<u32>,
    link: PanelLink,
    stop: CancellationToken,
) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) if is_allowed(&stream, &allowed_users) => {
                connections.spawn(connection(stream, link.clone(), stop.clone()));
            }
            Ok(_) => log::warn!("refused a panel of another user"),
            Err(error) => log::warn!(error:%; "a panel could not connect"),
        }
    }
    connections.shutdown().await;
}

fn is_allowed(stream: &UnixStream, allowed_users: &[u32]) -> bool {
    stream
        .peer_cred()
        .is_ok_and(|peer| allowed_users.contains(&peer.uid()))
}

async fn connection(stream: UnixStream, link: PanelLink, stop: CancellationToken) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_LIMIT_BYTES))
        .max_frame_size(Some(MESSAGE_LIMIT_BYTES));
    let Ok(mut socket) = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await
    else {
        log::warn!("a panel connected without speaking WebSocket");
        return;
    };
    if !greeted(&mut socket, &link).await {
        return;
    }
    log::info!("panel connected");
    tokio::select! {
        () = stop.cancelled() => {}
        () = carry(&mut socket, &link) => {}
    }
    let _ = socket.close(None).await;
    log::info!("panel disconnected");
}

async fn greeted(socket: &mut WebSocketStream<UnixStream>, link: &PanelLink) -> bool {
    match next_command(socket).await {
        Some(Ok(ClientMessage::Hello { version, .. })) if version == VERSION => {
            send(socket, &link.hello).await.is_ok()
        }
        Some(Ok(ClientMessage::Hello { version, .. })) => {
            let detail = format!(
                "this panel speaks protocol {version}, kioskd speaks {VERSION}: install both from one package"
            );
            let _ = send(
                socket,
                &ServerMessage::Problem {
                    code: "version".to_owned(),
                    detail,
                },
            )
            .await;
            false
        }
        Some(_) => {
            let detail = "the first message must be `hello`".to_owned();
            let _ = send(
                socket,
                &ServerMessage::Problem {
                    code: "hello".to_owned(),
                    detail,
                },
            )
            .await;
            false
        }
        None => false,
    }
}

async fn carry(socket: &mut WebSocketStream<UnixStream>, link: &PanelLink) {
    let mut attending = Attending::new(link);
    carry_all(socket, link, &mut attending).await;
    attending.lock().await;
}

/// Until one of both is gone.
async fn carry_all(
    socket: &mut WebSocketStream<UnixStream>,
    link: &PanelLink,
    attending: &mut Attending,
) {
    let mut views = link.views.subscribe();
    let mut events = link.events.subscribe();
    let mut look = tokio::time::interval(LOOK_EVERY);
    views.mark_changed();
    loop {
        let taken = tokio::select! {
            // Whoever hears that a visit has ended has seen the wiped screen before.
            biased;
            changed = views.changed(), if !attending.is_on() => {
                if changed.is_err() {
                    return;
                }
                let view = views.borrow_and_update().clone();
                Taken::Answer(ServerMessage::View(Box::new(view)))
            }
            event = events.recv() => match event {
                Ok(event) => attending.hear(event),
                Err(broadcast::error::RecvError::Lagged(_)) => Taken::Nothing,
                Err(broadcast::error::RecvError::Closed) => return,
            },
            command = next_command(socket) => match command {
                None => return,
                Some(Ok(command)) => attending.take(command).await,
                Some(Err(detail)) => Taken::Answer(ServerMessage::Problem { code: "message".to_owned(), detail }),
            },
            _ = look.tick(), if attending.is_on() => attending.look().await,
        };
        let sent = match taken {
            Taken::Nothing => Ok(()),
            Taken::Answer(message) => send(socket, &message).await,
            Taken::Patients(command) => {
                if link.commands.try_send(command).is_err() {
                    log::warn!("a touch was dropped: the conversation does not answer");
                }
                Ok(())
            }
            Taken::Locked => {
                views.mark_changed();
                Ok(())
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

/// The next message; `None` when the panel is gone.
async fn next_command(
    socket: &mut WebSocketStream<UnixStream>,
) -> Option<Result<ClientMessage, String>> {
    loop {
        return match socket.next().await? {
            Ok(Message::Text(text)) => Some(parse(&text)),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => continue,
            Ok(Message::Binary(_)) => Some(Err("the panel sends no sound".to_owned())),
            Ok(Message::Close(_)) | Err(_) => None,
        };
    }
}

/// The parser's own words may quote what the patient typed, so only its place is told.
fn parse(text: &str) -> Result<ClientMessage, String> {
    serde_json::from_str(text).map_err(|error| {
        format!(
            "not a message of this protocol (line {}, column {})",
            error.line(),
            error.column()
        )
    })
}

async fn send(
    socket: &mut WebSocketStream<UnixStream>,
    message: &ServerMessage,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let text = serde_json::to_string(message)
        .map_err(|error| tokio_tungstenite::tungstenite::Error::Io(std::io::Error::other(error)))?;
    socket.send(Message::text(text)).await
}
