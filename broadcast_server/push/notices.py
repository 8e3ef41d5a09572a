"""What is told to phones that are put away, and in which words. Pure.

Few things are worth a sound in somebody's pocket: an emergency that another sounds, a relay whose source is dead
before or on air, a cluster that one asked to hear of, and a trial. Nothing else, and never a password, a code or a
telephone number: a notice lies on a locked screen. Every sentence carries its time, since a phone may sleep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from broadcast_server.people.rights import Right
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import DAY, MINUTE

LONGEST_TITLE, LONGEST_BODY = 120, 400
TRIAL_LIFE_US = 5 * MINUTE
ORDER = "order:"
"""With the order's id it is the key of what is told of it."""


class Kind(StrEnum):
    """What a notice is about."""

    EMERGENCY = "emergency"
    RELAY = "relay"
    CLUSTER = "cluster"
    TRIAL = "trial"


class Turn(StrEnum):
    """What is told of a relay."""

    DEAD = "dead"
    """Before air its first source is not fit,"""
    WELL = "well"
    """and is again."""
    LOST = "lost"
    """On air no source is left,"""
    BACK = "back"
    """and one sounds again."""


@dataclass(frozen=True)
class Words:
    """A notice in one language."""

    title: str
    body: str


@dataclass(frozen=True)
class Notice:
    """One thing to tell. `key` makes it once for ever; of those with one `tag` a phone shows the newest alone.

    It goes to whoever has the right `to`, but not to the person who did it; or to `only` one person.
    """

    key: str
    kind: Kind
    tag: str
    place: str
    """Where in the app it leads, such as `/now/order/ID`."""
    vi: Words
    en: Words
    at_us: int
    expires_us: int
    """After that it is worth nothing, and is not sent any more."""
    to: Right | None = None
    but: str | None = None
    only: str | None = None


@dataclass(frozen=True)
class Look:
    """A look at a source of a relay: whether it was fit, and what was found."""

    name: str
    ok: bool
    vi: str
    en: str
    clock: str


def emergency(order: str, title: str, live: bool, clusters: int, by: str, clock: str, at_us: int) -> Notice:
    """Somebody sounds an emergency: whoever may stop it is told, to look and to stop."""
    vi, en = (f"Nói khẩn lúc {clock}", f"Live alarm at {clock}") if live else (
        f"Phát khẩn lúc {clock}: {title}",
        f"Alarm at {clock}: {title}",
    )  # fmt: skip
    return Notice(
        key=ORDER + order,
        kind=Kind.EMERGENCY,
        tag=ORDER + order,
        place=f"/now/order/{order}",
        vi=_words(vi, f"{by} phát ở {clusters} cụm. Mở ra để xem, hoặc dừng."),
        en=_words(en, f"{by} sounds it on {clusters} clusters. Open it to see, or to stop."),
        at_us=at_us,
        expires_us=at_us + DAY,
        to=Right.STOP,
        but=by,
    )


def relay_dead(
    relay: str, title: str, clock: str, looks: Sequence[Look], instead: Sequence[str], end_us: int, at_us: int
) -> Notice:
    """The first source of a relay is not fit shortly before air: why, and what will be heard instead."""
    first, vi, en = looks[0], *_instead(looks, instead)
    return _relay(
        relay, Turn.DEAD, at_us, end_us,
        _words(f"“{title}” lúc {clock}: nguồn chưa phát được", f"{first.vi} Đài thử lúc {first.clock}. {vi}"),
        _words(f"“{title}” at {clock}: its source is not there", f"{first.en} Tried at {first.clock}. {en}"),
    )  # fmt: skip


def relay_well(relay: str, title: str, clock: str, looked: str, end_us: int, at_us: int) -> Notice:
    """The source that was dead is fit again before air."""
    return _relay(
        relay, Turn.WELL, at_us, end_us,
        _words(f"“{title}” lúc {clock}: nguồn đã có tiếng lại", f"Đài thử lại lúc {looked}. Không cần làm gì thêm."),
        _words(f"“{title}” at {clock}: its source sounds again", f"Tried at {looked}. Nothing needs to be done."),
    )  # fmt: skip


