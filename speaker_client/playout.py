"""Pure playout: is it due, do we hold it, does something hold the floor, are we late and what then.

One timeline: the sample at offset x of an airing is due at start + x, so a late join is a seek and stays in
step with the neighbouring clusters. Only an airing that never began, and that nobody else can still be
playing, is played late from its first sample, within its grace and while the floor is free; and only what was due
since the journal was begun is known never to have begun.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from speaker_client.protocol.ids import SECOND, AiringId
from speaker_client.protocol.live import FRAME_US
from speaker_client.protocol.plan import Part, PlannedAiring, Relay
from speaker_client.protocol.report import Evidence, Reason, Result

ARM_LEAD_US = 3 * SECOND
"""How long before it is due an airing is opened and decoded ahead."""

COMMIT_LEAD_US = SECOND // 4
"""How long before it is due PLAYING is made durable and the deck released."""

START_LEAD_US = SECOND // 2
"""What a late start needs to open, decode and commit."""

ORDER_LEAD_US = SECOND // 200
"""What is waited for opening and decoding when an order sounds at once; what is not ready then is dropped."""

SLIGHT_US = 2 * SECOND
"""A start this little late is always joined."""

SYLLABLE_US = 3 * SECOND // 20
"""So much may be missing of words that are said only once."""

SHORTEST_JOIN_US = 30 * SECOND
"""Less than this is not worth joining late."""

WHOLE_PERCENT = 95
"""From this share of the programme on it counts as played."""

Segment = tuple[int, int]


class State(StrEnum):
    """Where an airing stands on the box before its end."""

    PLANNED = "PLANNED"
    PLAYING = "PLAYING"


@dataclass(frozen=True)
class Standing:
    """One airing that has not ended. `segments` is what is known to have sounded, in programme time."""

    planned: PlannedAiring
    plan_seq: int
    """The number of the plan that carries it, or of the order itself."""
    state: State = State.PLANNED
    part: int = 0
    shift_us: int = 0
    segments: tuple[Segment, ...] = ()
    started_us: int | None = None
    error_us: int | None = None
    underruns: int = 0
    concealed: int = 0
    filled: int = 0
    ordered: bool = False
    """Sounds at once and at least once: an emergency or a drill, not part of any plan."""
    begins_by_us: int | None = None
    """An order that has not begun by then never does."""
    interrupted: bool = False
    """Lost the floor to an order, and waits to go on from where it was cut."""
    proof: Evidence | None = None
    """What a sensor has proved of it."""

    @property
    def id(self) -> AiringId:
        """The airing's id."""
        return self.planned.id

    @property
    def stretch(self) -> Part:
        """The part that is next or on, moved by the shift of a late start."""
        part = self.planned.parts[self.part]
        return part.model_copy(update={"start_us": part.start_us + self.shift_us}) if self.shift_us else part

    @property
    def until_us(self) -> int:
        """The last moment at which any of it may sound."""
        return self.planned.until_us


@dataclass(frozen=True)
class Entry:
    """How to come in: the sample at `from_us` of the programme is due at `at_us`, for `length_us`."""

    at_us: int
    from_us: int
    length_us: int
    shift_us: int = 0


def entry(standing: Standing, now_us: int, floor_free_until_us: int, born_us: int = 0) -> Entry | None:
    """How the current part can be heard if we begin now; None if it no longer can.

    Of what was due before `born_us` the journal does not know whether it was played.
    """
    if standing.planned.spoken:
        return _in_step(standing, now_us)
    if standing.planned.relay:
        return _joined(standing, standing.planned.relay, now_us)
    if standing.ordered:
        return _at_once(standing, now_us)
    if goes_on(standing) and (way := _from_where_it_was_cut(standing, now_us, floor_free_until_us)):
        return way
    part = standing.stretch
    heard_to = standing.segments[-1][1] if standing.segments else 0
    if now_us + COMMIT_LEAD_US <= part.start_us and heard_to <= part.from_us:
        return Entry(part.start_us, part.from_us, part.length_us, standing.shift_us)
    at = max(now_us + START_LEAD_US, part.start_us)
    position = max(part.from_us + at - part.start_us, heard_to)
    at = part.start_us + position - part.from_us
    left = part.from_us + part.length_us - position
    if left > 0 and (now_us - part.start_us <= SLIGHT_US or left >= SHORTEST_JOIN_US):
        return Entry(at, position, left, standing.shift_us)
    return _whole_but_late(standing, now_us, floor_free_until_us) if part.start_us >= born_us else None


