"""Phrases that a person records once, and how a text is laid from them."""

from audio_library.speech.phrases.cover import Piece, cover, missing
from audio_library.speech.phrases.listing import GROUPS, Group, Listed, listing, place_phrase
from audio_library.speech.phrases.phrase import Phrase

__all__ = ["GROUPS", "Group", "Listed", "Phrase", "Piece", "cover", "listing", "missing", "place_phrase"]
