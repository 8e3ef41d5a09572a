"""The OpenAPI document: FastAPI's, with who may call, what is answered, and the messages of the WebSockets.

Its schemas are made when it is first asked for, not with the server.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from enum import Enum
from threading import Lock
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIWebSocketRoute, RouteContext, iter_route_contexts
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from broadcast_server.api.access import admitted
from broadcast_server.api.problems import PROBLEM, ProblemJson
from broadcast_server.api.router import JSON, Answer, Talk, answer_of
from broadcast_server.fleet import ledger
from broadcast_server.library import intakes
from broadcast_server.relay import reason
from speaker_client.protocol import report

WEBSOCKET = "websocket"
_REF = "#/components/schemas/"
_NAMES: dict[type[Enum], str] = {
    ledger.State: "AiringState",
    intakes.State: "IntakeState",
    report.Reason: "AiringReason",
    reason.Reason: "RelayReason",
}
"""What of several that are called the same is called in the document."""
_MAKING = Lock()


def document_of(app: FastAPI) -> dict[str, Any]:
    """The document, each operation with `x-who`: who may call it.

    Of the WebSockets, for which OpenAPI has no form, it tells in words in the tag `websocket`, and in `x-websockets`
    with the schemas of what the server `says` and `hears`.
    """
    with _MAKING:
        document = app.openapi()
        if "x-websockets" not in document:
            _complete(document, list(iter_route_contexts(app.routes)))
        return document


def _complete(document: dict[str, Any], contexts: Iterable[RouteContext]) -> None:
    endpoints = {context.path: context for context in contexts if isinstance(context.original_route, APIWebSocketRoute)}
    operations = [
        (operation, context, answer_of(context.endpoint))
        for context in contexts
        if context.endpoint is not None
        for method in context.methods or ()
        if (operation := document["paths"].get(context.path or "", {}).get(method.lower())) is not None
    ]
    spoken = {path: talk for path, context in endpoints.items() if (talk := getattr(context.endpoint, "talk", None))}
    answered = [answer.type for _, _, answer in operations if answer.media == JSON]
    said, heard = [talk.says for talk in spoken.values()], [talk.hears for talk in spoken.values()]
    schema_of, made = _schemas([ProblemJson, *answered, *said], heard)
    for talk in spoken.values():
        made |= {f"{talk.name}Says": schema_of(talk.says), f"{talk.name}Hears": schema_of(talk.hears)}
    _rename(document, document["components"]["schemas"])
    document["components"]["schemas"] = dict(sorted((_without_fastapis(document) | made).items()))
    for operation, context, answer in operations:
        operation["x-who"] = _who(context)
        _tell_answer(operation, answer, schema_of)
    document["x-websockets"] = [_talk(context, spoken.get(path)) for path, context in endpoints.items()]
    told = "\n\n".join(f"`{one['path']}`, {one['x-who']}: {one['description']}" for one in document["x-websockets"])
    document["tags"] = [{"name": WEBSOCKET, "description": told}]


def _tell_answer(operation: dict[str, Any], answer: Answer, schema_of: Callable[[Any], Any]) -> None:
    """Of what every good answer is, whatever its status, and of what every other."""
    answers = operation["responses"]
    answers.pop("422", None)
    for told in answers.values():
        told.pop("content", None)
        if answer.media is not None:
            about = schema_of(answer.type) if answer.media == JSON else {"type": "string", "format": "binary"}
            told["content"] = {answer.media: {"schema": about}}
    problem = {"description": "Problem", "content": {PROBLEM: {"schema": schema_of(ProblemJson)}}}
    operation["responses"] = {**answers, "4XX": problem, "5XX": problem}


def _talk(context: RouteContext, talk: Talk | None) -> dict[str, Any]:
    """A WebSocket in the words of the module that serves it."""
    told = {
        "path": context.path or "",
        "x-who": _who(context),
        "description": inspect.getdoc(inspect.getmodule(context.endpoint)) or "",
    }
    if talk is None:
        return told
    return {**told, "says": {"$ref": f"{_REF}{talk.name}Says"}, "hears": {"$ref": f"{_REF}{talk.name}Hears"}}


def _who(context: RouteContext) -> str:
    return " · ".join(admitted(context.dependant))


def _schemas(said: Iterable[Any], heard: Iterable[Any]) -> tuple[Callable[[Any], Any], dict[str, Any]]:
    """What finds the schema of each of these types, and the components that those name."""
    modes: dict[str, tuple[Any, JsonSchemaMode]] = {str(one): (one, "serialization") for one in said}
    modes |= {str(one): (one, "validation") for one in heard}
    inputs = [(name, mode, TypeAdapter(one)) for name, (one, mode) in modes.items()]
    found, rest = TypeAdapter.json_schemas(inputs, ref_template=_REF + "{model}")
    made = rest.get("$defs", {})
    _rename(found, made)
    return lambda type_: found[(type_name := str(type_), modes[type_name][1])], made


def _rename(holder: Any, schemas: dict[str, Any]) -> None:
    """Give those schemas their names in the document, there and wherever `holder` refers to them."""
    names = {old: new for old in schemas if (new := _name(old, schemas[old])) != old}
    for old, new in names.items():
        schemas[new] = schemas.pop(old)
    _refer(holder, names)
    _refer(schemas, names)


def _name(name: str, schema: dict[str, Any]) -> str:
    for enum, ours in _NAMES.items():
        names = (enum.__name__, f"{enum.__module__}.{enum.__name__}".replace(".", "__"))
        if name in names and schema.get("enum") == [one.value for one in enum]:
            return ours
    return re.sub(r"^ItemsJson_(.*)Json_$", r"ItemsOf\1Json", name)


def _refer(node: Any, names: dict[str, str]) -> None:
    """Refer to schemas by their new names."""
    for place, one in list(node.items() if isinstance(node, dict) else enumerate(node)):
        if isinstance(one, dict | list):
            _refer(one, names)
        elif isinstance(one, str) and one.startswith(_REF):
            name = one.removeprefix(_REF)
            node[place] = _REF + names.get(name, name)


def _without_fastapis(document: dict[str, Any]) -> dict[str, Any]:
    """The schemas of requests; its own of a request that is not valid, which we answer otherwise, left out."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    return {name: one for name, one in schemas.items() if name not in ("ValidationError", "HTTPValidationError")}