def _in_step(standing: Standing, now_us: int) -> Entry | None:
    """A live voice is joined where it is, and nowhere else."""
    part = standing.planned.parts[0]
    at = max(now_us + ORDER_LEAD_US, part.start_us)
    return Entry(at, at - part.start_us, part.end_us - at) if at < part.end_us else None


def _joined(standing: Standing, relay: Relay, now_us: int) -> Entry | None:
    """A relay is joined where it is, if that is still worth it."""
    part = standing.stretch
    on_time = now_us + COMMIT_LEAD_US <= part.start_us
    at = part.start_us if on_time else max(now_us + START_LEAD_US, part.start_us)
    left = part.end_us - at
    worth = left > 0 and (now_us - part.start_us <= SLIGHT_US or left >= SHORTEST_JOIN_US)
    return Entry(at, at - relay.start_us, left) if worth else None


def _at_once(standing: Standing, now_us: int) -> Entry | None:
    """In step with the other clusters if it is only a little late and loses no words by it; else, and after a crash,
    whole from the start."""
    if is_stale(standing, now_us):
        return None
    part, at = standing.planned.parts[0], now_us + ORDER_LEAD_US
    late = at - part.start_us
    left = standing.until_us - at
    if left <= 0:
        return None
    if late <= 0:
        return Entry(part.start_us, part.from_us, part.length_us)
    if is_joined(standing.planned, late) and not standing.segments:
        return Entry(at, part.from_us + late, part.length_us - late)
    return Entry(at, part.from_us, min(part.length_us, left), late)


def is_joined(order: PlannedAiring, late_us: int) -> bool:
    """Whether an order that is so late is heard in step with the other clusters, without its beginning."""
    return late_us <= min(SLIGHT_US, order.parts[0].length_us - 1) and not _costs_words(order, late_us)


def _costs_words(order: PlannedAiring, late_us: int) -> bool:
    """Whether whoever joins so late misses more than a syllable of what comes no second time.

    Step matters, but less than the words. Out of step a cluster is an echo to those between it and its neighbour, and
    never worse than the air is: from horns half a kilometre apart the same word arrives a second and a half apart
    anyway. Those near it hear their own horns many times louder, and for them the first words of a text without a
    lead-in, said in one round, would be gone for good ("on thôn một's dyke" less "on thôn một's"). So words that come
    once begin whole; a siren, a chime and what another round says again are joined in step, as all else is.
    """
    begins_us = 0
    for place, item in enumerate(order.items):
        if begins_us + SYLLABLE_US >= late_us:
            return False
        if item != order.meanwhile and item not in order.items[place + 1 :]:
            return True
        begins_us += item.duration_us
    return False


def _from_where_it_was_cut(standing: Standing, now_us: int, floor_free_until_us: int) -> Entry | None:
    part, at = standing.planned.parts[standing.part], now_us + START_LEAD_US
    position = max(part.from_us, standing.segments[-1][1] if standing.segments else 0)
    left = part.from_us + part.length_us - position
    fits = at + left <= min(floor_free_until_us, standing.until_us)
    return Entry(at, position, left, at - part.start_us - (position - part.from_us)) if fits and left > 0 else None


def _whole_but_late(standing: Standing, now_us: int, floor_free_until_us: int) -> Entry | None:
    planned = standing.planned
    at = now_us + START_LEAD_US
    untouched = standing.state is State.PLANNED and len(planned.parts) == 1 and standing.shift_us == 0
    part = planned.parts[0]
    fits = at <= part.start_us + planned.grace_us and at + part.length_us <= floor_free_until_us
    return Entry(at, part.from_us, part.length_us, at - part.start_us) if untouched and fits else None


def is_stale(order: Standing, now_us: int) -> bool:
    """Whether an order that waited in vain may no longer begin; one that a crash broke off begins again."""
    return order.state is State.PLANNED and order.begins_by_us is not None and now_us > order.begins_by_us


def goes_on(standing: Standing) -> bool:
    """Whether it was interrupted in its last part: then nothing but the floor keeps it from going on."""
    return standing.interrupted and next_part(standing) is None


def displaces(newer: Standing, older: Standing) -> bool:
    """Whether an order ends another: the stronger does, and of equals the later.

    Orders of one strength are of one kind, so the station numbered them: its clock may have been set back in between.
    """
    mine, other = newer.planned, older.planned
    return (mine.priority, newer.plan_seq, mine.start_us, mine.id) > (
        other.priority, older.plan_seq, other.start_us, other.id,
    )  # fmt: skip


