"""What sensors say of an airing, all told."""

from __future__ import annotations

from broadcast_server.fleet.soundings import Sounding, merged, of_cluster, of_loudspeaker
from speaker_client.protocol.ids import AiringId, LoudspeakerNumber
from speaker_client.protocol.report import Measured, Measurement, SensorKind

ONE, TWO, THREE = (LoudspeakerNumber(number) for number in (1, 2, 3))


def news(
    *numbers: LoudspeakerNumber, sounded: bool, at: int = 5, kind: SensorKind = SensorKind.LINE_CURRENT
) -> Measured:
    one = Measurement(
        loudspeakers=numbers, sounded=sounded, level_cb=-900, confidence_pct=80 if sounded else 9, at_us=at
    )
    return Measured(airing=AiringId("a" * 32), sensor=kind, measurements=(one,))


def told(*all_: Measured) -> tuple[Sounding, ...]:
    known: tuple[Sounding, ...] = ()
    for one in all_:
        known = merged(known, one)
    return known


def test_proof_lifts_doubt_and_is_never_taken_back() -> None:
    known = told(news(ONE, sounded=False, at=1), news(ONE, sounded=True, at=2), news(ONE, sounded=False, at=3))
    assert [(one.sounded, one.at_us) for one in known] == [(True, 2)]
    assert told(news(ONE, sounded=True, at=1), news(ONE, sounded=True, at=9))[0].at_us == 1


def test_what_hears_all_together_proves_nothing_of_one() -> None:
    known = told(
        news(ONE, TWO, THREE, sounded=True, at=4, kind=SensorKind.MICROPHONE),
        news(ONE, sounded=True, at=3),
        news(TWO, sounded=False),
    )
    assert [of_loudspeaker(known, number) is not None for number in (ONE, TWO, THREE)] == [True, True, False]
    assert [one.sounded for one in known] == [True, True, False]
    first = of_cluster(known)
    assert first is not None
    assert (first.at_us, first.sensor) == (3, SensorKind.LINE_CURRENT)
    assert of_cluster(told(news(TWO, sounded=False))) is None
