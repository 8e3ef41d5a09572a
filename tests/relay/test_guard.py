"""Where relays may go: every trick by which a server is made to ask its own network."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_server.problem import Problem
from broadcast_server.relay.guard import Guard, Refused
from broadcast_server.relay.source import Source, SourceKind, read_source

GUARD = Guard(hosts=("stream.example.vn", "*.radio.example", "localhost", "2130706433", "0x7f.1"))


def refused(url: str, guard: Guard = GUARD) -> str:
    with pytest.raises(Refused) as told:
        guard.check_url(url)
    assert told.value.vi
    assert told.value.en
    return told.value.code


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("http://stream.example.vn:8000/vov1", "stream.example.vn", 8000, "/vov1"),
        ("https://Stream.Example.VN./a?b=c#d", "stream.example.vn", 443, "/a?b=c"),
        ("HTTP://a.b.radio.example", "a.b.radio.example", 80, "/"),
    ],
)
def test_a_listed_host_may_be_asked(url: str, host: str, port: int, path: str) -> None:
    target = GUARD.check_url(url)
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://stream.example.vn/x", "gopher://stream.example.vn/x", "//stream.example.vn/x",
        "data:audio/wav,xx", "rtsp://stream.example.vn/x", "javascript:1", "x",
    ],
)  # fmt: skip
def test_only_http_and_https(url: str) -> None:
    assert refused(url) == "bad_scheme"


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/", "http://radio.example/", "http://stream.example.vn.evil.example/",
        "http://xstream.example.vn/", "http://evilradio.example/", "http://8.8.8.8/", "http://[2606:4700::1]/",
    ],
)  # fmt: skip
def test_a_host_that_is_not_listed_is_refused(url: str) -> None:
    assert refused(url) == "host_not_allowed"


@pytest.mark.parametrize(
    "url",
    [
        "http://user:pass@stream.example.vn/", "http://stream.example.vn@evil.example/", "http://@stream.example.vn/",
        "http://stream.example.vn:80@evil.example/",
    ],
)  # fmt: skip
def test_no_names_and_passwords(url: str) -> None:
    assert refused(url) == "url_with_password"


@pytest.mark.parametrize("port", [0, 22, 25, 53, 111, 445, 993])
def test_the_ports_of_other_services_are_refused(port: int) -> None:
    assert refused(f"http://stream.example.vn:{port}/") == "bad_port"


@pytest.mark.parametrize(
    "url",
    [
        "", "http://", "http:///x", "http://stream.example.vn:99999/", "http://stream.example.vn:x/",
        "http://stream.example.vn\\@evil.example/", "http://stream.example.vn/\r\nX: y", "http://stream.example.vn/ x",
        "http://stream.example.vn\t/", "http://[::1", "http://stream.example.vn/" + "x" * 2000, "http://a..radio.example/",
        "http://ｓtream.example.vn/", "http://%6cocalhost/",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(url: str) -> None:
    assert refused(url) == "bad_url"


PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "fe80::1", "fe80::1%eth0",
    "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "2001:db8::1", "100::1", "3fff::1", "5f00::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_that_is_not_public(address: str) -> None:
    with pytest.raises(Refused, match="private_address"):
        GUARD.check_address(ip_address(address))
    with pytest.raises(Refused, match="private_address"):
        Guard(hosts=("stream.example.vn",)).choose("stream.example.vn", [address])
    host = f"[{address.replace('%', '%25')}]" if ":" in address else address
    assert refused(f"http://{host}/", Guard(hosts=(address,))) == "private_address"


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1"])
def test_a_name_that_means_this_machine_is_only_a_name_until_it_is_looked_up(host: str) -> None:
    GUARD.check_url(f"http://{host}/")
    with pytest.raises(Refused):
        GUARD.choose(host, ["127.0.0.1"])


def test_public_addresses_are_chosen_and_private_ones_beside_them_left_out() -> None:
    assert GUARD.choose("x", ["10.0.0.1", "1.1.1.1", "::1", "2606:4700::1111", "1.1.1.1"]) == [
        "1.1.1.1",
        "2606:4700::1111",
    ]


def test_a_network_may_be_opened() -> None:
    guard = Guard(private=(ip_network("192.168.1.0/24"),))
    guard.check_url("http://192.168.1.7:8000/x")
    assert guard.choose("x", ["192.168.1.7", "192.168.2.7", "::ffff:192.168.1.8"])[0] == "192.168.1.7"
    assert refused("http://192.168.2.7:8000/x", guard) == "private_address"
    assert refused("http://127.0.0.1:8000/x", guard) == "private_address"


def test_without_a_list_nothing_is_allowed() -> None:
    assert refused("http://stream.example.vn/", Guard()) == "host_not_allowed"


def test_a_source_is_read() -> None:
    found = read_source("s1", "  VOV 1 ", "http", " http://stream.example.vn/vov1 ", GUARD)
    assert found == Source("s1", "VOV 1", SourceKind.HTTP, "http://stream.example.vn/vov1")
    for device in ("default", "hw:1,0", "plughw:CARD=Radio,DEV=0", "fm_tuner"):
        assert read_source("s", "x", "input", device, GUARD).address == device
    assert read_source("s", "x", "folder", "cấp trên/hôm nay", GUARD).address == "cấp trên/hôm nay"


@pytest.mark.parametrize(
    ("kind", "address", "code"),
    [
        ("rtmp", "x", "bad_source_kind"),
        ("http", "http://evil.example/", "host_not_allowed"),
        ("hls", "http://10.0.0.1/x.m3u8", "private_address"),
        ("input", "file:'/etc/x',raw", "bad_input_name"),
        ("input", "-i", "bad_input_name"),
        ("input", "{type file}", "bad_input_name"),
        ("input", "", "bad_input_name"),
        ("folder", "../x", "bad_folder"),
        ("folder", "/etc", "bad_folder"),
        ("folder", "a//b", "bad_folder"),
        ("folder", "a/./b", "bad_folder"),
        ("folder", "", "bad_folder"),
        ("folder", "a\0b", "bad_folder"),
    ],
)
def test_an_unfit_source_is_refused_in_words(kind: str, address: str, code: str) -> None:
    with pytest.raises(Problem) as told:
        read_source("s", "x", kind, address, GUARD)
    assert (told.value.status, told.value.code) == (422, code)
    assert told.value.vi
    assert told.value.en


@given(st.text(max_size=60) | st.from_regex(r"https?://[\\[\\]:@/%.a-z0-9]{0,30}", fullmatch=True))
def test_whatever_is_typed_is_taken_apart_or_refused(url: str) -> None:
    guard = replace(GUARD, hosts=("*.a",))
    for text in (url, f"http://{url}"):
        try:
            target = guard.check_url(text)
        except Refused:
            continue
        assert target.host.endswith(".a")
        assert guard.check_url(target.url) == target
