"""Who gets in, who may do what, and what a foreign page may not do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request, WebSocket
from starlette.routing import WebSocketRoute
from starlette.types import Message

from broadcast_server.api.access import RIGHTS, Right, Role, check_routes
from broadcast_server.api.problems import install_problems
from broadcast_server.api.security_headers import SECURITY_HEADERS
from broadcast_server.web.document import document_of
from speaker_client.protocol.version import HEADER, Spoken
from tests.faces.office import Office

SAFE = ("get", "head", "options")


def operations(office: Office) -> Iterator[tuple[str, str, str]]:
    """Method, path with its places filled, and who may call, of every operation."""
    for path, methods in document_of(office.app)["paths"].items():
        for method, operation in methods.items():
            yield method, re.sub(r"\{[^}]+\}", "0" * 16, path), operation["x-who"]


async def test_every_route_says_who_may_call_it(office: Office) -> None:
    assert all(who for _, _, who in operations(office))
    assert len(list(operations(office))) > 40


async def test_the_websockets_are_told_of_with_their_messages_and_who_may_come_in(office: Office) -> None:
    document = document_of(office.app)
    talks = {one["path"]: one for one in document["x-websockets"]}
    assert {path: bool(one["x-who"]) for path, one in talks.items()} == {"/api/v1/feed": True, "/api/v1/live": True}
    for path, kinds in {
        "/api/v1/feed": ("snapshot", "change", "beat", "refusal"),
        "/api/v1/live": ("open", "state", "extended", "closed", "refused"),
    }.items():
        assert all(f"- `{kind}`" in talks[path]["description"] for kind in kinds)
        assert path in document["tags"][0]["description"]
        assert path in (await office.visitor().get("/api/v1/docs")).text


async def test_a_server_with_an_undeclared_route_does_not_start() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/forgotten")
    async def forgotten() -> str:
        return "open to all by mistake"

    with pytest.raises(RuntimeError, match="/forgotten"):
        check_routes(app)


@pytest.mark.parametrize("routed", [True, False])
async def test_nor_does_one_with_an_undeclared_websocket(routed: bool) -> None:
    app, router = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter(prefix="/live")

    async def forgotten(_socket: WebSocket) -> None:
        """Open to all by mistake."""

    (router if routed else app).add_api_websocket_route("/forgotten", forgotten)
    app.include_router(router)
    with pytest.raises(RuntimeError, match="/forgotten"):
        check_routes(app)
    bare = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, routes=[WebSocketRoute("/forgotten", forgotten)])
    with pytest.raises(RuntimeError, match="/forgotten"):
        check_routes(bare)


async def test_a_stranger_gets_nothing_but_what_is_public(office: Office) -> None:
    stranger = office.visitor()
    for method, path, who in operations(office):
        if "anyone" not in who and "/box/" not in path:
            answer = await stranger.request(method, path)
            assert answer.status_code == 401, (method, path, answer.status_code)
            assert method == "head" or answer.json()["code"] == "login_required"


async def test_a_viewer_changes_nothing(office: Office) -> None:
    viewer = await office.as_(Role.VIEWER)
    tried = 0
    for method, path, who in operations(office):
        right = re.search(r"the right (\w+)", who)
        if right and right[1] != Right.VIEW:
            answer = await viewer.request(method, path)
            assert answer.status_code == 403, (method, path)
            assert method == "head" or answer.json()["code"] == "not_allowed"
            tried += 1
    assert tried > 15


async def test_each_role_has_its_rights_and_no_others() -> None:
    assert RIGHTS[Role.ADMIN] == set(Right)
    assert RIGHTS[Role.OFFICER] == set(Right) - {Right.TECHNICIAN, Right.LOCK_OUT, Right.ADMIN}
    assert RIGHTS[Role.CHAIRMAN] == RIGHTS[Role.OFFICER] | {Right.LOCK_OUT}
    assert RIGHTS[Role.TECHNICIAN] == {Right.VIEW, Right.STOP, Right.DRILL, Right.TECHNICIAN}
    assert RIGHTS[Role.VIEWER] == {Right.VIEW}


async def test_no_foreign_page_can_change_anything(office: Office) -> None:
    admin = await office.as_(Role.ADMIN)
    for method, path, _ in operations(office):
        if method not in SAFE:
            answer = await admin.request(method, path, headers={"origin": "https://la.test"})
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), (method, path)


@pytest.mark.parametrize(
    "headers", [{"origin": "null"}, {"origin": "http://dai.test.la.test"}, {"origin": "http://["}, {"origin": ""}, {}]
)
async def test_a_cookie_alone_is_not_enough_to_write(office: Office, headers: dict[str, str]) -> None:
    admin = await office.as_(Role.ADMIN)
    browser = office.visitor(**headers)
    browser.cookies = admin.cookies
    answer = await browser.post("/api/v1/logout")
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert (await admin.get("/api/v1/me")).status_code == 200


async def test_every_answer_carries_the_guards(office: Office) -> None:
    stranger = office.visitor()
    for path in ("/", "/api/v1/me", "/nothing-here", "/static/station.css"):
        headers = (await stranger.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"


async def test_a_box_is_not_told_what_only_browsers_heed(office: Office) -> None:
    box = office.visitor(**{HEADER: str(Spoken())})
    for path in ("/box/v1/bundle", "/box/v1/nothing-here"):
        assert not set(SECURITY_HEADERS) & set((await box.get(path)).headers)


async def test_refusals_are_problems_in_both_languages(office: Office) -> None:
    admin = await office.as_(Role.ADMIN)
    answers = [
        await admin.get("/api/v1/library/none"),
        await admin.get("/nothing-here"),
        await admin.post("/api/v1/login", content=b"{"),
        await admin.post("/api/v1/users", json={"name": "x", "role": "viewer"}),
        await admin.delete("/api/v1/me"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 422, 422, 405]
    for answer in answers:
        body: dict[str, Any] = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "code", "vi", "en"} <= set(body)
        assert body["vi"] != body["en"]


@pytest.mark.parametrize("number", ["0", "17", "99999999999999999999", "-1", "x"])
async def test_a_number_that_no_loudspeaker_has_is_refused(office: Office, number: str) -> None:
    technician = await office.as_(Role.TECHNICIAN)
    answer = await technician.patch(f"/api/v1/clusters/c/loudspeakers/{number}", json={"muted": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_body_too_large_for_json_is_not_read(office: Office) -> None:
    answer = await office.visitor().post("/api/v1/login", content=b" " * 6_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


async def test_a_line_that_breaks_within_a_body_is_no_failure_of_ours() -> None:
    app = FastAPI()
    install_problems(app)

    @app.post("/file")
    async def take(request: Request) -> int:
        return len(await request.body())

    came: list[Message] = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
    said: list[Message] = []

    async def receive() -> Message:
        return came.pop(0)

    async def send(message: Message) -> None:
        said.append(message)

    scope = {"type": "http", "method": "POST", "path": "/file", "query_string": b"", "headers": []}
    await app(scope, receive, send)
    assert (said[0]["status"], json.loads(said[1]["body"])["code"]) == (400, "upload_cut")
