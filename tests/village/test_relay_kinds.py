"""HLS, a watched folder and a sound input out of real boxes, one after the other in one relay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from deploy.village import Village
from tests.relay.studio import aged, ffmpeg, served
from tests.speaker_client.sound_of_tests import Samples
from tests.village.hands import hot
from tests.village.hearing import HEARD, like, wait_for_ends, wait_until
from tests.village.radio import OPEN, ROUND_S, evening, morning

TWICE = ("-stream_loop", "1")
NAMES = ("Huyện (HLS)", "Tin thôn", "Hội trường")


def noon() -> Samples:
    """Four seconds of a third programme, that is like neither of the others."""
    at = np.arange(round(ROUND_S * 48_000)) / 48_000
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 2.5 * at)
    return np.asarray(swell * np.sin(2 * np.pi * (600 + 40 * at) * at) * 12_000, dtype=np.int16)


def on_tape(folder: Path, name: str, sound: Samples) -> Path:
    wav = folder / f"{name}.wav"
    soundfile.write(wav, sound, 48_000, subtype="PCM_16")
    return wav


def as_hls(wav: Path, folder: Path) -> None:
    """Eight seconds of it in segments of two, whole, in `x.m3u8`."""
    folder.mkdir()
    how = ("-c:a", "aac", "-b:a", "96k", "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod")
    ffmpeg(*TWICE, "-i", str(wav), *how, str(folder / "x.m3u8"))


def as_file(wav: Path, folder: Path) -> None:
    """Eight seconds of it as a file that nobody writes to any more."""
    folder.mkdir(parents=True)
    ffmpeg(*TWICE, "-i", str(wav), "-b:a", "96k", str(folder / "tin.mp3"))
    aged(folder / "tin.mp3", 100)


def as_input(wav: Path, folder: Path) -> Path:
    """An input of ALSA's without a sound card, called `tape`: two minutes of it; ALSA's settings that say so."""
    raw, settings = folder / "tape.raw", folder / "asound.conf"
    ffmpeg("-stream_loop", "29", "-i", str(wav), "-f", "s16le", "-ar", "48000", "-ac", "2", str(raw))
    slave = f'slave.pcm "null"; file "/dev/null"; infile "{raw}"; format "raw"'
    settings.write_text(f"</usr/share/alsa/alsa.conf>\npcm.tape {{ type file; {slave} }}\n")
    return settings


def test_a_playlist_a_folder_and_a_sound_input_are_heard_in_their_order(
    make_village: Callable[..., Village], tmp_path: Path
) -> None:
    tapes, root = tmp_path / "tapes", tmp_path / "relayed"
    tapes.mkdir()
    wavs = [on_tape(tapes, sound.__name__, sound()) for sound in (morning, evening, noon)]
    as_hls(wavs[0], tapes / "hls")
    as_file(wavs[1], root / "news")
    inputs = {"ALSA_CONFIG_PATH": str(as_input(wavs[2], tapes)), "TIENGLANG_RELAY_INPUTS": "tape"}
    village = make_village(2, {**OPEN, **inputs, "TIENGLANG_RELAY_ROOT": str(root)})
    hot(village, village.clusters())
    with served(tapes / "hls") as url:
        places = (("hls", f"{url}/x.m3u8"), ("folder", "news"), ("input", "tape"))
        forms = [{"name": name, "kind": kind, "address": at} for name, (kind, at) in zip(NAMES, places, strict=True)]
        first, *others = (village.api("POST", "/relays/sources", json=form)["id"] for form in forms)
        wish = {"length_s": 45, "fallbacks": others, "title": "Tiếp sóng huyện"}
        started = village.api("POST", f"/relays/sources/{first}/start", json=wish)
        wait_until(
            lambda: village.log(started["id"]), lambda lines: all(one["state"] == "PLAYING" for one in lines), 35
        )
        lines = wait_for_ends(village, started["id"], 2, 120)
    print(
        {
            "switches": lines[0]["relay"]["switches"],
            "likeness": [[like(village, line, wav) for wav in wavs] for line in lines],
        }
    )
    for line in lines:
        assert line["state"] == "PLAYED", line
        assert tuple(one["new"] for one in line["relay"]["switches"][:3]) == NAMES
        assert min(like(village, line, wav) for wav in wavs) > HEARD
