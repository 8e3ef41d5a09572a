"""What was recorded becomes a take: `python -m audio_library.speech.taking --original FILE --takes FOLDER --key KEY`.

It is decoded in the cell, looked at, and kept if nothing is wrong with it or it is wanted all the same. One JSON line
on stdout; exit code 0, or 3 for a refusal.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from audio_library import ffmpeg
from audio_library.away import run_away
from audio_library.probe import probe
from audio_library.refusal import Refusal
from audio_library.sandbox import Limits
from audio_library.speech.parts import Part
from audio_library.speech.phrases import Phrase
from audio_library.speech.pitch import pitch_hz
from audio_library.speech.take import Examined, Fault, Take, examine
from audio_library.speech.takes import R, Recordable, Takes
from audio_library.speech.tuning import LONG, move_of, moved
from audio_library.worker import IntakeBroke

LARGEST: Final = 2_000_000
"""Bytes of what was recorded."""
LONGEST_S: Final = 40
"""No phrase is half as long; what comes after is not looked at."""
LIMITS: Final = Limits(wall_s=20, cpu_s=10)
TIME_LIMIT_S: Final = 60.0
COMPARED: Final = 8
"""Takes whose pitch a new one is compared with."""
REFUSED: Final = 3
KINDS: Final[Mapping[str, Callable[[str], Recordable]]] = {"phrase": Phrase.of, "part": Part.of}
"""What a key names."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """What became of it."""

    examined: Examined
    kept: bool

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> Taken:
        """What `to_wire` gave; KeyError or TypeError for anything else."""
        examined = wire["examined"]
        faults = tuple(Fault(**one) for one in examined["faults"])
        return cls(Examined(**{**examined, "faults": faults}), wire["kept"])


def take_in(original: Path, takes: Takes[R], phrase: R, anyway: bool = False) -> Taken:
    """Look at what was recorded, and keep it, tuned to the voice, in place of an earlier take: if it is good, or
    `anyway`.

    What is not usable never is: a word would be missing on air. Refusal for what is no sound.
    """
    demuxer = probe(original).demuxer
    take = decoded(original, demuxer)
    examined = examine(take, phrase.words, usual_hz(takes, phrase))
    kept = examined.usable and (anyway or not examined.faults)
    if kept:
        by = move_of(examined.pitch_hz, phrase.words, usual_hz(takes, phrase, LONG))
        takes.keep(phrase, moved(take, by, original, demuxer, LONGEST_S) if by else take)
    return Taken(examined, kept)


def decoded(original: Path, demuxer: str) -> Take:
    """The sound of the file; Refusal if it is none."""
    try:
        with ffmpeg.running(ffmpeg.plain_argv(demuxer, LONGEST_S), LIMITS, file=original) as run:
            pcm = run.stdout.read(LONGEST_S * ffmpeg.BYTES_PER_SECOND)
            run.finish()
    except ffmpeg.ToolFailed as failure:
        raise Refusal("unreadable", failure.said[-300:]) from failure
    return Take.of(pcm)


def usual_hz(takes: Takes[R], but: R, least_words: int = 1) -> list[float]:
    """How high some other takes of so many words are, from all over the list."""
    others = [one for one in takes.held() if one != but and len(one.words.split()) >= least_words]
    found = []
    for other in others[:: max(1, len(others) // COMPARED)][:COMPARED]:
        try:
            found.append(pitch_hz(takes.read(other).pcm))
        except (FileNotFoundError, ValueError):
            continue  # one that is not ours says nothing of this one
    return [one for one in found if one is not None]


async def take_in_away(original: Path, folder: Path, phrase: Phrase | Part, anyway: bool) -> Taken:
    """The same in a process of its own. Refusal, or IntakeBroke if that broke."""
    kind = "part" if isinstance(phrase, Part) else "phrase"
    wish = (
        "--kind",
        kind,
        "--original",
        str(original),
        "--takes",
        str(folder),
        "--key",
        phrase.key,
        *(["--anyway"] if anyway else ()),
    )
    ended = await run_away("audio_library.speech.taking", *wish, time_limit_s=TIME_LIMIT_S)
    if ended.returncode not in (0, REFUSED):
        raise IntakeBroke(ended.said)
    told: dict[str, Any] = json.loads(ended.out)
    if ended.returncode == REFUSED:
        raise Refusal(told["refusal"], ended.said)
    if ended.said:
        log.warning("%s: %s", phrase.key, ended.said)
    return Taken.from_wire(told)


def main(argv: Sequence[str] | None = None) -> int:
    """The process."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m audio_library.speech.taking", description=__doc__)
    parser.add_argument("--original", type=Path, required=True)
    parser.add_argument("--takes", type=Path, required=True)
    parser.add_argument("--kind", choices=KINDS, default="phrase")
    parser.add_argument("--key", required=True)
    parser.add_argument("--anyway", action="store_true")
    asked = parser.parse_args(argv)
    named = KINDS[asked.kind]
    try:
        taken = take_in(asked.original, Takes(asked.takes, named), named(asked.key), asked.anyway)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        print(json.dumps({"refusal": refusal.code}))
        return REFUSED
    print(json.dumps(taken.to_wire()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
