//! kioskd as a library: `kioskctl` runs the same hearing, speaking and booking
//! code on files and databases when no daemon runs.

pub mod audio;
pub mod config;
pub mod control;
pub mod hearing;
pub mod logging;
pub mod models;
mod onnx;
pub mod panel;
pub mod speech;
