"""The kiosk's speech service by the official OpenAI client: what it speaks it understands
again, streamed and whole, and what it refuses arrives as the client's own errors."""

import io
import os
import wave

import openai

SAID = "Good morning. Your appointment is on Monday at half past nine."
client = openai.OpenAI(base_url=os.environ["URL"], api_key=os.environ["KEY"], max_retries=0)


def spoken(response_format):
    asked = dict(model="tts-1", voice="alloy", input=SAID, response_format=response_format)
    with client.audio.speech.with_streaming_response.create(**asked) as answer:
        return b"".join(answer.iter_bytes())


def heard(name, sound, **more):
    return client.audio.transcriptions.create(model="whisper-1", file=(name, sound), **more)


def is_understood(text):
    words = text.lower().replace(".", "").split()
    assert "appointment" in words and "monday" in words, text


def is_refused(kind, status, request):
    try:
        request()
    except kind as refusal:
        assert refusal.status_code == status, refusal
        return
    raise AssertionError(f"not refused with {status}")


for name in ("wav", "opus"):
    is_understood(heard("speech." + name, spoken(name)).text)

pcm = spoken("pcm")
file = io.BytesIO()
with wave.open(file, "wb") as out:
    out.setparams((1, 2, 24_000, 0, "NONE", ""))
    out.writeframes(pcm)
events = list(heard("speech.wav", file.getvalue(), stream=True))
assert events[-1].type == "transcript.text.done"
is_understood(events[-1].text)
deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
assert "".join(deltas) == events[-1].text

verbose = heard("speech.wav", file.getvalue(), response_format="verbose_json")
assert verbose.segments and verbose.segments[-1].end <= verbose.duration

is_refused(
    openai.UnprocessableEntityError, 422, lambda: heard("speech.mp3", b"ID3 no sound")
)
is_refused(
    openai.UnprocessableEntityError,
    422,
    lambda: client.audio.speech.create(model="tts-1", voice="nobody", input=SAID),
)
stranger = client.with_options(api_key="mhk_unknown")
is_refused(
    openai.AuthenticationError,
    401,
    lambda: stranger.audio.speech.create(model="tts-1", voice="alloy", input=SAID),
)
print("the OpenAI client speaks, hears and is refused as it expects")
