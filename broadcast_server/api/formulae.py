"""How a typed text is given to be said: its important lines once more, within the formulae that were chosen."""

from __future__ import annotations

from pydantic import BaseModel

from audio_library.speech.formulae import Closing, Opening, worded
from audio_library.speech.important import plain
from broadcast_server.library.reception import title_of


class Worded(BaseModel):
    """What is said of a text beside what stands in it. Lines that begin with `!` are important: they are said once more
    at its end, after “Xin nhắc lại”."""

    opening: Opening | None = None
    """`neighbours`: Kính thưa bà con. `attention`: Kính mời bà con chú ý nghe thông báo."""
    closing: Closing | None = None
    """`again`: Xin nhắc lại, and the whole text. `thanks`: Xin cảm ơn bà con. `regards`: Trân trọng thông báo."""

    def given(self, text: str) -> str:
        """The text as it is to be taken in, or read."""
        return worded(text, self.opening, self.closing)


def called(title: str, text: str) -> str:
    """What a text is called: as wished, or by how it begins itself, never by a formula."""
    return title_of(title, plain(text))
