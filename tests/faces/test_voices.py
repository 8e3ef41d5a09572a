"""The station's voices and their order are set, checked in words, and looked after by `doctor`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from broadcast_server.settings import Settings, SettingsUnfit, load


def settings(folder: Path, *lines: str) -> Settings:
    (folder / "station.env").write_text("\n".join(f"TIENGLANG_{line}" for line in lines))
    return load(folder)


@pytest.mark.parametrize(
    ("lines", "order"),
    [
        ((), ("recorded", "espeak-ng")),
        (("ONLINE_VOICE=true",), ("recorded", "gtts", "espeak-ng")),
        (("PIPER_VOICE=/voices/vi.onnx",), ("recorded", "piper", "espeak-ng")),
        (("PIPER_VOICE=",), ("recorded", "espeak-ng")),
        (("ONLINE_VOICE=true", "PIPER_VOICE=/v.onnx"), ("recorded", "gtts", "piper", "espeak-ng")),
        (("ONLINE_VOICE=true", "PIPER_VOICE=/v.onnx", "VOICES=piper, gtts"), ("piper", "gtts")),
    ],
)
def test_the_order_is_the_usual_one_or_the_one_that_was_set(
    tmp_path: Path, lines: tuple[str, ...], order: tuple[str, ...]
) -> None:
    choice = settings(tmp_path, *lines).voice_choice
    assert choice.order == order
    assert [engine.name for engine in choice.engines()] == list(order)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("VOICES=siri",), "không có giọng “siri”"),
        (("VOICES=piper",), "đặt TIENGLANG_PIPER_VOICE"),
        (("VOICES=gtts, espeak-ng",), "TIENGLANG_ONLINE_VOICE=true"),
        (("PIPER_VOICE=/v.onnx", "PIPER_REGION=hue"), "TIENGLANG_PIPER_REGION"),
        (("ESPEAK_PITCH=120",), "TIENGLANG_ESPEAK_PITCH"),
    ],
)
def test_what_cannot_be_meant_is_said_when_the_station_is_started(
    tmp_path: Path, lines: tuple[str, ...], told: str
) -> None:
    with pytest.raises(SettingsUnfit, match=told):
        settings(tmp_path, *lines)


def test_the_doctor_says_what_piper_lacks_and_lets_it_speak(
    founded: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio_library.speech.piper.HERE", tmp_path / "no extra")
    house, model, program = founded["house"], tmp_path / "vi.onnx", tmp_path / "piper"
    assert "piper" not in house.tienglang("doctor", code=1).lower()
    with (house.data / "station.env").open("a") as file:
        file.write(f"\nTIENGLANG_PIPER_VOICE={model}\n")
    assert "Giọng piper: thiếu" in house.tienglang("doctor", code=1)
    for file in (model, Path(f"{model}.json")):
        file.write_text("a voice")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    program.write_text("#!/bin/sh\necho no such phoneme >&2\nexit 3\n")
    program.chmod(0o755)
    told = house.tienglang("doctor", code=1)
    assert "Giọng piper: có nhưng không đọc được" in told
    assert "no such phoneme" in told
    program.write_text('#!/bin/sh\nexec espeak-ng -v vi --stdin -w "$6"\n')
    assert "Giọng piper: đọc được" in house.tienglang("doctor", code=1)
    monkeypatch.setattr("os.geteuid", lambda: house.data.stat().st_uid + 1)
    assert "chưa thử đọc" in house.tienglang("doctor", code=1)
