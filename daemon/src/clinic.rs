//! From the roster in the store and the wording on disk to what a dialogue needs.

use crate::config::Settings;
use crate::store::StoreHandle;
use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kiosk_core::clinic::Roster;
use kiosk_core::dialogue::Setting;
use kiosk_core::wording::Wording;
use std::sync::Arc;

/// The language that is built in.
pub const LANGUAGE: &str = "en-GH";

const BUILT_IN: &str = include_str!("../wording/en-GH.ftl");

/// The clinic as it stands in the store; before a roster was imported one without
/// practitioners, where nothing can be booked.
///
/// # Errors
/// The store or the wording could not be read.
pub async fn setting(store: &StoreHandle, settings: &Settings) -> anyhow::Result<Arc<Setting>> {
    let wording = wording(settings)?;
    let Some((clinic, roster)) = store.clinic(Timestamp::now()).await? else {
        return Ok(Arc::new(Setting {
            clinic_name: settings.kiosk_name.clone(),
            zone: TimeZone::UTC,
            regions: Vec::new(),
            horizon_days: 1,
            roster: Roster::default(),
            wording,
        }));
    };
    let zone = TimeZone::get(&clinic.time_zone)
        .with_context(|| format!("the roster's time zone `{}`", clinic.time_zone))?;
    Ok(Arc::new(Setting {
        clinic_name: clinic.name,
        zone,
        regions: clinic.regions,
        horizon_days: clinic.horizon_days,
        roster,
        wording,
    }))
}

/// The wording file of [`LANGUAGE`], where a folder is configured, else the one built in.
///
/// # Errors
/// The file cannot be read, is not Fluent, or lacks messages.
pub fn wording(settings: &Settings) -> anyhow::Result<Wording> {
    let Some(folder) = &settings.wording_folder else {
        return Ok(Wording::load(LANGUAGE, BUILT_IN)?);
    };
    let file = folder.join(format!("{LANGUAGE}.ftl"));
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("read `{}`", file.display()))?;
    Wording::load(LANGUAGE, &text).with_context(|| format!("in `{}`", file.display()))
}
