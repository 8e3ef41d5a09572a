"""When a voice that was silent is asked again for what a lesser one said."""

from __future__ import annotations

from broadcast_server.regaining import Regaining
from broadcast_server.store.orders import TemplateRow
from speaker_client.protocol.ids import DAY, HOUR, SECOND

DAY_S, HOUR_S = DAY // SECOND, HOUR // SECOND
TEMPLATES = [TemplateRow(id=name, name=name, text=name) for name in ("flood", "storm", "fire")]


class Piper:
    """A voice that goes before espeak-ng."""

    def __init__(self) -> None:
        self.says: set[str] = set()
        self.asked: list[tuple[int, str]] = []
        self.now_s = 0

    def has_better(self, engine: str) -> bool:
        return engine == "espeak-ng"

    async def is_said_better(self, text: str, _engine: str) -> bool:
        self.asked.append((self.now_s, text))
        return text in self.says

    async def look(self, regaining: Regaining, until_s: int, left: list[TemplateRow]) -> None:
        """Once a minute, as the shelf is looked at; what is made anew is left no more."""
        while self.now_s < until_s:
            row = await regaining.next([(one, "espeak-ng") for one in left], self.now_s)
            if row is not None:
                left.remove(row)
            self.now_s += 60


async def test_a_dead_voice_is_asked_some_minutes_later_and_then_hourly() -> None:
    piper, left = Piper(), [*TEMPLATES]
    await piper.look(Regaining(piper), DAY_S, left)
    moments = [at_s for at_s, _ in piper.asked]
    assert moments[:5] == [0, 5 * 60, 15 * 60, 35 * 60, 75 * 60]
    assert len(moments) < 5 + DAY_S // HOUR_S
    assert left == TEMPLATES


async def test_one_that_speaks_again_is_given_all_at_once_but_what_it_never_says() -> None:
    piper, left = Piper(), [*TEMPLATES]
    regaining = Regaining(piper)
    await piper.look(regaining, DAY_S, left)
    piper.says = {"storm", "fire"}
    await piper.look(regaining, DAY_S + 2 * HOUR_S, left)
    assert [one.name for one in left] == ["flood"]
    piper.asked.clear()
    await piper.look(regaining, 2 * DAY_S, left)
    assert 0 < len(piper.asked) < 5 + DAY_S // HOUR_S, "it holds up no other, and is not asked for every minute"


async def test_what_the_first_voice_said_or_nobody_is_left_alone() -> None:
    piper = Piper()
    siren = TemplateRow(id="siren", name="siren", text=None)
    ready: list[tuple[TemplateRow, str | None]] = [(TEMPLATES[0], "piper"), (siren, None), (TEMPLATES[1], None)]
    assert await Regaining(piper).next(ready, 0) is None
    assert piper.asked == []
