"""A real Mosquitto that carries a village, as a process of the village's own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from broadcast_server.mosquitto_files import StationAccounts, password_hash, write_files
from deploy.village import Village
from speaker_client.identity import Card, read_card
from tests.brokers.house import LOOPBACK_CONF, await_port

PASSWORD = "the station's own"
NAME = "broker"


@dataclass(frozen=True)
class OutsideBroker:
    """`settings` is what the station must be told; the broker knows the boxes that are enrolled when it starts."""

    folder: Path
    port: int
    host: str = "127.0.0.1"

    @property
    def settings(self) -> dict[str, str]:
        """The station's environment."""
        return {"TIENGLANG_BROKER": f"{self.host}:{self.port}", "TIENGLANG_STATION_PASSWORD": PASSWORD}

    def start(self, village: Village) -> None:
        """Run until killed; AssertionError if it does not listen soon."""
        self.folder.mkdir(exist_ok=True)
        cards = [read_card(village.box_folder(cluster)) for cluster in village.clusters()]
        write_files(self.folder, _accounts(cards))
        text = LOOPBACK_CONF.read_text().replace("@PORT@", str(self.port)).replace("@FOLDER@", str(self.folder))
        text = text.replace(f"listener {self.port} 127.0.0.1", f"listener {self.port} {self.host}")
        conf = self.folder / "mosquitto.conf"
        conf.write_text(f"{text.replace('connection_messages false', 'connection_messages true')}user root\n")
        village.spawn(NAME, shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", conf)
        await_port(self.port, self.host)


def _accounts(cards: list[Card]) -> StationAccounts:
    """Access secrets are known at enrolment only, to the boxes."""
    boxes = {card.box: password_hash(card.access) for card in cards}
    return StationAccounts(cards[0].station, password_hash(PASSWORD), boxes)
