"""Words that people type: titles and names, made fit to be kept and shown."""

from __future__ import annotations

import unicodedata


def clean_line(text: str, longest: int) -> str:
    """One line in NFC without control or invisible formatting characters, at most `longest` characters."""
    normal = unicodedata.normalize("NFC", text)
    kept = (char if char.isprintable() or char.isspace() else "" for char in normal)
    visible = (char for char in "".join(kept) if unicodedata.category(char) not in ("Cf", "Co", "Cn", "Cs"))
    return " ".join("".join(visible).split())[:longest].strip()


def beginning_of(text: str, longest: int) -> str:
    """The first whole words of a text as one line, with … behind them if there are more."""
    line = clean_line(text, len(text))
    if len(line) <= longest:
        return line
    return f"{line[:longest].rsplit(' ', 1)[0].rstrip(' ,;:')}…"
