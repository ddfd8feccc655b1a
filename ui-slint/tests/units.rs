//! The own tests of the modules that know no pages, compiled without the pages.
#![allow(dead_code, unused_imports, clippy::unwrap_used)]

#[path = "../src/entry.rs"]
mod entry;
#[path = "../src/frame.rs"]
mod frame;
#[path = "../src/link.rs"]
mod link;
#[path = "../src/typing.rs"]
mod typing;
#[path = "../src/view_model.rs"]
mod view_model;
