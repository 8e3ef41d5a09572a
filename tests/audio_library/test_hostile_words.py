"""Whatever a text is after: it is read as words or refused in words, by one command line, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from collections import Counter
from pathlib import Path

import pytest

from audio_library.refusal import Refusal
from audio_library.speech import Espeak, FirstThatSpeaks
from audio_library.speech.sentences import Unhurried
from tests.audio_library.hostile_words import hostile_texts

SPY = """#!{python} -S
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps([sys.argv[1:], sorted(os.environ)]) + "\\n")
os.execvp("espeak-ng", ["espeak-ng", *sys.argv[1:]])
"""
OUTCOMES = {"spoken", "text_empty", "text_too_long", "speech_unavailable"}
LONGEST_S = 20


def everything(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*")}


async def test_five_hundred_hostile_texts_are_words_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is spoken as a text that somebody typed is, in a folder of its own that has nothing else in it."""
    spool, home, log = tmp_path / "spool", tmp_path / "home", tmp_path / "log"
    for folder in (spool, home):
        folder.mkdir()
    spy = tmp_path / "spy"
    spy.write_text(SPY.format(python=sys.executable, log=str(log)))
    spy.chmod(spy.stat().st_mode | stat.S_IXUSR)
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    voices, outcomes, room = (
        FirstThatSpeaks([Unhurried(Espeak(str(spy), LONGEST_S, lasting=False))]),
        Counter[str](),
        asyncio.Semaphore(2),
    )
    texts = list(hostile_texts(str(home / "canary")))
    assert len(set(texts)) == len(texts) >= 500

    async def tried(number: int, text: str) -> None:
        async with room:
            try:
                spoken = await voices.speak(text, "vi", home / f"{number}.wav")
            except Refusal as refusal:
                outcome = refusal.code
            else:
                outcome = "spoken" if spoken.duration_us > 100_000 else "too short"
                os.remove(spoken.file)
            outcomes[outcome] += 1

    await asyncio.gather(*(tried(number, text) for number, text in enumerate(texts)))
    assert set(outcomes) <= OUTCOMES
    assert outcomes["speech_unavailable"] <= 1, "two thousand times one letter"
    assert everything(home) == everything(spool) == set()
    words = [json.loads(line) for line in log.read_text().splitlines()]
    lines = {tuple(word for word in argv if not word.startswith(str(spool))) for argv, _ in words}
    assert len(words) >= outcomes["spoken"]
    assert lines == {("-v", "vi", "-a", "70", "-s", "150", "-p", "50", "-b", "1", "--stdin", "-w")}
    assert outcomes["spoken"] > 400
