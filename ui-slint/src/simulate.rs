//! The panel without a display: the same pages, drawn by Slint's software renderer into
//! embedded-graphics-simulator's display and kept as PNG files.

use crate::frame::{Frame, Page, looks_different};
use crate::link::{Link, Update};
use crate::view_model::Model;
use crate::{bind, demo, ui};
use anyhow::Context;
use embedded_graphics::pixelcolor::raw::RawU16;
use embedded_graphics::pixelcolor::{BinaryColor, PixelColor, Rgb565, Rgb888, RgbColor};
use embedded_graphics::prelude::{DrawTarget, OriginDimensions, Point, Size};
use embedded_graphics::primitives::Rectangle;
use embedded_graphics_simulator::{OutputSettings, SimulatorDisplay};
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType, Rgb565Pixel};
use slint::platform::{
    Platform, PlatformError, WindowAdapter, duration_until_next_timer_update,
    update_timers_and_animations,
};
use slint::{ComponentHandle, PhysicalSize, Rgb8Pixel};
use std::cell::{Ref, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A frame of an animation.
const FRAME: Duration = Duration::from_millis(16);

/// With nothing to animate the loop only looks at whether to stop.
const REST: Duration = Duration::from_millis(250);

/// What stays on the screen for less is not worth a picture.
const SETTLED: Duration = Duration::from_millis(250);

/// The panel, its model and a display of memory.
pub struct Simulated {
    /// Slint's side.
    pub window: ui::PanelWindow,
    /// Where touches can be dispatched.
    pub adapter: Rc<MinimalSoftwareWindow>,
    /// The panel's state.
    pub model: Rc<RefCell<Model>>,
    pixels: RefCell<Vec<Rgb8Pixel>>,
    /// What a panel of 16 bits a pixel holds, where it is one.
    coarse: Option<RefCell<Vec<Rgb565Pixel>>>,
    size: PhysicalSize,
}

/// How many colours the display has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Colours {
    /// 24 bits a pixel: a monitor.
    #[default]
    Full,
    /// 16 bits a pixel: many small panels.
    Rgb565,
}

struct Memory {
    adapter: Rc<MinimalSoftwareWindow>,
    began: Instant,
}

impl Platform for Memory {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(Rc::clone(&self.adapter) as Rc<dyn WindowAdapter>)
    }

    fn duration_since_start(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Simulated {
    /// Makes the calling thread's panel, `size` pixels large.
    ///
    /// # Errors
    /// This thread already has one.
    pub fn new(size: PhysicalSize) -> anyhow::Result<Self> {
        Self::drawing(size, RepaintBufferType::ReusedBuffer)
    }

    /// As [`Self::new`], on a display of these colours.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn in_colours(size: PhysicalSize, colours: Colours) -> anyhow::Result<Self> {
        let mut panel = Self::new(size)?;
        let count = size.width as usize * size.height as usize;
        panel.coarse = match colours {
            Colours::Full => None,
            Colours::Rgb565 => Some(RefCell::new(vec![Rgb565Pixel::default(); count])),
        };
        Ok(panel)
    }

    /// As [`Self::new`]; a new buffer is drawn whole each time.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn drawing(size: PhysicalSize, buffer: RepaintBufferType) -> anyhow::Result<Self> {
        let adapter = MinimalSoftwareWindow::new(buffer);
        let memory = Memory {
            adapter: Rc::clone(&adapter),
            began: Instant::now(),
        };
        slint::platform::set_platform(Box::new(memory))
            .context("this thread already draws a panel")?;
        let window = ui::PanelWindow::new()?;
        adapter.set_size(size);
        window.show()?;
        let model = Rc::new(RefCell::new(Model::default()));
        let pixels = RefCell::new(vec![
            Rgb8Pixel::default();
            size.width as usize * size.height as usize
        ]);
        let panel = Self {
            window,
            adapter,
            model,
            pixels,
            coarse: None,
            size,
        };
        bind::show(&panel.window, &panel.model.borrow());
        Ok(panel)
    }

    /// Takes in what the link tells.
    pub fn take(&self, update: Update) {
        bind::take(&self.window, &mut self.model.borrow_mut(), update);
    }

    /// Draws what has changed.
    pub fn draw(&self) {
        update_timers_and_animations();
        let width = self.size.width as usize;
        self.adapter.draw_if_needed(|renderer| {
            let mut pixels = self.pixels.borrow_mut();
            let Some(coarse) = &self.coarse else {
                renderer.render(&mut pixels, width);
                return;
            };
            renderer.render(&mut coarse.borrow_mut(), width);
            for (pixel, shown) in pixels.iter_mut().zip(coarse.borrow().iter()) {
                *pixel = lit(*shown);
            }
        });
    }

    /// How long nothing will change by itself.
    pub fn pause(&self) -> Duration {
        if self.adapter.has_active_animations() {
            return FRAME;
        }
        duration_until_next_timer_update().map_or(REST, |due| due.clamp(FRAME, REST))
    }

    /// What is drawn, line by line.
    pub fn pixels(&self) -> Ref<'_, [Rgb8Pixel]> {
        Ref::map(self.pixels.borrow(), Vec::as_slice)
    }

    /// Shows the model as it is, after something was changed in it from outside.
    pub fn show(&self) {
        bind::show(&self.window, &self.model.borrow());
    }

    /// Keeps the display as a PNG file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, file: &Path) -> anyhow::Result<()> {
        self.draw();
        match &self.coarse {
            None => {
                let pixels = self.pixels.borrow();
                let colours = pixels.iter().map(|it| Rgb888::new(it.r, it.g, it.b));
                self.keep(file, colours)
            }
            Some(coarse) => {
                let pixels = coarse.borrow();
                self.keep(file, pixels.iter().map(|pixel| colour(*pixel)))
            }
        }
    }

    fn keep<C>(&self, file: &Path, colours: impl Iterator<Item = C>) -> anyhow::Result<()>
    where
        C: PixelColor + From<BinaryColor> + Into<Rgb888>,
    {
        let mut display = SimulatorDisplay::<C>::new(Size::new(self.size.width, self.size.height));
        let area = Rectangle::new(Point::zero(), display.size());
        let Ok(()) = display.fill_contiguous(&area, colours);
        let picture = display.to_rgb_output_image(&OutputSettings::default());
        picture
            .save_png(file)
            .with_context(|| format!("{}: cannot write the picture", file.display()))
    }
}

