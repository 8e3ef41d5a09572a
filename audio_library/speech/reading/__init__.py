"""Vietnamese administrative text as it is read aloud: numbers, dates, abbreviations and signs in words."""

from audio_library.speech.reading.doubt import DOUBTS
from audio_library.speech.reading.entry import entry, same
from audio_library.speech.reading.lexicon import DEFAULT, Lexicon
from audio_library.speech.reading.numbers import Region, cardinal
from audio_library.speech.reading.reading import Reading, read
from audio_library.speech.reading.span import Kind, Span

__all__ = ["DEFAULT", "DOUBTS", "Kind", "Lexicon", "Reading", "Region", "Span", "cardinal", "entry", "read", "same"]
