"""PCM to Opus packets of 10 ms, mono, 48 kHz, and back: the one file of the server that touches libopus."""

from __future__ import annotations

import ctypes
import functools
from enum import IntEnum
from typing import Any

from broadcast_server.problem import Problem

RATE = 48_000
FRAME_SAMPLES = 480
FRAME_BYTES = FRAME_SAMPLES * 2
MOST_SAMPLES = 5760
"""120 ms: the longest that one packet holds."""
BIT_RATE = 32_000
LARGEST_PACKET = 200
"""Two of them, with a hole between and signed, stay below a datagram's 1,200 bytes."""
_SET_BITRATE, _SET_VBR_CONSTRAINT, _SET_COMPLEXITY = 4002, 4020, 4010


class Application(IntEnum):
    """What the sound is: a voice, or anything that is broadcast."""

    VOIP = 2048
    AUDIO = 2049


class OpusEncoder:
    """One stream, encoded frame by frame in order. Problem 503 `no_opus` without the library."""

    def __init__(self, application: Application = Application.VOIP) -> None:
        self._library = _library()
        error = ctypes.c_int()
        self._state = self._library.opus_encoder_create(RATE, 1, int(application), ctypes.byref(error))
        if error.value:
            raise _unfit(f"opus_encoder_create: {error.value}")
        for setting, value in ((_SET_BITRATE, BIT_RATE), (_SET_VBR_CONSTRAINT, 1), (_SET_COMPLEXITY, 5)):
            self._library.opus_encoder_ctl(ctypes.c_void_p(self._state), setting, ctypes.c_int(value))
        self._packet = ctypes.create_string_buffer(LARGEST_PACKET)

    def encode(self, pcm: bytes) -> bytes:
        """The packet of one frame (FRAME_BYTES of s16le); ValueError for any other length."""
        if len(pcm) != FRAME_BYTES:
            raise ValueError(f"a frame of {len(pcm)} bytes; it has {FRAME_BYTES}")
        size = self._library.opus_encode(self._state, pcm, FRAME_SAMPLES, self._packet, LARGEST_PACKET)
        if size < 0:
            raise RuntimeError(f"opus_encode: {size}")
        return self._packet.raw[:size]

    def __del__(self) -> None:
        if state := getattr(self, "_state", None):
            self._library.opus_encoder_destroy(state)


class OpusDecoder:
    """One stream of whatever Opus a device makes, packet by packet in order, as mono."""

    def __init__(self) -> None:
        self._library = _library()
        error = ctypes.c_int()
        self._state = self._library.opus_decoder_create(RATE, 1, ctypes.byref(error))
        if error.value:
            raise _unfit(f"opus_decoder_create: {error.value}")
        self._pcm = ctypes.create_string_buffer(MOST_SAMPLES * 2)

    def decode(self, packet: bytes) -> bytes:
        """The PCM of one packet, up to 120 ms of it; nothing for what is no packet."""
        samples = self._library.opus_decode(self._state, packet, len(packet), self._pcm, MOST_SAMPLES, 0)
        return bytes(memoryview(self._pcm)[: max(0, samples) * 2])

    def __del__(self) -> None:
        if state := getattr(self, "_state", None):
            self._library.opus_decoder_destroy(state)


@functools.cache
def _library() -> Any:
    try:
        library = ctypes.CDLL("libopus.so.0")
    except OSError as error:
        raise _unfit(str(error)) from error
    library.opus_encoder_create.restype = ctypes.c_void_p
    library.opus_encoder_create.argtypes = (ctypes.c_int32, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_int))
    library.opus_encode.restype = ctypes.c_int32
    library.opus_encode.argtypes = (
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int32,
    )  # fmt: skip
    library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_decoder_create.argtypes = (ctypes.c_int32, ctypes.c_int, ctypes.POINTER(ctypes.c_int))
    library.opus_decode.restype = ctypes.c_int
    library.opus_decode.argtypes = (
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_char_p, ctypes.c_int, ctypes.c_int,
    )  # fmt: skip
    library.opus_decoder_destroy.restype = None
    library.opus_decoder_destroy.argtypes = (ctypes.c_void_p,)
    library.opus_encoder_destroy.restype = None
    library.opus_encoder_destroy.argtypes = (ctypes.c_void_p,)
    return library


def _unfit(detail: str) -> Problem:
    vi = "Máy chủ thiếu thư viện Opus (gói libopus0): chưa nói trực tiếp được."
    return Problem(503, "no_opus", vi, f"The server lacks the Opus library (package libopus0): no live voice. {detail}")
