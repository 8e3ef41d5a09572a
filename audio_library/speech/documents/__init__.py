"""A notice of the administration becomes what is read of it: its parts told apart, its bulletins."""

from audio_library.speech.documents.document import Document, dissect
from audio_library.speech.documents.part import KINDS, READ, WORDS, Kind, Part, Stretch
from audio_library.speech.documents.splitting import LONGEST_S, Bulletin, bulletins

__all__ = [
    "KINDS",
    "LONGEST_S",
    "READ",
    "WORDS",
    "Bulletin",
    "Document",
    "Kind",
    "Part",
    "Stretch",
    "bulletins",
    "dissect",
]
