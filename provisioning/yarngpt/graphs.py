"""The ONNX graphs of YarnGPT2b's language model and of WavTokenizer's decoder, written
node by node from a checkpoint's weights: the same weights give the same bytes, and no
tracer decides what the kiosk runs.

Weights come as a mapping from the checkpoint's own names to numpy arrays.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
# 8: what ONNX Runtime 1.17 and later read.
IR_VERSION = 8


@dataclass(frozen=True)
class LanguageModel:
    """Shape of a Llama; the defaults are YarnGPT2b's (SmolLM2-360M)."""

    layers: int = 32
    hidden: int = 960
    heads: int = 15
    key_heads: int = 5
    vocabulary: int = 53248
    norm_epsilon: float = 1e-5
    rope_theta: float = 100_000.0
    positions: int = 4096

    @property
    def head(self):
        return self.hidden // self.heads


@dataclass(frozen=True)
class Codec:
    """Shape of WavTokenizer's decoder; the defaults are those of the 75 codes/s one."""

    layers: int = 12
    groups: int = 32
    window: int = 1280
    hop: int = 320


class Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self, weight_type=np.float32):
        self.nodes = []
        self.constants = {}
        self.weight_type = weight_type

    def add(self, operator, *inputs, **attributes):
        """A node with one output, whose name is returned."""
        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def weight(self, name, array):
        return self._constant(name, np.asarray(array, dtype=self.weight_type))

    def number(self, value):
        return self.weight(f"number_{value}", np.array(value))

    def integers(self, *values):
        name = "integers_" + "_".join(map(str, values))
        return self._constant(name, np.array(values, dtype=np.int64))

    def _constant(self, name, array):
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def linear(self, x, weights, name, bias=True):
        """torch's Linear: x · Wᵀ + b."""
        y = self.add("MatMul", x, self.weight(name + ".weight", weights[name + ".weight"].T))
        if not bias:
            return y
        return self.add("Add", y, self.weight(name + ".bias", weights[name + ".bias"]))

    def convolution(self, x, weights, name, groups=1):
        """torch's Conv1d, as long as its input."""
        kernel = weights[name + ".weight"]
        pad = kernel.shape[-1] // 2
        return self.add(
            "Conv",
            x,
            self.weight(name + ".weight", kernel),
            self.weight(name + ".bias", weights[name + ".bias"]),
            pads=[pad, pad],
            group=groups,
        )

    def model(self, inputs, outputs):
        graph = helper.make_graph(
            self.nodes, "kiosk", inputs, outputs, initializer=list(self.constants.values())
        )
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)


def language_model(weights, shape=LanguageModel(), weight_type=np.float32):
    """`input_ids` [1, S] i64 and for each layer `past.N.key`, `past.N.value`
    [1, key_heads, P, head] → `logits` [vocabulary] f32 of the last id, and
    `present.N.key`, `present.N.value` [1, key_heads, P+S, head]."""
    graph = Graph(weight_type)
    onnx_type = helper.np_dtype_to_tensor_dtype(np.dtype(weight_type))
    embedding = graph.weight("embedding", weights["model.embed_tokens.weight"])
    x = graph.add("Gather", embedding, "input_ids")
    cosine, sine, hidden_later = _positions(graph, shape)
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "S"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [shape.vocabulary])]
    for layer in range(shape.layers):
        name = f"model.layers.{layer}"
        normed = _rms_norm(graph, x, weights, name + ".input_layernorm", shape)
        attended = _attention(
            graph, normed, weights, f"{name}.self_attn", layer, shape, (cosine, sine, hidden_later)
        )
        x = graph.add("Add", x, attended)
        normed = _rms_norm(graph, x, weights, name + ".post_attention_layernorm", shape)
        gate = graph.linear(normed, weights, name + ".mlp.gate_proj", bias=False)
        gate = graph.add("Mul", gate, graph.add("Sigmoid", gate))
        up = graph.linear(normed, weights, name + ".mlp.up_proj", bias=False)
        both = graph.add("Mul", gate, up)
        x = graph.add("Add", x, graph.linear(both, weights, name + ".mlp.down_proj", bias=False))
        for part in ("key", "value"):
            heads = [1, shape.key_heads]
            past, present = f"past.{layer}.{part}", f"present.{layer}.{part}"
            inputs.append(helper.make_tensor_value_info(past, onnx_type, [*heads, "P", shape.head]))
            outputs.append(
                helper.make_tensor_value_info(present, onnx_type, [*heads, "P+S", shape.head])
            )
    x = graph.add("Slice", x, graph.integers(-1), graph.integers(2**31), graph.integers(1))
    x = _rms_norm(graph, x, weights, "model.norm", shape)
    # The embedding is tied: a score is the likeness of the last state to each row.
    scores = graph.add("MatMul", x, graph.add("Transpose", embedding, perm=[1, 0]))
    scores = graph.add("Cast", scores, to=TensorProto.FLOAT)
    graph.nodes.append(helper.make_node("Reshape", [scores, graph.integers(-1)], ["logits"]))
    return graph.model(inputs, outputs)


