"""A push service on this machine, and a phone that it serves: what a browser and its maker's servers do."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.certificate import certificate

CURVE = ec.SECP256R1()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Pocket:
    """A phone's half of a subscription: it alone can read what is sent to it. Written after RFC 8291, by itself."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = b"sixteen bytes ok"

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, endpoint: str) -> dict[str, Any]:
        """What `pushManager.subscribe` gives, as JSON."""
        return {"endpoint": endpoint, "keys": {"p256dh": base64url(self.point), "auth": base64url(self.auth)}}

    def read(self, body: bytes) -> dict[str, Any]:
        """The notice in what came; AssertionError or InvalidTag if it is not for this phone."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, record = body[21 : 21 + length], body[21 + length :]
        assert (length, size >= 18, len(record) <= size) == (65, True, True)
        secret = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
        mixed = _hkdf(self.auth, secret, b"WebPush: info\0" + self.point + theirs, 32)
        key = _hkdf(salt, mixed, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(salt, mixed, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert padded.endswith(b"\x02"), "the last record says that it is"
        found: dict[str, Any] = json.loads(padded[:-1])
        return found


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def vouched(authorization: str) -> tuple[str, dict[str, Any]]:
    """The key that signed a request, and what it says of itself (RFC 8292); InvalidSignature otherwise."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signature = parts["t"].split(".")
    assert json.loads(from_base64url(head))["alg"] == "ES256"
    r_s = from_base64url(signature)
    der = utils.encode_dss_signature(int.from_bytes(r_s[:32], "big"), int.from_bytes(r_s[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64url(parts["k"]))
    public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    said: dict[str, Any] = json.loads(from_base64url(claims))
    return parts["k"], said


@dataclass
class Sent:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """Where it is, what came, and what it answers: 201, unless told otherwise for a path."""

    url: str
    authority: str
    came: list[Sent] = field(default_factory=list)
    answers: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    """Of a path, one after the other; the last for ever."""
    held: threading.Event = field(default_factory=threading.Event)
    """Set: it answers. Clear: it lets everybody wait."""

    @property
    def settings(self) -> dict[str, Any]:
        """What a station needs to be set to."""
        return {"push_hosts": "127.0.0.1", "push_private": "127.0.0.0/8", "push_ca": self.authority}

    def endpoint(self, name: str) -> str:
        return f"{self.url}/push/{name}"

    def to(self, name: str) -> list[Sent]:
        return [one for one in self.came if one.path == f"/push/{name}"]

    def answer(self, path: str) -> tuple[int, dict[str, str]]:
        left = self.answers.get(path, [(201, {})])
        return left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def push_service(folder: Path) -> Iterator[PushService]:
    """One that serves until the end."""
    certificate(folder, "push")
    service = PushService("", str(folder / "ca.pem"))
    service.held.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.came.append(Sent(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            service.held.wait(30)
            status, headers = service.answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "push.pem", folder / "push.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service.url = f"https://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    try:
        yield service
    finally:
        service.held.set()
        server.shutdown()
        serving.join()
        server.server_close()
