"""The OpenAPI document as a list for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from broadcast_server.web.document import WEBSOCKET


@dataclass(frozen=True)
class Field:
    """One thing to send: a path or query parameter, or a field of the JSON body."""

    name: str
    place: str
    type: str
    required: bool


@dataclass(frozen=True)
class Route:
    """One operation."""

    method: str
    path: str
    summary: str
    who: str
    fields: tuple[Field, ...]


def reference_of(document: Mapping[str, Any]) -> dict[str, list[Route]]:
    """The WebSockets, then the operations by tag, in the order of the document."""
    talks = document["x-websockets"]
    groups = {WEBSOCKET: [Route("WS", one["path"], one["description"], one["x-who"], ()) for one in talks]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_route(document, method, path, operation))
    return groups


def _route(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Route:
    summary = operation.get("description") or operation.get("summary", "")
    fields = (*_parameters(operation), *_body(document, operation))
    return Route(method.upper(), path, summary, operation.get("x-who", ""), fields)


def _parameters(operation: Mapping[str, Any]) -> Iterator[Field]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] in ("path", "query"):
            required = parameter.get("required", False)
            yield Field(parameter["name"], parameter["in"], _type(parameter.get("schema", {})), required)


def _body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[Field]:
    content: dict[str, dict[str, Any]] = operation.get("requestBody", {}).get("content", {})
    sent = next(iter(content.values()), None)
    schema = _resolved(document, sent["schema"] if sent else {})
    for name, about in schema.get("properties", {}).items():
        yield Field(name, "json", _type(about), name in schema.get("required", ()))


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(repr, schema["enum"]))
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("type", "any"))
