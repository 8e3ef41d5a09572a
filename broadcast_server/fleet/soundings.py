"""What the sensors have said of an airing, all told: what was once proven stays, and doubt lasts until proof."""

from __future__ import annotations

from collections.abc import Iterable

from speaker_client.protocol.ids import LoudspeakerNumber
from speaker_client.protocol.report import Measured, Measurement, SensorKind


class Sounding(Measurement):
    """The last word of a sensor on some loudspeakers."""

    sensor: SensorKind
    simulated: bool


def merged(known: Iterable[Sounding], news: Measured) -> tuple[Sounding, ...]:
    """What is known after news of a sensor."""
    all_ = {(one.loudspeakers, one.sensor): one for one in known}
    for one in news.measurements:
        place = (one.loudspeakers, news.sensor)
        if place not in all_ or not all_[place].sounded:
            all_[place] = Sounding(**one.model_dump(), sensor=news.sensor, simulated=news.simulated)
    return tuple(all_[place] for place in sorted(all_))


def of_loudspeaker(soundings: Iterable[Sounding], number: LoudspeakerNumber) -> Sounding | None:
    """What is known of one loudspeaker by a sensor that can tell it from the others; proof before doubt."""
    own = [one for one in soundings if one.loudspeakers == (number,)]
    return max(own, key=lambda one: (one.sounded, one.confidence_pct), default=None)


def of_cluster(soundings: Iterable[Sounding]) -> Sounding | None:
    """The earliest proof that anything of the cluster sounded."""
    proofs = [one for one in soundings if one.sounded]
    return min(proofs, key=lambda one: (one.at_us is None, one.at_us), default=None)
