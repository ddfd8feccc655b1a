"""Makes the small random-weight models that the kiosk's YarnGPT engine is proved on, and
what the Python reference makes of them: prompt ids, logits and tokens by `transformers`,
the waveform by WavTokenizer's own decoder.

    python fixtures.py --yarngpt CHECKOUT --wavtokenizer CHECKOUT OUT

CHECKOUT is the official repository of each, at the revision named in `sources.toml`.
Needs: torch transformers tokenizers onnx numpy inflect uroman scipy. Seeded: the same versions
give the same files. `--full` makes the models in their real size, for measuring.
"""

import argparse
import json
import sys
import types
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers import LogitsProcessorList, RepetitionPenaltyLogitsProcessor

import graphs

SEED = 20261124
SENTENCES = [
    ("english", "idera", "Good morning. How can I help you?"),
    ("yoruba", "yoruba_female2", "Ẹ káàárọ̀, ṣé ẹ fẹ́ rí dókítà?"),
]
# What a small model's tokenizer learns its merges from.
TRAINING = "good morning how can i help you the doctor is here please wait a moment " * 4
MOST_CODES_OF_A_WORD = 12
MOST_TOKENS_OF_A_DURATION = 12


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--yarngpt", type=Path, required=True)
    arguments.add_argument("--wavtokenizer", type=Path, required=True)
    arguments.add_argument("--full", action="store_true")
    arguments.add_argument("out", type=Path)
    asked = arguments.parse_args()
    torch.manual_seed(SEED)
    (asked.out / "speakers").mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer(asked.out / "tokenizer.json")
    for _, name, _ in SENTENCES:
        write_json(asked.out / "speakers" / f"{name}.json", make_speaker())
    shape = small_or_full(asked.full, len(tokenizer))
    model = make_language_model(asked.out / "language-model.onnx", shape)
    create_prompt = official_prompt(asked.yarngpt, asked.out / "speakers")
    sentences = [expect(model, tokenizer, create_prompt, *it) for it in SENTENCES]
    codes = sentences[0]["codes"]
    waveform = make_codec(asked.out / "codec.onnx", asked.wavtokenizer, asked.full, codes)
    if not asked.full:
        limits = {"codes_of_a_word": MOST_CODES_OF_A_WORD}
        expected = {"limits": limits, "sentences": sentences, "waveform": waveform}
        write_json(asked.out / "expected.json", expected)


def small_or_full(full, vocabulary):
    if full:
        return graphs.LanguageModel()
    return graphs.LanguageModel(
        layers=2, hidden=32, heads=4, key_heads=2, vocabulary=vocabulary, positions=2048
    )


def make_tokenizer(path):
    """As SmolLM2's: bytes, merges learned from text, digits alone; then YarnGPT's tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TRAINING], trainer)
    marks = "text_start text_end audio_start audio_end code_start code_end text_sep"
    tokenizer.add_tokens([f"<|{mark}|>" for mark in marks.split()])
    tokenizer.add_tokens([f"<|{code}|>" for code in range(1846)])
    tokenizer.add_tokens([f"<|t_{hundredths / 100}|>" for hundredths in range(60)])
    tokenizer.add_tokens([f"<|{language}|>" for language in ("hausa", "igbo", "yoruba", "english")])
    tokenizer.save(str(path), pretty=False)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def make_speaker():
    random = np.random.default_rng(SEED)
    # One duration that is a token, one with a trailing zero, which is none.
    words = [("please", "0.25"), ("wait", "0.30")]
    return {
        "text": "Please, wait!",
        "words": [
            {"word": word, "duration": duration, "codes": random.integers(0, 1834, 20).tolist()}
            for word, duration in words
        ],
    }


def make_language_model(path, shape):
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.hidden * 8 // 3,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        max_position_embeddings=shape.positions,
        rms_norm_eps=shape.norm_epsilon,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_theta},
        tie_word_embeddings=True,
        initializer_range=0.15 if shape.layers == 2 else 0.02,
    )
    model = LlamaForCausalLM(config).eval()
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    graphs.save(graphs.language_model(weights, shape), path)
    return model


def official_prompt(checkout, speakers):
    """YarnGPT's own `create_prompt`, with our small speakers."""
    for missing in ("torchaudio", "outetts", "outetts.wav_tokenizer"):
        sys.modules.setdefault(missing, types.ModuleType(missing))
    for name, member in (("decoder", "WavTokenizer"), ("encoder", None)):
        module = types.ModuleType(f"outetts.wav_tokenizer.{name}")
        if member:
            setattr(module, member, object)
        sys.modules[module.__name__] = module
    utilities = types.ModuleType("outetts.wav_tokenizer.encoder.utils")
    utilities.convert_audio = None
    sys.modules[utilities.__name__] = utilities
    sys.path.insert(0, str(checkout))
    import audiotokenizer

    real = audiotokenizer.AudioTokenizerV2
    AudioTokenizer = audiotokenizer.AudioTokenizer

    def without_models(self, *paths):
        import inflect

        self.text_prompt = self.bos = self.special_tokens = None
        self.lec = inflect.engine()
        self.special_tokens = {}
        self.bos = "<|im_start|>"
        self.BASE_DIR = str(checkout)

    AudioTokenizer.__init__ = without_models
    official = real(None, None, None)
    official.DEFAULT_SPEAKERS_DIR_LOCAL = str(speakers)
    official.DEFAULT_SPEAKERS_ENG = str(speakers)
    return official


