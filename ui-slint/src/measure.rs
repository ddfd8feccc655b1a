//! The panel's own figures on this machine, without a display: first frame, a whole
//! redraw, a touch, memory, idling. `kiosk-ui --measure` prints them.

use crate::frame::Comfort;
use crate::simulate::Simulated;
use crate::view_model::Model;
use crate::{bind, demo};
use anyhow::Context;
use slint::platform::software_renderer::RepaintBufferType;
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition, PhysicalSize};
use std::io::Write;
use std::time::{Duration, Instant};

/// Each page is drawn so often, whole.
const REDRAWS: usize = 20;

/// More frames than any touch may take.
const MOST_FRAMES: usize = 10;

/// Prints all figures; `began` is when the process did, and it idles for so long.
///
/// # Errors
/// Linux does not tell, or nobody reads.
pub fn run(size: PhysicalSize, began: Instant, idle: Duration) -> anyhow::Result<()> {
    let panel = Simulated::drawing(size, RepaintBufferType::NewBuffer)?;
    panel.draw();
    let first = began.elapsed();
    bind::connect(&panel.window, &panel.model, |_| {});
    let mut redraws = redraws(&panel);
    redraws.sort();
    let at = |percent: usize| redraws[(redraws.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    let mut out = std::io::stdout().lock();
    writeln!(out, "display: {}x{}", size.width, size.height)?;
    writeln!(out, "first frame: {:.0} ms", first.as_secs_f64() * 1e3)?;
    writeln!(
        out,
        "whole redraw: P50 {:.1} ms, P95 {:.1} ms, worst {:.1} ms of {}",
        at(50),
        at(95),
        at(100),
        redraws.len()
    )?;
    writeln!(out, "touch to changed frame: {} frame(s)", touch(&panel)?)?;
    writeln!(out, "memory (RSS): {:.0} MiB", resident_mebibytes()?)?;
    out.flush()?;
    let busy = idling(&panel, idle)?;
    writeln!(
        out,
        "idle: {:.2} % of a core over {} s",
        busy.as_secs_f64() / idle.as_secs_f64().max(1.0) * 100.0,
        idle.as_secs()
    )?;
    Ok(())
}

fn show(panel: &Simulated, page: &str) {
    let pages = demo::every_page().into_iter();
    for (_, updates) in pages.filter(|(name, _)| *name == page) {
        *panel.model.borrow_mut() = Model::default();
        updates.into_iter().for_each(|update| panel.take(update));
    }
    panel.draw();
}

fn redraws(panel: &Simulated) -> Vec<Duration> {
    let mut times = Vec::new();
    for (page, _) in demo::every_page() {
        show(panel, page);
        for _ in 0..REDRAWS {
            panel.window.window().request_redraw();
            let begins = Instant::now();
            panel.draw();
            times.push(begins.elapsed());
        }
    }
    times
}

/// Frames until a touch of the welcome page's first tile shows.
fn touch(panel: &Simulated) -> anyhow::Result<usize> {
    panel.model.borrow_mut().comfort = Comfort::default();
    show(panel, "welcome");
    let before = panel.pixels().to_vec();
    let size = panel.window.window().size();
    let position = LogicalPosition::new(size.width as f32 * 0.2, size.height as f32 * 0.57);
    panel
        .window
        .window()
        .dispatch_event(WindowEvent::PointerPressed {
            position,
            button: PointerEventButton::Left,
        });
    let mut frames = 1..=MOST_FRAMES;
    let changed = frames.find(|_| {
        panel.draw();
        *panel.pixels() != *before
    });
    panel
        .window
        .window()
        .dispatch_event(WindowEvent::PointerReleased {
            position,
            button: PointerEventButton::Left,
        });
    changed.context("a touch on the welcome page changes nothing")
}

/// Processor time spent on the welcome page with nobody there.
fn idling(panel: &Simulated, idle: Duration) -> anyhow::Result<Duration> {
    show(panel, "welcome");
    let (begins, before) = (Instant::now(), processor_time()?);
    while begins.elapsed() < idle {
        std::thread::sleep(panel.pause());
        panel.draw();
    }
    Ok(processor_time()? - before)
}

fn resident_mebibytes() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kibibytes: f64 = kibibytes
        .context("/proc/self/status has no VmRSS")?
        .parse()?;
    Ok(kibibytes / 1024.0)
}

/// What this process has used, all its threads together.
fn processor_time() -> anyhow::Result<Duration> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Ok(Duration::new(
        u64::try_from(used.tv_sec)?,
        u32::try_from(used.tv_nsec)?,
    ))
}
