"""Notices on their way: sealed for one phone, signed by this station, tried until they are taken or worth nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from broadcast_server.keys import PUSH_KEY, KeyMissing, push_secret
from broadcast_server.people.rights import Role
from broadcast_server.push import posting, sealing
from broadcast_server.push.notices import TRIAL_LIFE_US
from broadcast_server.pushing import PAUSES_S, SIGNED_FOR_S
from speaker_client.protocol.ids import MINUTE, SECOND
from tests.faces.office import Office, audited, open_office
from tests.live.booth import settle
from tests.ports import free_ports
from tests.push.people import Owner, deliveries, owner, phones
from tests.push.service import Pocket, PushService, vouched
from tests.waiting import until


async def tried(one: Owner) -> None:
    answer = await one.browser.post(f"/api/v1/me/notices/phones/{one.phone}/trial")
    assert answer.status_code == 202, answer.text


async def trouble_of(office: Office) -> str | None:
    return (await phones(office))[0].trouble


async def test_a_notice_reaches_the_phone_that_alone_can_read_it_and_the_service_knows_who_sent_it(
    office: Office, service: PushService
) -> None:
    lan, mai = await owner(office, service, "lan"), await owner(office, service, "mai", language="en")
    await tried(lan)
    await tried(mai)
    await office.station.pushing.look()
    (told,), (english,) = lan.told(), mai.told()
    assert told == {
        "kind": "trial", "tag": "trial", "place": "/settings/notices", "lang": "vi",
        "at_ms": office.clock.at_us // 1000, "title": "Báo tin thử lúc 18:06",
        "body": "Máy này nhận được tin của đài, cả khi tắt màn hình.",
    }  # fmt: skip
    assert (english["lang"], english["title"]) == ("en", "A trial notice at 18:06")
    (sent,) = service.to("lan")
    with pytest.raises(InvalidTag):
        mai.pocket.read(sent.body)
    assert "lúc".encode() not in sent.body
    assert (sent.headers["ttl"], sent.headers["urgency"]) == (str(TRIAL_LIFE_US // SECOND), "high")
    assert sent.headers["content-encoding"] == "aes128gcm"
    assert len(sent.headers["topic"]) == 32
    key, claims = vouched(sent.headers["authorization"])
    page = (await lan.browser.get("/api/v1/me/notices")).json()
    assert key == page["key"]
    assert claims["aud"] == service.url
    assert claims["exp"] == office.clock.at_us // SECOND + SIGNED_FOR_S
    assert claims["sub"] == "mailto:station@localhost"
    (phone,), (notice,) = page["phones"], page["items"]
    assert (phone["told_us"], phone["trouble"], phone["this"]) == (office.clock.at_us, None, True)
    assert (notice["kind"], notice["phones"], notice["taken"]) == ("trial", 1, 1)


async def test_a_service_that_fails_is_asked_again_at_growing_distances_and_as_late_as_it_wants(
    office: Office, service: PushService
) -> None:
    lan = await owner(office, service, "lan")
    service.answers["/push/lan"] = [(503, {}), (429, {"Retry-After": "90"}), (201, {})]
    await tried(lan)
    for tries, pause_s, trouble in ((1, PAUSES_S[0], "http_503"), (2, 90, "http_429")):
        await office.station.pushing.look()
        (one,) = await deliveries(office)
        assert (one.tries, one.next_us) == (tries, office.clock.at_us + pause_s * SECOND)
        assert (await phones(office))[0].trouble == trouble
        office.clock.at_us += pause_s * SECOND - 1
        await office.station.pushing.look()
        assert len(service.came) == tries, "not before its time"
        office.clock.at_us += 1
    await office.station.pushing.look()
    (one,) = await deliveries(office)
    assert (one.tries, one.next_us, one.outcome) == (3, None, "taken")
    assert (await phones(office))[0].trouble is None
    await office.station.pushing.look()
    assert len(service.came) == 3


async def test_what_is_worth_nothing_any_more_is_not_sent_and_the_list_says_that_it_did_not_arrive(
    office: Office, service: PushService
) -> None:
    lan = await owner(office, service, "lan")
    service.answers["/push/lan"] = [(500, {})]
    await tried(lan)
    await office.station.pushing.look()
    office.clock.at_us += TRIAL_LIFE_US
    await office.station.pushing.look()
    (one,) = await deliveries(office)
    assert (one.outcome, one.next_us, len(service.came)) == ("expired", None, 1)
    (item,) = (await lan.browser.get("/api/v1/me/notices")).json()["items"]
    assert (item["phones"], item["taken"]) == (1, 0)


@pytest.mark.parametrize("status", [307, 400, 403, 413])
async def test_what_a_service_will_not_have_is_sent_once_and_told(
    office: Office, service: PushService, status: int
) -> None:
    lan = await owner(office, service, "lan")
    service.answers["/push/lan"] = [(status, {"Location": service.endpoint("elsewhere")})]
    await tried(lan)
    await office.station.pushing.look()
    office.clock.at_us += MINUTE
    await office.station.pushing.look()
    (one,) = await deliveries(office)
    assert (one.outcome, len(service.came)) == (f"http_{status}", 1)
    assert (await phones(office))[0].trouble == f"http_{status}"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_phone_that_is_gone_is_forgotten(office: Office, service: PushService, status: int) -> None:
    lan = await owner(office, service, "lan")
    service.answers["/push/lan"] = [(status, {})]
    await tried(lan)
    await office.station.pushing.look()
    assert await phones(office) == []
    (one,) = await deliveries(office)
    assert (one.outcome, one.phone_id) == ("gone", None)
    assert ("station", "phone.gone", {}) in await audited(office)
    assert (await lan.browser.get("/api/v1/me/notices")).json()["phones"] == []


async def test_a_station_that_was_killed_sends_what_it_had_not(tmp_path: Path, service: PushService) -> None:
    async with open_office(tmp_path / "data", **service.settings) as office:
        lan = await owner(office, service, "lan")
        await tried(lan)
        key = await office.station.pushing.public_key()
    async with open_office(tmp_path / "data", **service.settings) as office:
        assert await office.station.pushing.public_key() == key
        await office.station.pushing.look()
    assert [one["kind"] for one in lan.told()] == ["trial"]


async def test_a_service_that_hangs_holds_up_no_alarm(
    office: Office, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "LIMIT_S", 300.0)  # an alarm that waited for it would never be given here
    await settle(office)
    lan, chairman = await owner(office, service, "lan"), await office.as_(Role.CHAIRMAN)
    service.held.clear()
    await tried(lan)
    pushing = asyncio.create_task(office.station.pushing.push_forever())
    await until(lambda: asyncio.sleep(0, service.came))
    wish = {"targets": ["all"], "text": "Nước lên nhanh.", "key": "a" * 32}
    answer = await chairman.post("/api/v1/emergencies", json=wish)
    assert answer.is_success, answer.text
    assert not (await deliveries(office))[0].tries, "it still hangs"
    service.held.set()
    await until(lambda: asyncio.sleep(0, lan.told()))
    pushing.cancel()


async def test_a_service_that_does_not_answer_in_time_is_left_and_asked_again(
    office: Office, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "LIMIT_S", 0.5)
    lan = await owner(office, service, "lan")
    service.held.clear()
    await tried(lan)
    await office.station.pushing.look()
    assert await trouble_of(office) == "late"
    service.held.set()
    monkeypatch.undo()
    office.clock.at_us += PAUSES_S[0] * SECOND
    await office.station.pushing.look()
    assert (await deliveries(office))[0].outcome == "taken"


async def test_a_service_that_cannot_be_reached_or_trusted_is_no_fault_of_the_station(
    tmp_path: Path, service: PushService
) -> None:
    async with open_office(tmp_path / "data", **service.settings | {"push_ca": ""}) as office:
        lan = await owner(office, service, "lan")
        await tried(lan)
        await office.station.pushing.look()
        assert (await phones(office))[0].trouble == "untrusted"
        mai = await owner(office, PushService(f"https://127.0.0.1:{free_ports()}", ""), "mai")
        await tried(mai)
        await office.station.pushing.look()
        assert {one.trouble for one in await phones(office)} == {"untrusted", "unreachable"}
    assert service.came == []


@pytest.mark.parametrize("holds", [None, "no certificate"])
async def test_a_file_of_authorities_that_is_not_one_costs_the_notices_and_not_the_station(
    tmp_path: Path, service: PushService, holds: str | None
) -> None:
    file = tmp_path / "authorities.pem"
    if holds is not None:
        file.write_text(holds)
    async with open_office(tmp_path / "data", **service.settings | {"push_ca": str(file)}) as office:
        lan = await owner(office, service, "lan")
        await tried(lan)
        await office.station.pushing.look()
        assert await trouble_of(office) == "bad_authority"
        (one,) = await deliveries(office)
        assert (one.tries, one.outcome) == (1, None), "it is tried again"


async def test_an_address_that_may_not_be_reached_any_more_is_not(tmp_path: Path, service: PushService) -> None:
    async with open_office(tmp_path / "data", **service.settings) as office:
        lan = await owner(office, service, "lan")
        await tried(lan)
    async with open_office(tmp_path / "data") as office:  # without the private network
        await office.station.pushing.look()
        assert (await deliveries(office))[0].outcome == "refused_address"
    assert service.came == []


def test_the_station_s_own_secret_is_born_once_kept_by_itself_and_missed_when_damaged(tmp_path: Path) -> None:
    secret = push_secret(tmp_path)
    assert push_secret(tmp_path) == secret
    assert (tmp_path / PUSH_KEY).stat().st_mode & 0o777 == 0o600
    assert len(sealing.public_of(secret)) == 87
    for damage in ("", "zz", secret[:-2]):
        (tmp_path / PUSH_KEY).write_text(damage)
        with pytest.raises(KeyMissing, match=PUSH_KEY):
            push_secret(tmp_path)


def test_keys_that_no_phone_makes_are_refused() -> None:
    keys = Pocket().subscription("")["keys"]
    sealing.phone_keys(**keys)
    for bad in ({"auth": "short"}, {"p256dh": keys["auth"]}, {"p256dh": "A" * 87}, {"auth": "~" * 22}):
        with pytest.raises(ValueError, match=r"."):
            sealing.phone_keys(**keys | bad)
