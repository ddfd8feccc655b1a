//! kioskd as a library: `kioskctl` runs the same hearing, speaking and booking
//! code on files and databases when no daemon runs.

mod accounts;
pub mod app;
pub mod audio;
mod barge_in;
mod bell;
pub mod clinic;
pub mod config;
pub mod control;
pub mod desk;
pub mod fhir;
pub mod hearing;
pub mod http;
pub mod lobby;
pub mod logging;
pub mod models;
pub mod office;
mod onnx;
pub mod panel;
mod partials;
mod pin;
pub mod printer;
pub mod rehearsal;
mod remote;
pub mod self_test;
pub mod sound;
mod speculation;
pub mod speech;
pub mod store;
pub mod sync;
pub mod tally;
mod technician;
pub mod turns;
