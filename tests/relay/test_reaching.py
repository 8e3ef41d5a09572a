"""Real connections: redirects, names that change their meaning, certificates, and servers that never finish."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from broadcast_server.relay import reaching, wire
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.reaching import Reach
from broadcast_server.relay.reason import Failure, Reason
from tests.relay.studio import HERE, Mood, Studio, Tapes


async def reason_of(url: str, guard: Guard = HERE) -> Failure:
    with pytest.raises(Failure) as told:
        async with Reach(guard) as reach:
            await reach.text(url)
    return told.value


class Names:
    """A resolver that answers each question with the next of its answers, and then always with the last."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not answer:
            raise OSError("no such name")
        return answer


async def test_a_name_that_means_a_private_address_is_never_connected_to(tapes: Tapes) -> None:
    names = Names(["127.0.0.1"])
    guard = Guard(hosts=("radio.example",), resolver=names)
    async with Studio(tapes) as studio:
        failure = await reason_of(f"http://radio.example:{studio.port}/first.m3u8", guard)
        assert failure.reason is Reason.REFUSED_ADDRESS
        assert "127.0.0.1" in failure.detail
        assert studio.asked == []


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to(tapes: Tapes) -> None:
    """Asked twice, the name would mean another machine: it is asked once for each connection."""
    names = Names(["127.0.0.1"], ["127.0.0.66"])
    guard = replace(HERE, hosts=("radio.example",), resolver=names)
    async with Studio(tapes) as studio, Reach(guard) as reach:
        text, url = await reach.text(f"http://radio.example:{studio.port}/first.m3u8")
        assert text.startswith("#EXTM3U")
        assert url == f"http://radio.example:{studio.port}/first.m3u8"
        assert f"Host: radio.example:{studio.port}".encode() in studio.heads[0]
    assert names.asked == 1


async def test_the_second_connection_is_checked_again(tapes: Tapes) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    guard = replace(HERE, hosts=("radio.example",), resolver=names)
    async with Studio(tapes) as studio, Reach(guard) as reach:
        await reach.text(f"http://radio.example:{studio.port}/first.m3u8")
        with pytest.raises(Failure) as told:
            await reach.text(f"http://radio.example:{studio.port}/first.m3u8")
    assert told.value.reason is Reason.REFUSED_ADDRESS


async def test_the_next_address_is_tried_when_one_does_not_answer(tapes: Tapes) -> None:
    names = Names(["10.0.0.1", "127.0.0.66", "127.0.0.1"])
    guard = replace(HERE, hosts=("radio.example",), resolver=names)
    async with Studio(tapes) as studio, Reach(guard) as reach:
        assert (await reach.text(f"http://radio.example:{studio.port}/first.m3u8"))[0]


