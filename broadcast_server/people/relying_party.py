"""Whom a passkey is made for: the host name by which people open the station, as it is set, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from broadcast_server.problem import Problem

LOCALHOST = "localhost"
"""Browsers let passkeys be tried there without HTTPS."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class RelyingParty:
    """`id` is the host name (RP id), `origins` are the pages that may use its passkeys."""

    id: str
    origins: tuple[str, ...]


def relying_party(host: str, sites: Iterable[str]) -> RelyingParty:
    """The one that a request to that `Host` is for. Problem 409 for a host that is none of the sites."""
    name = _name(host)
    if _is_address(name):
        vi = "Passkey không dùng được khi mở trạm bằng địa chỉ số (IP): hãy mở bằng tên miền của trạm."
        en = "Passkeys do not work where the station is opened by an IP address: open it by its host name."
        raise Problem(409, "passkey_ip_address", vi, en)
    if name == LOCALHOST:
        return RelyingParty(LOCALHOST, (f"http://{host.lower()}", f"https://{host.lower()}"))
    for site in sites:
        if urlsplit(site).netloc == host.lower():
            return RelyingParty(name, (site,))
    vi = "Trạm chưa đặt passkey cho địa chỉ này: người vận hành cần đặt TIENGLANG_SITES."
    en = "Passkeys are not set up for this address: the operator has to set TIENGLANG_SITES."
    raise Problem(409, "passkey_site_unset", vi, en)


def checked_site(text: str) -> str:
    """A site as browsers write its origin; ValueError says in both languages what a site is."""
    parts = urlsplit(text)
    name, port = parts.hostname or "", parts.port
    secure = parts.scheme == "https" or (parts.scheme == "http" and name == LOCALHOST)
    if not secure or not name or _is_address(name) or _more_than_origin(parts):
        vi = f"“{text}” phải là địa chỉ như https://loa.example.vn, không phải địa chỉ số, không có đường dẫn"
        raise ValueError(f"{vi} / “{text}” has to be as https://loa.example.vn: no IP address and no path")
    ascii_name = name.encode("idna").decode()
    return f"{parts.scheme}://{ascii_name}" + ("" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}")


def _more_than_origin(parts: SplitResult) -> bool:
    return parts.path not in ("", "/") or bool(parts.query or parts.fragment or parts.username)


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
