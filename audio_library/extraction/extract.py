"""The bytes of a file become text: plain text here, everything else by a Python of its own in the cell."""

from __future__ import annotations

import codecs
import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal

from audio_library import ffmpeg
from audio_library.refusal import MAX_DOCUMENT, Refusal
from audio_library.sandbox import Limits

Form = Literal["text", "docx", "pdf"]
LARGEST: Final = 10_000_000
"""Bytes of a file: a document with pictures, which nobody reads aloud."""
LIMITS: Final = Limits(wall_s=30, cpu_s=10, memory_bytes=500_000_000, processes=8)
REFUSED: Final = 3
_ANSWER: Final = 2_000_000
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_LIBRARIES: Final = ("audio_library", "defusedxml", "pypdf")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_TCVN3: Final = re.compile(r"[a-z][\u00a8-\u00b9\u00c6-\u00fe]|[¸µ¶·¹¨©ª«¬­®][a-z]")
_VNI: Final = re.compile(r"[aeiouy][øùûõïâåáàãäëüóòö]")
_UNICODE: Final = re.compile(r"[ăđơưĂĐƠƯ\u0300-\u0323\u1ea0-\u1ef9]")
_SUSPECT: Final = 20


@dataclass(frozen=True)
class Extract:
    """What a file says."""

    text: str
    scanned_pages: tuple[int, ...] = ()
    """Pages of which there is only a picture, counted from one."""


def extract(data: bytes) -> Extract:
    """The text of a .txt, .docx or .pdf, known by its content whatever it is called; Refusal for anything else."""
    if not data.strip(b"\0\r\n\t "):
        raise Refusal("empty")
    form = sniff(data)
    found = Extract(_decoded(data)) if form == "text" else _unpacked(form, data)
    if len(found.text) > MAX_DOCUMENT:
        raise Refusal("document_too_long", f"{len(found.text)} characters")
    if _is_old_font(found.text):
        raise Refusal("document_font")
    return found


def sniff(data: bytes) -> Form:
    """What it is; Refusal for what is certainly none of them."""
    if data.startswith(_OLE):
        raise Refusal("document_locked" if _ENCRYPTED in data else "document_old")
    if data.startswith(b"PK\x03\x04"):
        return "docx"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"{\\rtf"):
        raise Refusal("document_unknown", "RTF")
    return "text"


def _decoded(data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal("document_unknown", str(error)) from error
    if _CONTROL.search(text):
        raise Refusal("document_unknown", "control characters")
    return text


def _is_old_font(text: str) -> bool:
    """Letters of Vietnamese as fonts before Unicode had them."""
    known = len(_UNICODE.findall(text))
    return max(len(_TCVN3.findall(text)), len(_VNI.findall(text))) > max(_SUSPECT, 3 * known)


def _unpacked(form: Form, data: bytes) -> Extract:
    folders = [Path(sys.base_prefix), *map(_folder, _LIBRARIES)]
    path = ":".join(dict.fromkeys(str(folder.parent) for folder in folders[1:]))
    argv = ["nice", "env", f"PYTHONPATH={path}", os.path.realpath(sys.executable), "-S", "-s", "-B", "-W", "ignore"]
    with _in_memory(data) as file:
        run = ffmpeg.running([*argv, "-m", "audio_library.extraction", form], LIMITS, stdin=file, folders=folders)
        with run as reader:
            said = reader.stdout.read(_ANSWER)
            if len(said) == _ANSWER:
                raise Refusal("document_too_long", "an answer without end")
            try:
                reader.finish()
            except ffmpeg.ToolFailed as failure:
                raise _refusal(failure, said) from failure
    answer: dict[str, Any] = json.loads(said)
    return Extract(answer["text"], tuple(answer["scanned_pages"]))


def _refusal(failure: ffmpeg.ToolFailed, said: bytes) -> Refusal:
    """The refusal that was told, or that the reader broke on it."""
    if failure.returncode != REFUSED:
        return Refusal("document_broken", str(failure))
    return Refusal(json.loads(said)["refusal"], failure.said[-200:])


def _folder(library: str) -> Path:
    spec = importlib.util.find_spec(library)
    if spec is None or spec.origin is None:
        raise Refusal("document_broken", f"{library} is not installed")
    return Path(spec.origin).parent


@contextmanager
def _in_memory(data: bytes) -> Iterator[IO[bytes]]:
    """A file without a name: it is on no disk, and nothing of it is left."""
    with os.fdopen(os.memfd_create("document"), "w+b") as file:
        file.write(data)
        file.seek(0)
        yield file
