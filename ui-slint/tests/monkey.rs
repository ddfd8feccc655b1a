//! Touches at random, on a whole kiosk without sound: nothing breaks, and there is always
//! a way on.
#![allow(clippy::unwrap_used)]

mod support;

use i_slint_backend_testing::ElementHandle;
use kiosk_protocol::{Screen, View};
use kiosk_ui::demo;
use kiosk_ui::link::Update;
use slint::LogicalPosition;
use support::visit::Visit;
use support::{DISPLAYS, Panel};

/// In `make soak` all of them.
fn touches() -> usize {
    if std::env::var_os("KIOSK_SOAK").is_some() {
        10_000
    } else {
        600
    }
}

#[test]
fn random_touches_break_nothing_and_meet_no_dead_end() {
    let threads: Vec<_> = DISPLAYS
        .into_iter()
        .enumerate()
        .map(|(seed, display)| std::thread::spawn(move || play(display, seed as u64 + 1)))
        .collect();
    let booked: usize = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    // With few touches nobody gets that far.
    assert!(
        booked > 0 || touches() < 10_000,
        "no random patient has ever booked"
    );
}

fn play(display: (u32, u32), seed: u64) -> usize {
    let panel = Panel::new(display);
    let mut dice = Dice(seed);
    let mut visit = Visit::new();
    let mut booked = 0;
    panel.take(demo::connected());
    for turn in 0..touches() / DISPLAYS.len() {
        let view = View {
            seq: turn as u64 + 1,
            ..visit.view()
        };
        let screen = view.screen;
        let offered = view.choices.clone();
        panel.take(Update::View(Box::new(view)));
        let buttons = panel.buttons();
        assert!(
            !buttons.is_empty(),
            "seed {seed}, turn {turn}: nothing to touch on {screen:?}"
        );
        let position = if dice.roll(5) == 0 {
            LogicalPosition::new(dice.roll(display.0) as f32, dice.roll(display.1) as f32)
        } else {
            // One touch in three is for what the kiosk asks; else nobody gets far.
            let answers = |button: &&ElementHandle| {
                let label = button.accessible_label().unwrap_or_default();
                offered.iter().any(|choice| label.contains(&choice.label))
            };
            let mut aimed: Vec<_> = buttons.iter().filter(answers).collect();
            if aimed.is_empty() || dice.roll(3) > 0 {
                aimed = buttons.iter().collect();
            }
            let button = aimed[dice.roll(aimed.len() as u32) as usize];
            let (at, size) = (button.absolute_position(), button.size());
            LogicalPosition::new(at.x + size.width / 2.0, at.y + size.height / 2.0)
        };
        panel.touch_at(position);
        for message in panel.sent() {
            visit.does(&message);
        }
        if dice.roll(12) == 0 {
            visit.waits(i64::from(dice.roll(40)));
            // The page for a PIN goes by itself, too.
            panel.simulated.model.borrow_mut().entry = None;
        }
        booked += usize::from(screen == Screen::Booked);
    }
    // Whatever was touched, leaving it alone leads home.
    visit.waits(300);
    assert_eq!(visit.view().screen, Screen::Welcome);
    booked
}

/// A small generator, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(sides.max(1))) as u32
    }
}
