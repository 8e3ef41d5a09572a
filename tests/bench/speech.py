"""From text to sound, offline, and how much of it is read as an announcer would read it.

`first_sound_p50_ms`: a notice of thirty words from its characters to its whole sound on the disk, as the station has it
spoken (nothing sounds before); half of the tries are not slower. `realtime_factor`: seconds of sound made in a second,
of a text of two minutes. `normaliser_mb_per_s`: bytes of UTF-8 read in a second of one processor: the
corpus, which holds many times more numbers and abbreviations than notices do; `notice_mb_per_s` is of whole notices.
`corpus_right_pct` is of the sentences that the reader was made with, `sealed_right_pct` of those that it was not.

Last line: one flat JSON object.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from pathlib import Path

from audio_library.speech import FirstThatSpeaks
from audio_library.speech.reading import read
from tests.bench.figure import median, report
from tests.reading.corpus import Sentence, misread, sentences

NOTICE = (
    "UBND xã thông báo: 7h30 ngày 12/6, điện lực cắt điện tại thôn Hồng Kỳ để sửa đường dây 0,4kV. Bà con chủ động dự "
    "trữ nước, tắt máy bơm."
)
LONG = "Kính mời bà con đến nhà văn hóa thôn họp bàn việc làm đường. Hợp tác xã báo lịch lấy nước vụ đông. "
TRIES, LONG_TIMES, MOST = 25, 19, 2_000


def right_pct(some: tuple[Sentence, ...]) -> float:
    """How many in a hundred are read wholly right."""
    return 100 * (1 - len(misread(lambda text: read(text).text, some)) / len(some))


def mb_per_s(some: list[Sentence]) -> float:
    """MB of UTF-8 a second of processor time."""
    text = "\n".join(one.written for one in some)
    text *= max(1, 200_000 // len(text))
    size, spent = len(text.encode()), []
    for _ in range(7):
        gc.collect()
        began = time.process_time()
        read(text)
        spent.append(time.process_time() - began)
    return size / 1e6 / median(spent)


async def spoken(text: str, folder: Path) -> tuple[float, float]:
    """Seconds that it took, and seconds of sound."""
    began = time.monotonic()
    said = await FirstThatSpeaks.standard().speak(text, "vi", folder / "said.wav")
    return time.monotonic() - began, said.duration_us / 1e6


async def main() -> None:
    public, sealed = sentences("open"), sentences("sealed")
    with tempfile.TemporaryDirectory(prefix="speech-") as name:
        tries = [await spoken(NOTICE, Path(name)) for _ in range(TRIES)]
        took_s, sound_s = await spoken((LONG * LONG_TIMES)[:MOST].strip(), Path(name))
    report(
        {
            "first_sound_p50_ms": 1000 * median([took for took, _ in tries]),
            "first_sound_p50_ms_goal": 50,
            "realtime_factor": sound_s / took_s,
            "normaliser_mb_per_s": mb_per_s(list(public)),
            "normaliser_mb_per_s_goal": 1,
            "notice_mb_per_s": mb_per_s([one for one in public if one.category == "notices"]),
            "sentences": len(public) + len(sealed),
            "corpus_right_pct": right_pct(public),
            "sealed_right_pct": right_pct(sealed),
            "sealed_right_pct_goal": 97,
            "sealed_sentences": len(sealed),
            "notice_words": len(NOTICE.split()),
            "notice_sound_s": tries[0][1],
            "slowest_first_sound_ms": 1000 * max(took for took, _ in tries),
        }
    )


if __name__ == "__main__":
    asyncio.run(main())
