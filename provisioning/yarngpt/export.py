"""Fetches YarnGPT2b and WavTokenizer from their official places and writes what the kiosk
speaks with:

    python export.py --precision fp16 FOLDER

FOLDER becomes `yarngpt2b` in the kiosk's folder of models: `language-model.onnx`,
`codec.onnx`, `tokenizer.json`, `speakers/`, and `export.json`, which names every input
and output with its sha256. Downloads lie in FOLDER/downloads; what was cut off goes on
where it was, what is done is not done again.

Needs Python 3.11, torch (for the codec's checkpoint), safetensors, onnx and numpy; for
`--precision int4` also onnxruntime.
"""

import argparse
import hashlib
import json
import shutil
import sys
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np

import graphs

HERE = Path(__file__).parent
BLOCK = 1 << 20
TRIES = 5


class Refused(Exception):
    """In words for whoever runs this."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precision", choices=["fp32", "fp16", "int4"], default="fp16")
    parser.add_argument("--accept", action="append", default=[], metavar="NAME=SHA256")
    parser.add_argument("--sources", type=Path, default=HERE / "sources.toml")
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    try:
        export(asked.folder, asked.precision, asked.sources, accepted(asked.accept))
    except Refused as refused:
        sys.exit(f"export: {refused}")


def accepted(pairs):
    for pair in pairs:
        if "=" not in pair:
            raise Refused(f"`--accept {pair}`: expected NAME=SHA256")
    return dict(pair.split("=", 1) for pair in pairs)


def export(folder, precision, sources, accept):
    downloads = folder / "downloads"
    files = tomllib.loads(sources.read_text())["file"]
    inputs = {file["name"]: fetch(file, downloads, accept) for file in files}
    for name in inputs:
        if name.endswith(".json"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(downloads / name, folder / name)
    made = folder / "language-model.onnx", folder / "codec.onnx"
    say(f"writing {made[0].name} ({precision})")
    write_language_model(downloads / "model.safetensors", made[0], precision)
    say(f"writing {made[1].name}")
    graphs.save(graphs.codec(codec_weights(downloads / "wavtokenizer.ckpt")), made[1])
    outputs = {
        path.name: digest(path)
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "export.json"
    }
    report = {"precision": precision, "inputs": inputs, "outputs": outputs}
    (folder / "export.json").write_text(json.dumps(report, indent=2) + "\n")
    say(f"done; `kioskctl doctor` speaks and rehears with what is in `{folder}`")


def fetch(file, downloads, accept):
    """The file's sha256, once it lies whole in `downloads`."""
    name = file["name"]
    path = downloads / name
    path.parent.mkdir(parents=True, exist_ok=True)
    wanted = file.get("sha256") or accept.get(name)
    if not path.exists():
        part = path.with_name(path.name + ".part")
        download(file["url"], part)
        check(name, part, wanted)
        part.rename(path)
    return check(name, path, wanted)


def check(name, path, wanted):
    found = digest(path)
    if wanted is None:
        raise Refused(
            f"the sha256 of `{name}` is not pinned. Compare {found} with the one on the "
            f"model's page, then call again with `--accept {name}={found}`"
        )
    if found != wanted:
        path.rename(path.with_name(path.name + ".wrong"))
        raise Refused(
            f"`{name}` has sha256 {found}, wanted is {wanted}; it is kept as "
            f"`{path.name}.wrong`, call again to fetch it anew"
        )
    return found


def download(url, part):
    """Into `part`, behind what is there already."""
    for left in reversed(range(TRIES)):
        have = part.stat().st_size if part.exists() else 0
        request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                if have and answer.status != 206:
                    have = 0
                take(answer, part, have)
            return
        except urllib.error.HTTPError as error:
            if error.code == 416 and have:
                return
            if error.code < 500 or not left:
                raise Refused(f"`{url}` answers {error.code}") from error
        except OSError as error:
            if not left:
                raise Refused(f"`{url}` cannot be fetched: {error}; call again to go on") from error


def take(answer, part, have):
    length = answer.headers.get("Content-Length")
    total = have + int(length) if length else None
    with part.open("ab" if have else "wb") as out:
        while block := answer.read(BLOCK):
            out.write(block)
            have += len(block)
            if sys.stderr.isatty():
                share = f" of {total >> 20}" if total else ""
                print(f"\r{part.stem}: {have >> 20}{share} MiB", end="", file=sys.stderr)
    say(f"{part.stem}: {have >> 20} MiB fetched")
    if total and have < total:
        raise ConnectionError("the connection ended early")


def digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_language_model(checkpoint, path, precision):
    from safetensors import safe_open

    # As f32 through torch: numpy has no bfloat16.
    with safe_open(checkpoint, framework="pt") as file:
        weights = {name: file.get_tensor(name).float().numpy() for name in file.keys()}
    vocabulary, hidden = weights["model.embed_tokens.weight"].shape
    layers = 1 + max(int(name.split(".")[2]) for name in weights if ".layers." in name)
    head = 64
    shape = graphs.LanguageModel(
        layers=layers,
        hidden=hidden,
        heads=hidden // head,
        key_heads=weights["model.layers.0.self_attn.k_proj.weight"].shape[0] // head,
        vocabulary=vocabulary,
    )
    if shape != graphs.LanguageModel():
        say(f"this is no YarnGPT2b: {shape}; going on with its shape")
    model = graphs.language_model(weights, shape, np.float32 if precision == "fp32" else np.float16)
    if precision == "int4":
        model = quantised(model)
    graphs.save(model, path)


def quantised(model):
    """Weights of matrix products in 4 bits, for boxes whose memory is the bottleneck."""
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    quantizer = MatMulNBitsQuantizer(model, block_size=32, is_symmetric=True)
    quantizer.process()
    return quantizer.model.model


def codec_weights(checkpoint):
    import torch

    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
    wanted = ("feature_extractor.encodec.quantizer.vq.layers.0._codebook.embed", "backbone.", "head.out.")
    return {
        name: value.float().numpy() for name, value in state.items() if name.startswith(wanted)
    }


def say(words):
    print(f"export: {words}", file=sys.stderr)


if __name__ == "__main__":
    main()
