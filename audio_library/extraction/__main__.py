"""Runs in the cell: `python -m audio_library.extraction FORM`, the file as a seekable standard input.

One JSON object on stdout: the text and the pages without any (exit code 0), or the code of a refusal (3).
"""

from __future__ import annotations

import json
import sys
from typing import Any

from audio_library.refusal import MAX_DOCUMENT, Refusal


def main(form: str) -> int:
    """Read it, whatever it is made to do to its reader."""
    try:
        with open(0, "rb", closefd=False) as file:
            answer = _docx(file) if form == "docx" else _pdf(file)
        if len(answer["text"]) > MAX_DOCUMENT:
            raise Refusal("document_too_long")
    except Refusal as refusal:
        return _refuse(refusal.code, refusal.detail)
    except (MemoryError, RecursionError) as error:
        return _refuse("bomb", type(error).__name__)
    except Exception as error:  # foreign bytes in a parser, in a process that has no other work
        return _refuse("document_broken", f"{type(error).__name__}: {error}")
    _write(answer)
    return 0


def _docx(file: Any) -> dict[str, Any]:
    from audio_library.extraction.docx import text_of

    return {"text": text_of(file), "scanned_pages": []}


def _pdf(file: Any) -> dict[str, Any]:
    from audio_library.extraction.pdf import pages_of

    pages, scanned = pages_of(file)
    return {"text": "\f".join(pages), "scanned_pages": scanned}


def _refuse(code: str, detail: str) -> int:
    print(detail, file=sys.stderr)
    _write({"refusal": code})
    return 3


def _write(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
