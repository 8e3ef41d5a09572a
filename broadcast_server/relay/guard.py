"""Where relays may go: pure rules over addresses. `reaching` connects to the very address that passed them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str], Awaitable[Sequence[str]]]
"""The addresses of a host name, as text; OSError if there are none."""

LONGEST_URL = 2000
MOST_ADDRESSES = 3
"""Of one name; more are not tried."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNPRIVILEGED = range(1024, 65536)
_PRINTED = re.compile(r"[!-~]+", re.ASCII)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_PUBLIC_6 = IPv6Network("2000::/3")
_ODD = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/3",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        ),
    )
)  # fmt: skip
"""Beside what the standard library calls private: shared, reserved and multicast, and IPv6 that carries an IPv4
address (Teredo, 6to4). IPv4-mapped, NAT64 and site-local addresses lie outside 2000::/3 anyway."""


class Refused(Exception):
    """An address that relays may not use: a stable code and a sentence in each language."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail
        self.vi, self.en = _SENTENCES[code]


@dataclass(frozen=True)
class Target:
    """A URL that passed, in the parts it is asked for by: nobody reads the text a second time."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query; begins with `/`."""

    @property
    def url(self) -> str:
        """As text, to resolve what is relative to it."""
        return f"{self.scheme}://{self.written_host}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        """What the Host header says."""
        default = self.port == _DEFAULT_PORTS[self.scheme]
        return self.written_host if default else f"{self.written_host}:{self.port}"

    @property
    def written_host(self) -> str:
        """The host as it stands in a URL: an IPv6 address in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host


@dataclass(frozen=True)
class Guard:
    """What relays of this station may reach."""

    hosts: tuple[str, ...] = ()
    """Host names: `stream.example.vn`, or `*.example.vn` for all below it; addresses as they are. None listed: none."""
    private: tuple[Network, ...] = ()
    """Networks that are not public and may be reached all the same, such as 192.168.1.0/24."""
    root: Path | None = None
    """The folder in which watched folders lie; None: there are none."""
    resolver: Resolver | None = None
    """Who knows the addresses of names; None: the system."""

    def check_url(self, url: str) -> Target:
        """Its parts; Refused `bad_url`, `bad_scheme`, `url_with_password`, `bad_port`, `host_not_allowed` or
        `private_address`."""
        target = _parts(url)
        if (address := _literal(target.host)) is not None:
            self.check_address(address)
            if not self._listed(target.host) and not self._opened(address):
                raise Refused("host_not_allowed", target.host)
        elif not self._listed(target.host):
            raise Refused("host_not_allowed", target.host)
        return target

    def check_address(self, address: Address) -> None:
        """Refused `private_address` unless it is public, or in a network that was opened."""
        if not self._opened(address) and not _public(address):
            raise Refused("private_address", str(address))

    def choose(self, host: str, found: Sequence[str]) -> list[str]:
        """Of the addresses found for a name, those that may be connected to; Refused if there are none."""
        good, bad = [], ""
        for text in found:
            try:
                address = ip_address(text)
                self.check_address(address)
            except (Refused, ValueError):
                bad = text
            else:
                good.append(str(address))
        if not good:
            raise Refused("private_address", f"{host} = {bad}")
        return list(dict.fromkeys(good))[:MOST_ADDRESSES]

    def _listed(self, host: str) -> bool:
        for entry in map(str.lower, self.hosts):
            if host == entry or (entry.startswith("*.") and host.endswith(entry[1:])):
                return True
        return False

    def _opened(self, address: Address) -> bool:
        mapped = getattr(address, "ipv4_mapped", None)
        return any(one in network for one in (address, mapped) if one for network in self.private)


def joined(base: str, reference: str) -> str:
    """The URL that a reference on a page or in a redirect means; Refused `bad_url` if it means none."""
    try:
        return urljoin(base, reference)
    except ValueError as error:
        raise Refused("bad_url", reference[:100]) from error


def _parts(url: str) -> Target:
    """The URL taken apart, or refused for its form alone."""
    if not url or len(url) > LONGEST_URL or not _PRINTED.fullmatch(url) or "\\" in url:
        raise Refused("bad_url", url[:100])
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        raise Refused("bad_url", str(error)) from error
    if split.scheme not in _DEFAULT_PORTS:
        raise Refused("bad_scheme", split.scheme)
    if "@" in split.netloc:
        raise Refused("url_with_password")
    port = _DEFAULT_PORTS[split.scheme] if port is None else port
    if port not in _DEFAULT_PORTS.values() and port not in _UNPRIVILEGED:
        raise Refused("bad_port", str(port))
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return Target(split.scheme, _host(split), port, path)


def _host(split: SplitResult) -> str:
    host = (split.hostname or "").removesuffix(".")
    if _literal(host) is None and not _HOST.fullmatch(host):
        raise Refused("bad_url", host)
    return host


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _PUBLIC_6:
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _ODD)


_SENTENCES = {
    "bad_url": (
        "Địa chỉ nguồn chưa đúng, hãy ghi dạng http://máy-chủ/luồng.",
        "This address is not valid; write it like http://host/stream.",
    ),
    "bad_scheme": (
        "Chỉ tiếp sóng được từ địa chỉ http hoặc https.",
        "Only http and https addresses can be relayed.",
    ),
    "url_with_password": (
        "Địa chỉ nguồn không được chứa tên và mật khẩu.",
        "An address must not hold a name and password.",
    ),
    "bad_port": (
        "Cổng trong địa chỉ không được phép: chỉ 80, 443 hoặc từ 1024 trở lên.",
        "The port in this address is not allowed: only 80, 443, or 1024 and above.",
    ),
    "host_not_allowed": (
        "Máy chủ của nguồn không có trong danh sách được phép. Hãy báo kỹ thuật viên.",
        "The host of this source is not on the list of allowed ones. Tell the technician.",
    ),
    "private_address": (
        "Địa chỉ nguồn nằm trong mạng riêng, không được phép.",
        "This address lies in a private network, which is not allowed.",
    ),
}
