"""A sound that the library holds: what the intake made of an upload."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from audio_library.content import ContentId, content_id

Kind = Literal["speech", "music"]


@dataclass(frozen=True)
class Intake:
    """One upload, taken in whole: both files are durably in the store."""

    content: ContentId
    """What is broadcast: mono 48 kHz Ogg Opus."""
    original: ContentId
    """What was uploaded, bit for bit."""
    size: int
    """Bytes of `content`."""
    original_size: int
    duration_us: int
    """Exactly what a decoder gives out for `content`, pre-skip taken off."""
    kind: Kind
    loudness_before_lufs: float
    """Integrated loudness of the upload as mono, high-passed, before gain."""
    loudness_lufs: float
    """Integrated loudness of the decoded content."""
    true_peak_dbtp: float
    """Highest true peak of the decoded content."""
    gain_db: float
    """Gain that was applied before the limiter."""
    peaks: tuple[int, ...]
    """Waveform of the content: 1,000 equal stretches of time, 0 silence to 255 full scale."""
    source_format: str
    """Container and codec of the upload, such as `mov/aac`."""
    trimmed_start_us: int
    trimmed_end_us: int

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> Intake:
        """The record that `to_wire` gave; ValueError, KeyError or TypeError for anything else."""
        return cls(
            **{
                **wire,
                "content": content_id(wire["content"]),
                "original": content_id(wire["original"]),
                "peaks": tuple(wire["peaks"]),
            }
        )