def _rms_norm(graph, x, weights, name, shape):
    # In f32, as the reference does it, whatever the weights are.
    wide = graph.add("Cast", x, to=TensorProto.FLOAT)
    mean = graph.add("ReduceMean", graph.add("Mul", wide, wide), graph.integers(-1))
    epsilon = graph._constant("norm_epsilon", np.array(shape.norm_epsilon, dtype=np.float32))
    scaled = graph.add("Div", wide, graph.add("Sqrt", graph.add("Add", mean, epsilon)))
    back = graph.add("CastLike", scaled, x)
    return graph.add("Mul", back, graph.weight(name, weights[name + ".weight"]))


def _positions(graph, shape):
    """Rotation of every new position, [S, head] each, and which keys come later than a
    query, [S, P+S]."""
    past = graph.add("Shape", "past.0.key", start=2, end=3)
    new = graph.add("Shape", "input_ids", start=1, end=2)
    end = graph.add("Add", past, new)
    scalar = [graph.add("Squeeze", value) for value in (past, end)]
    one = graph._constant("one", np.array(1, dtype=np.int64))
    zero = graph._constant("zero", np.array(0, dtype=np.int64))
    queries = graph.add("Range", *scalar, one)
    keys = graph.add("Range", zero, scalar[1], one)
    frequencies = shape.rope_theta ** (-np.arange(0, shape.head, 2, dtype=np.float64) / shape.head)
    angles = np.outer(np.arange(shape.positions), frequencies)
    angles = np.concatenate([angles, angles], axis=1)
    cosine = graph.add("Gather", graph.weight("cosine", np.cos(angles)), queries)
    sine = graph.add("Gather", graph.weight("sine", np.sin(angles)), queries)
    column = graph.add("Unsqueeze", queries, graph.integers(1))
    return cosine, sine, graph.add("Less", column, graph.add("Unsqueeze", keys, graph.integers(0)))


