"""`tienglang-speaker`: enrol this box, run it, or say what it knows."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from speaker_client import identity
from speaker_client.protocol.enrolment import BadCode, parse_code

DEFAULT_FOLDER = Path("/var/lib/tienglang-speaker")
SECRET_OR_LONG = {"access", "keyring", "config"}


def main() -> None:
    """Run the command line; exit code 0, 1 for a refusal said in words, 2 for a wrong call."""
    arguments = _parser().parse_args()
    logging.basicConfig(
        level=os.environ.get("TIENGLANG_LOG", "INFO"), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    sys.exit(arguments.run(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tienglang-speaker", description="The box of one speaker cluster.")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER, help="the box's own folder")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    join = commands.add_parser("enrol", help="join a station with a one-time code")
    join.add_argument("--server", required=True, help="the station's address, e.g. https://loa.xa.example")
    join.add_argument("--code", required=True, help="the eight letters or tl1.…, from the technician's screen")
    join.set_defaults(run=_enrol)
    run = commands.add_parser("run", help="play the plan until stopped")
    run.add_argument(
        "--output",
        default="soundcard",
        help="soundcard[:DEVICE], file:FOLDER, command:PROGRAM ARGUMENTS, or null",
    )
    run.add_argument(
        "--sensor",
        default="none",
        help="what measures that it sounds: loopback[:DEVICE], microphone[:DEVICE], current[:DEVICE], none, or "
        "simulated:HOW[:KIND] with HOW honest, deaf, lying, two-of-three or neighbour",
    )
    run.set_defaults(run=_run)
    status = commands.add_parser("status", help="what this box knows, as JSON")
    status.set_defaults(run=_status)
    return parser


def _enrol(arguments: argparse.Namespace) -> int:
    from speaker_client.agent import SOFTWARE
    from speaker_client.join import enrol
    from speaker_client.trust import Refused
    from speaker_client.uplink import StationRefused, StationUnreachable

    try:
        code = parse_code(arguments.code)
        held = identity.lock(_made(arguments.data))
        card = asyncio.run(enrol(arguments.data, arguments.server.rstrip("/"), code, SOFTWARE))
    except (BadCode, Refused, StationRefused, StationUnreachable, *identity.UNFIT) as error:
        print(f"not enrolled: {error}", file=sys.stderr)
        return 1
    os.close(held)
    print(json.dumps({"box": card.box, "cluster": card.cluster, "station": card.station}))
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from speaker_client.agent import Agent
    from speaker_client.output import OutputFault
    from speaker_client.sensor import SensorFault

    try:
        held = identity.lock(_made(arguments.data))
        card = identity.read_card(arguments.data)
        asyncio.run(_until_told(Agent, arguments, card))
    except (*identity.UNFIT, OutputFault, SensorFault) as error:
        print(str(error), file=sys.stderr)
        return 1
    os.close(held)
    return 0


async def _until_told(agent: type, arguments: argparse.Namespace, card: identity.Card) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await agent(arguments.data, card, arguments.output, arguments.sensor).run()
    except asyncio.CancelledError:
        logging.getLogger(__name__).info("stopped")


def _status(arguments: argparse.Namespace) -> int:
    from sqlite3 import DatabaseError

    from speaker_client.journal import recall

    try:
        card = identity.read_card(arguments.data)
        memory = recall(arguments.data / "journal.db")
    except (*identity.UNFIT, DatabaseError) as error:
        print(f"nothing to tell: {error}", file=sys.stderr)
        return 1
    print(
        json.dumps(
            {
                "identity": json.loads(card.model_dump_json(exclude=SECRET_OR_LONG)),
                "airings": len(memory.standings),
                "reports": memory.n,
                "acknowledged": memory.acknowledged,
                "streams": [{"kind": kind, "seq": seq} for (_, kind, _), seq in sorted(memory.streams.items())],
            },
            ensure_ascii=False,
        )
    )
    return 0


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
