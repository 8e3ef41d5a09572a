"""Uploads by tus 1.0.0 as a client sends them, and what the station has of them."""

from __future__ import annotations

import base64
from typing import Any

import httpx2
from sqlalchemy import select

from broadcast_server.store.library import IntakeRow
from tests.faces.office import Office

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}


def described(**pairs: str) -> str:
    """The header Upload-Metadata."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


async def begin(officer: httpx2.AsyncClient, size: int, **pairs: str) -> str:
    """Where the bytes of a new upload go."""
    headers = TUS | {"Upload-Length": str(size), "Upload-Metadata": described(**pairs)}
    answer = await officer.post(UPLOADS, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def add(officer: httpx2.AsyncClient, place: str, offset: int, body: Any, **more: str) -> httpx2.Response:
    """PATCH."""
    headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"} | more
    return await officer.patch(place, content=body, headers=headers)


async def held(officer: httpx2.AsyncClient, place: str) -> int:
    """HEAD."""
    answer = await officer.head(place, headers=TUS)
    assert answer.status_code == 204, answer.text
    return int(answer.headers["upload-offset"])


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal that is told in both languages, in tus."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["tus-resumable"] == "1.0.0"
    code = answer.headers["problem-code"]
    if answer.request.method == "HEAD":
        return answer.status_code, code
    said = answer.json()
    assert said["code"] == code
    assert said["vi"]
    assert said["en"]
    assert said["vi"] != said["en"]
    return answer.status_code, code


def files(office: Office, folder: str = "uploads") -> list[str]:
    """What lies in a folder of the station."""
    return sorted(path.name for path in (office.station.settings.data / folder).iterdir())


async def intakes_of(office: Office) -> list[IntakeRow]:
    """All that the reception has taken."""
    async with office.station.database.reading() as session:
        return list((await session.scalars(select(IntakeRow))).all())
