//! The panel on a real display.

use crate::link::Link;
use crate::view_model::Model;
use crate::{bind, ui};
use anyhow::{Context, ensure};
use futures_channel::mpsc::unbounded;
use slint::{ComponentHandle, PhysicalSize};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// Shows the panel until its window is closed. On a box it fills the display; on a
/// desk it opens at `size`, in pixels.
///
/// # Errors
/// There is no display, or it gave no window.
pub fn run(socket: &Path, size: PhysicalSize) -> anyhow::Result<()> {
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    ensure!(
        desktop || cfg!(feature = "linuxkms"),
        "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set); \
         draw the pages into pictures instead with --simulate DIR"
    );
    let window = ui::PanelWindow::new().context("the display gives no window")?;
    window.window().set_size(size);
    let model = Rc::new(RefCell::new(Model::default()));
    let (told, mut updates) = unbounded();
    // The receiver lives as long as the window.
    let link = Link::start(socket, move |update| drop(told.unbounded_send(update)))?;
    bind::connect(&window, &model, move |message| link.send(message));
    bind::show(&window, &model.borrow());
    let shown = window.as_weak();
    slint::spawn_local(async move {
        while let Ok(update) = updates.recv().await {
            let Some(window) = shown.upgrade() else {
                return;
            };
            bind::take(&window, &mut model.borrow_mut(), update);
        }
    })?;
    window.run().context("the display was lost")
}
