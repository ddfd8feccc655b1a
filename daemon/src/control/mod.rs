//! The control socket: `kioskctl` asks the running daemon here, one JSON request
//! a line, one JSON reply a line. The socket's mode (root and group kiosk-admin)
//! is the only admission.

mod client;

pub use client::{Client, ClientError};

use kiosk_protocol::control::{Reply, Request};
use std::future::Future;
use std::pin::Pin;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

/// A roster of a thousand practitioners is far below this.
const REQUEST_LIMIT_BYTES: u64 = 4 * 1024 * 1024;

/// Answers one request. Cloned per connection.
pub trait Handler: Clone + Send + 'static {
    /// The reply to `request`; errors are replies too.
    fn reply(&self, request: Request) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>>;
}

/// Serves `kioskctl` until `stop`.
pub async fn serve(listener: UnixListener, handler: impl Handler + Sync, stop: CancellationToken) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(connection(stream, handler.clone())); }
                Err(error) => log::warn!(error:%; "a control connection failed"),
            },
        }
    }
    connections.shutdown().await;
}

async fn connection(stream: UnixStream, handler: impl Handler + Sync) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = Vec::new();
        match (&mut reader)
            .take(REQUEST_LIMIT_BYTES)
            .read_until(b'\n', &mut line)
            .await
        {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let reply = match serde_json::from_slice::<Request>(&line) {
            Ok(request) => handler.reply(request).await,
            Err(error) => Reply::Error {
                message: format!(
                    "not a request of this version of kioskd (column {})",
                    error.column()
                ),
            },
        };
        let Ok(mut text) = serde_json::to_vec(&reply) else {
            return;
        };
        text.push(b'\n');
        if writer.write_all(&text).await.is_err() {
            return;
        }
    }
}
