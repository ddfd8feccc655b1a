//! The panel's display: what its unit is told in the environment.

use super::profile::Screen;
use anyhow::bail;
use std::fmt::Write;
use std::path::Path;

/// Where the kernel tells of displays.
const DISPLAYS: &str = "/sys/class/drm";

/// The environment file of the panel's unit.
///
/// # Errors
/// The display that is plugged in does not have that size.
pub fn environment(screen: &Screen) -> anyhow::Result<String> {
    let mut text = String::from("# Written by `kioskctl provision`.\n");
    if let Some(size) = &screen.size
        && let Some(modes) = modes(Path::new(DISPLAYS))
    {
        let Some(index) = modes.iter().position(|mode| mode == size) else {
            bail!("the display has no {size}; it has {}", modes.join(", "));
        };
        let _ = writeln!(text, "SLINT_DRM_MODE={index}");
    }
    if let Some(rotation) = screen.rotation.filter(|it| *it != 0) {
        let _ = writeln!(text, "SLINT_KMS_ROTATION={rotation}");
    }
    if let Some(scale) = screen.scale {
        let _ = writeln!(text, "SLINT_SCALE_FACTOR={scale}");
    }
    Ok(text)
}

/// What the first display that is plugged in can show, in the kernel's order; none without a
/// display.
fn modes(displays: &Path) -> Option<Vec<String>> {
    let mut found: Vec<_> = std::fs::read_dir(displays)
        .ok()?
        .filter_map(|it| Some(it.ok()?.path()))
        .collect();
    found.sort();
    let is_connected = |display: &&std::path::PathBuf| {
        std::fs::read_to_string(display.join("status")).is_ok_and(|it| it.trim() == "connected")
    };
    let display = found.iter().find(is_connected)?;
    let modes = std::fs::read_to_string(display.join("modes")).ok()?;
    Some(modes.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_those_of_the_display_that_is_plugged_in() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(modes(folder.path()), None);
        for (name, status, modes) in [
            ("card0-DP-1", "disconnected", ""),
            (
                "card0-HDMI-A-1",
                "connected",
                "1920x1080\n1280x800\n1280x800\n",
            ),
        ] {
            let display = folder.path().join(name);
            std::fs::create_dir(&display).unwrap();
            std::fs::write(display.join("status"), format!("{status}\n")).unwrap();
            std::fs::write(display.join("modes"), modes).unwrap();
        }
        assert_eq!(modes(folder.path()).unwrap()[1], "1280x800");
    }

    #[test]
    fn the_panel_is_told_how_its_display_hangs() {
        let screen = Screen {
            size: None,
            rotation: Some(90),
            scale: Some(1.5),
        };
        let told = environment(&screen).unwrap();
        assert!(
            told.ends_with("SLINT_KMS_ROTATION=90\nSLINT_SCALE_FACTOR=1.5\n"),
            "{told}"
        );
    }
}
