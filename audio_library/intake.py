"""An upload becomes a content: received, probed, measured, transcoded, levelled, drawn, stored.

`python -m audio_library.intake --original FILE --store DIR` writes one JSON line for each bit of progress and
ends with the intake (exit code 0) or the refusal (3). Killed at any moment, it leaves nothing half-ready.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from audio_library import ffmpeg
from audio_library.content import ContentId, FolderStore, hash_file, write_durably
from audio_library.kind import kind_of
from audio_library.levels import FRAME_BYTES, Levels, sounding
from audio_library.loudness import SILENT_LUFS, Level, Setting, gain_for, read_meter
from audio_library.pages import duration_us, last_granule
from audio_library.probe import MAX_SECONDS, Source, probe
from audio_library.refusal import MAX_BYTES, Refusal
from audio_library.sandbox import Limits
from audio_library.scratch import scratch
from audio_library.sound import Intake, Kind
from audio_library.waveform import waveform

Progress = Callable[[str, int], None]
"""Told the step and how far the whole intake has come, 0 to 1000."""

REFUSED: Final = 3
SHORTEST_FRAMES: Final = 50
ATTEMPTS: Final = 4
_CHUNK: Final = 1 << 18
_LIMITS: Final = Limits(wall_s=1_200, cpu_s=900)
_SPAN: Final = {
    "receive": (0, 5),
    "probe": (5, 10),
    "measure": (10, 180),
    "transcode": (180, 960),
    "level": (960, 965),
    "peaks": (965, 970),
    "store": (970, 1000),
}


@dataclass(frozen=True)
class Coding:
    """How libopus is asked to code a kind of sound."""

    bitrate: int
    application: str
    complexity: int


CODINGS: Final[dict[Kind, Coding]] = {
    "speech": Coding(24_000, "voip", 3),
    "music": Coding(48_000, "audio", 9),
}


@dataclass(frozen=True)
class Measured:
    """The whole upload as mono PCM in a file, and how loud it is."""

    pcm: Path
    levels: Levels
    loudness_lufs: float


@dataclass(frozen=True)
class Transcoded:
    """The content as it will be stored, measured after decoding it again."""

    ogg: Path
    level: Level
    setting: Setting


def take_in(original: Path, store: FolderStore, kind: Kind | None = None, progress: Progress | None = None) -> Intake:
    """Take the upload into the store; equal uploads give equal contents. Refusal if we do not take it."""
    tell = progress or _say_nothing
    received = receive(original, tell)
    known = recall(store, received, kind)
    if known:
        tell("store", 1000)
        return known
    with scratch(store.root) as folder:
        source = probed(original, tell)
        measured = measure(original, source, folder, tell)
        kept, start, end = trimmed(measured)
        chosen = kind or kind_of(kept.levels)
        transcoded = transcode(kept, chosen, folder, tell)
        tell("peaks", _SPAN["peaks"][1])
        intake = Intake(
            content=hash_file(transcoded.ogg),
            original=received,
            size=transcoded.ogg.stat().st_size,
            original_size=original.stat().st_size,
            duration_us=duration_us(transcoded.ogg),
            kind=chosen,
            loudness_before_lufs=measured.loudness_lufs,
            loudness_lufs=transcoded.level.loudness_lufs,
            true_peak_dbtp=transcoded.level.true_peak_dbtp or 0.0,
            gain_db=transcoded.setting.gain_db,
            peaks=waveform(kept.levels, transcoded.setting.gain_db, transcoded.setting.ceiling_db),
            source_format=f"{source.demuxer}/{source.codec}",
            trimmed_start_us=start * 10_000,
            trimmed_end_us=end * 10_000,
        )
        return keep(store, intake, kind, original, transcoded.ogg, tell)


def receive(original: Path, tell: Progress) -> ContentId:
    """The hash of the upload; Refusal for what its size alone forbids."""
    size = original.stat().st_size
    if not size:
        raise Refusal("empty")
    if size > MAX_BYTES:
        raise Refusal("too_large", f"{size} bytes")
    received = hash_file(original)
    tell("receive", _SPAN["receive"][1])
    return received


def probed(original: Path, tell: Progress) -> Source:
    source = probe(original)
    tell("probe", _SPAN["probe"][1])
    return source


def measure(original: Path, source: Source, folder: Path, tell: Progress) -> Measured:
    """Decode the upload once, into a PCM file; foreign bytes are not touched again after this."""
    pcm, levels, taken = folder / "sound.pcm", Levels(), 0
    expected = (source.guessed_s or 600.0) * ffmpeg.BYTES_PER_SECOND
    with ExitStack() as stack:
        decoder = stack.enter_context(
            ffmpeg.running(ffmpeg.decode_argv(source.demuxer, source.codec, MAX_SECONDS + 2), _LIMITS, file=original)
        )
        meter = stack.enter_context(
            ffmpeg.running(ffmpeg.measure_argv(ffmpeg.PCM, true_peak=False), _LIMITS, stdin=ffmpeg.PIPE)
        )
        file = stack.enter_context(pcm.open("wb"))
        while chunk := decoder.stdout.read(_CHUNK):
            file.write(chunk)
            meter.stdin.write(chunk)
            levels.feed(chunk)
            taken += len(chunk)
            tell("measure", _share("measure", taken / expected))
        _check_decoded(decoder, original, source, taken / ffmpeg.BYTES_PER_SECOND)
        loudness = read_meter(meter.finish()).loudness_lufs
    return Measured(pcm, levels, loudness)


def _check_decoded(decoder: ffmpeg.Run, original: Path, source: Source, decoded_s: float) -> None:
    """Refusal if what came out is not what the container declared."""
    try:
        decoder.finish()
    except ffmpeg.ToolFailed as failure:
        raise Refusal("unreadable", failure.said[-300:]) from failure
    if decoded_s > MAX_SECONDS + 0.5:
        raise Refusal("too_long", "decoded")
    if not decoded_s:
        raise Refusal("unreadable", "nothing was decoded")
    if source.declared_s and decoded_s < source.declared_s - max(0.5, 0.005 * source.declared_s):
        raise Refusal("truncated", f"{decoded_s:.2f} s of {source.declared_s:.2f} s")


def trimmed(measured: Measured) -> tuple[Measured, int, int]:
    """Without the silence at both ends, and how many frames went at the start and at the end."""
    start, end = sounding(measured.levels, measured.loudness_lufs)
    if end == start or measured.loudness_lufs < SILENT_LUFS and len(measured.levels) >= SHORTEST_FRAMES:
        raise Refusal("silent", f"{measured.loudness_lufs} LUFS")
    if end - start < SHORTEST_FRAMES:
        raise Refusal("too_short", f"{(end - start) / 100} s")
    with measured.pcm.open("r+b") as file:
        file.truncate(end * FRAME_BYTES)
    lost = len(measured.levels) - end
    return Measured(measured.pcm, measured.levels.cut(start, end), measured.loudness_lufs), start, lost


def transcode(measured: Measured, kind: Kind, folder: Path, tell: Progress) -> Transcoded:
    """Gain, limit, encode and decode again, until loudness and true peak of the result are right."""
    setting = Setting(gain_for(measured.levels, measured.loudness_lufs))
    for attempt in range(ATTEMPTS):
        result = _encode(measured, CODINGS[kind], setting, folder / f"{attempt}.ogg", tell)
        better = setting.corrected(result.level)
        if better is None:
            break
        setting = better
    tell("level", _SPAN["level"][1])
    return result


def _encode(measured: Measured, coding: Coding, setting: Setting, ogg: Path, tell: Progress) -> Transcoded:
    """Three tools at once: level, encode, and measure what a listener will decode."""
    samples = len(measured.levels) * FRAME_BYTES / 2
    with ExitStack() as stack:
        source = stack.enter_context(measured.pcm.open("rb"))
        source.seek(measured.pcm.stat().st_size - len(measured.levels) * FRAME_BYTES)
        leveller = stack.enter_context(
            ffmpeg.running(ffmpeg.level_argv(setting.gain_db, setting.ceiling_db), _LIMITS, stdin=source)
        )
        encoder = stack.enter_context(
            ffmpeg.running(
                ffmpeg.encode_argv(coding.bitrate, coding.application, coding.complexity),
                _LIMITS,
                stdin=leveller.stdout,
            )
        )
        leveller.stdout.close()
        meter = stack.enter_context(
            ffmpeg.running(ffmpeg.measure_argv(ffmpeg.OGG, true_peak=True), _LIMITS, stdin=ffmpeg.PIPE)
        )
        file = stack.enter_context(ogg.open("wb"))
        while chunk := encoder.stdout.read1(_CHUNK):  # type: ignore[attr-defined]
            file.write(chunk)
            meter.stdin.write(chunk)
            meter.stdin.flush()
            tell("transcode", _share("transcode", (last_granule(chunk) or 0) / samples))
        leveller.finish()
        encoder.finish()
        level = read_meter(meter.finish())
    return Transcoded(ogg, level, setting)


def keep(store: FolderStore, intake: Intake, asked: Kind | None, original: Path, ogg: Path, tell: Progress) -> Intake:
    """Both files into the store, then the note that makes the same upload give the same content for ever."""
    store.put(original)
    store.put(ogg)
    note = _note(store, intake.original, asked)
    if not note.parent.exists():
        note.parent.mkdir(exist_ok=True)
    write_durably(note, [json.dumps(intake.to_wire()).encode()])
    tell("store", 1000)
    return intake


def recall(store: FolderStore, original: ContentId, asked: Kind | None) -> Intake | None:
    """What an earlier intake of the same bytes made, if all of it is still held."""
    try:
        intake = Intake.from_wire(json.loads(_note(store, original, asked).read_bytes()))
    except FileNotFoundError:
        return None
    return intake if store.holds(intake.content) and store.holds(intake.original) else None


def _note(store: FolderStore, original: ContentId, asked: Kind | None) -> Path:
    return store.root / ".intakes" / f"{original}.{asked or 'any'}.json"


def _share(step: str, part: float) -> int:
    start, end = _SPAN[step]
    return round(start + (end - start) * min(1.0, part))


def _say_nothing(step: str, permille: int) -> None:
    """Progress that nobody follows."""


def main(argv: Sequence[str] | None = None) -> int:
    """The process: JSON lines on stdout, 0 taken in, 3 refused, 143 told to stop."""
    parser = argparse.ArgumentParser(prog="python -m audio_library.intake", description=__doc__)
    parser.add_argument("--original", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--kind", choices=("speech", "music"))
    asked = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _stop)
    try:
        intake = take_in(asked.original, FolderStore(asked.store), asked.kind, Teller())
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        _write({"refusal": {"code": refusal.code, "vi": refusal.vi, "en": refusal.en}})
        return REFUSED
    _write({"intake": intake.to_wire()})
    return 0


def _stop(signum: int, frame: object) -> NoReturn:
    raise SystemExit(128 + signum)


class Teller:
    """Writes progress as JSON lines, each permille once and never backwards."""

    def __init__(self) -> None:
        self._told: tuple[str, int] = ("", -1)

    def __call__(self, step: str, permille: int) -> None:
        told = (step, max(permille, self._told[1]))
        if told != self._told:
            self._told = told
            _write({"step": step, "permille": told[1]})


def _write(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
