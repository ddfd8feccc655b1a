//! ONNX Runtime: loaded once per process, from the file that the manifest names.

use ort::environment::Environment;
use ort::session::Session;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// One environment per process, whichever model is loaded first. Contended only
/// while models load, for as long as loading the library takes.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Why a model cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OnnxError {
    /// The library is missing or not usable.
    #[error("ONNX Runtime `{}` cannot be loaded: {why}", path.display())]
    Runtime {
        /// As configured.
        path: PathBuf,
        /// In the loader's words.
        why: String,
    },
    /// The model file is missing or damaged.
    #[error("model `{}` cannot be loaded: {why}", path.display())]
    Model {
        /// As configured.
        path: PathBuf,
        /// In ONNX Runtime's words.
        why: String,
    },
    /// The model refused its input.
    #[error("model cannot be run: {0}")]
    Run(String),
}

impl From<ort::Error> for OnnxError {
    fn from(error: ort::Error) -> Self {
        Self::Run(error.to_string())
    }
}

/// Loads `model` with the runtime library `runtime`; it computes on `threads` threads.
///
/// # Errors
/// Library or model is missing or damaged. The library is loaded once: a second path
/// is not looked at.
pub fn load(runtime: &Path, model: &Path, threads: usize) -> Result<Session, OnnxError> {
    let environment = environment(runtime)?;
    let failed = |why: String| OnnxError::Model {
        path: model.to_owned(),
        why,
    };
    if !model.is_file() {
        return Err(failed("there is no such file".to_owned()));
    }
    let builder = Session::builder(&environment).map_err(|error| failed(error.to_string()))?;
    let builder = builder
        .with_intra_threads(threads)
        .map_err(|error| failed(error.to_string()))?;
    // Idle threads that spin would take the cores from Whisper.
    let builder = builder
        .with_intra_op_spinning(false)
        .map_err(|error| failed(error.to_string()))?;
    #[cfg(feature = "cuda")]
    let builder = builder
        .with_execution_providers([
            #[cfg(feature = "tensorrt")]
            ort::ep::TensorRT::default().build(),
            ort::ep::CUDA::default().build(),
        ])
        .map_err(|error| failed(error.to_string()))?;
    let mut builder = builder;
    builder
        .commit_from_file(model)
        .map_err(|error| failed(error.to_string()))
}

fn environment(runtime: &Path) -> Result<Environment, OnnxError> {
    let failed = |why: String| OnnxError::Runtime {
        path: runtime.to_owned(),
        why,
    };
    let mut environment = ENVIRONMENT
        .lock()
        .map_err(|_| failed("loading it failed before".to_owned()))?;
    if let Some(environment) = environment.as_ref() {
        return Ok(environment.clone());
    }
    let loaded = ort::init_from(runtime)
        .map_err(|error| failed(error.to_string()))?
        .with_name("kiosk")
        .with_telemetry(false)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    *environment = Some(loaded.clone());
    Ok(loaded)
}
