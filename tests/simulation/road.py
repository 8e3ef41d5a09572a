"""The network between station and boxes: it loses, doubles, delays, reorders, and is cut in one way or both."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from speaker_client.protocol.ids import SECOND, BoxId
from tests.simulation.agenda import Agenda

T = TypeVar("T")
CALL_TIMEOUT_US = 20 * SECOND


class NoAnswer(Exception):
    """The station is down, or went down before it answered."""


@dataclass(frozen=True)
class Refusal:
    """An answer that says no; `fork` is what stands beside it, whoever wrote it."""

    fork: object


@dataclass
class Weather:
    """How bad the network is."""

    loss: float = 0.25
    doubling: float = 0.15
    slow: float = 0.12
    """The share of messages that take seconds."""


class Road:
    """Every message between the station and one of its boxes."""

    def __init__(self, agenda: Agenda, dice: random.Random, weather: Weather) -> None:
        self._agenda, self._dice, self.weather = agenda, dice, weather
        self.up_cut: set[BoxId] = set()
        self.down_cut: set[BoxId] = set()
        self.calls = 0

    def push(self, box: BoxId, deliver: Callable[[], None]) -> None:
        """A message that nobody answers, from station to box."""
        for _ in range(self._copies()):
            self._agenda.after(self._delay_us() + self._straggle_us(), lambda: self._arrive(box, deliver))

    def call(self, box: BoxId, ask: Callable[[], T], answered: Callable[[T], None], failed: Callable[[], None]) -> None:
        """A request and its answer. Exactly one of `answered` and `failed` is called, and the station may have acted
        in either case, once or twice."""
        self.calls += 1
        call = _Call(answered, failed)
        self._agenda.after(CALL_TIMEOUT_US, call.fail)
        if box in self.up_cut:
            return
        for _ in range(self._copies()):
            self._agenda.after(self._delay_us(), lambda: self._serve(box, ask, call))

    def _arrive(self, box: BoxId, deliver: Callable[[], None]) -> None:
        if box not in self.down_cut:
            deliver()

    def _serve(self, box: BoxId, ask: Callable[[], T], call: _Call[T]) -> None:
        try:
            answer = ask()
        except NoAnswer:
            return
        if box not in self.down_cut and self._dice.random() >= self.weather.loss:
            self._agenda.after(self._delay_us(), lambda: call.answer(answer))

    def _copies(self) -> int:
        if self._dice.random() < self.weather.loss:
            return 0
        return 1 + (self._dice.random() < self.weather.doubling)

    def _delay_us(self) -> int:
        if self._dice.random() < self.weather.slow:
            return self._dice.randint(300_000, 4 * SECOND)
        return self._dice.randint(10_000, 300_000)

    def _straggle_us(self) -> int:
        return self._dice.randint(5, 120) * SECOND if self._dice.random() < self.weather.slow / 3 else 0


class _Call(Generic[T]):
    def __init__(self, answered: Callable[[T], None], failed: Callable[[], None]) -> None:
        self._answered, self._failed = answered, failed
        self._over = False

    def answer(self, value: T) -> None:
        if not self._over:
            self._over = True
            self._answered(value)

    def fail(self) -> None:
        if not self._over:
            self._over = True
            self._failed()
