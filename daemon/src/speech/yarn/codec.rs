//! WavTokenizer's decoder: codes to sound. It looks at a whole clause at once, so whole
//! clauses are decoded.

use crate::onnx::{self, OnnxError};
use crate::speech::SpeechError;
use ort::session::Session;
use ort::value::TensorRef;
use std::path::Path;

/// Training joined frequent pairs of codes into one; each is replaced by its pair until
/// none is left.
const JOINED: [(u16, [u16; 2]); 7] = [
    (1836, [453, 453]),
    (1837, [1836, 1836]),
    (1838, [1837, 1837]),
    (1840, [244, 167]),
    (1841, [235, 219]),
    (1844, [453, 244]),
    (1845, [1838, 1838]),
];

pub(super) struct Codec {
    session: Session,
}

impl Codec {
    /// Loads `codec.onnx`.
    ///
    /// # Errors
    /// Model or library is missing or damaged.
    pub fn load(model: &Path, onnx_runtime: &Path, threads: usize) -> Result<Self, OnnxError> {
        let session = onnx::load(onnx_runtime, model, threads)?;
        Ok(Self { session })
    }

    /// Sound of `codes`, mono: 320 samples a code at 24 kHz.
    ///
    /// # Errors
    /// The model failed.
    pub fn decode(&mut self, codes: &[u16]) -> Result<Vec<f32>, SpeechError> {
        let mut single = Vec::with_capacity(codes.len());
        for code in codes {
            expand(*code, &mut single);
        }
        if single.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.run(&single)?)
    }

    fn run(&mut self, codes: &[i64]) -> Result<Vec<f32>, OnnxError> {
        let codes = TensorRef::from_array_view(([1, codes.len()], codes))?;
        let outputs = self.session.run(ort::inputs!["codes" => codes])?;
        let (_, sound) = outputs[0].try_extract_tensor::<f32>()?;
        Ok(sound.to_vec())
    }
}

fn expand(code: u16, single: &mut Vec<i64>) {
    match JOINED.iter().find(|(joined, _)| *joined == code) {
        Some((_, pair)) => pair.iter().for_each(|code| expand(*code, single)),
        None => single.push(code.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn joined_codes_are_taken_apart_to_the_last() {
        let mut single = Vec::new();
        expand(7, &mut single);
        expand(1844, &mut single);
        assert_eq!(single, [7, 453, 244]);
        single.clear();
        expand(1845, &mut single);
        assert_eq!(single, [453; 16]);
    }
}
