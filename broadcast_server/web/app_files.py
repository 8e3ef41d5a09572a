"""The officer's app as files: built from `app/`, small on the line, kept by the browser until it is another."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, RedirectResponse

from broadcast_server.api.access import anyone
from broadcast_server.problem import Problem, not_found

router = APIRouter(dependencies=[Depends(anyone)], include_in_schema=False)
BUILT = Path(__file__).parent / "app" / "dist"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json; charset=utf-8",
}
_SQUEEZED = (("br", ".br"), ("gzip", ".gz"))
_HASHED = "assets"
"""The folder of files whose names tell their content."""


@router.get("/app")
async def without_slash() -> RedirectResponse:
    """The app is under `/app/`, which is also how far its service worker may reach."""
    return RedirectResponse("/app/")


@router.get("/app/{path:path}")
async def app_file(path: str, request: Request) -> FileResponse:
    """A file of the app; its page for the empty path. Problem 404, 503 `app_not_built`."""
    if not (BUILT / "index.html").is_file():
        vi = "Ứng dụng chưa được dựng trên máy chủ này. Chạy deploy/setup.sh rồi mở lại."
        raise Problem(503, "app_not_built", vi, "The app was not built on this server. Run deploy/setup.sh.")
    wanted = _found(path or "index.html")
    if wanted is None:
        raise not_found("tệp này", "file")
    hashed = wanted.parent.name == _HASHED
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if hashed else "no-cache",
        "Vary": "Accept-Encoding",
    }
    accepted = {one.partition(";")[0].strip() for one in request.headers.get("accept-encoding", "").split(",")}
    for encoding, suffix in _SQUEEZED:
        small = wanted.with_name(wanted.name + suffix)
        if encoding in accepted and small.is_file():
            return FileResponse(
                small, media_type=_TYPES[wanted.suffix], headers=headers | {"Content-Encoding": encoding}
            )
    return FileResponse(wanted, media_type=_TYPES[wanted.suffix], headers=headers)


def _found(path: str) -> Path | None:
    """A file of the app of that name; None for what is none, or no name at all."""
    try:
        wanted = (BUILT / path).resolve()
        there = wanted.is_relative_to(BUILT.resolve()) and wanted.suffix in _TYPES and wanted.is_file()
    except (OSError, ValueError):
        return None
    return wanted if there else None