fn colour(pixel: Rgb565Pixel) -> Rgb565 {
    RawU16::new(pixel.0).into()
}

/// The light of a pixel: all of its few steps, from nothing to the brightest.
fn lit(pixel: Rgb565Pixel) -> Rgb8Pixel {
    let colour: Rgb888 = colour(pixel).into();
    Rgb8Pixel {
        r: colour.r(),
        g: colour.g(),
        b: colour.b(),
    }
}

/// Serves kioskd's panel socket and keeps a picture of every screen that a patient had
/// time to see in `folder`, numbered in order, until `stop` is set.
///
/// # Errors
/// The folder or a picture cannot be written.
pub fn run(
    socket: &Path,
    folder: &Path,
    (size, colours): (PhysicalSize, Colours),
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    make(folder)?;
    let panel = Simulated::in_colours(size, colours)?;
    let mut album = Album::new(folder);
    let (told, updates) = channel();
    let link = Link::start(socket, move |update| drop(told.send(update)))?;
    bind::connect(&panel.window, &panel.model, move |message| {
        link.send(message)
    });
    while !stop.load(Ordering::Relaxed) {
        match updates.recv_timeout(panel.pause()) {
            Ok(update) => {
                album.before(&panel, &update)?;
                panel.take(update);
                album.after(&panel.model.borrow().frame());
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        panel.draw();
        album.settle(&panel)?;
    }
    album.close(&panel)
}

/// Keeps a picture of every page and state that there is, without kioskd.
///
/// # Errors
/// The folder or a picture cannot be written.
pub fn gallery(folder: &Path, (size, colours): (PhysicalSize, Colours)) -> anyhow::Result<()> {
    make(folder)?;
    let panel = Simulated::in_colours(size, colours)?;
    for (number, (name, updates)) in demo::every_page().into_iter().enumerate() {
        *panel.model.borrow_mut() = Model::default();
        updates.into_iter().for_each(|update| panel.take(update));
        panel.save(&folder.join(format!("{:03}-{name}.png", number + 1)))?;
    }
    Ok(())
}

fn make(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{}: cannot make this folder for pictures", folder.display()))
}

/// Decides which moments are worth a picture.
struct Album {
    folder: PathBuf,
    number: u32,
    /// What the last picture shows.
    kept: Option<Frame>,
    /// What has been on the screen since when, if it is not kept yet.
    due: Option<(Frame, Instant)>,
}

impl Album {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            number: 0,
            kept: None,
            due: None,
        }
    }

    /// A page that is about to go is kept, however short it was.
    fn before(&mut self, panel: &Simulated, update: &Update) -> anyhow::Result<()> {
        let goes = match (update, &self.due) {
            (Update::View(view), Some((frame, _))) => frame.page != Page::Of(view.screen),
            (Update::Gone, Some(_)) => true,
            (_, _) => false,
        };
        if goes { self.keep(panel) } else { Ok(()) }
    }

    fn after(&mut self, frame: &Frame) {
        if self
            .kept
            .as_ref()
            .is_some_and(|kept| !looks_different(kept, frame))
        {
            self.due = None;
        } else if self
            .due
            .as_ref()
            .is_none_or(|(due, _)| looks_different(due, frame))
        {
            self.due = Some((frame.clone(), Instant::now()));
        }
    }

    fn settle(&mut self, panel: &Simulated) -> anyhow::Result<()> {
        let settled = self
            .due
            .as_ref()
            .is_some_and(|(_, since)| since.elapsed() >= SETTLED);
        if settled { self.keep(panel) } else { Ok(()) }
    }

    fn close(&mut self, panel: &Simulated) -> anyhow::Result<()> {
        if self.due.is_some() {
            self.keep(panel)
        } else {
            Ok(())
        }
    }

    fn keep(&mut self, panel: &Simulated) -> anyhow::Result<()> {
        let Some((frame, _)) = self.due.take() else {
            return Ok(());
        };
        self.number += 1;
        let file = self
            .folder
            .join(format!("{:03}-{}.png", self.number, frame.page.name()));
        self.kept = Some(frame);
        panel.save(&file)
    }
}
