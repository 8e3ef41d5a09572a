"""An upload becomes a content: received, probed, measured, transcoded, levelled, drawn, stored.

`python -m audio_library.intake --original FILE --store DIR` writes one JSON line for each bit of progress and
ends with the intake (exit code 0) or the refusal (3). Killed at any moment, it leaves nothing half-ready.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from audio_library.content import ContentId, FolderStore, hash_file, write_durably
from audio_library.cutting import Cut, cut_out
from audio_library.kind import kind_of
from audio_library.measuring import measure, trimmed
from audio_library.pages import duration_us
from audio_library.probe import Source, probe
from audio_library.progress import SPAN, Progress, say_nothing
from audio_library.refusal import MAX_BYTES, Refusal
from audio_library.scratch import scratch
from audio_library.sound import Intake, Kind
from audio_library.transcoding import transcode
from audio_library.waveform import waveform

REFUSED: Final = 3


def take_in(
    original: Path,
    store: FolderStore,
    kind: Kind | None = None,
    progress: Progress | None = None,
    cuts: Sequence[Cut] = (),
) -> Intake:
    """Take the upload, or what `cuts` leave of it, into the store; equal uploads, cut alike, give equal contents.
    Refusal if we do not take it."""
    tell = progress or say_nothing
    received = receive(original, tell)
    known = recall(store, received, kind, cuts)
    if known:
        tell("store", 1000)
        return known
    with scratch(store.root) as folder:
        source = probed(original, tell)
        measured = measure(original, source, folder, tell)
        kept, start, end = trimmed(measured)
        if cuts:
            measured = kept = cut_out(kept, cuts, folder)
        chosen = kind or kind_of(kept.levels)
        transcoded = transcode(kept, chosen, folder, tell)
        tell("peaks", SPAN["peaks"][1])
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
            peaks=waveform(kept.levels, transcoded.setting, transcoded.turn_db),
            source_format=f"{source.demuxer}/{source.codec}",
            trimmed_start_us=start * 10_000,
            trimmed_end_us=end * 10_000,
        )
        return keep(store, intake, _note(store, received, kind, cuts), original, transcoded.ogg, tell)


def receive(original: Path, tell: Progress) -> ContentId:
    """The hash of the upload; Refusal for what its size alone forbids."""
    size = original.stat().st_size
    if not size:
        raise Refusal("empty")
    if size > MAX_BYTES:
        raise Refusal("too_large", f"{size} bytes")
    received = hash_file(original)
    tell("receive", SPAN["receive"][1])
    return received


def probed(original: Path, tell: Progress) -> Source:
    source = probe(original)
    tell("probe", SPAN["probe"][1])
    return source


def keep(store: FolderStore, intake: Intake, note: Path, original: Path, ogg: Path, tell: Progress) -> Intake:
    """Both files into the store, then the note that makes the same upload give the same content for ever."""
    store.put(original)
    store.put(ogg)
    if not note.parent.exists():
        note.parent.mkdir(exist_ok=True)
    write_durably(note, [json.dumps(intake.to_wire()).encode()])
    tell("store", 1000)
    return intake


def recall(store: FolderStore, original: ContentId, asked: Kind | None, cuts: Sequence[Cut] = ()) -> Intake | None:
    """What an earlier intake of the same bytes made, if all of it is still held and no bit of it has turned."""
    try:
        intake = Intake.from_wire(json.loads(_note(store, original, asked, cuts).read_bytes()))
    except FileNotFoundError:
        return None
    return intake if store.is_intact(intake.content) and store.is_intact(intake.original) else None


def _note(store: FolderStore, original: ContentId, asked: Kind | None, cuts: Sequence[Cut]) -> Path:
    cut = f".{hashlib.sha256(_wire(cuts).encode()).hexdigest()[:32]}" if cuts else ""
    return store.root / ".intakes" / f"{original}.{asked or 'any'}{cut}.json"


def _wire(cuts: Sequence[Cut]) -> str:
    return json.dumps([cut.to_wire() for cut in cuts])


def main(argv: Sequence[str] | None = None) -> int:
    """The process: JSON lines on stdout, 0 taken in, 3 refused, 143 told to stop."""
    parser = argparse.ArgumentParser(prog="python -m audio_library.intake", description=__doc__)
    parser.add_argument("--original", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--kind", choices=("speech", "music"))
    parser.add_argument("--cuts", type=json.loads, default=[])
    asked = parser.parse_args(argv)
    cuts = tuple(Cut.from_wire(one) for one in asked.cuts)
    signal.signal(signal.SIGTERM, _stop)
    try:
        intake = take_in(asked.original, FolderStore(asked.store), asked.kind, Teller(), cuts)
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