def _attention(graph, x, weights, name, layer, shape, positions):
    cosine, sine, is_later = positions
    head, groups = shape.head, shape.heads // shape.key_heads

    def project(part, heads):
        flat = graph.linear(x, weights, f"{name}.{part}_proj", bias=False)
        split = graph.add("Reshape", flat, graph.integers(1, -1, heads, head))
        return graph.add("Transpose", split, perm=[0, 2, 1, 3])

    def rotate(part):
        axis = graph.integers(-1)
        first = graph.add("Slice", part, graph.integers(0), graph.integers(head // 2), axis)
        second = graph.add("Slice", part, graph.integers(head // 2), graph.integers(head), axis)
        turned = graph.add("Concat", graph.add("Neg", second), first, axis=-1)
        return graph.add("Add", graph.add("Mul", part, cosine), graph.add("Mul", turned, sine))

    query = rotate(project("q", shape.heads))
    new = {"key": rotate(project("k", shape.key_heads)), "value": project("v", shape.key_heads)}
    for part, values in new.items():
        names = [f"past.{layer}.{part}", values]
        graph.nodes.append(
            helper.make_node("Concat", names, [f"present.{layer}.{part}"], axis=2)
        )
    # [1, key_heads, groups, S, head] against [1, key_heads, 1, P+S, head].
    query = graph.add("Reshape", query, graph.integers(1, shape.key_heads, groups, -1, head))
    key = graph.add("Unsqueeze", f"present.{layer}.key", graph.integers(2))
    value = graph.add("Unsqueeze", f"present.{layer}.value", graph.integers(2))
    key = graph.add("Transpose", key, perm=[0, 1, 2, 4, 3])
    scores = graph.add("MatMul", query, key)
    scores = graph.add("Mul", scores, graph.number(head**-0.5))
    # The lowest of f16, for all types.
    scores = graph.add("Where", is_later, graph.number(-65504.0), scores)
    scores = graph.add("Softmax", scores, axis=-1)
    mixed = graph.add("MatMul", scores, value)
    mixed = graph.add("Reshape", mixed, graph.integers(1, shape.heads, -1, head))
    mixed = graph.add("Transpose", mixed, perm=[0, 2, 1, 3])
    mixed = graph.add("Reshape", mixed, graph.integers(1, -1, shape.hidden))
    return graph.linear(mixed, weights, name + ".o_proj", bias=False)


def codec(weights, shape=Codec()):
    """`codes` [1, T] i64 → `waveform` [1, hop·T] f32, −1 to 1 as far as the model keeps to it.

    The bandwidth is always the first, so the adaptive norms are plain ones."""
    graph = Graph()
    book = weights["feature_extractor.encodec.quantizer.vq.layers.0._codebook.embed"]
    x = graph.add("Gather", graph.weight("codebook", book), "codes")
    x = graph.add("Transpose", x, perm=[0, 2, 1])
    x = graph.convolution(x, weights, "backbone.embed")
    x = _position_net(graph, x, weights, shape)
    x = graph.add("Transpose", x, perm=[0, 2, 1])
    x = _adaptive_norm(graph, x, weights, "backbone.norm")
    for layer in range(shape.layers):
        x = _conv_next(graph, x, weights, f"backbone.convnext.{layer}")
    x = _layer_norm(graph, x, weights, "backbone.final_layer_norm")
    x = graph.linear(x, weights, "head.out")
    x = graph.add("Transpose", x, perm=[0, 2, 1])
    _inverse_fourier(graph, x, shape)
    return graph.model(
        [helper.make_tensor_value_info("codes", TensorProto.INT64, [1, "T"])],
        [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, [1, "samples"])],
    )


def _position_net(graph, x, weights, shape):
    name = "backbone.pos_net"
    for part in (0, 1):
        x = _residual(graph, x, weights, f"{name}.{part}", shape)
    x = _self_attention(graph, x, weights, f"{name}.2", shape)
    for part in (3, 4):
        x = _residual(graph, x, weights, f"{name}.{part}", shape)
    return _group_norm(graph, x, weights, f"{name}.5", shape)


def _residual(graph, x, weights, name, shape):
    inner = x
    for part in ("1", "2"):
        inner = _group_norm(graph, inner, weights, f"{name}.norm{part}", shape)
        inner = graph.add("Mul", inner, graph.add("Sigmoid", inner))
        inner = graph.convolution(inner, weights, f"{name}.conv{part}")
    return graph.add("Add", x, inner)


def _self_attention(graph, x, weights, name, shape):
    normed = _group_norm(graph, x, weights, f"{name}.norm", shape)
    query, key, value = (graph.convolution(normed, weights, f"{name}.{part}") for part in "qkv")
    channels = weights[f"{name}.q.weight"].shape[0]
    scores = graph.add("MatMul", graph.add("Transpose", query, perm=[0, 2, 1]), key)
    scores = graph.add("Softmax", graph.add("Mul", scores, graph.number(channels**-0.5)), axis=-1)
    mixed = graph.add("MatMul", value, graph.add("Transpose", scores, perm=[0, 2, 1]))
    return graph.add("Add", x, graph.convolution(mixed, weights, f"{name}.proj_out"))


def _group_norm(graph, x, weights, name, shape):
    groups = shape.groups
    flat = graph.add("Reshape", x, graph.integers(1, groups, -1))
    ones = graph.weight("group_ones", np.ones(groups))
    zeros = graph.weight("group_zeros", np.zeros(groups))
    normed = graph.add("InstanceNormalization", flat, ones, zeros, epsilon=1e-6)
    normed = graph.add("Reshape", normed, graph.add("Shape", x))
    scale = graph.weight(f"{name}.weight", weights[f"{name}.weight"][:, None])
    shift = graph.weight(f"{name}.bias", weights[f"{name}.bias"][:, None])
    return graph.add("Add", graph.add("Mul", normed, scale), shift)


def _adaptive_norm(graph, x, weights, name):
    scale = graph.weight(f"{name}.scale", weights[f"{name}.scale.weight"][0])
    shift = graph.weight(f"{name}.shift", weights[f"{name}.shift.weight"][0])
    return graph.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-6)


def _layer_norm(graph, x, weights, name):
    scale = graph.weight(f"{name}.weight", weights[f"{name}.weight"])
    shift = graph.weight(f"{name}.bias", weights[f"{name}.bias"])
    return graph.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-6)


def _conv_next(graph, x, weights, name):
    """`x` is [1, T, channels], before and after."""
    inner = graph.add("Transpose", x, perm=[0, 2, 1])
    channels = weights[f"{name}.dwconv.weight"].shape[0]
    inner = graph.convolution(inner, weights, f"{name}.dwconv", groups=channels)
    inner = graph.add("Transpose", inner, perm=[0, 2, 1])
    inner = _adaptive_norm(graph, inner, weights, f"{name}.norm")
    inner = graph.linear(inner, weights, f"{name}.pwconv1")
    inner = _gelu(graph, inner)
    inner = graph.linear(inner, weights, f"{name}.pwconv2")
    inner = graph.add("Mul", inner, graph.weight(f"{name}.gamma", weights[f"{name}.gamma"]))
    return graph.add("Add", x, inner)


def _gelu(graph, x):
    """The exact one: x · (1 + erf(x / √2)) / 2."""
    error = graph.add("Erf", graph.add("Mul", x, graph.number(2**-0.5)))
    half = graph.add("Mul", x, graph.number(0.5))
    return graph.add("Mul", half, graph.add("Add", error, graph.number(1.0)))


def _inverse_fourier(graph, x, shape):
    """Overlapping windows of an inverse real Fourier transform are a transposed
    convolution with its basis; the windows' own overlap is divided out again."""
    bins = shape.window // 2 + 1
    channels = graph.integers(1)
    size = graph.add("Slice", x, graph.integers(0), graph.integers(bins), channels)
    phase = graph.add("Slice", x, graph.integers(bins), graph.integers(2 * bins), channels)
    size = graph.add("Min", graph.add("Exp", size), graph.number(100.0))
    real = graph.add("Mul", size, graph.add("Cos", phase))
    imaginary = graph.add("Mul", size, graph.add("Sin", phase))
    spectrum = graph.add("Concat", real, imaginary, axis=1)
    angles = 2 * np.pi / shape.window * np.outer(np.arange(bins), np.arange(shape.window))
    share = np.full((bins, 1), 2.0 / shape.window)
    share[[0, -1]] = 1.0 / shape.window
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(shape.window) / shape.window)
    # The first and last bin have no imaginary part.
    odd = np.where(np.isin(np.arange(bins), [0, bins - 1])[:, None], 0.0, np.sin(angles))
    basis = np.concatenate([share * np.cos(angles), -share * odd]) * hann
    sound = graph.add(
        "ConvTranspose", spectrum, graph.weight("basis", basis[:, None]), strides=[shape.hop]
    )
    every = graph.add("Slice", size, graph.integers(0), graph.integers(1), channels)
    every = graph.add("Add", graph.add("Sub", every, every), graph.number(1.0))
    squared = graph.weight("squared_window", (hann**2)[None, None])
    overlap = graph.add("ConvTranspose", every, squared, strides=[shape.hop])
    # The very first sample's window is 0; it is cut away below.
    sound = graph.add("Div", sound, graph.add("Max", overlap, graph.number(1e-11)))
    pad = (shape.window - shape.hop) // 2
    sound = graph.add("Slice", sound, graph.integers(pad), graph.integers(-pad), graph.integers(2))
    graph.nodes.append(helper.make_node("Squeeze", [sound, graph.integers(1)], ["waveform"]))


def save(model, path):
    """Writes `model`; weights of more than 2 GB go into `path` + `.data` beside it."""
    onnx.checker.check_model(model)
    large = model.ByteSize() > 2**31 - 2**20
    onnx.save_model(
        model,
        path,
        save_as_external_data=large,
        location=path.name + ".data" if large else None,
    )
