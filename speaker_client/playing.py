"""From the timetable to the air: the conductor is woken when something is due, and hears what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from speaker_client.conductor import Conductor
from speaker_client.deck import DeckEvent
from speaker_client.health import Health
from speaker_client.measuring import LOOK_EVERY_S, Measuring
from speaker_client.output import Output, OutputFault, Source, Trouble
from speaker_client.output.fault import OnTrouble
from speaker_client.protocol.ids import SECOND
from speaker_client.proving import Proving
from speaker_client.sync import Now
from speaker_client.timekeeper import mono_us
from speaker_client.waiting import until

RETRY_OUTPUT_S = 10.0


async def sound(output: Output, source: Source, health: Health) -> None:
    """Start the output; one that cannot be had yet is a fault, and asked for again."""
    while True:
        try:
            output.start(source)
        except OutputFault as fault:
            health.trouble(Trouble(fault.code, fault.detail, raised=True))
            await asyncio.sleep(RETRY_OUTPUT_S)
            continue
        for code in health.standing():
            if code.startswith("audio_"):
                health.trouble(Trouble(code, "", raised=False))
        return


class Playing:
    """`stir`: look at the timetable at once. `told` is set when there may be something to report."""

    def __init__(
        self, conductor: Conductor, now: Callable[[], Now], began_mono_us: int, stir: asyncio.Event, told: asyncio.Event
    ) -> None:
        self._conductor, self._now, self._began_mono = conductor, now, began_mono_us
        self._stir, self._told = stir, told

    async def play(self) -> None:
        """Until cancelled."""
        while True:
            self._conductor.awake(self._now(), self._began_mono)
            wake = self._conductor.tick(self._now())
            self._told.set()
            await until(self._stir, (wake - mono_us()) / SECOND)

    async def hear_deck(self, events: asyncio.Queue[DeckEvent]) -> None:
        """In a task, since what fails in the loop's own callbacks is only logged: the event would be lost."""
        while True:
            self._conductor.heard(await events.get(), self._now())
            self._stir.set()

    async def measure(self, proving: Proving, utc_us: Callable[[int], int | None], on_trouble: OnTrouble) -> None:
        """Write down what is found in a thread, since comparing takes some milliseconds and a driver all it likes."""
        measuring = Measuring(proving, utc_us, on_trouble)
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                for said in measuring.news():
                    self._conductor.measured(said, self._now())
                    self._told.set()
        finally:
            measuring.close()
