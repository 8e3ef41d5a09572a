"""A box comes in by a code, once; another that comes in puts it out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import segno

from broadcast_server.broker_files import export_broker_files
from broadcast_server.problem import Problem
from speaker_client.join import enrol
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.enrolment import BadCode, EnrolAnswer, parse_code
from speaker_client.protocol.envelope import payload_of
from speaker_client.protocol.ids import HOUR, MINUTE
from speaker_client.protocol.keyring import Keyring
from speaker_client.protocol.signature import SigningKey, signed_by
from speaker_client.protocol.statement import Role
from speaker_client.protocol.version import HEADER
from tests.brokers.passwords import password_matches
from tests.server_fleet.ground import Ground, MovableClock, enrol_form


async def test_a_box_gets_a_keyring_its_root_signed_and_its_signed_place(ground: Ground) -> None:
    cluster = await ground.cluster("Cụm đình", loudspeakers=3)
    box = await ground.box(cluster)
    papers = box.papers
    assert signed_by(papers.keyring, papers.root)
    keyring = Keyring.read(payload_of(papers.keyring))
    (schedule,) = [key.public for key in keyring.keys if Role.SCHEDULE in key.roles]
    assert signed_by(papers.config, schedule)
    config = BoxConfig.read(payload_of(papers.config))
    assert (config.box, config.cluster, config.cluster_name) == (box.id, cluster, "Cụm đình")
    assert [one.number for one in config.loudspeakers] == [1, 2, 3]
    assert papers.broker is not None
    assert papers.time_port == ground.station.settings.udp_port


async def test_the_code_vouches_for_the_root_and_for_no_other(ground: Ground) -> None:
    code, _ = await ground.station.enrolling.issue_code(await ground.cluster(), "hoa")
    assert parse_code(str(code)).vouches_for(ground.station.keys.root_public)
    assert not parse_code(str(code)).vouches_for(SigningKey.born().public)


async def refused(ground: Ground, code: str, key: SigningKey | None = None) -> str:
    answer = await ground.client().post("/box/v1/enrol", json=enrol_form(code, key or SigningKey.born()))
    assert answer.status_code == 403
    assert answer.json()["vi"]
    return str(answer.json()["code"])


async def test_a_code_lets_one_box_in(ground: Ground) -> None:
    code, _ = await ground.station.enrolling.issue_code(await ground.cluster(), "hoa")
    first = await ground.client().post("/box/v1/enrol", json=enrol_form(str(code), SigningKey.born()))
    assert first.status_code == 200
    assert await refused(ground, str(code)) == "code_used"


async def test_a_box_that_did_not_hear_the_answer_asks_again_and_stays_the_same_box(
    ground: Ground, clock: MovableClock
) -> None:
    code, _ = await ground.station.enrolling.issue_code(await ground.cluster(), "hoa")
    key = SigningKey.born()
    answers = [await ground.client().post("/box/v1/enrol", json=enrol_form(str(code), key)) for _ in range(2)]
    first, second = (EnrolAnswer.model_validate_json(answer.content) for answer in answers)
    assert first.box == second.box
    old = await ground.client(auth=(first.box, first.access)).get("/box/v1/bundle")
    new = await ground.client(auth=(second.box, second.access)).get("/box/v1/bundle")
    assert (old.status_code, new.status_code) == (401, 200)
    clock.shift_us += 11 * MINUTE
    assert await refused(ground, str(code), key) == "code_used"


async def test_a_code_is_worthless_after_a_day_and_a_made_up_one_always(ground: Ground, clock: MovableClock) -> None:
    code, _ = await ground.station.enrolling.issue_code(await ground.cluster(), "hoa")
    clock.shift_us += 24 * HOUR
    assert await refused(ground, str(code)) == "code_expired"
    assert await refused(ground, f"tl1.{'x' * 24}.{'0' * 32}") == "code_unknown"


async def test_the_next_box_of_a_cluster_puts_the_old_one_out(ground: Ground) -> None:
    cluster = await ground.cluster()
    old = await ground.box(cluster)
    new = await ground.box(cluster)
    answer = await old.http.get("/box/v1/bundle")
    assert (answer.status_code, answer.json()["code"]) == (403, "box_revoked")
    assert (await new.http.get("/box/v1/bundle")).status_code == 200


@pytest.mark.parametrize("said", ["2-3", "banana", "99999999999-3", "1", "-"])
async def test_without_a_common_version_the_station_says_who_must_be_upgraded(ground: Ground, said: str) -> None:
    client = ground.client(headers={HEADER: said})
    answer = await client.get("/box/v1/bundle")
    assert (answer.status_code, answer.json()["code"]) == (426, "protocol_mismatch")


async def test_a_newer_box_that_enrols_is_told_to_wait_for_a_newer_station(ground: Ground) -> None:
    code, _ = await ground.station.enrolling.issue_code(await ground.cluster(), "hoa")
    form = enrol_form(str(code), SigningKey.born()) | {"oldest": 7, "newest": 9}
    answer = await ground.client().post("/box/v1/enrol", json=form)
    assert answer.status_code == 426
    assert "upgrade the station" in answer.json()["en"]


async def test_rubbish_at_the_door_is_refused_in_words(ground: Ground) -> None:
    for body in (b"", b"{}", b"\xff\xfe", b'{"secret": 5}'):
        answer = await ground.client().post("/box/v1/enrol", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    answer = await ground.client().post("/box/v1/enrol", content=b"x" * 9000)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !!!", "Basic YQ==", "Bearer abc", "Basic " + "A" * 5000, "Basic w6k6w6k="]
)
async def test_nobody_enters_without_a_boxs_papers(ground: Ground, header: str) -> None:
    answer = await ground.client(headers={"Authorization": header}).get("/box/v1/bundle")
    assert (answer.status_code, answer.json()["code"]) == (401, "box_unknown")


async def test_mosquittos_files_admit_the_boxes_of_a_station_that_runs_already(ground: Ground, tmp_path: Path) -> None:
    gone, box = await ground.box(await ground.cluster("Cụm chợ")), await ground.box(await ground.cluster("Cụm đồi"))
    await ground.station.enrolling.revoke(gone.id, "hoa")
    settings = ground.station.settings.model_copy(update={"station_password": "của trạm"})
    out = tmp_path / "mosquitto"
    assert await export_broker_files(settings, out) == {"folder": str(out), "boxes": 1}
    known = dict(line.split(":", 1) for line in (out / "passwords").read_text().splitlines())
    assert gone.id not in known
    assert password_matches(box.papers.access, known[box.id])
    assert password_matches("của trạm", known["station"])
    assert box.id in (out / "acl").read_text()


async def test_without_the_stations_password_no_broker_files_are_written(ground: Ground, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        await export_broker_files(ground.station.settings, tmp_path / "mosquitto")
    assert caught.value.code == "station_password_missing"
    assert not (tmp_path / "mosquitto").exists()


async def by_hand(ground: Ground, cluster: str) -> dict[str, Any]:
    answer = await ground.technician().post(f"/api/v1/clusters/{cluster}/enrolment-codes?by_hand=true")
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_eight_letters_let_one_box_in_for_a_quarter_of_an_hour(ground: Ground, clock: MovableClock) -> None:
    cluster = await ground.cluster()
    made = await by_hand(ground, cluster)
    letters = made["typed"].lower().replace("0", "o").replace("1", "l")
    assert parse_code(f" {letters} ").secret == parse_code(made["code"]).secret
    assert await enrolled(ground, letters) == 200
    assert await refused(ground, letters) == "code_used"
    late = await by_hand(ground, cluster)
    clock.shift_us += 15 * MINUTE
    assert await refused(ground, late["typed"]) == "code_expired"


async def test_the_picture_of_a_code_is_the_whole_code(ground: Ground) -> None:
    made = await by_hand(ground, await ground.cluster())
    assert parse_code(made["code"]).vouches_for(ground.station.keys.root_public)
    dark = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", made["qr"]["path"]):
        dark |= {(int(x) + step, int(y)) for step in range(int(width))}
    rows = segno.make(made["code"], error="m", micro=False).matrix
    assert dark == {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module}
    assert made["qr"]["size"] == len(rows)


async def test_whoever_guesses_at_eight_letters_is_stopped_and_a_whole_code_is_not(ground: Ground) -> None:
    cluster = await ground.cluster()
    made = await by_hand(ground, cluster)
    for _ in range(30):
        assert await refused(ground, "ZZZZ-ZZZZ") == "code_unknown"
    answer = await ground.client().post("/box/v1/enrol", json=enrol_form(made["typed"], SigningKey.born()))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_codes")
    code, _ = await ground.station.enrolling.issue_code(cluster, "hoa")
    assert await enrolled(ground, str(code)) == 200


async def enrolled(ground: Ground, code: str) -> int:
    return (await ground.client().post("/box/v1/enrol", json=enrol_form(code, SigningKey.born()))).status_code


async def test_a_typed_code_needs_a_station_that_a_certificate_vouches_for(tmp_path: Path) -> None:
    with pytest.raises(BadCode, match="not_vouched"):
        await enrol(tmp_path, "http://loa.xa.example", parse_code("K7PD-3MXR"), "tests")
