//! The staff bell of another program: calls for staff are posted to a webhook, each until
//! it was taken or somebody has answered it. They say that somebody should come and why,
//! nothing of who calls.

use crate::store::StoreHandle;
use anyhow::Context;
use reqwest::{Client, Url};
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Staff is waited for half a minute: a webhook that takes longer than this rings too late.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// When a call that was not taken is posted again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Posts every call to `webhook` until `stop`.
pub async fn ring(store: StoreHandle, webhook: Url, stop: CancellationToken) {
    let client = match client() {
        Ok(client) => client,
        Err(error) => {
            log::error!(reason = format!("{error:#}").as_str(); "the webhook of the staff bell cannot be used");
            return;
        }
    };
    let mut written = store.written();
    let mut taken = HashSet::new();
    while !stop.is_cancelled() {
        written.mark_unchanged();
        let all_taken = post_open(&store, &client, &webhook, &mut taken).await;
        let again = async {
            match all_taken {
                true => std::future::pending().await,
                false => tokio::time::sleep(AGAIN_AFTER).await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            changed = written.changed() => if changed.is_err() { return },
            () = again => {}
        }
    }
}

fn client() -> anyhow::Result<Client> {
    // One provider for the whole process; a second call finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(ANSWER_WITHIN)
        .build()
        .context("make a client")
}

/// Posts the open calls that were not taken; whether all are.
async fn post_open(
    store: &StoreHandle,
    client: &Client,
    webhook: &Url,
    taken: &mut HashSet<String>,
) -> bool {
    let open = match store.open_alerts().await {
        Ok(open) => open,
        Err(error) => {
            log::error!(error:%; "calls for staff could not be read");
            return false;
        }
    };
    taken.retain(|id| open.iter().any(|alert| alert.id == *id));
    let mut all_taken = true;
    for alert in open {
        if taken.contains(&alert.id) {
            continue;
        }
        let body = json!({ "id": alert.id, "kind": alert.kind, "raised_at": alert.raised_at });
        let posted = client.post(webhook.clone()).json(&body).send().await;
        match posted.and_then(reqwest::Response::error_for_status) {
            Ok(_) => {
                taken.insert(alert.id);
            }
            Err(error) => {
                // The address may hold a secret.
                let error = error.without_url();
                log::warn!(alert = alert.id.as_str(), error:%; "the webhook did not take a call for staff");
                all_taken = false;
            }
        }
    }
    all_taken
}
