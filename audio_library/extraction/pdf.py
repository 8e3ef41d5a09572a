"""The text of a PDF, page by page. Runs in the cell."""

from __future__ import annotations

from typing import IO

from pypdf import PageObject, PdfReader
from pypdf.errors import LimitReachedError

from audio_library.refusal import MAX_DOCUMENT, MAX_PAGES, Refusal

_SAID = 20
"""Letters below which a document has no text: a scanner's name, a stamp."""


def pages_of(file: IO[bytes]) -> tuple[list[str], list[int]]:
    """The text of every page, and which have none but a picture; Refusal if that is all of them."""
    try:
        reader = PdfReader(file)
        if reader.is_encrypted:
            raise Refusal("document_locked")
        if len(reader.pages) > MAX_PAGES:
            raise Refusal("document_too_long", f"{len(reader.pages)} pages")
        pages, scanned = [], []
        for number, page in enumerate(reader.pages, 1):
            pages.append(page.extract_text())
            if sum(map(len, pages)) > MAX_DOCUMENT:
                raise Refusal("document_too_long")
            if not pages[-1].strip() and _has_picture(page):
                scanned.append(number)
    except LimitReachedError as error:
        raise Refusal("bomb", str(error)) from error
    if sum(map(str.isalnum, "".join(pages))) < _SAID:
        raise Refusal("document_scanned")
    return pages, scanned


def _has_picture(page: PageObject) -> bool:
    resources = page.get("/Resources")
    return resources is not None and "/XObject" in resources.get_object()
