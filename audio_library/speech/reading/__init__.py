"""Vietnamese administrative text as it is read aloud: numbers, dates, abbreviations and signs in words.

Where a reading is changed: an abbreviation that always means the same is a line of `dictionary.txt`; the kind of a
document, read so only in or before its number, of `codes.txt`; a unit behind a number, of `units.txt`. What means
this or that by what stands around it is in `words._special`, a road in `words._ROADS`, a title before a name in
`titles`. What is in doubt even then is in `lexicon.SEVERAL` and `lexicon.UNDECIDED`.
"""

from audio_library.speech.reading.doubt import DOUBTS
from audio_library.speech.reading.entry import entry, same
from audio_library.speech.reading.lexicon import DEFAULT, Lexicon
from audio_library.speech.reading.numbers import Region, cardinal
from audio_library.speech.reading.reading import Reading, read
from audio_library.speech.reading.span import Kind, Span

__all__ = ["DEFAULT", "DOUBTS", "Kind", "Lexicon", "Reading", "Region", "Span", "cardinal", "entry", "read", "same"]
