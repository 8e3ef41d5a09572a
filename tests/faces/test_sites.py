"""For which addresses passkeys are made: as it is set, `localhost`, and never a number."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from broadcast_server.people.relying_party import RelyingParty, relying_party
from broadcast_server.people.rights import Role
from broadcast_server.problem import Problem
from broadcast_server.settings import Settings, SettingsUnfit, load
from tests.faces.doorstep import enrolled, knock, officer, refused, stranger
from tests.faces.office import open_office

SITES = ("https://loa.tayho.vn", "https://dai.example.vn:8443")


@pytest.mark.parametrize(
    ("host", "party"),
    [
        ("loa.tayho.vn", RelyingParty("loa.tayho.vn", ("https://loa.tayho.vn",))),
        ("LOA.tayho.vn", RelyingParty("loa.tayho.vn", ("https://loa.tayho.vn",))),
        ("dai.example.vn:8443", RelyingParty("dai.example.vn", ("https://dai.example.vn:8443",))),
        ("localhost:8080", RelyingParty("localhost", ("http://localhost:8080", "https://localhost:8080"))),
    ],
)
def test_passkeys_are_for_the_host_by_which_the_station_is_opened(host: str, party: RelyingParty) -> None:
    assert relying_party(host, SITES) == party


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("192.168.1.7:8080", "passkey_ip_address"),
        ("127.0.0.1", "passkey_ip_address"),
        ("[::1]:8080", "passkey_ip_address"),
        ("tayho.vn", "passkey_site_unset"),
        ("a.loa.tayho.vn", "passkey_site_unset"),
        ("loa.tayho.vn:81", "passkey_site_unset"),
        ("dai.example.vn", "passkey_site_unset"),
        ("loa.tayho.vn@la.test", "passkey_site_unset"),
        ("localhost.la.test", "passkey_site_unset"),
        ("[", "passkey_site_unset"),
        ("", "passkey_site_unset"),
    ],
)
def test_for_no_other_host_is_there_any(host: str, code: str) -> None:
    with pytest.raises(Problem) as refusal:
        relying_party(host, SITES)
    assert (refusal.value.status, refusal.value.code) == (409, code)
    assert refusal.value.vi != refusal.value.en


def test_sites_are_read_as_browsers_write_them(tmp_path: Path) -> None:
    written = " https://Loa.tayho.vn:443/, http://localhost:8080,https://xãtâyhồ.vn "
    assert Settings(data=tmp_path, sites=written).origins == (
        "https://loa.tayho.vn",
        "http://localhost:8080",
        "https://xn--xtyh-coae6674c.vn",
    )
    assert Settings(data=tmp_path).origins == ()


@pytest.mark.parametrize(
    "site",
    [
        "loa.tayho.vn",
        "http://loa.tayho.vn",
        "https://192.168.1.7",
        "https://[::1]",
        "https://loa.tayho.vn/dai",
        "https://ai@loa.tayho.vn",
        "https://loa.tayho.vn:không",
        "https://",
        "https://..",
    ],
)
def test_what_is_no_site_is_refused_in_words_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: str
) -> None:
    with pytest.raises(ValidationError):
        Settings(data=tmp_path, sites=site)
    monkeypatch.setenv("TIENGLANG_SITES", site)
    with pytest.raises(SettingsUnfit, match="TIENGLANG_SITES"):
        load(tmp_path)


async def test_a_passkey_opens_the_site_it_was_made_for(tmp_path: Path) -> None:
    async with open_office(tmp_path / "data", sites="https://loa.tayho.vn,https://dai.example.vn") as office:
        await officer(office)
        here, there = stranger(office, "https://loa.tayho.vn"), stranger(office, "https://dai.example.vn")
        await here.post("/api/v1/login", json={"name": f"{Role.OFFICER}.test", "password": "loa phường sáu giờ"})
        phone, kept = await enrolled(here)
        assert kept["site"] == "loa.tayho.vn"
        assert (await knock(stranger(office, "https://loa.tayho.vn"), phone)).status_code == 200
        phone.origin, phone.credentials[0].site = "https://dai.example.vn", "dai.example.vn"
        refused(await knock(there, phone), 401, "passkey_unknown")
        for url, code in (("http://127.0.0.1", "passkey_ip_address"), ("https://la.test", "passkey_site_unset")):
            refused(await stranger(office, url).post("/api/v1/login/passkey/options"), 409, code)