def relay_lost(
    relay: str, title: str, clock: str, said: tuple[str, str], instead: Sequence[str], end_us: int, at_us: int
) -> Notice:
    """No source of a relay on air is left: why, and what is heard now."""
    titles = "”, “".join(instead)
    vi = f"Loa phát “{titles}” thay thế." if instead else "Loa im lặng, đài tự thử lại."
    en = f"The loudspeakers play “{titles}”." if instead else "The loudspeakers are silent, the station tries again."
    return _relay(
        relay, Turn.LOST, at_us, end_us,
        _words(f"“{title}”: mất nguồn lúc {clock}", f"{said[0]} {vi}"),
        _words(f"“{title}”: its source was lost at {clock}", f"{said[1]} {en}"),
    )  # fmt: skip


def relay_back(relay: str, title: str, clock: str, source: str, end_us: int, at_us: int) -> Notice:
    """A relay on air that had lost its last source sounds again."""
    return _relay(
        relay, Turn.BACK, at_us, end_us,
        _words(f"“{title}”: có tiếng lại từ {clock}", f"Loa đang phát nguồn “{source}”. Không cần làm gì thêm."),
        _words(f"“{title}”: sounds again since {clock}", f"From “{source}”. Nothing needs to be done."),
    )  # fmt: skip


def relay_tag(relay: str) -> str:
    """Under which a phone shows the newest word of a relay alone."""
    return f"relay:{relay}"


def turn_of(relay: str, key: str) -> Turn:
    """What the notice with this key told of the relay."""
    return Turn(key.removeprefix(f"{relay_tag(relay)}:").partition(":")[0])


def cluster_back(cluster: str, name: str, person: str, asked_us: int, clock: str, at_us: int) -> Notice:
    """A cluster that somebody asked to hear of is there again."""
    return Notice(
        key=f"back:{cluster}:{person}:{asked_us}",
        kind=Kind.CLUSTER,
        tag=f"back:{cluster}",
        place=f"/clusters/{cluster}",
        vi=_words(f"{name} đã có lại lúc {clock}", "Cụm loa đã kết nối lại với đài."),
        en=_words(f"{name} is back since {clock}", "The cluster is connected to the station again."),
        at_us=at_us,
        expires_us=at_us + DAY,
        only=person,
    )


def trial(number: str, person: str, clock: str, at_us: int) -> Notice:
    """One that the phone's owner asked for."""
    return Notice(
        key=f"trial:{number}",
        kind=Kind.TRIAL,
        tag="trial",
        place="/settings/notices",
        vi=_words(f"Báo tin thử lúc {clock}", "Máy này nhận được tin của đài, cả khi tắt màn hình."),
        en=_words(f"A trial notice at {clock}", "This device is told by the station, its screen off too."),
        at_us=at_us,
        expires_us=at_us + TRIAL_LIFE_US,
        only=person,
    )


def _relay(relay: str, turn: Turn, at_us: int, end_us: int, vi: Words, en: Words) -> Notice:
    tag = relay_tag(relay)
    return Notice(f"{tag}:{turn}:{at_us}", Kind.RELAY, tag, "/relay", vi, en, at_us, end_us, to=Right.SCHEDULE)


def _instead(looks: Sequence[Look], instead: Sequence[str]) -> tuple[str, str]:
    """What will be heard, in the words of the screen."""
    following = next((one.name for one in looks if one.ok), None)
    if following is not None:
        return f"Đến giờ, đài lấy nguồn “{following}”.", f"At its time “{following}” is taken."
    if instead:
        titles = "”, “".join(instead)
        return (
            f"Nếu đến giờ vẫn vậy, loa phát “{titles}”.",
            f"If nothing changes, the loudspeakers play “{titles}”.",
        )
    return (
        "Nếu đến giờ vẫn vậy, loa im lặng và đài tự thử lại.",
        "If nothing changes, the loudspeakers are silent and the station goes on trying.",
    )


def _words(title: str, body: str) -> Words:
    return Words(clean_line(title, LONGEST_TITLE), clean_line(body, LONGEST_BODY))
