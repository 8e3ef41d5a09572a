"""The contract of the API: what it says is held against its own document, by every test that asks it anything.

The reader of JSON Schema knows what the document uses and fails on whatever else there is. It is stricter than a
client need be: an object has the properties that the document names, and no others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import httpx2
from fastapi import FastAPI

from broadcast_server.api.problems import PROBLEM
from broadcast_server.api.router import JSON
from broadcast_server.app import ROUTES
from broadcast_server.web.document import document_of

WORDS = {"title", "description", "default", "discriminator", "format"}
LIMITS = {"minItems", "maxItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMaximum"}
OF_LISTS = {"items", "prefixItems"}
OF_OBJECTS = {"properties", "propertyNames", "required", "additionalProperties"}
TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


NO_HTTP = b"Invalid HTTP request received."
"""What uvicorn says by itself to bytes that are no request."""


class Contract:
    """A document, and what does not fit it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        patterns = {re.sub(r"\{\w+\}", "[^/]+", path): path for path in document["paths"]}
        self._paths = dict(sorted(patterns.items(), key=lambda one: one[1].count("{")))

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The operation that this is a request of; None for one that the document does not tell of."""
        for pattern, known in self._paths.items():
            if re.fullmatch(pattern, path):
                found: dict[str, Any] | None = self.document["paths"][known].get(method.lower())
                return found
        return None

    def of_answer(self, method: str, path: str, status: int, media: str, data: bytes) -> list[str]:
        """What does not fit of an answer."""
        if media == PROBLEM and method == "HEAD":
            return [f"HEAD {path}: a body"] if data else []
        if media == PROBLEM:
            return self.of_value({"$ref": "#/components/schemas/ProblemJson"}, json.loads(data))
        operation = self.operation(method, path)
        if operation is None or status in (206, 304):  # of a whole that was promised
            return []
        promised = operation["responses"].get(str(status))
        if promised is None:
            return [f"{method} {path}: nobody said that it answers {status}"]
        content = promised.get("content", {})
        if media not in content and (media or content):
            return [f"{method} {path}: {media or 'nothing'} instead of {' or '.join(content) or 'nothing'}"]
        return self.of_value(content[JSON]["schema"], json.loads(data)) if media == JSON else []

    def of_message(self, path: str, message: Any) -> list[str]:
        """What does not fit of what the server says on a WebSocket."""
        (talk,) = [one for one in self.document["x-websockets"] if one["path"] == path]
        return self.of_value(talk["says"], message)

    def of_value(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        """What does not fit of a value."""
        return list(self._misfits(schema, value, "$"))

    def _misfits(self, schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
        for keyword, wanted in schema.items():
            if keyword == "$ref":
                yield from self._misfits(self.document["components"]["schemas"][wanted.split("/")[-1]], value, at)
            elif keyword in ("anyOf", "oneOf"):
                tried = [list(self._misfits(choice, value, at)) for choice in wanted]
                if all(tried):
                    yield f"{at} is none of {len(wanted)}: {'; '.join(misfits[0] for misfits in tried)}"
            elif keyword == "enum" or keyword == "const":
                if value not in (wanted if keyword == "enum" else [wanted]):
                    yield f"{at} is {value!r} and not {wanted!r}"
            elif keyword == "type":
                if not isinstance(value, TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean"):
                    yield f"{at} is {value!r} and no {wanted}"
            elif keyword == "items" and isinstance(value, list):
                for n, one in enumerate(value[len(schema.get("prefixItems", ())) :]):
                    yield from self._misfits(wanted, one, f"{at}[{n}]")
            elif keyword == "prefixItems" and isinstance(value, list):
                for n, (each, one) in enumerate(zip(wanted, value, strict=False)):
                    yield from self._misfits(each, one, f"{at}[{n}]")
            elif keyword == "properties" and isinstance(value, dict):
                for name in wanted.keys() & value.keys():
                    yield from self._misfits(wanted[name], value[name], f"{at}.{name}")
            elif keyword == "propertyNames" and isinstance(value, dict):
                for name in value:
                    yield from self._misfits(wanted, name, f"{at}.{name}")
            elif keyword == "required" and isinstance(value, dict):
                yield from (f"{at} has no {name}" for name in wanted if name not in value)
            elif keyword not in {*WORDS, *LIMITS, *OF_LISTS, *OF_OBJECTS}:
                raise NotImplementedError(f"{at}: {keyword}")
        if isinstance(value, dict) and OF_OBJECTS & schema.keys():
            more = schema.get("additionalProperties", False)
            for name in value.keys() - schema.get("properties", {}).keys():
                if more is False:
                    yield f"{at} has {name}, of which the document says nothing"
                elif more is not True:
                    yield from self._misfits(more, value[name], f"{at}.{name}")


@cache
def contract() -> Contract:
    """The contract of this version."""
    return Contract(document_of(FastAPI(title="Tiếng Làng", version="1", routes=[*ROUTES])))


def check(response: httpx2.Response) -> None:
    """AssertionError for an answer that is not as the document says. Its body was read."""
    if response.content == NO_HTTP:
        return
    media = response.headers.get("content-type", "").partition(";")[0]
    request = response.request
    misfits = contract().of_answer(request.method, request.url.path, response.status_code, media, response.content)
    assert not misfits, f"{request.method} {request.url.path}: {misfits}"


def check_message(path: str, message: Any) -> None:
    """The same of a message on a WebSocket."""
    misfits = contract().of_message(path, message)
    assert not misfits, f"{path}: {misfits}"


async def check_when_read(response: httpx2.Response) -> None:
    """The same, as a client's hook."""
    await response.aread()
    check(response)


HOOKS = {"response": [check_when_read]}
"""Of a client whose every answer is checked."""
