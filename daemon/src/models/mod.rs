//! Which model files there are and where they lie on this machine. Reads the
//! manifest and looks for files; loads no model and fetches nothing.

mod installed;
mod manifest;
mod selection;

pub use installed::{Installed, Missing, NoFolder, folder};
pub use manifest::{Manifest, ManifestError, Model, ModelFile, Source, Use};
