"""The box's store: what is needed stays, what is damaged goes, what was begun goes on."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from audio_library.content import ContentId, FolderStore
from speaker_client.cache import Bounds, Cache, Holding, Need, NoRoom

ROOMY = Bounds(cache_bytes=1 << 30, disk_floor_bytes=0)


def sound(seed: int, size: int = 1000) -> tuple[ContentId, bytes]:
    data = hashlib.shake_256(bytes([seed])).digest(size)
    return ContentId(hashlib.sha256(data).hexdigest()), data


def keep(cache: Cache, seed: int, size: int = 1000, used: int = 0) -> ContentId:
    """Put a content in; `used` orders them by last use."""
    content, data = sound(seed, size)
    cache.part(content).write_bytes(data)
    assert cache.settle(content)
    os.utime(cache.path(content), (1_000_000_000 + used,) * 2)
    return content


def test_a_download_goes_from_wanted_over_partial_to_verified(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ROOMY)
    content, data = sound(1)
    assert cache.state(content) is Holding.WANTED
    cache.part(content).write_bytes(data[:400])
    assert (cache.state(content), cache.part_size(content)) == (Holding.PARTIAL, 400)
    cache.part(content).write_bytes(data)
    assert cache.settle(content)
    assert cache.state(content) is Holding.VERIFIED
    assert cache.path(content).read_bytes() == data


def test_a_wrong_hash_is_thrown_away_and_three_of_them_are_a_fault(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ROOMY)
    content, data = sound(1)
    cache.need([Need(content, 1000, 0)])
    for times in range(1, 4):
        cache.part(content).write_bytes(data[:-1] + b"?")
        assert not cache.settle(content)
        assert cache.state(content) is Holding.WANTED
        assert (content in cache.broken()) is (times == 3)
    cache.part(content).write_bytes(data)
    assert cache.settle(content)
    assert not cache.broken()


def test_a_bit_that_turned_is_found_before_it_plays(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ROOMY)
    content = keep(cache, 1)
    cache.need([Need(content, 1000, 0)])
    assert cache.check(content)
    path = cache.path(content)
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    assert not cache.check(content)
    assert cache.missing() == [Need(content, 1000, 0)]
    assert not cache.check(content)
    assert cache.broken() == {content}, "a disk that forgets is a fault at once"
    keep(cache, 1)
    assert not cache.broken()


@pytest.mark.parametrize(("number", "stays"), [(errno.EMFILE, True), (errno.ENOMEM, True), (errno.EIO, False)])
def test_a_machine_that_is_short_of_something_costs_no_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, stays: bool
) -> None:
    cache = Cache(tmp_path, ROOMY)
    content = keep(cache, 1)

    def in_vain(*_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(FolderStore, "verify", in_vain)
    assert cache.check(content) is stays
    assert cache.holds(content) is stays


def test_what_goes_while_room_is_made_is_no_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path, ROOMY)
    content = keep(cache, 1)
    gone = cache.part(sound(2)[0])
    monkeypatch.setattr(cache, "_files", lambda: [gone, cache.path(content)])
    cache.make_room(0)
    cache.bounds = Bounds(cache_bytes=10, disk_floor_bytes=0)
    cache.make_room(0)
    assert not cache.holds(content)


def test_what_came_by_another_road_is_right_again_too(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ROOMY)
    content = keep(cache, 1)
    cache.need([Need(content, 1000, 0)])
    cache.path(content).write_bytes(b"?")
    assert not cache.check(content)
    assert cache.keep(content, sound(1)[1])
    assert not cache.broken()


def marks(folder: Path) -> list[str]:
    return [file.name for file in (folder / "parts").iterdir()]


def test_what_came_may_be_played_before_it_is_durable_and_is_marked_until_then(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ROOMY)
    content, data = sound(1)
    assert cache.keep(content, data)
    assert (cache.path(content).read_bytes(), marks(tmp_path)) == (data, [f"{content}.came"])
    cache.make_durable()
    assert (cache.path(content).read_bytes(), marks(tmp_path)) == (data, [])


def test_what_came_and_was_given_up_before_it_was_durable_leaves_no_mark(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ROOMY)
    content, data = sound(1)
    cache.keep(content, data)
    cache.path(content).unlink()
    cache.make_durable()
    assert marks(tmp_path) == []


def test_what_comes_anew_while_the_disk_writes_the_damaged_one_keeps_its_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path, ROOMY)
    content, data = sound(1)
    cache.keep(content, data)
    make = FolderStore.make_durable

    def slowly(store: FolderStore, one: ContentId) -> None:
        make(store, one)
        cache.path(content).unlink()
        cache.keep(content, data)

    with monkeypatch.context() as slow:
        slow.setattr(FolderStore, "make_durable", slowly)
        cache.make_durable()
    assert marks(tmp_path) == [f"{content}.came"]
    cache.make_durable()
    assert marks(tmp_path) == []


def test_a_disk_that_fails_leaves_the_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path, ROOMY)
    content, data = sound(1)
    cache.keep(content, data)

    def fail(_: int) -> None:
        raise OSError(5, "dying")

    with monkeypatch.context() as failing:
        failing.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="dying"):
            cache.make_durable()
    assert marks(tmp_path) == [f"{content}.came"]


@pytest.mark.parametrize("left", ["all of it", "half of it", "nothing", "no name"])
def test_what_came_just_before_the_power_went_is_read_again_at_the_next_start(tmp_path: Path, left: str) -> None:
    content, data = sound(1)
    cache = Cache(tmp_path, ROOMY)
    cache.keep(content, data)
    place = cache.path(content)
    if left == "no name":
        place.unlink()
    else:
        place.write_bytes(data[: {"all of it": 1000, "half of it": 500, "nothing": 0}[left]])
    cache = Cache(tmp_path, ROOMY)
    cache.need([Need(content, 1000, 0)])
    cache.scan()
    assert (cache.holds(content), marks(tmp_path)) == (left == "all of it", [])
    assert not cache.broken(), "a power cut is no fault of the disk"


def test_what_nobody_needs_any_more_is_no_fault(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ROOMY)
    content = keep(cache, 1)
    cache.path(content).write_bytes(b"?")
    assert not cache.check(content)
    assert not cache.broken()


def test_what_is_missing_is_listed_soonest_due_first_and_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ROOMY)
    held = keep(cache, 1)
    later, soon = sound(2)[0], sound(3)[0]
    cache.need([Need(later, 10, 900), Need(soon, 10, 100), Need(later, 10, 500), Need(held, 10, 50)])
    assert [(need.content, need.due_us) for need in cache.missing()] == [(soon, 100), (later, 500)]


def test_room_is_made_from_what_nobody_needs_longest_unused_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, Bounds(cache_bytes=3000, disk_floor_bytes=0))
    oldest, needed, newer = (keep(cache, seed, used=seed) for seed in (1, 2, 3))
    cache.need([Need(needed, 1000, 0)])
    cache.make_room(1000)
    assert [cache.holds(content) for content in (oldest, needed, newer)] == [False, True, True]


def test_using_a_content_makes_it_the_newest(tmp_path: Path) -> None:
    cache = Cache(tmp_path, Bounds(cache_bytes=2000, disk_floor_bytes=0))
    first, second = (keep(cache, seed, used=seed) for seed in (1, 2))
    cache.path(first)
    cache.make_room(1000)
    assert cache.holds(first)
    assert not cache.holds(second)


def test_a_full_disk_counts_as_much_as_a_full_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path, Bounds(cache_bytes=1 << 30, disk_floor_bytes=5_000))
    content = keep(cache, 1)
    cache.make_room(2_000, free_bytes=7_000)
    assert cache.holds(content)
    cache.make_room(2_000, free_bytes=6_500)
    assert not cache.holds(content)


def test_what_is_needed_or_pinned_is_never_evicted(tmp_path: Path) -> None:
    cache = Cache(tmp_path, Bounds(cache_bytes=2000, disk_floor_bytes=0))
    needed, pinned = keep(cache, 1), keep(cache, 2)
    cache.need([Need(needed, 1000, 0)], pinned=[pinned])
    with pytest.raises(NoRoom):
        cache.make_room(1000)
    assert cache.holds(needed)
    assert cache.holds(pinned)


NOW = 1_700_000_000_000_000
HOUR = 3_600_000_000


def full_week(tmp_path: Path, *hours: float) -> tuple[Cache, list[ContentId]]:
    """A cache with room for no more than contents that are due in so many hours."""
    cache = Cache(tmp_path, Bounds(cache_bytes=1000 * len(hours), disk_floor_bytes=0))
    held = [keep(cache, seed, used=seed) for seed in range(len(hours))]
    cache.need([Need(content, 1000, NOW + int(due * HOUR)) for content, due in zip(held, hours, strict=True)])
    return cache, held


def due(hours: float, size: int = 1000) -> Need:
    """What is wanted and not here, due in so many hours."""
    return Need(sound(99)[0], size, NOW + int(hours * HOUR))


def test_what_is_due_now_takes_the_room_of_what_is_due_last(tmp_path: Path) -> None:
    cache, held = full_week(tmp_path, 50, 140, 30)
    cache.make_room(1000, due(1), NOW)
    assert [cache.holds(content) for content in held] == [True, False, True]
    assert [need.content for need in cache.missing()] == [held[1]]


def test_what_nobody_needs_goes_before_what_is_due_last(tmp_path: Path) -> None:
    cache, held = full_week(tmp_path, 50, 140)
    cache.need([Need(held[1], 1000, NOW + 140 * HOUR)])
    cache.make_room(1000, due(1), NOW)
    assert [cache.holds(content) for content in held] == [False, True]


def test_a_download_begun_for_later_makes_room_too(tmp_path: Path) -> None:
    cache = Cache(tmp_path, Bounds(cache_bytes=1500, disk_floor_bytes=0))
    begun, data = sound(1)
    cache.part(begun).write_bytes(data[:800])
    cache.need([Need(begun, 1000, NOW + 100 * HOUR)])
    cache.make_room(1000, due(1), NOW)
    assert cache.state(begun) is Holding.WANTED


@pytest.mark.parametrize(
    ("wanted", "hours", "why"),
    [
        (due(1), (23, 2), "what is due within a day stays"),
        (due(60), (50, 40), "what is due sooner stays"),
        (due(60), (60, 60), "what is due at the same time stays, or the two would change places for ever"),
        (due(1, size=3000), (50, 140), "nothing is given up that would not be enough"),
    ],
)
def test_what_is_due_soon_or_sooner_or_in_vain_is_not_given_up(
    tmp_path: Path, wanted: Need, hours: tuple[float, ...], why: str
) -> None:
    cache, held = full_week(tmp_path, *hours)
    with pytest.raises(NoRoom):
        cache.make_room(wanted.size, wanted, NOW)
    assert all(cache.holds(content) for content in held), why


def test_without_a_clock_nothing_needed_is_given_up(tmp_path: Path) -> None:
    cache, held = full_week(tmp_path, 140)
    with pytest.raises(NoRoom):
        cache.make_room(1000, due(1), None)
    assert cache.holds(held[0])


def test_what_is_pinned_stays_however_late_it_is_due(tmp_path: Path) -> None:
    cache, held = full_week(tmp_path, 140)
    cache.need([Need(held[0], 1000, NOW + 140 * HOUR)], pinned=held)
    with pytest.raises(NoRoom):
        cache.make_room(1000, due(1), NOW)
    assert cache.holds(held[0])


def test_parts_that_nobody_wants_any_more_are_evicted_too(tmp_path: Path) -> None:
    cache = Cache(tmp_path, Bounds(cache_bytes=1500, disk_floor_bytes=0))
    content, data = sound(1)
    cache.part(content).write_bytes(data)
    cache.make_room(1000)
    assert cache.state(content) is Holding.WANTED


def test_at_boot_finished_downloads_are_adopted_and_begun_ones_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ROOMY)
    whole, finished, begun = keep(cache, 1), sound(2), sound(3)
    cache.part(finished[0]).write_bytes(finished[1])
    cache.part(begun[0]).write_bytes(begun[1][:700])
    cache.part(whole).write_bytes(b"left over")
    (tmp_path / "parts" / "tmpfile").write_bytes(b"?")
    (tmp_path / "whole" / whole[:2] / ".abc-123.part").write_bytes(b"?")
    again = Cache(tmp_path, ROOMY)
    again.scan()
    states = [again.state(content) for content in (whole, finished[0], begun[0])]
    assert states == [Holding.VERIFIED, Holding.VERIFIED, Holding.PARTIAL]
    assert again.part_size(begun[0]) == 700
    assert [file.name for file in (tmp_path / "parts").iterdir()] == [f"{begun[0]}.part"]
    assert [file.name for file in (tmp_path / "whole" / whole[:2]).iterdir()] == [whole]


def test_a_mark_outlasts_what_is_on_its_way_and_makes_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path, Bounds(cache_bytes=10, disk_floor_bytes=0))
    content, data = sound(1)
    mark = tmp_path / "parts" / f"{content}.came"
    make = FolderStore.make_durable

    def too_early(store: FolderStore, one: ContentId) -> None:
        assert cache.keep(content, data), "it comes just after it was looked for"
        raise FileNotFoundError

    mark.touch()
    monkeypatch.setattr(FolderStore, "make_durable", too_early)
    cache.make_durable()
    assert mark.exists()
    cache.need([Need(content, 1000, 0)])
    with pytest.raises(NoRoom):
        cache.make_room(0)
    assert mark.exists()
    monkeypatch.setattr(FolderStore, "make_durable", make)
    cache.make_durable()
    assert not mark.exists()
