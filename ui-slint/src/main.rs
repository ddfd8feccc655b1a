//! The panel.

fn main() {}
