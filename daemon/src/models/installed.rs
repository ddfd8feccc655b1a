//! The folder of model files on this machine, and what of them is there.

use super::{Manifest, Model, ModelFile, Use};
use std::path::{Path, PathBuf};

/// Where a provisioned box keeps them.
const SYSTEM_FOLDER: &str = "/var/lib/kiosk/models";
/// Under the user's cache folder.
const CACHE_FOLDER: &str = "minohealth-kiosk/models";

/// Neither the configuration nor the environment names a folder.
#[derive(Debug, thiserror::Error)]
#[error("no folder for model files: set KIOSK_MODELS, or HOME")]
pub struct NoFolder;

/// A model that is not on this machine, or not whole.
#[derive(Debug, thiserror::Error)]
#[error("{}; {}", self.fact(), self.remedy())]
pub struct Missing {
    /// The file, or what was wanted.
    pub what: String,
    /// Model to fetch; `None`: the defaults.
    pub name: Option<String>,
    /// Where it was looked for.
    pub folder: PathBuf,
}

impl Missing {
    /// What is wrong.
    pub fn fact(&self) -> String {
        format!("{} is not in `{}`", self.what, self.folder.display())
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        let name = self.name.as_deref().map(|name| format!(" {name}"));
        format!("run `kioskctl models fetch{}`", name.unwrap_or_default())
    }
}

/// The folder of model files: `configured`, else `$KIOSK_MODELS`, else
/// `/var/lib/kiosk/models` if it exists, else the user's cache folder
/// (`$XDG_CACHE_HOME` or `~/.cache`). It need not exist yet.
///
/// # Errors
/// There is no home folder and nothing else says where.
pub fn folder(configured: Option<&Path>) -> Result<PathBuf, NoFolder> {
    if let Some(folder) = configured {
        return Ok(folder.to_owned());
    }
    choose(&|name| std::env::var_os(name).map(PathBuf::from))
}

fn choose(environment: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, NoFolder> {
    let set = |name| environment(name).filter(|value| !value.as_os_str().is_empty());
    if let Some(folder) = set("KIOSK_MODELS") {
        return Ok(folder);
    }
    if Path::new(SYSTEM_FOLDER).is_dir() {
        return Ok(SYSTEM_FOLDER.into());
    }
    // The XDG specification says to ignore a relative one.
    set("XDG_CACHE_HOME")
        .filter(|cache| cache.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join(CACHE_FOLDER))
        .ok_or(NoFolder)
}

/// What of a manifest is in a folder. Looks at names and sizes; `kioskctl models
/// verify` reads the files themselves.
#[derive(Debug, Clone)]
pub struct Installed<'manifest> {
    manifest: &'manifest Manifest,
    folder: PathBuf,
}

impl Installed<'static> {
    /// The built-in manifest's models in [`folder`]`(configured)`.
    ///
    /// # Errors
    /// There is no such folder to look in.
    pub fn find(configured: Option<&Path>) -> Result<Self, NoFolder> {
        Ok(Self::new(Manifest::built_in(), folder(configured)?))
    }
}

impl<'manifest> Installed<'manifest> {
    /// `manifest`'s models in `folder`.
    pub fn new(manifest: &'manifest Manifest, folder: PathBuf) -> Self {
        Self { manifest, folder }
    }

    /// Where the files lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether `file` is there with its right size.
    pub fn has(&self, file: &ModelFile) -> bool {
        std::fs::metadata(self.folder.join(&file.file))
            .is_ok_and(|found| found.is_file() && found.len() == file.size)
    }

    /// The file of the first model for `purpose` that is whole. A model's further
    /// files (a voice's JSON) lie beside it.
    ///
    /// # Errors
    /// None is whole.
    pub fn first(&self, purpose: Use) -> Result<PathBuf, Missing> {
        self.models(purpose)
            .find_map(|model| self.main_file(model))
            .ok_or_else(|| Missing {
                what: format!("a model for `{purpose}`"),
                name: None,
                folder: self.folder.clone(),
            })
    }

    /// The file of the model `name`.
    ///
    /// # Errors
    /// It is unknown, or not whole.
    pub fn named(&self, name: &str) -> Result<PathBuf, Missing> {
        let known = self.manifest.model(name);
        known
            .and_then(|model| self.main_file(model))
            .ok_or_else(|| Missing {
                what: format!("model `{name}`"),
                name: known.map(|model| model.name.clone()),
                folder: self.folder.clone(),
            })
    }

    /// The models for `purpose` that are whole, with their files, preferred first.
    pub fn all(&self, purpose: Use) -> Vec<(&'manifest Model, PathBuf)> {
        self.models(purpose)
            .filter_map(|model| Some((model, self.main_file(model)?)))
            .collect()
    }

    fn models(&self, purpose: Use) -> impl Iterator<Item = &'manifest Model> {
        self.manifest
            .models
            .iter()
            .filter(move |model| model.purpose == purpose)
    }

    fn main_file(&self, model: &Model) -> Option<PathBuf> {
        let mut ours = model
            .files
            .iter()
            .filter(|file| file.is_for_this_machine())
            .peekable();
        let main = self.folder.join(&ours.peek()?.file);
        ours.all(|file| self.has(file)).then_some(main)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        [[model]]
        name = "good"
        use = "voice"
        about = ""
        licence = "MIT"
        [[model.file]]
        file = "good.onnx"
        size = 4
        sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
        sources = [{ url = "https://example.org/good.onnx" }]
        [[model.file]]
        file = "good.onnx.json"
        size = 2
        sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
        sources = [{ url = "https://example.org/good.onnx.json" }]
    "#;

    #[test]
    fn a_model_counts_only_when_all_its_files_are_whole() {
        let manifest = Manifest::from_toml(MANIFEST).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let installed = Installed::new(&manifest, folder.path().to_owned());
        std::fs::write(folder.path().join("good.onnx"), "1234").unwrap();
        std::fs::write(folder.path().join("good.onnx.json"), "{").unwrap();
        let message = installed.named("good").unwrap_err().to_string();
        assert!(message.contains("kioskctl models fetch good"), "{message}");

        std::fs::write(folder.path().join("good.onnx.json"), "{}").unwrap();
        let expected = folder.path().join("good.onnx");
        assert_eq!(installed.first(Use::Voice).unwrap(), expected);
        assert!(installed.first(Use::Vad).is_err());
    }

    #[test]
    fn the_folder_named_in_the_environment_wins_over_the_cache() {
        let environment = |name: &str| match name {
            "KIOSK_MODELS" => Some(PathBuf::from("/somewhere")),
            "HOME" => Some(PathBuf::from("/home/kofi")),
            _ => None,
        };
        assert_eq!(choose(&environment).unwrap(), Path::new("/somewhere"));
    }

    #[test]
    fn a_relative_cache_folder_is_ignored_and_no_home_is_an_error() {
        let relative = |name: &str| match name {
            "XDG_CACHE_HOME" => Some(PathBuf::from("cache")),
            "HOME" => Some(PathBuf::from("/home/kofi")),
            _ => None,
        };
        if !Path::new(SYSTEM_FOLDER).is_dir() {
            let chosen = choose(&relative).unwrap();
            assert_eq!(
                chosen,
                Path::new("/home/kofi/.cache/minohealth-kiosk/models")
            );
            assert!(choose(&|_| None).is_err());
        }
    }
}
