//! Whether the kiosk is speaking, for whoever waits for its turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared between the voice, which sets it, and whoever watches.
#[derive(Debug, Clone, Default)]
pub struct Quiet(Arc<State>);

#[derive(Debug, Default)]
struct State {
    speaking: AtomicBool,
    finished: AtomicU64,
}

impl Quiet {
    /// The kiosk is quiet and has said nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The kiosk has something to say.
    pub fn speaking(&self) {
        self.0.speaking.store(true, Ordering::Release);
    }

    /// Everything it had to say has sounded.
    pub fn finished(&self) {
        // The count first: whoever sees the quiet must see what was said, too.
        self.0.finished.fetch_add(1, Ordering::AcqRel);
        self.0.speaking.store(false, Ordering::Release);
    }

    /// It is speaking, or about to.
    pub fn is_speaking(&self) -> bool {
        self.0.speaking.load(Ordering::Acquire)
    }

    /// How many times it has fallen quiet.
    pub fn times_finished(&self) -> u64 {
        self.0.finished.load(Ordering::Acquire)
    }
}