async def test_names_that_nobody_answers_do_not_keep_from_an_address_nearby(
    tapes: Tapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Internet is gone, and each question for a name hangs; the mixing desk next door is a source as well."""
    answered = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        answered.wait(30)
        raise OSError("no answer")

    monkeypatch.setattr(wire.socket, "getaddrinfo", hang)
    lost = [asyncio.ensure_future(wire.by_system(f"{n}.example")) for n in range(wire.MOST_ASKED)]
    try:
        async with Studio(tapes) as studio, asyncio.timeout(3), Reach(HERE) as reach:
            text, _ = await reach.text(f"http://127.0.0.1:{studio.port}/first.m3u8")
            assert text.startswith("#EXTM3U")
    finally:
        answered.set()
        await asyncio.gather(*lost, return_exceptions=True)


async def test_no_name_and_nobody_there_are_unreachable() -> None:
    guard = Guard(hosts=("radio.example",), resolver=Names([]))
    assert (await reason_of("http://radio.example/", guard)).reason is Reason.UNREACHABLE
    assert (await reason_of("http://127.0.0.1:59999/")).reason is Reason.UNREACHABLE
    hanging = Guard(hosts=("radio.example",), resolver=lambda _: asyncio.sleep(60, ()))
    began_s = time.monotonic()
    assert (await reason_of("http://radio.example/", hanging)).reason is Reason.UNREACHABLE
    assert time.monotonic() - began_s < 5
    by_system = Guard(hosts=("radio.invalid",))
    assert (await reason_of("http://radio.invalid/", by_system)).reason is Reason.UNREACHABLE


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://10.0.0.1/", "http://[::1]/", "//169.254.169.254/x", "http://[::ffff:10.0.0.1]/", "https://evil.example/",
        "file:///etc/passwd", "http://a:b@127.0.0.1/", "http://127.0.0.1:22/", "gopher://127.0.0.1:8000/",
        "http://[::1", "http://x y/",
    ],
)  # fmt: skip
async def test_a_redirect_is_looked_at_like_any_address(tapes: Tapes, elsewhere: str) -> None:
    async with Studio(tapes) as studio:
        studio.moods["first"] = Mood.REDIRECT
        studio.elsewhere = elsewhere
        failure = await reason_of(f"http://127.0.0.1:{studio.port}/first")
        assert failure.reason is Reason.REFUSED_ADDRESS
        assert studio.asked == ["/first"]


async def test_a_redirect_to_where_relays_may_go_is_followed_and_a_circle_is_not(tapes: Tapes) -> None:
    async with Studio(tapes) as studio, Reach(HERE) as reach:
        studio.moods["first"] = Mood.REDIRECT
        studio.elsewhere = "/second.m3u8"
        _, url = await reach.text(f"http://127.0.0.1:{studio.port}/first")
        assert url.endswith("/second.m3u8")
        studio.elsewhere = "/first"
        assert (await reason_of(f"http://127.0.0.1:{studio.port}/first")).reason is Reason.HTTP_ERROR
        assert studio.asked.count("/first") == 1 + 6


async def test_whoever_drips_is_not_waited_for(tapes: Tapes) -> None:
    async with Studio(tapes) as studio:
        studio.moods["first"] = Mood.TRICKLE
        began_s = time.monotonic()
        failure = await reason_of(f"http://127.0.0.1:{studio.port}/first")
        assert failure.reason is Reason.STALLED
        assert time.monotonic() - began_s < 8


async def test_a_text_without_end_is_not_read_to_its_end(tapes: Tapes) -> None:
    async with Studio(tapes) as studio:
        tapes.mp3["third"] = bytes(4_000_000)
        server = await asyncio.start_server(_endless, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            assert (await reason_of(f"http://127.0.0.1:{port}/x")).reason is Reason.NOT_AUDIO
        assert studio.port


async def _endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
    while not writer.is_closing():
        writer.write(bytes(65536))
        await asyncio.sleep(0)
        if writer.transport.get_write_buffer_size() > 1_000_000:
            await asyncio.sleep(0.01)
    writer.close()


def certified(folder: Path, name: str) -> ssl.SSLContext:
    """A server that vouches for itself as `name`; its certificate is in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(form))
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


async def _hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n#EXTM3U")
    await writer.drain()
    writer.close()


async def test_a_certificate_must_vouch_for_the_name_and_not_for_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await asyncio.start_server(_hello, "127.0.0.1", 0, ssl=certified(tmp_path, "radio.example"))
    port = server.sockets[0].getsockname()[1]
    guard = Guard(("radio.example", "other.example"), (ip_network("127.0.0.0/8"),), resolver=Names(["127.0.0.1"]))
    async with server:
        reaching._trust.cache_clear()
        assert (await reason_of(f"https://radio.example:{port}/", guard)).reason is Reason.UNTRUSTED
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        reaching._trust.cache_clear()
        try:
            async with Reach(guard) as reach:
                assert (await reach.text(f"https://radio.example:{port}/"))[0] == "#EXTM3U"
            assert (await reason_of(f"https://other.example:{port}/", guard)).reason is Reason.UNTRUSTED
        finally:
            reaching._trust.cache_clear()
