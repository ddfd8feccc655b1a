//! A Whisper model's weights rounded to 8 bits as it is loaded. A CPU multiplies bytes
//! about twice as fast as 16-bit floats; what is heard stays the same
//! (`docs/evaluation.md`). The file on disk stays the one whose sha256 is known.
//!
//! The format is whisper.cpp's own (`ggml`): a header, mel filters, the vocabulary, then
//! tensors. Little-endian throughout.

use half::f16;

const MAGIC: u32 = 0x6767_6d6c;
/// Numbers of the header; the last one tells what kind the weights are of.
const HEADER: usize = 11;
/// "Mostly 8 bits", by version 2 of the rounding.
const EIGHT_BITS: i32 = 2_007;
/// Kinds of a tensor's numbers.
const F32: i32 = 0;
const F16: i32 = 1;
const Q8_0: i32 = 8;
/// Weights that share a scale.
const BLOCK: usize = 32;

/// Why a model cannot be rounded; it may still be loaded as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is no Whisper model in this format, or ends early.
    #[error("it is damaged or no Whisper model")]
    Damaged,
    /// Its weights are not 16-bit floats.
    #[error("its weights are rounded already")]
    Rounded,
}

/// `model` with the matrices of its layers in 8 bits.
///
/// # Errors
/// [`Unfit`].
pub fn quantised(model: &[u8]) -> Result<Vec<u8>, Unfit> {
    let mut rest = model;
    let mut out = Vec::with_capacity(model.len() * 6 / 10);
    let magic = take(&mut rest, 4)?;
    if magic != MAGIC.to_le_bytes() {
        return Err(Unfit::Damaged);
    }
    out.extend(magic);
    let header = take(&mut rest, 4 * HEADER)?;
    let (sizes, kind) = header.split_at(4 * (HEADER - 1));
    if kind != F16.to_le_bytes() {
        return Err(Unfit::Rounded);
    }
    out.extend(sizes);
    out.extend(EIGHT_BITS.to_le_bytes());
    let (bands, width) = (size(&mut rest, &mut out)?, size(&mut rest, &mut out)?);
    copy(&mut rest, &mut out, product(&[bands, width, 4])?)?;
    for _ in 0..size(&mut rest, &mut out)? {
        let length = size(&mut rest, &mut out)?;
        copy(&mut rest, &mut out, length)?;
    }
    while !rest.is_empty() {
        tensor(&mut rest, &mut out)?;
    }
    Ok(out)
}

fn tensor(rest: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    let head = take(rest, 12)?;
    let (dimensions, name_length, kind) = (number(head, 0), number(head, 4), number(head, 8));
    let dimensions = usize::try_from(dimensions).map_err(|_| Unfit::Damaged)?;
    let shape_bytes = take(rest, product(&[dimensions, 4])?)?;
    let shape: Vec<usize> = shape_bytes
        .chunks_exact(4)
        .map(|bytes| usize::try_from(number(bytes, 0)))
        .collect::<Result<_, _>>()
        .map_err(|_| Unfit::Damaged)?;
    let name = take(
        rest,
        usize::try_from(name_length).map_err(|_| Unfit::Damaged)?,
    )?;
    let width = match kind {
        F32 => 4,
        F16 => 2,
        _ => return Err(Unfit::Rounded),
    };
    let count = product(&shape)?;
    let data = take(rest, product(&[count, width])?)?;
    // Positions and biases are small and exact; kernels of convolutions have three sizes.
    let is_matrix = shape.len() == 2 && kind == F16 && shape[0].is_multiple_of(BLOCK);
    out.extend(&head[..8]);
    out.extend(if is_matrix { Q8_0 } else { kind }.to_le_bytes());
    out.extend(shape_bytes);
    out.extend(name);
    if is_matrix {
        data.chunks_exact(2 * BLOCK)
            .for_each(|block| round(block, out));
    } else {
        out.extend(data);
    }
    Ok(())
}

