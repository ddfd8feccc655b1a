//! The language model: ids in, scores for the next id out. What it has read stays where
//! it computes, on a GPU in the GPU's memory, between two steps.

use crate::onnx::{self, OnnxError};
use crate::speech::SpeechError;
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, Session};
use ort::value::{DynValue, Tensor, TensorElementType, ValueType};
use std::path::Path;

pub(super) struct LanguageModel {
    session: Session,
    binding: IoBinding,
    /// Where the cache lies.
    device: MemoryInfo<'static>,
    layers: Vec<Layer>,
}

/// What is kept of what was read, by name of input and output.
struct Layer {
    past: String,
    present: String,
    is_half_precision: bool,
    /// Heads that share keys, and numbers of each.
    heads: usize,
    head: usize,
    kept: Option<DynValue>,
}

impl LanguageModel {
    /// Loads `language-model.onnx`.
    ///
    /// # Errors
    /// Model or library is missing, damaged, or not one that `provisioning/yarngpt` made.
    pub fn load(model: &Path, onnx_runtime: &Path, threads: usize) -> Result<Self, OnnxError> {
        let session = onnx::load(onnx_runtime, model, threads)?;
        let layers: Vec<Layer> = session
            .inputs()
            .iter()
            .filter_map(|input| layer(input.name(), input.dtype()))
            .collect();
        if layers.is_empty() {
            return Err(OnnxError::Model {
                path: model.to_owned(),
                why: "it keeps nothing of what it has read".to_owned(),
            });
        }
        Ok(Self {
            binding: session.create_binding()?,
            device: device(&session)?,
            session,
            layers,
        })
    }

    /// Forgets what was read.
    pub fn forget(&mut self) {
        for layer in &mut self.layers {
            layer.kept = None;
        }
    }

    /// Reads `ids` behind what was read before; a score for every id that may follow.
    ///
    /// # Errors
    /// The model failed.
    pub fn step(&mut self, ids: &[u32]) -> Result<Vec<f32>, SpeechError> {
        Ok(self.run(ids)?)
    }

    fn run(&mut self, ids: &[u32]) -> Result<Vec<f32>, OnnxError> {
        let ids: Vec<i64> = ids.iter().copied().map(i64::from).collect();
        let ids = Tensor::from_array(([1, ids.len()], ids))?;
        self.binding.bind_input("input_ids", &ids)?;
        let host = MemoryInfo::default();
        // Bound anew for every step: a bound output is a buffer of one size.
        self.binding.bind_output_to_device("logits", &host)?;
        for layer in &mut self.layers {
            let past = match layer.kept.take() {
                Some(kept) => kept,
                None => layer.nothing()?,
            };
            self.binding.bind_input(layer.past.as_str(), &past)?;
            self.binding
                .bind_output_to_device(layer.present.as_str(), &self.device)?;
        }
        let mut outputs = self.session.run_binding(&self.binding)?;
        for layer in &mut self.layers {
            layer.kept = outputs.remove(&layer.present);
        }
        let (_, scores) = outputs["logits"].try_extract_tensor::<f32>()?;
        Ok(scores.to_vec())
    }
}

impl Layer {
    /// As if nothing had been read.
    fn nothing(&self) -> Result<DynValue, OnnxError> {
        let shape = [1, self.heads, 0, self.head];
        Ok(if self.is_half_precision {
            Tensor::<half::f16>::from_array((shape, Vec::new()))?.into_dyn()
        } else {
            Tensor::<f32>::from_array((shape, Vec::new()))?.into_dyn()
        })
    }
}

fn layer(input: &str, kind: &ValueType) -> Option<Layer> {
    let name = input.strip_prefix("past.")?;
    let ValueType::Tensor { ty, shape, .. } = kind else {
        return None;
    };
    let size = |at: usize| shape.get(at).and_then(|size| usize::try_from(*size).ok());
    Some(Layer {
        past: input.to_owned(),
        present: format!("present.{name}"),
        is_half_precision: *ty == TensorElementType::Float16,
        heads: size(1)?,
        head: size(3)?,
        kept: None,
    })
}

/// The GPU's memory where the model computes there.
fn device(session: &Session) -> Result<MemoryInfo<'static>, OnnxError> {
    let on = |device| MemoryInfo::new(device, 0, AllocatorType::Device, MemoryType::Default);
    if cfg!(feature = "cuda") && Allocator::new(session, on(AllocationDevice::CUDA)?).is_ok() {
        return Ok(on(AllocationDevice::CUDA)?);
    }
    Ok(on(AllocationDevice::CPU)?)
}
