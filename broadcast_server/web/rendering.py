"""Templates, loaded when the first page is asked for; everything is escaped."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse

from broadcast_server.web.words import Language, word

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("broadcast_server.web")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def language_of(asked: str | None) -> Language:
    """Vietnamese unless English was asked for."""
    return "en" if asked == "en" else "vi"


def render(template: str, language: Language, station: str, **values: Any) -> HTMLResponse:
    """The page."""
    text = (
        _templates()
        .get_template(template)
        .render(
            language=language,
            other="vi" if language == "en" else "en",
            station=station,
            word=partial(word, language=language),
            **values,
        )
    )
    return HTMLResponse(text, headers={"Cache-Control": "no-store", "Content-Language": language})