/// A scale, then each weight as so many of it.
fn round(block: &[u8], out: &mut Vec<u8>) {
    let mut weights = [0.0_f32; BLOCK];
    for (weight, bytes) in weights.iter_mut().zip(block.chunks_exact(2)) {
        *weight = f16::from_le_bytes([bytes[0], bytes[1]]).to_f32();
    }
    let largest = weights.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
    let scale = largest / 127.0;
    let steps = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    out.extend(f16::from_f32(scale).to_le_bytes());
    out.extend(weights.map(|weight| ((weight * steps).round_ties_even() as i8).to_le_bytes()[0]));
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Unfit> {
    let (taken, behind) = rest.split_at_checked(count).ok_or(Unfit::Damaged)?;
    *rest = behind;
    Ok(taken)
}

fn copy(rest: &mut &[u8], out: &mut Vec<u8>, count: usize) -> Result<(), Unfit> {
    out.extend(take(rest, count)?);
    Ok(())
}

/// A size, copied as well.
fn size(rest: &mut &[u8], out: &mut Vec<u8>) -> Result<usize, Unfit> {
    let bytes = take(rest, 4)?;
    out.extend(bytes);
    usize::try_from(number(bytes, 0)).map_err(|_| Unfit::Damaged)
}

fn number(bytes: &[u8], at: usize) -> i32 {
    i32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn product(factors: &[usize]) -> Result<usize, Unfit> {
    factors
        .iter()
        .try_fold(1_usize, |all, factor| all.checked_mul(*factor))
        .ok_or(Unfit::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header, no filters, no words, a bias and a matrix of two blocks.
    fn model() -> Vec<u8> {
        let mut model = MAGIC.to_le_bytes().to_vec();
        for number in [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, F16, 0, 0, 0] {
            model.extend(i32::to_le_bytes(number));
        }
        for (name, shape, kind) in [("bias", vec![3], F32), ("weight", vec![64, 1], F16)] {
            for number in [shape.len() as i32, name.len() as i32, kind] {
                model.extend(number.to_le_bytes());
            }
            shape
                .iter()
                .for_each(|size: &i32| model.extend(size.to_le_bytes()));
            model.extend(name.as_bytes());
            for index in 0..shape.iter().product() {
                let value = (index as f32 - 20.0) / 10.0;
                match kind {
                    F32 => model.extend(value.to_le_bytes()),
                    _ => model.extend(f16::from_f32(value).to_le_bytes()),
                }
            }
        }
        model
    }

    #[test]
    fn matrices_are_rounded_and_the_rest_is_left() {
        let model = model();
        let rounded = quantised(&model).unwrap();
        // 64 floats of two bytes became two blocks of a scale and 32 bytes.
        assert_eq!(rounded.len(), model.len() - 128 + 2 * 34);
        let (exact, blocks) = (&model[model.len() - 128..], &rounded[rounded.len() - 68..]);
        for (index, bytes) in exact.chunks_exact(2).enumerate() {
            let weight = f16::from_le_bytes([bytes[0], bytes[1]]).to_f32();
            let block = &blocks[34 * (index / 32)..];
            let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
            let back = f32::from(block[2 + index % 32].cast_signed()) * scale;
            assert!(
                (back - weight).abs() <= 0.51 * scale + 1e-3,
                "{weight}: {back}"
            );
        }
        assert_eq!(quantised(&rounded), Err(Unfit::Rounded), "once is enough");
    }

    #[test]
    fn a_damaged_model_is_refused_wherever_the_damage_is() {
        let model = model();
        for cut in 0..model.len() {
            // Between two tensors a file may end.
            let _ = quantised(&model[..cut]);
            let mut broken = model.clone();
            broken[cut] ^= 0x80;
            let _ = quantised(&broken);
        }
        assert_eq!(quantised(b"RIFF"), Err(Unfit::Damaged));
        assert_eq!(quantised(&model[..70]), Err(Unfit::Damaged));
    }
}
