"""Routers whose routes say what they answer: the return annotation is for the type checker and for the document.

Nothing of it runs. An answer goes out as it was built, neither checked nor copied: a schema for each would cost the
server memory and every emergency time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import Response
from typing_extensions import TypedDict

T = TypeVar("T")
_F = TypeVar("_F", bound=Callable[..., Any])

JSON = "application/json"
SOUND = "audio/ogg"
TABLE = "text/csv"


class ItemsJson(TypedDict, Generic[T]):
    """A list. It is not to be inherited from: what it is of would be lost."""

    items: list[T]


@dataclass(frozen=True)
class Answer:
    """What a route answers when all is well: of which media type (None: no body), and of which type the JSON is.

    `built`: it returns the Response itself, or nothing."""

    media: str | None = None
    type: Any = None
    built: bool = True


@dataclass(frozen=True)
class Talk:
    """The messages of a WebSocket: what the server says, and what it hears as text; in the document they are called
    `NAMESays` and `NAMEHears`."""

    name: str
    says: Any
    hears: Any


def answer_of(endpoint: Callable[..., Any]) -> Answer:
    """What its return annotation says. `Annotated[Response, SOUND]` is bytes of that media type, and
    `Annotated[Response, X]` the JSON of X."""
    returned = get_type_hints(endpoint, include_extras=True).get("return", Any)
    about = None
    if get_origin(returned) is Annotated:
        returned, about, *_ = get_args(returned)
    if returned is not NoneType and not (isinstance(returned, type) and issubclass(returned, Response)):
        return Answer(JSON, returned, built=False)
    if about is None or isinstance(about, str):
        return Answer(about)
    return Answer(JSON, about)


def talks(name: str, says: Any, hears: Any) -> Callable[[_F], _F]:
    """Tell of a WebSocket's endpoint what its messages are."""

    def mark(endpoint: _F) -> _F:
        vars(endpoint)["talk"] = Talk(name, says, hears)
        return endpoint

    return mark


def operation_id(route: APIRoute) -> str:
    """`TAG_FUNCTION`: short, and the same as long as the route is."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


class TypedRoute(APIRoute):
    """A route whose JSON is written out whatever it is, by pydantic's core and not by json, which is slower."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        how = (
            {"response_model": None, "response_class": Response}
            if answer_of(endpoint).built
            else {"response_model": Any}
        )
        super().__init__(path, endpoint, **{**options, **how})


class Router(APIRouter):
    """A router of typed routes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=TypedRoute, generate_unique_id_function=operation_id, **options)