def hopeless_at(standing: Standing) -> int:
    """The first moment at which the current part can no longer be entered by any rule."""
    if standing.ordered and standing.state is State.PLANNED and standing.begins_by_us is not None:
        return standing.begins_by_us + 1
    if standing.ordered or goes_on(standing):
        return standing.until_us
    part = standing.stretch
    join = (
        part.end_us - SHORTEST_JOIN_US if part.length_us > SHORTEST_JOIN_US + SLIGHT_US else part.start_us + SLIGHT_US
    )
    late = part.start_us + standing.planned.grace_us if standing.state is State.PLANNED else 0
    return max(join, late) + SECOND


def next_part(standing: Standing) -> Standing | None:
    """The same airing at its next part, which is in step again however late the one before was; None after the last."""
    if standing.part + 1 < len(standing.planned.parts):
        return replace(standing, part=standing.part + 1, shift_us=0, interrupted=False)
    return None


def continued(standing: Standing, planned: PlannedAiring, *, sounds: bool) -> Standing | None:
    """One that has begun, with what a newer plan makes of its rest: cut shorter, or going on after something new.

    None if the plan says another sound, or takes back what was heard: the parts before this one and, while it `sounds`,
    the beginning of this one are what they were. Nor is what sounds made longer: the deck has it as long as it was.
    """
    old, at = standing.planned, standing.part
    rest = {name: getattr(old, name) for name in ("parts", "grace_us", "cut_by")}
    if len(planned.parts) <= at or planned.model_copy(update=rest) != old:
        return None
    as_heard = _beginnings(planned)[: at + sounds] == _beginnings(old)[: at + sounds]
    no_longer = not sounds or planned.parts[at].length_us <= old.parts[at].length_us
    return replace(standing, planned=planned) if as_heard and no_longer else None


def _beginnings(planned: PlannedAiring) -> list[tuple[int, int]]:
    return [(part.start_us, part.from_us) for part in planned.parts]


def heard(segments: tuple[Segment, ...], start_us: int, to_us: int) -> tuple[Segment, ...]:
    """Segments with [start, to) added: ascending, and what sounded twice stands there once."""
    if to_us <= start_us:
        return segments
    found: list[Segment] = []
    for start, to in sorted((*segments, (start_us, to_us))):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], to))
        else:
            found.append((start, to))
    return tuple(found)


def as_spoken(live: PlannedAiring, from_us: int, to_us: int) -> PlannedAiring:
    """A live's airing once it is known from when to when somebody spoke."""
    start_us = live.start_us + from_us
    part = Part(start_us=start_us, from_us=from_us, length_us=max(1, to_us - from_us))
    return live.model_copy(update={"parts": (part,)})


def counted(now: Standing, before: Standing, sound: Segment, underruns: int, concealed: int, filled: int) -> Standing:
    """What has sounded of it once `sound` is added to what was known `before`, all counts included.

    An order begins again from its beginning: it was heard as well as in the better of its tries, and what was missing
    in one is not missing in another. Everything else goes on.
    """
    known = replace(
        now,
        segments=before.segments,
        underruns=before.underruns + underruns,
        concealed=before.concealed,
        filled=before.filled,
    )
    if now.ordered and not now.planned.spoken:
        tried = replace(known, segments=heard((), *sound), concealed=concealed, filled=filled)
        return max(known, tried, key=sounded_us)
    return replace(
        known,
        segments=heard(before.segments, *sound),
        concealed=before.concealed + concealed,
        filled=before.filled + filled,
    )


def sounded_us(standing: Standing) -> int:
    """How much of it was heard, less what something else stood in for."""
    return sum(to - start for start, to in standing.segments) - standing.concealed * FRAME_US


def verdict(standing: Standing, excuse: Reason, by: str | None = None) -> tuple[Result, Reason | None, str | None]:
    """The end of an airing by what sounded; `excuse` and `by` say why it is not whole."""
    sounded = sounded_us(standing)
    broken_off = excuse is Reason.SPEAKER_GONE and sounded > 0
    if not broken_off and sounded * 100 >= standing.planned.duration_us * WHOLE_PERCENT:
        return Result.PLAYED, None, None
    if sounded > 0 and standing.planned.cut_by and excuse is Reason.LATE:
        return Result.PARTIAL, Reason.PREEMPTED, standing.planned.cut_by
    if sounded > 0:
        return Result.PARTIAL, excuse, by
    if excuse in (Reason.STOPPED, Reason.WITHDRAWN):
        return Result.CANCELLED, excuse, by
    if excuse is Reason.PREEMPTED:
        return Result.SUPERSEDED, excuse, by
    return Result.MISSED, excuse, by
