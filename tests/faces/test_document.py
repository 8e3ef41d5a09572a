"""The OpenAPI document: a client can be made from it, and what is answered is what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from broadcast_server.api import about
from broadcast_server.api.problems import PROBLEM
from broadcast_server.api.router import JSON, SOUND, TABLE, TypedRoute
from broadcast_server.api.voice import WAV
from broadcast_server.people.rights import Role
from broadcast_server.web.document import document_of
from tests.contract import contract
from tests.faces.office import Office


async def test_it_is_the_one_that_every_answer_is_held_against(office: Office) -> None:
    assert (await office.visitor().get("/api/v1/openapi.json")).json() == contract().document
    assert document_of(office.app) is document_of(office.app)


def test_every_route_says_what_it_answers() -> None:
    for method, path, one in operations(contract().document):
        for status, told in one["responses"].items():
            assert "content" in told or status == "204", (method, path, status)
            for media, promised in told.get("content", {}).items():
                assert media in (JSON, PROBLEM, SOUND, WAV, TABLE), (method, path, media)
                assert loose(promised["schema"]) == [], (method, path, status)


async def test_no_answer_is_checked_or_copied_on_its_way(office: Office) -> None:
    routes = [one.original_route for one in iter_route_contexts(office.app.routes)]
    answering = [route for route in routes if isinstance(route, APIRoute) and route.include_in_schema]
    assert len(answering) > 50
    assert [route.path for route in answering if not isinstance(route, TypedRoute)] == []
    assert {route.response_model for route in answering} == {Any, None}


def test_no_schema_is_loose() -> None:
    schemas = contract().document["components"]["schemas"]
    assert {name: found for name, one in schemas.items() if (found := loose(one))} == {}
    assert len(schemas) > 100
    assert not [name for name in schemas if not name.isidentifier() or "__" in name]


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"type": "object", "additionalProperties": True}])
def test_loose_is_what_may_be_anything(schema: dict[str, Any]) -> None:
    assert loose(schema) == ["$"]
    assert loose({"type": "array", "items": schema}) == ["$[]"]
    assert loose({"type": "object", "properties": {"a": schema, "b": {"type": "string"}}}) == ["$.a"]
    assert loose({"anyOf": [{"type": "null"}, schema]}) == ["$"]
    assert loose({"type": "object", "additionalProperties": {"type": "string"}}) == []


def test_the_websockets_say_what_is_said_on_them() -> None:
    talks = contract().document["x-websockets"]
    assert [(one["says"]["$ref"], one["hears"]["$ref"]) for one in talks] == [
        (f"#/components/schemas/{name}Says", f"#/components/schemas/{name}Hears") for name in ("Feed", "Live")
    ]
    beat = {"kind": "beat", "seq": 3, "now_us": 5}
    assert contract().of_message("/api/v1/feed", beat) == []
    assert contract().of_message("/api/v1/feed", beat | {"seq": None})
    assert contract().of_message(
        "/api/v1/feed", {"kind": "snapshot", "run": "r", "seq": 0, "now_us": 5, "parts": {"next": 1}}
    )


async def test_operations_have_short_names_that_stay() -> None:
    names = [one["operationId"] for _, _, one in operations(contract().document)]
    assert len(names) == len(set(names))
    for method, path, one in operations(contract().document):
        (tag,) = one["tags"]
        assert one["operationId"].startswith(f"{tag}_"), (method, path)


async def test_an_answer_that_is_not_as_promised_is_noticed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = office.visitor()
    assert (await visitor.get("/api/v1/station")).status_code == 200
    monkeypatch.setattr(type(office.station), "zone", property(lambda _: 7), raising=False)
    with pytest.raises(AssertionError, match=r"\$\.zone is 7 and no string"):
        await visitor.get("/api/v1/station")


@pytest.mark.parametrize(
    ("change", "misfit"),
    [
        ({"id": None}, "$.id is None and no string"),
        ({"now_us": "soon"}, "$.now_us is 'soon' and no integer"),
        ({"now_us": True}, "$.now_us is True and no integer"),
        ({"secret": "x"}, "$ has secret, of which the document says nothing"),
    ],
)
def test_so_is_one_that_says_too_much_or_something_else(change: dict[str, Any], misfit: str) -> None:
    good: dict[str, Any] = {"id": "s", "name": "Xã", "zone": "Asia/Ho_Chi_Minh", "now_us": 1}
    station = {"$ref": f"#/components/schemas/{about.StationJson.__name__}"}
    assert contract().of_value(station, good) == []
    assert contract().of_value(station, good | change) == [misfit]
    assert contract().of_value(station, {name: good[name] for name in good if name != "name"}) == ["$ has no name"]


def test_so_are_another_status_another_kind_and_a_problem_without_words() -> None:
    told = contract().of_answer
    good = json.dumps({"id": "s", "name": "Xã", "zone": "Asia/Ho_Chi_Minh", "now_us": 1}).encode()
    assert told("GET", "/api/v1/station", 200, "application/json", good) == []
    assert told("GET", "/api/v1/station", 201, "application/json", good)
    assert told("GET", "/api/v1/station", 200, "text/plain", good)
    assert told("POST", "/api/v1/logout", 204, "application/json", b"")
    assert told("GET", "/nowhere", 404, "application/problem+json", b'{"title": "no"}')


async def test_whoever_only_looks_is_answered_as_the_document_says(office: Office) -> None:
    viewer = await office.as_(Role.VIEWER)
    for method, path, one in operations(contract().document):
        if method == "get" and "{" not in path and not path.startswith("/box/"):
            answer = await viewer.get(path)
            assert str(answer.status_code) in one["responses"] or answer.status_code == 403, path


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and the rest of every operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def loose(schema: Mapping[str, Any], at: str = "$") -> list[str]:
    """Where something may be anything."""
    if "$ref" in schema or "enum" in schema or "const" in schema:
        return []
    found = [place for choice in schema.get("anyOf", schema.get("oneOf", ())) for place in loose(choice, at)]
    for name, one in schema.get("properties", {}).items():
        found += loose(one, f"{at}.{name}")
    for each in schema.get("prefixItems", ()):
        found += loose(each, f"{at}[]")
    more = schema.get("additionalProperties", False)
    kind = schema.get("type")
    if kind is None and "anyOf" not in schema and "oneOf" not in schema:
        return [at]
    if kind == "array" and "prefixItems" not in schema:
        found += loose(schema.get("items", {}), f"{at}[]")
    if kind == "object" and (more is True or (more is False and not schema.get("properties"))):
        return [*found, at]
    return found + (loose(more, f"{at}.*") if isinstance(more, dict) else [])
