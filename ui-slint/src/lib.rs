//! The kiosk's touchscreen. It shows whole snapshots that kioskd sends and sends back
//! what was touched; it holds no truth, reaches no network and no database, and can
//! start, die and return at any moment.
//!
//! Three parts: [`link`] (the socket), [`view_model`] with the [`frame`] that it makes (pure)
//! and [`bind`] (to Slint); [`simulate`] draws without a display.

pub mod bind;
pub mod demo;
mod demo_staff;
pub mod entry;
pub mod frame;
pub mod link;
pub mod measure;
pub mod simulate;
pub mod staff;
pub mod typing;
pub mod view_model;
pub mod window;
pub mod wiping;

/// What `slint-build` makes of `ui/*.slint`.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::print_stdout,
    reason = "generated"
)]
pub mod ui {
    slint::include_modules!();
}