def expect(model, tokenizer, official, language, speaker, text):
    """Greedy, with repetition penalty 1.1, the words forced."""
    prompt = official.create_prompt(text, language, speaker)
    ids = tokenizer.encode(prompt, add_special_tokens=False)
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, -1]
    words = official.process_text(text)
    tokens, codes = speak(model, tokenizer, ids, words)
    return {
        "language": language,
        "speaker": speaker,
        "text": text,
        "words": words,
        "prompt_ids": ids,
        # Every seventh says as much as all of them.
        "logits": [round(value, 6) for value in logits.tolist()[::7]],
        "tokens": tokens,
        "codes": codes,
    }


def speak(model, tokenizer, ids, words):
    penalty = LogitsProcessorList([RepetitionPenaltyLogitsProcessor(1.1)])
    vocabulary = tokenizer.get_vocab()
    code_of = {vocabulary[f"<|{code}|>"]: code for code in range(4096) if f"<|{code}|>" in vocabulary}
    start, end = vocabulary["<|code_start|>"], vocabulary["<|code_end|>"]
    times = [vocabulary[name] for name in vocabulary if name.startswith("<|t_")]
    # "<|t_0.10|>", which is no token, in plain ones.
    plain = sorted({vocabulary[letter] for letter in "<|t_0123456789.>"})
    tokens, codes = [], []

    def choose(allowed):
        sequence = torch.tensor([ids + tokens])
        with torch.no_grad():
            scores = penalty(sequence, model(sequence).logits[:, -1])[0]
        return max(sorted(allowed), key=lambda token: scores[token].item())

    for word in words:
        tokens += tokenizer.encode("\n" + word, add_special_tokens=False)
        spelled = 0
        while True:
            if not spelled:
                token = choose(times + [vocabulary["<"]])
            elif tokens[-1] in times or spelled == MOST_TOKENS_OF_A_DURATION:
                token = start
            else:
                token = choose(plain + [start])
            tokens.append(token)
            spelled += 1
            if token == start:
                break
        count = 0
        while True:
            may = list(code_of) + ([end] if count else [])
            token = end if count == MOST_CODES_OF_A_WORD else choose(may)
            tokens.append(token)
            if token == end:
                break
            codes.append(code_of[token])
            count += 1
    return tokens, codes


def make_codec(path, checkout, full, codes):
    # Only its modules, not all that the package imports.
    package = sys.modules["decoder"] = types.ModuleType("decoder")
    package.__path__ = [str(checkout / "decoder")]
    for name in ("torchaudio.functional", "torchaudio.functional.functional"):
        sys.modules[name] = types.ModuleType(name)
    functional = sys.modules["torchaudio.functional.functional"]
    functional._hz_to_mel = functional._mel_to_hz = None
    from decoder.heads import ISTFTHead
    from decoder.models import VocosBackbone

    layers, width, book = (12, 768, 512) if full else (2, 32, 16)
    window = 1280 if full else 80
    shape = graphs.Codec(layers=layers, groups=32, window=window, hop=window // 4)
    backbone = VocosBackbone(book, width, 3 * width, layers, adanorm_num_embeddings=4).eval()
    head = ISTFTHead(width, window, shape.hop)
    for parameter in [*backbone.parameters(), *head.parameters()]:
        torch.nn.init.normal_(parameter, std=0.2)
    codebook = torch.randn(4096 if full else 1846, book)
    weights = {f"backbone.{name}": value.numpy() for name, value in backbone.state_dict().items()}
    weights |= {f"head.{name}": value.numpy() for name, value in head.state_dict().items()}
    weights["feature_extractor.encodec.quantizer.vq.layers.0._codebook.embed"] = codebook.numpy()
    graphs.save(graphs.codec(weights, shape), path)
    with torch.no_grad():
        features = codebook[torch.tensor(codes)].T[None]
        sound = head(backbone(features, bandwidth_id=torch.tensor([0])))[0]
    # A random decoder is as loud as chance has it.
    return [round(value, 7) for value in sound.tolist()]


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
