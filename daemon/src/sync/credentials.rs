//! What the kiosk shows the central server: a key of its own, or a token that it gets for
//! its client credentials (OAuth 2.0, RFC 6749 section 4.4) and renews when it is refused.

use super::client::{Failure, broken};
use crate::config::{CentralSettings, is_private};
use kiosk_protocol::Private;
use reqwest::{Client, Url};
use serde::Deserialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Renewed so long before it ends.
const MARGIN: Duration = Duration::from_secs(30);
/// Where a server doesn't tell how long a token is good.
const USUAL: Duration = Duration::from_secs(300);

pub enum Credentials {
    None,
    Key(Private),
    Client {
        file: ClientFile,
        token: Option<(Private, Instant)>,
    },
}

/// The file of `central.client_file`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientFile {
    token_url: String,
    client_id: String,
    client_secret: Private,
    #[serde(default)]
    scope: Option<String>,
}

#[derive(Deserialize)]
struct Token {
    access_token: Private,
    expires_in: Option<u64>,
}

impl Credentials {
    pub fn read(settings: &CentralSettings) -> Result<Self, Failure> {
        if let Some(path) = &settings.client_file {
            let text = text_of(path)?;
            let file: ClientFile = toml::from_str(&text).map_err(|_| {
                Failure::Here(format!(
                    "`{}` needs token_url, client_id and client_secret",
                    path.display()
                ))
            })?;
            return Ok(Self::Client { file, token: None });
        }
        match &settings.key_file {
            Some(path) => Ok(Self::Key(Private::new(text_of(path)?.trim().to_owned()))),
            None => Ok(Self::None),
        }
    }

    /// What to show now.
    pub async fn key(&mut self, client: &Client) -> Result<Option<Private>, Failure> {
        match self {
            Self::None => Ok(None),
            Self::Key(key) => Ok(Some(key.clone())),
            Self::Client { file, token } => {
                if let Some((known, until)) = token
                    && Instant::now() < *until
                {
                    return Ok(Some(known.clone()));
                }
                let (new, good_for) = get(client, file).await?;
                *token = Some((new.clone(), Instant::now() + good_for));
                Ok(Some(new))
            }
        }
    }

    /// The server refused it: another is asked for the next time.
    pub fn forget(&mut self) {
        if let Self::Client { token, .. } = self {
            *token = None;
        }
    }
}

async fn get(client: &Client, file: &ClientFile) -> Result<(Private, Duration), Failure> {
    let mut form = vec![("grant_type", "client_credentials")];
    if let Some(scope) = &file.scope {
        form.push(("scope", scope));
    }
    let url: Option<Url> = file.token_url.parse().ok().filter(is_private);
    let url = url.ok_or_else(|| {
        Failure::Here("`token_url` must be an https:// address, or http:// on this box".to_owned())
    })?;
    let response = client
        .post(url)
        .basic_auth(&file.client_id, Some(file.client_secret.expose()))
        .form(&form)
        .send()
        .await
        .map_err(|error| broken(&error))?;
    let status = response.status();
    if status.is_server_error() {
        return Err(Failure::Busy {
            status: status.as_u16(),
            after: None,
        });
    }
    if !status.is_success() {
        return Err(Failure::NotLetIn(status.as_u16()));
    }
    let token: Token = response.json().await.map_err(|_| Failure::NotUnderstood)?;
    let good_for = token.expires_in.map_or(USUAL, Duration::from_secs);
    Ok((token.access_token, good_for.saturating_sub(MARGIN)))
}

fn text_of(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::Here(format!(
            "`{}` cannot be read: {}",
            path.display(),
            error.kind()
        ))
    })
}
