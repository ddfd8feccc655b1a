//! What a new version has to pass before it serves anybody: the records, the wording, and the
//! voice heard again. Opens no socket, no device and no connection, and books nothing.

use crate::clinic;
use crate::config::Settings;
use crate::hearing::{Whisper, WhisperSettings};
use crate::models::Installed;
use crate::rehearsal;
use crate::speech;
use crate::store::{Lock, Store, wait};
use anyhow::{Context, ensure};
use jiff::Timestamp;

/// Tries everything; what was found, for a technician.
///
/// # Errors
/// The first thing that this version can't do with what is on this box.
pub fn run(settings: &Settings) -> anyhow::Result<Vec<String>> {
    Ok(vec![records(settings)?, voice(settings)?])
}

/// A damaged database is set aside when it is opened: of an update that is a failure.
fn records(settings: &Settings) -> anyhow::Result<String> {
    let folder = &settings.state_folder;
    if !folder.join("kiosk.db").exists() {
        clinic::wording(settings)?;
        return Ok("records: none yet".to_owned());
    }
    let _lock = Lock::acquire(folder)?;
    let store = Store::open(folder, Timestamp::now()).context("open the database")?;
    ensure!(store.set_aside().is_none(), "the database was damaged");
    let setting = wait(clinic::setting(&store.handle(), settings))?;
    let practitioners = setting.roster.practitioners.len();
    Ok(format!("records: in order, {practitioners} practitioners"))
}

/// A box without models serves by touch, before and after.
fn voice(settings: &Settings) -> anyhow::Result<String> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    let Ok(models) = installed.hearing(&settings.hearing) else {
        return Ok("speech: no models here".to_owned());
    };
    let mut ear = Whisper::load(&WhisperSettings::for_model(&models.whisper))
        .context("load the recogniser")?;
    let chosen = speech::choose(&installed.voices(), settings.voice.as_deref());
    let mut voice = chosen.context("load the voice")?.voice;
    let heard = rehearsal::hear(rehearsal::say(voice.as_mut()), &mut ear);
    ensure!(heard.has_passed(), "{}", heard.words());
    Ok(format!("speech: {}", heard.words()))
}
