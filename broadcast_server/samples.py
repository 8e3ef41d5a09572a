"""Which of the sample data goes when it is removed: nothing that somebody has made their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class KnownProgramme:
    """A programme: its recordings, how often it is scheduled, and whether it relays."""

    title: str
    recordings: frozenset[str]
    rules: int
    relays: bool


@dataclass(frozen=True)
class KnownCluster:
    """A cluster: its village and the box that serves it, if one does."""

    name: str
    village: str
    box: str | None


@dataclass(frozen=True)
class Holdings:
    """Everything that there is, by id; `templates` are the recordings of emergencies, `marked` what is a sample."""

    programmes: Mapping[str, KnownProgramme]
    recordings: Mapping[str, str]
    clusters: Mapping[str, KnownCluster]
    villages: Mapping[str, str]
    templates: frozenset[str]
    marked: frozenset[str]


@dataclass(frozen=True)
class Samples:
    """What goes, by id; `boxes` with their clusters, `kept` is marked and stays: something own needs it."""

    programmes: tuple[str, ...]
    recordings: tuple[str, ...]
    clusters: tuple[str, ...]
    villages: tuple[str, ...]
    boxes: tuple[str, ...]
    kept: tuple[str, ...]


def samples_of(held: Holdings) -> Samples:
    """A sample programme stays once it plays a recording that is none, or relays; a sample recording while something
    that stays plays it; a sample cluster once a real box serves it; a village while a cluster in it stays."""
    programmes = _marked(held, held.programmes)
    gone = tuple(one for one in programmes if _is_sample(held.programmes[one], held.marked))
    staying = held.programmes.keys() - set(gone)
    needed = held.templates.union(*(held.programmes[one].recordings for one in staying))
    recordings = _marked(held, held.recordings)
    clusters = _marked(held, held.clusters)
    emptied = tuple(one for one in clusters if held.clusters[one].box in {None, *held.marked})
    homes = {held.clusters[one].village for one in held.clusters.keys() - set(emptied)}
    villages = _marked(held, held.villages)
    goes = Samples(
        programmes=gone,
        recordings=tuple(one for one in recordings if one not in needed),
        clusters=emptied,
        villages=tuple(one for one in villages if one not in homes),
        boxes=tuple(box for one in emptied if (box := held.clusters[one].box) is not None),
        kept=(),
    )
    left = {*goes.programmes, *goes.recordings, *goes.clusters, *goes.villages}
    kept = tuple(one for one in (*programmes, *recordings, *clusters, *villages) if one not in left)
    return Samples(goes.programmes, goes.recordings, goes.clusters, goes.villages, goes.boxes, kept)


def _marked(held: Holdings, there: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for one in there if one in held.marked)


def _is_sample(programme: KnownProgramme, marked: frozenset[str]) -> bool:
    return not programme.relays and programme.recordings <= marked
