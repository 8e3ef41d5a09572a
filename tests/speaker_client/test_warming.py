"""The first order since the box began finds nothing that must be compiled for it."""

from __future__ import annotations

import subprocess
import sys

FIRST_ORDER = """
from pathlib import Path
from pydantic import BaseModel
from speaker_client.answering import Answering
from speaker_client.protocol.signature import SigningKey
from speaker_client.warming import warm
from tests.speaker_client.orders import Box, airing, emergency, signed
from tests.speaker_client.station_of_tests import BOX, NOW, STATION

async def publish(data): ...

box, order = Box(Path({folder!r})), emergency(1, "1", NOW)
answering = Answering(STATION, BOX, SigningKey.born(), None, publish)
box.listener._on_order = lambda envelope: answering.answer(envelope, box.time)
if {warm}:
    warm()
data = signed(order).encode()
compiled, real = [], BaseModel.model_rebuild.__func__

def rebuilt(form, **how):
    if not form.__pydantic_complete__:
        compiled.append(form.__name__)
    return real(form, **how)

BaseModel.model_rebuild = classmethod(rebuilt)
box.listener.command(data, box.time)
assert box.deck.released == [airing(order)]
box.sounds(airing(order))
box.stop()
print(*compiled)
"""


def compiled(folder: object, warm: bool) -> list[str]:
    code = FIRST_ORDER.format(folder=str(folder), warm=warm)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split()


def test_nothing_is_compiled_while_an_order_waits(tmp_path: object) -> None:
    assert compiled(tmp_path, warm=True) == []


def test_without_warming_something_would_be(tmp_path: object) -> None:
    assert {"Report", "Heard"} <= set(compiled(tmp_path, warm=False))
