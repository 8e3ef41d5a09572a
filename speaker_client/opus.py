"""Opus packets of 10 ms, mono, 48 kHz, to PCM: the one file of the box that touches the system's libopus."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

from speaker_client.frames import RATE, SAMPLE_BYTES, SPOKEN_FRAMES


class OpusUnfit(Exception):
    """libopus is not on this machine, or says no."""


class OpusDecoder:
    """One stream, decoded packet by packet in order. OpusUnfit at once without the library."""

    def __init__(self) -> None:
        self._library = _library()
        error = ctypes.c_int()
        self._state = self._library.opus_decoder_create(RATE, 1, ctypes.byref(error))
        if error.value:
            raise OpusUnfit(f"opus_decoder_create: {error.value}")
        self._pcm = ctypes.create_string_buffer(SPOKEN_FRAMES * SAMPLE_BYTES)

    def decode(self, packet: bytes | None) -> bytes:
        """The frame; for None what the decoder makes up for a lost one. A damaged packet counts as lost."""
        frames = self._library.opus_decode(
            self._state, packet, len(packet) if packet else 0, self._pcm, SPOKEN_FRAMES, 0
        )
        if frames < 0 and packet:
            return self.decode(None)
        return self._pcm.raw[: max(0, frames) * SAMPLE_BYTES].ljust(SPOKEN_FRAMES * SAMPLE_BYTES, b"\0")

    def __del__(self) -> None:
        if state := getattr(self, "_state", None):
            self._library.opus_decoder_destroy(state)


@functools.cache
def _library() -> Any:
    try:
        library = ctypes.CDLL("libopus.so.0")
    except OSError as error:
        raise OpusUnfit(str(error)) from error
    library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_decoder_create.argtypes = (ctypes.c_int32, ctypes.c_int, ctypes.POINTER(ctypes.c_int))
    library.opus_decode.restype = ctypes.c_int
    library.opus_decode.argtypes = (
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_char_p, ctypes.c_int, ctypes.c_int,
    )  # fmt: skip
    library.opus_decoder_destroy.restype = None
    library.opus_decoder_destroy.argtypes = (ctypes.c_void_p,)
    return library
