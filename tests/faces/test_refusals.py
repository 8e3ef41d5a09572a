"""Every refusal is a sentence with a code: in both languages, in the list of codes, and none that is not looked at."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from speaker_client.identity import IdentityDamaged
from speaker_client.protocol.refused import SENTENCES, words
from tests.faces import refusals as source
from tests.faces.refusals import ROOT, document, looked_up, refusals, table_of, unfits

CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
SENTENCE = re.compile(r"\S.*[.…)]", re.DOTALL)


def test_each_has_a_code_and_a_sentence_in_each_language() -> None:
    assert len(refusals()) > 180
    for one in refusals():
        assert CODE.fullmatch(one.code), one
        assert SENTENCE.fullmatch(one.vi), one
        assert SENTENCE.fullmatch(one.en), one
        assert one.vi != one.en, one


def test_a_station_or_box_that_is_unfit_says_so_in_both_languages() -> None:
    assert len(unfits()) > 12
    damaged = {"speaker_client/identity.py": str(IdentityDamaged(Path("identity.json")))}
    for where, said in {**unfits(), **damaged}.items():
        vi, _, en = said.partition(" / ")
        assert vi.strip(), where
        assert en.strip(), where
        assert vi != en, where
        if where.startswith("speaker_client"):
            assert CODE.fullmatch(vi.partition(": ")[0]), (where, said)


@pytest.mark.parametrize(
    ("folder", "names", "table"),
    [
        ("speaker_client", ("Refused", "NotNewer"), "speaker_client/protocol/refused.py"),
        ("speaker_client", ("FetchFailed",), "speaker_client/transfer.py"),
        ("speaker_client/output", ("OutputFault",), "speaker_client/output/fault.py"),
        ("audio_library", ("Refusal",), "audio_library/refusal.py"),
        ("broadcast_server/library", ("Refusal",), "audio_library/refusal.py"),
        ("broadcast_server/relay", ("Refused",), "broadcast_server/relay/guard.py"),
    ],
)
def test_what_is_looked_up_in_a_table_is_there(folder: str, names: tuple[str, ...], table: str) -> None:
    codes = looked_up(folder, *names)
    assert codes
    assert {code: where for code, where in codes.items() if code not in table_of(table)} == {}


def test_a_table_holds_nothing_that_is_never_said() -> None:
    assert set(SENTENCES) == set(looked_up("speaker_client", "Refused", "NotNewer"))


def test_the_list_of_codes_is_what_the_source_says() -> None:
    told = (ROOT / "deploy" / "refusals.md").read_text()
    assert told == document(), "python -m tests.faces.refusals"
    codes = re.findall(r"^\| `(\w+)` \|", told, re.M)
    assert len(codes) == len(set(codes)) == len({one.code for one in refusals()})


@pytest.mark.parametrize(
    "text",
    [
        "Problem(422, code_of(), 'Không.', 'No.')",
        "Problem(422, 'no', sentence(), 'No.')",
        "Problem(422, 'no')",
        "Problem(422, other.code, another.vi, other.en)",
        "def refuse(code):\n    return Problem(422, code, 'Không.', 'No.')",
    ],
)
def test_what_cannot_be_read_is_not_passed_over(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ROOT / "broadcast_server" / "made_up.py"
    monkeypatch.setattr(source, "_files", lambda: {file: ast.parse(text)})
    with pytest.raises(source.Unread):
        list(source._Reader(file).read())


def test_a_problem_has_no_other_name() -> None:
    """Else it would be made where nobody looks."""
    text = "\n".join(file.read_text() for file in (ROOT / "broadcast_server").rglob("*.py"))
    assert not re.search(r"import .*\b(Problem|ScheduleRefused|End) as |\.(Problem|ScheduleRefused)\(", text)


def test_what_a_newer_box_refuses_is_told_by_its_code() -> None:
    assert (
        words("expired")
        == "expired: Lệnh đến muộn, đã hết hạn nên không phát. / It came late and had expired: nothing sounds."
    )
    assert words("quite_new") == "quite_new"
