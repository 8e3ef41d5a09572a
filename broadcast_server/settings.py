"""Everything that can be set, from TIENGLANG_* variables or `station.env` in the data folder."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from audio_library.speech import NAMES, Choice, Espeak, GoogleVoice, Piper, Recorded, Voice
from audio_library.speech.espeak import PITCH
from broadcast_server.people.relying_party import checked_site
from broadcast_server.problem import Unfit
from broadcast_server.relay.guard import Guard

TOKEN_FILE = "cli.token"  # noqa: S105 - where it is, not what it is
"""In the data folder: the token of whoever can read it, the local operator."""
TAKES_FOLDER = "voice"
"""In the data folder: the phrases that a person has recorded."""
RECITALS_FOLDER = "notices"
"""In the data folder: the parts of notices that a person has recorded."""
ADDRESS_FILE = "address"
"""In the data folder while a server serves it: where, as this machine sees it."""


PUSH_SERVICES = ",".join(
    (
        "fcm.googleapis.com",  # Chrome, Cốc Cốc, Samsung Internet, Edge on Android
        "jmt17.google.com",  # some Chromes
        "*.push.services.mozilla.com",
        "*.push.apple.com",
        "*.notify.windows.com",
    )
)
"""Where the browsers that people have are told things."""


class SettingsUnfit(Unfit):
    """A variable or `station.env` holds what cannot be meant."""


class _Folder(BaseSettings):
    """Where the data folder is, before its `station.env` has been read."""

    model_config = SettingsConfigDict(env_prefix="TIENGLANG_", extra="ignore")
    data: Path = Path("data")


class Settings(BaseSettings):
    """Defaults run a whole station from one folder, on this machine alone."""

    model_config = SettingsConfigDict(env_prefix="TIENGLANG_", extra="ignore")

    data: Path = Path("data")
    """Folder of everything that must survive: database, content, keys."""
    host: str = "127.0.0.1"
    port: int = 8080
    database: str = ""
    """SQLAlchemy URL; empty = SQLite in the data folder."""
    broker: str = "embedded"
    """`embedded`, or `HOST:PORT`, as the boxes reach it too, of a Mosquitto that carries the station's accounts."""
    broker_tls: bool = False
    """Whether the station and the boxes speak TLS with an outside broker."""
    broker_ca: str = ""
    """PEM file of who vouches for the broker's certificate; empty = whom the system trusts."""
    broker_host: str = "127.0.0.1"
    broker_port: int = 0
    """Where the embedded broker listens; 0 = the HTTP port + 1."""
    time_port: int = 0
    """UDP port of all datagrams: the time, hails, orders and their sound, live voice; 0 = the HTTP port + 2."""
    station_password: str = ""
    """The station's own password at an outside broker."""
    online_voice: bool = False
    """Whether text may be sent to the online voice (gTTS)."""
    voices: str = ""
    """The voices in the order in which they are tried, with commas between: `piper, espeak-ng`; empty = the person who
    recorded phrases, gTTS if `online_voice`, Piper if it has a `piper_voice`, espeak-ng. What is typed in an alarm is
    always said by espeak-ng; what is prepared for one, by the first machine."""
    recorded_region: Voice = "vi"
    """The region whose accent the person has who recorded phrases; a text for another voice is left to machines."""
    piper_voice: Path | None = None
    """The .onnx file of a voice that the station supplies, its .onnx.json beside it; the extra `piper` speaks it."""
    piper_region: Voice = "vi"
    """The region that this voice speaks: `vi`, `vi-vn-x-central` or `vi-vn-x-south`."""
    espeak_pitch: int = Field(default=PITCH, ge=0, le=99)
    """How high the offline voice is. Prepared alarms are made anew, as after any change of how the station speaks."""
    secure_cookies: bool = False
    """Set where the station is served over HTTPS only."""
    sites: str = ""
    """Where people open the station, with commas between: `https://loa.example.vn`. Passkeys are made for these and for
    `localhost`; empty = for `localhost` alone."""
    largest_upload: int = 500 * 1000 * 1000
    """Bytes of one upload."""
    relay_hosts: str = ""
    """Hosts that may be relayed from, with commas between: `stream.example.vn`, `*.example.vn`; empty = none."""
    relay_private: str = ""
    """Networks that are not public and may be relayed from all the same: `192.168.1.0/24`; empty = none."""
    relay_inputs: str = ""
    """Sound inputs of this machine, by their ALSA names, that may be relayed from, with semicolons between:
    `default; hw:1,0`; empty = none."""
    relay_root: Path | None = None
    """The folder in which the watched folders lie whose files are relayed; none without it."""
    push_hosts: str = PUSH_SERVICES
    """Push services that may carry notices to phones, with commas between; empty = phones are told nothing."""
    push_private: str = ""
    """Networks that are not public and may hold a push service all the same; empty = none."""
    push_ca: str = ""
    """PEM file of who vouches for the push services' certificates; empty = whom the system trusts."""
    push_contact: str = ""
    """Whom a push service writes to when something is wrong: `mailto:dai@xa.example.vn`; empty = the first site."""

    @model_validator(mode="after")
    def _tls_is_to_an_outside_broker(self) -> Self:
        if self.broker_tls and self.broker == "embedded":
            vi = "TIENGLANG_BROKER_TLS chỉ dùng với Mosquitto: máy chủ MQTT có sẵn không nói TLS."
            raise ValueError(f"{vi} / TIENGLANG_BROKER_TLS is for a Mosquitto: the embedded broker speaks no TLS.")
        return self

    @field_validator("piper_voice", "relay_root", mode="before")
    @classmethod
    def _nothing_is_no_path(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("relay_private", "push_private")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for text in _listed(value):
            ip_network(text)
        return value

    @model_validator(mode="after")
    def _are_voices(self) -> Self:
        order = self.voice_choice.order
        if unknown := [one for one in order if one not in NAMES]:
            vi = f"TIENGLANG_VOICES: không có giọng “{unknown[0]}”; có {', '.join(NAMES)}."
            raise ValueError(f"{vi} / There is no such voice; there are these.")
        if Piper.name in order and self.piper_voice is None:
            vi = "Giọng piper cần tệp giọng: đặt TIENGLANG_PIPER_VOICE."
            raise ValueError(f"{vi} / Piper needs a voice file: set TIENGLANG_PIPER_VOICE.")
        if GoogleVoice.name in order and not self.online_voice:
            vi = "Giọng gtts gửi văn bản ra Internet: đặt TIENGLANG_ONLINE_VOICE=true nếu được phép."
            raise ValueError(
                f"{vi} / gTTS sends texts to the Internet: set TIENGLANG_ONLINE_VOICE=true if that may be."
            )
        return self

    @field_validator("push_contact")
    @classmethod
    def _is_a_contact(cls, value: str) -> str:
        if value and not re.fullmatch(r"mailto:[^@\s]+@[\w.-]+|https://[\w.-]+", value):
            vi, en = "Ghi dạng mailto:dai@xa.example.vn.", "Write it like mailto:dai@xa.example.vn."
            raise ValueError(f"{vi} / {en}")
        return value

    @field_validator("sites")
    @classmethod
    def _are_sites(cls, value: str) -> str:
        return ",".join(checked_site(text) for text in _listed(value))

    @property
    def voice_choice(self) -> Choice:
        """The voices, one by one."""
        usual = {
            Recorded.name: True,
            GoogleVoice.name: self.online_voice,
            Piper.name: self.piper_voice is not None,
            Espeak.name: True,
        }
        order = _listed(self.voices) or [name for name, there in usual.items() if there]
        return Choice(
            tuple(order), self.data / "said", self.piper_voice, self.piper_region, self.takes, self.recorded_region,
            self.espeak_pitch,
        )  # fmt: skip

    @property
    def takes(self) -> Path:
        """The folder of the phrases that a person has recorded."""
        return self.data / TAKES_FOLDER

    @property
    def recitals(self) -> Path:
        """The folder of the parts of notices that a person has recorded."""
        return self.data / RECITALS_FOLDER

    @property
    def origins(self) -> tuple[str, ...]:
        """The sites, one by one."""
        return tuple(_listed(self.sites))

    @property
    def guard(self) -> Guard:
        """Where relays may go."""
        private = tuple(ip_network(text) for text in _listed(self.relay_private))
        return Guard(tuple(_listed(self.relay_hosts)), private, self.relay_root)

    @property
    def push_guard(self) -> Guard:
        """Where notices may go."""
        return Guard(tuple(_listed(self.push_hosts)), tuple(ip_network(text) for text in _listed(self.push_private)))

    @property
    def contact(self) -> str:
        """Who answers for the station's notices, as push services want it written."""
        site = next((urlsplit(one) for one in self.origins if one.startswith("https://")), None)
        return self.push_contact or (f"https://{site.hostname}" if site else "mailto:station@localhost")

    @property
    def inputs(self) -> frozenset[str]:
        """The sound inputs that relays may open."""
        return frozenset(_listed(self.relay_inputs, ";"))

    @property
    def database_url(self) -> str:
        """The URL in force."""
        return self.database or f"sqlite+aiosqlite:///{self.data / 'station.db'}"

    @property
    def own_file(self) -> bool:
        """Whether the database is `station.db` in the data folder, the only one that backup and doctor know."""
        scheme, _, path = self.database.partition(":///")
        own = (self.data / "station.db").resolve()
        return not self.database or (scheme.startswith("sqlite") and Path(path).resolve() == own)

    @property
    def mqtt_port(self) -> int:
        """The embedded broker's port in force."""
        return self.broker_port or self.port + 1

    @property
    def udp_port(self) -> int:
        """The port in force of all datagrams."""
        return self.time_port or self.port + 2

    @property
    def local_url(self) -> str:
        """Where the server is for whoever is on this machine."""
        host = from_here(self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def from_here(host: str) -> str:
    """Where whoever is on this machine reaches what listens on `host`; a name stays as it is."""
    try:
        address = ip_address(host or 0)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"


def _listed(text: str, comma: str = ",") -> list[str]:
    return [one.strip() for one in text.split(comma) if one.strip()]


def load(data: Path | None = None) -> Settings:
    """Settings of a data folder: its `station.env`, overruled by the environment. SettingsUnfit names what is wrong."""
    try:
        folder = data or _Folder().data
        settings = Settings(_env_file=folder / "station.env")
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join([*(f"TIENGLANG_{name}".upper() for name in one["loc"]), one["msg"]]) for one in error.errors()
        )
        raise SettingsUnfit(f"Thiết lập chưa đúng: {wrong} / A setting is not valid: {wrong}") from error
    except UnicodeDecodeError as error:
        file = folder / "station.env"
        raise SettingsUnfit(f"Không đọc được {file}: {error} / {file} cannot be read: {error}") from error
    return settings.model_copy(update={"data": folder})
