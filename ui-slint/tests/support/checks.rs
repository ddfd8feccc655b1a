//! What must be true of every picture, measured on what was drawn.

use super::Panel;
use i_slint_backend_testing::ElementHandle;
use slint::ComponentHandle;
use std::cell::RefCell;
use std::rc::Rc;

/// Smallest side of anything to be touched, in pixels.
const FINGER: f32 = 44.0;

/// WCAG 2.2, success criterion 1.4.3.
const CONTRAST: f64 = 4.5;

/// Words that cover less are drawn with too few pixels of their full colour.
const FEWEST_PIXELS: usize = 12;

/// A rectangle on the display.
#[derive(Debug, Clone, Copy)]
struct Place {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Place {
    fn of(element: &ElementHandle) -> Self {
        let (at, size) = (element.absolute_position(), element.size());
        Self {
            left: at.x,
            top: at.y,
            right: at.x + size.width,
            bottom: at.y + size.height,
        }
    }

    /// How much of it lies in `other`, both ways.
    fn overlap(self, other: Self) -> (f32, f32) {
        (
            self.right.min(other.right) - self.left.max(other.left),
            self.bottom.min(other.bottom) - self.top.max(other.top),
        )
    }
}

/// Everything that is wrong with what the panel shows.
pub fn faults(panel: &Panel) -> Vec<String> {
    let mut faults = cut_words(panel);
    // Behind a sheet or a warning words and controls lie in the shade, out of reach.
    let shaded = ["SettingsSheet", "TimeoutOverlay"]
        .iter()
        .flat_map(|kind| panel.all(kind))
        .next();
    let (words, buttons) = match &shaded {
        Some(over) => (
            over.query_descendants().match_inherits("Words").find_all(),
            over.query_descendants()
                .match_inherits("Pressable")
                .find_all(),
        ),
        None => (panel.all("Words"), panel.all("Pressable")),
    };
    let shown =
        |all: Vec<ElementHandle>| all.into_iter().filter(super::is_shown).collect::<Vec<_>>();
    let (words, buttons) = (shown(words), shown(buttons));
    faults.extend(outside(panel, &words));
    faults.extend(outside(panel, &buttons));
    faults.extend(overlapping(&words, 2.0));
    faults.extend(overlapping(&buttons, 1.0));
    faults.extend(buttons.iter().filter_map(too_small));
    faults.extend(words.iter().filter_map(|word| faint(panel, word)));
    faults
}

/// Words that do not fit into their place.
fn cut_words(panel: &Panel) -> Vec<String> {
    let cut = Rc::new(RefCell::new(Vec::new()));
    let sink = Rc::clone(&cut);
    let audit = panel.simulated.window.global::<kiosk_ui::ui::Audit>();
    audit.on_cut(move |text| sink.borrow_mut().push(format!("cut: `{text}`")));
    audit.set_on(true);
    for _ in 0..2 {
        panel.simulated.draw();
    }
    audit.set_on(false);
    panel.simulated.draw();
    cut.take()
}

fn outside(panel: &Panel, elements: &[ElementHandle]) -> Vec<String> {
    let (width, height) = (panel.display.0 as f32, panel.display.1 as f32);
    // Pages lie between the bars; what reaches into a bar is hidden by it.
    let bar = panel.all("BottomBar").first().map(Place::of);
    let floor = |element: &ElementHandle| match bar {
        Some(bar) if Place::of(element).top < bar.top - 1.0 => bar.top,
        Some(_) | None => height,
    };
    let shaded = !panel.all("SettingsSheet").is_empty() || !panel.all("TimeoutOverlay").is_empty();
    elements
        .iter()
        .filter(|element| {
            let place = Place::of(element);
            let floor = if shaded { height } else { floor(element) };
            place.left < -0.5
                || place.top < -0.5
                || place.right > width + 0.5
                || place.bottom > floor + 0.5
        })
        .map(|element| format!("outside: {}", name(element)))
        .collect()
}

fn overlapping(elements: &[ElementHandle], allowed: f32) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, one) in elements.iter().enumerate() {
        for other in &elements[..index] {
            let (across, down) = Place::of(one).overlap(Place::of(other));
            if across > allowed && down > allowed {
                faults.push(format!("overlap: {} and {}", name(one), name(other)));
            }
        }
    }
    faults
}

fn too_small(button: &ElementHandle) -> Option<String> {
    let size = button.size();
    let small = size.width < FINGER || size.height < FINGER;
    small.then(|| {
        format!(
            "too small: {} {}x{}",
            name(button),
            size.width.round(),
            size.height.round()
        )
    })
}

/// Words whose colour is too near to what they stand on, by the pixels that were drawn:
/// the ground is the commonest colour, the ink the one that differs most from it.
fn faint(panel: &Panel, word: &ElementHandle) -> Option<String> {
    // Dashes and strokes are too thin to be measured; no word is made of them alone.
    let text = word.accessible_label().unwrap_or_default();
    if !text.chars().any(char::is_alphanumeric) {
        return None;
    }
    let place = Place::of(word);
    let (width, height) = (panel.display.0 as usize, panel.display.1 as usize);
    let pixels = panel.simulated.pixels();
    let columns = (place.left.max(0.0) as usize)..(place.right.max(0.0) as usize).min(width);
    let rows = (place.top.max(0.0) as usize)..(place.bottom.max(0.0) as usize).min(height);
    let mut counts = std::collections::HashMap::new();
    for row in rows {
        for pixel in
            &pixels[row * width + columns.start..row * width + columns.end.max(columns.start)]
        {
            *counts.entry((pixel.r, pixel.g, pixel.b)).or_insert(0usize) += 1;
        }
    }
    let (ground, _) = counts.iter().max_by_key(|(_, count)| **count)?;
    let ground = luminance(*ground);
    // Far from the ground first, until there are enough pixels to be more than an edge.
    let mut others: Vec<(f64, usize)> = counts
        .iter()
        .map(|(colour, count)| (contrast(luminance(*colour), ground), *count))
        .collect();
    others.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut seen = 0;
    let ink = others.iter().find(|(_, count)| {
        seen += count;
        seen >= FEWEST_PIXELS
    })?;
    let empty = others.iter().all(|(contrast, _)| *contrast < 1.05);
    (!empty && ink.0 < CONTRAST).then(|| format!("faint ({:.1} to 1): {}", ink.0, name(word)))
}

fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
    let channel = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue)
}

fn contrast(a: f64, b: f64) -> f64 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn name(element: &ElementHandle) -> String {
    let place = Place::of(element);
    format!(
        "{} `{}` at {},{} to {},{}",
        element.type_name().unwrap_or_default(),
        element.accessible_label().unwrap_or_default(),
        place.left.round(),
        place.top.round(),
        place.right.round(),
        place.bottom.round()
    )
}
