"""The page for speaking: served with its scripts as files of their own, since the policy runs no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from broadcast_server.web.words import WORDS
from tests.faces.office import Office

STATIC = Path(__file__).parents[2] / "broadcast_server" / "web" / "static"


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_it_is_served_in_both_languages_and_carries_no_script_of_its_own(office: Office, language: str) -> None:
    async with office.visitor() as visitor:
        answer = await visitor.get("/speak", params={"lang": language})
        assert answer.status_code == 200
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "microphone=(self)" in answer.headers["permissions-policy"]
        assert re.findall(r"<script[^>]*>[^<]*", answer.text) == ['<script src="/static/speak.js" defer>']
        assert not re.search(r"\son\w+=|\sstyle=", answer.text)
        for name, kind in (
            ("speak.js", "text/javascript"),
            ("microphone.js", "text/javascript"),
            ("speak.css", "text/css"),
        ):
            script = await visitor.get(f"/static/{name}")
            assert script.status_code == 200
            assert script.headers["content-type"].startswith(kind)


async def test_the_script_uses_only_what_the_page_has(office: Office) -> None:
    async with office.visitor() as visitor:
        page = (await visitor.get("/speak")).text
    script = (STATIC / "speak.js").read_text()
    assert set(re.findall(r'getElementById\("(\w+)"\)', script)) <= set(re.findall(r'id="([\w-]+)"', page))
    assert set(re.findall(r"words\.(\w+)", script)) == set(re.findall(r"data-(\w+)=", page))


def test_what_is_filled_in_is_what_the_station_says() -> None:
    said = {"seconds", "playing", "loudspeakers", "delay_ms", "lost"}
    for text in WORDS["speak.state"]:
        assert set(re.findall(r"\[(\w+)\]", text)) == said
