"""Small messages packed for a link that is paid by the byte: zlib with words that both sides know beforehand.

A heartbeat of 630 bytes travels as 170. A message that was not packed is read as it is.
"""

from __future__ import annotations

import zlib

from speaker_client.protocol.envelope import LARGEST_COMMAND, Malformed

_WORDS = (
    b'{"payload":"{\\"audience\\":\\"station\\",\\"boot\\":\\"0123456789abcdef\\",\\"clock\\":\\"HOLDOVER\\",'
    b'\\"clock\\":\\"FLOOR\\",\\"clock\\":\\"ATTESTED\\",\\"clock_error_us\\":null,\\"echo\\":null,\\"epoch\\":1,'
    b'\\"expires_us\\":17,\\"faults\\":[],\\"head\\":\\"0123456789abcdef\\",\\"kind\\":\\"heartbeat\\",\\"missing\\":0,'
    b'\\"n\\":1,\\"not_before_us\\":17,\\"on_air\\":null,\\"plan\\":1,\\"role\\":\\"device\\",\\"seq\\":1,'
    b'\\"station\\":\\"0123456789abcdef\\",\\"v\\":1}","signatures":[{"key":"0123456789abcdef","value":"0123456789"}]}'
)
"""Part of the wire: a change needs a new protocol version."""


def pack(data: bytes) -> bytes:
    """The message as it travels."""
    squeezer = zlib.compressobj(9, zdict=_WORDS)
    return squeezer.compress(data) + squeezer.flush()


def unpack(data: bytes, largest: int = LARGEST_COMMAND) -> bytes:
    """The message as it was; Malformed if it is neither packed nor plain, or would grow beyond `largest`."""
    if data[:1] == b"{":
        return data
    opener = zlib.decompressobj(zdict=_WORDS)
    try:
        plain = opener.decompress(data, largest + 1)
    except zlib.error as error:
        raise Malformed("not packed by us") from error
    if len(plain) > largest or not opener.eof:
        raise Malformed("packed beyond what is read")
    return plain
