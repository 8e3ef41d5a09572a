"""Text that was typed just now and must sound at once: checked, spoken by the offline voice, durably content."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from audio_library.content import ContentId, FolderStore
from audio_library.ffmpeg import ToolFailed
from audio_library.fresh import Encoders, Fresh, takes
from audio_library.refusal import Refusal
from audio_library.room import is_full
from audio_library.speech import FirstThatSpeaks, Reader, ReadyEspeak, SpeechFailed, Voice
from audio_library.speech.espeak import PITCH
from audio_library.speech.text import speakable
from broadcast_server.ballast import DiskFull
from broadcast_server.library.incoming import refused
from broadcast_server.problem import Problem
from speaker_client.protocol.ids import SECOND
from speaker_client.protocol.plan import Item

log = logging.getLogger(__name__)

MOST_CHARACTERS = 600
"""Three quarters of a minute: who has to run must not stand and listen."""
MOST_US = 90 * SECOND
LONGEST_S = 10.0
"""What speaking it may take here, not on air."""
FORBIDDEN = frozenset({"Cc", "Cs", "Co", "Cn"})
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What makes text look other than it is read. Other invisible characters come along with what people paste."""
CALLS_ITSELF_A_DRILL = re.compile(
    r"(?<!trước )\bđây (?:chỉ )?là (?:một )?(?:cuộc |buổi |đợt |bài |tin |lệnh |chương trình |thông báo )?"
    r"(?:diễn tập|tập dượt)\b(?! ?\?)"
    r"|\A\W*diễn tập ?[.!:,;]",
    re.IGNORECASE,
)
"""What only a drill may say, who hears it stays at home. "Đây không phải là diễn tập" is an emergency's own word."""

SAYS_IT_IS_REAL = re.compile(r"\b(?:không phải|không còn|đừng|chớ|tưởng|thật|hoãn|hủy|huỷ)\b", re.IGNORECASE)
"""What speaks of a drill only to say that this is none: nobody may be refused for that."""

OnHead = Callable[[Item, bytes], object]


@dataclass(frozen=True)
class Said:
    """A text as sound, in memory. `sounds`: the bytes of its items."""

    text: str
    items: tuple[Item, ...]
    sounds: tuple[bytes, ...]


def check_words(text: str) -> str:
    """The text as it will be spoken.

    Problem 422 `text_empty`, `text_too_long`, `text_unreadable` or `drill_in_alarm`.
    """
    if any(_is_strange(char) for char in text):
        vi = "Văn bản có ký tự điều khiển hoặc ký tự không đọc được. Hãy gõ lại bằng chữ thường."
        en = "The text has control characters or characters that cannot be read. Type it again in plain letters."
        raise Problem(422, "text_unreadable", vi, en)
    try:
        words = speakable(text)
    except Refusal as refusal:
        raise (_too_long() if refusal.code == "text_too_long" else refused(refusal)) from refusal
    if len(words) > MOST_CHARACTERS:
        raise _too_long()
    if CALLS_ITSELF_A_DRILL.search(words) and not SAYS_IT_IS_REAL.search(words):
        vi = "Tin khẩn cấp không được tự gọi là diễn tập. Nếu diễn tập, hãy phát mẫu diễn tập; nếu là thật, bỏ câu đó."
        en = "An emergency may not call itself a drill. If it is one, sound a drill; if it is real, leave that out."
        raise Problem(422, "drill_in_alarm", vi, en)
    return words


def _too_long() -> Problem:
    vi = f"Tin khẩn cấp dài hơn {MOST_CHARACTERS} ký tự. Hãy viết ngắn lại."
    return Problem(422, "text_too_long", vi, f"An emergency has at most {MOST_CHARACTERS} characters. Shorten it.")


def _is_strange(char: str) -> bool:
    return char in TURNING or (unicodedata.category(char) in FORBIDDEN and not char.isspace())


class Dictation:
    """The one voice that needs nobody, and encoders that stand ready."""

    def __init__(self, content: FolderStore, reader: Reader, accent: Callable[[], Voice], pitch: int = PITCH) -> None:
        self._content, self._accent = content, accent
        self._espeak, self._encoders = ReadyEspeak(accent, pitch=pitch), Encoders()
        self._voice = FirstThatSpeaks([self._espeak], reader)

    async def stand_ready(self) -> None:
        """Keep voice and encoders waiting, until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._espeak.stand_ready())
            both.create_task(self._encoders.stand_ready())

    async def speak(self, text: str, on_head: OnHead | None = None) -> Said:
        """The checked text as sound, still to be kept. With `on_head` its first item is short, and that is told of it
        as soon as it is there.

        Problem 422 `text_too_long` if it takes too long to say, 503 `speech_unavailable`.
        """
        with _told_in_words():
            async with asyncio.timeout(LONGEST_S):
                with tempfile.TemporaryDirectory(prefix="dictation-", ignore_cleanup_errors=True) as folder:
                    spoken = await self._voice.speak(text, self._accent(), Path(folder, "spoken.wav"))
                    _check_length(spoken.duration_us)
                    head, *rest = await asyncio.to_thread(takes, spoken.file, on_head is not None)
                encoding = (self._encode_head(head, on_head), *map(self._encoders.encode, rest))
                made = await asyncio.gather(*encoding)
        return Said(text, tuple(map(_item, made)), tuple(one.data for one in made))

    async def _encode_head(self, head: bytes, on_head: OnHead | None) -> Fresh:
        made = await self._encoders.encode(head)
        if on_head:
            on_head(_item(made), made.data)
        return made

    async def keep(self, said: Said) -> None:
        """Make it content, durably: an order names it next. Problem 503 `speech_unavailable`."""
        with _told_in_words(), tempfile.TemporaryDirectory(prefix="dictation-", ignore_cleanup_errors=True) as folder:
            places = [Path(folder, f"{number}.ogg") for number in range(len(said.sounds))]
            both = zip(said.sounds, places, strict=True)
            await asyncio.gather(*(asyncio.to_thread(self._put, *one) for one in both))

    def _put(self, sound: bytes, file: Path) -> None:
        file.write_bytes(sound)
        self._content.put(file)


def _check_length(duration_us: int) -> None:
    """Numbers and single letters take longer to say than to type."""
    if duration_us > MOST_US:
        seconds, most = duration_us // SECOND, MOST_US // SECOND
        vi = f"Tin này đọc mất {seconds} giây; tin khẩn cấp dài nhất {most} giây. Hãy viết ngắn lại, bớt số và chữ rời."
        en = f"This takes {seconds} s to say; an emergency takes at most {most}. Use fewer numbers and single letters."
        raise Problem(422, "text_too_long", vi, en)


def _item(fresh: Fresh) -> Item:
    content = ContentId(hashlib.sha256(fresh.data).hexdigest())
    return Item(content=content, size=len(fresh.data), duration_us=fresh.duration_us)


@contextmanager
def _told_in_words() -> Iterator[None]:
    """Whatever keeps a text from becoming content, as a Problem."""
    try:
        yield
    except (SpeechFailed, ToolFailed, Refusal, ValueError, OSError) as error:
        if isinstance(error, OSError) and is_full(error):
            raise DiskFull from error
        log.error("the offline voice does not speak: %s", error)
        vi = "Giọng đọc không đọc được văn bản này; chưa phát gì. Hãy dùng mẫu có sẵn hoặc nói trực tiếp."
        en = "The server's voice could not speak this; nothing sounds. Use a template or speak live."
        raise Problem(503, "speech_unavailable", vi, en) from error
