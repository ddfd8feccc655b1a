//! `kiosk-ui`: the panel's command line.

use anyhow::{Context, bail};
use clap::Parser;
use kiosk_ui::wiping::Wiping;
use kiosk_ui::{measure, simulate, window};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

#[global_allocator]
static MEMORY: Wiping = Wiping;

/// The kiosk's touchscreen: shows what kioskd sends, sends back what is touched.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// kioskd's panel socket; the panel waits for it and comes back to it
    #[arg(long, value_name = "FILE", default_value = "/run/kiosk/panel.sock")]
    socket: PathBuf,
    /// Draw into numbered PNG files in this folder instead of on a display, until stopped
    #[arg(long, value_name = "DIR")]
    simulate: Option<PathBuf>,
    /// Draw every page once, without kioskd, and end (with --simulate)
    #[arg(long, requires = "simulate")]
    demo: bool,
    /// How many colours the pictures have: all, or those of a small panel (with --simulate)
    #[arg(long, value_enum, default_value_t, requires = "simulate")]
    colours: simulate::Colours,
    /// Print what this machine needs for a frame, a touch and a minute of nothing, and end
    #[arg(
        long,
        value_name = "IDLE SECONDS",
        num_args = 0..=1,
        default_missing_value = "60",
        conflicts_with_all = ["simulate", "demo"]
    )]
    measure: Option<u64>,
    /// Width and height in pixels
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = size)]
    size: (u32, u32),
}

/// Displays that the pages are drawn for, in pixels each way.
const SIDES: std::ops::RangeInclusive<u32> = 440..=7680;

fn size(text: &str) -> anyhow::Result<(u32, u32)> {
    let (width, height) = text.split_once('x').context("write it like 1280x800")?;
    let side = |text: &str| -> anyhow::Result<u32> {
        let pixels = text
            .parse()
            .with_context(|| format!("`{text}` is not a number of pixels"))?;
        if !SIDES.contains(&pixels) {
            bail!(
                "{pixels} is outside {} to {} pixels",
                SIDES.start(),
                SIDES.end()
            );
        }
        Ok(pixels)
    };
    Ok((side(width)?, side(height)?))
}

fn main() -> anyhow::Result<()> {
    let began = Instant::now();
    let arguments = Arguments::parse();
    let (width, height) = arguments.size;
    if let Some(seconds) = arguments.measure {
        let size = slint::PhysicalSize::new(width, height);
        return measure::run(size, began, Duration::from_secs(seconds));
    }
    let Some(folder) = arguments.simulate else {
        return window::run(&arguments.socket, slint::PhysicalSize::new(width, height));
    };
    let display = (slint::PhysicalSize::new(width, height), arguments.colours);
    if arguments.demo {
        return simulate::gallery(&folder, display);
    }
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    simulate::run(&arguments.socket, &folder, display, &stop)
}
