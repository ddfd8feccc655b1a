//! Pictures made smaller, compared, and laid side by side.

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{DrawTarget, OriginDimensions, Point, RgbColor, Size};
use embedded_graphics::primitives::Rectangle;
use embedded_graphics_simulator::{OutputSettings, SimulatorDisplay};
use std::path::Path;

/// A picture in memory.
#[derive(Clone)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// What the panel shows.
    pub fn shown(panel: &super::Panel) -> Self {
        panel.simulated.draw();
        let pixels = panel.simulated.pixels();
        Self {
            width: panel.display.0 as usize,
            height: panel.display.1 as usize,
            pixels: pixels
                .iter()
                .map(|pixel| [pixel.r, pixel.g, pixel.b])
                .collect(),
        }
    }

    fn of(display: &SimulatorDisplay<Rgb888>) -> Self {
        let size = display.size();
        let (width, height) = (size.width as usize, size.height as usize);
        let pixel = |index: usize| {
            let at = Point::new((index % width) as i32, (index / width) as i32);
            let colour = display.get_pixel(at);
            [colour.r(), colour.g(), colour.b()]
        };
        Self {
            width,
            height,
            pixels: (0..width * height).map(pixel).collect(),
        }
    }

    pub fn read(file: &Path) -> Option<Self> {
        SimulatorDisplay::load_png(file).ok().as_ref().map(Self::of)
    }

    pub fn save(&self, file: &Path) {
        let size = Size::new(self.width as u32, self.height as u32);
        let mut display = SimulatorDisplay::<Rgb888>::new(size);
        let colours = self.pixels.iter().map(|[r, g, b]| Rgb888::new(*r, *g, *b));
        let area = Rectangle::new(Point::zero(), size);
        let Ok(()) = display.fill_contiguous(&area, colours);
        let image = display.to_rgb_output_image(&OutputSettings::default());
        image.save_png(file).unwrap();
    }

    /// `width` pixels wide: each is the mean of those that it stands for.
    pub fn small(&self, width: usize) -> Self {
        let height = self.height * width / self.width;
        let span = |index: usize, from: usize, to: usize| {
            let begins = index * from / to;
            begins..((index + 1) * from / to).max(begins + 1)
        };
        let mean = |index: usize| {
            let (rows, columns) = (
                span(index / width, self.height, height),
                span(index % width, self.width, width),
            );
            let count = (rows.len() * columns.len()) as u32;
            let mut sums = [0u32; 3];
            for row in rows {
                for column in columns.clone() {
                    let pixel = self.pixels[row * self.width + column];
                    (0..3).for_each(|channel| sums[channel] += u32::from(pixel[channel]));
                }
            }
            sums.map(|sum| (sum / count) as u8)
        };
        Self {
            width,
            height,
            pixels: (0..width * height).map(mean).collect(),
        }
    }

    /// The share of pixels that differ by more than `tolerance` in any channel.
    pub fn difference(&self, other: &Self, tolerance: u8) -> f64 {
        if (self.width, self.height) != (other.width, other.height) {
            return 1.0;
        }
        let differ = |(a, b): &(&[u8; 3], &[u8; 3])| {
            a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > tolerance)
        };
        let pairs = self.pixels.iter().zip(&other.pixels);
        pairs.filter(differ).count() as f64 / self.pixels.len() as f64
    }
}

/// All of `pictures` in one, `columns` beside each other.
pub fn contact_sheet(pictures: &[Picture], columns: usize) -> Picture {
    const GAP: usize = 6;
    let (width, height) = (pictures[0].width, pictures[0].height);
    let rows = pictures.len().div_ceil(columns);
    let (whole, tall) = (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP);
    let mut pixels = vec![[96; 3]; whole * tall];
    for (index, picture) in pictures.iter().enumerate() {
        let left = GAP + index % columns * (width + GAP);
        let top = GAP + index / columns * (height + GAP);
        for row in 0..picture.height {
            let from = (top + row) * whole + left;
            let line = &picture.pixels[row * picture.width..(row + 1) * picture.width];
            pixels[from..from + picture.width].copy_from_slice(line);
        }
    }
    Picture {
        width: whole,
        height: tall,
        pixels,
    }
}
