"""Nobody but the station is obeyed: forged commands of every class against the box's real ear, good ones between them.

The box's own parts hear, decide and write down: listener, conductor, journal on a disk; by message and by bundle, as
bytes. What was obeyed is read from what the deck was told and what the journal took over. `--attacks N` of the classes
in `tests/speaker_client/forgery/`, one good command to a hundred of them; the same `--seed` is the same attacks but
for the keys, which are born anew.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figure import report
from tests.speaker_client.forgery.battery import CLASSES, Battery


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attacks", type=int, default=100_000)
    parser.add_argument("--good", type=int, default=None, help="a hundredth of the attacks unless said")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tally = Battery(Path(folder), asked.seed).run(
            asked.attacks, asked.attacks // 100 if asked.good is None else asked.good
        )
    for name in CLASSES:
        broken = f"{tally.obeyed[name]:5} obeyed {tally.crashes[name]:5} crashes"
        print(f"{name:16} {tally.attacks[name]:7} {broken}   {(CLASSES[name].__doc__ or '').splitlines()[0]}")
    for name in sorted(tally.good_sent):
        print(f"good {name:11} {tally.good_sent[name]:7} {tally.good_obeyed[name]:5} obeyed")
    figures = {
        "attacks": tally.attacks.total(),
        "obeyed": tally.obeyed.total(),
        "crashes": tally.crashes.total(),
        "good_sent": tally.good_sent.total(),
        "good_obeyed": tally.good_obeyed.total(),
        "obeyed_goal": 0,
        "crashes_goal": 0,
        "good_obeyed_goal": tally.good_sent.total(),
        "classes": len(CLASSES),
        "seed": asked.seed,
        "seconds": time.monotonic() - begun,
        **{f"attacks_{name}": tally.attacks[name] for name in CLASSES},
        **{f"good_{name}": count for name, count in sorted(tally.good_sent.items())},
    }
    report(figures)
    broken = figures["obeyed"] or figures["crashes"] or figures["good_obeyed"] != figures["good_sent"]
    sys.exit(int(bool(broken)))


if __name__ == "__main__":
    main()
