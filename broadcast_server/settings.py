"""Everything that can be set, from TIENGLANG_* variables or `station.env` in the data folder."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

TOKEN_FILE = "cli.token"  # noqa: S105
"""In the data folder: the token of whoever can read it, the local operator."""
ADDRESS_FILE = "address"
"""In the data folder while a server serves it: where, as this machine sees it."""


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
    """`embedded`, or `HOST:PORT` of a Mosquitto that carries the station's accounts."""
    broker_host: str = "127.0.0.1"
    broker_port: int = 0
    """Where the embedded broker listens; 0 = the HTTP port + 1."""
    time_port: int = 0
    """UDP port of the time service; 0 = the HTTP port + 2."""
    station_password: str = ""
    """The station's own password at an outside broker."""
    online_voice: bool = False
    """Whether text may be sent to the online voice (gTTS)."""
    secure_cookies: bool = False
    """Set where the station is served over HTTPS only."""
    largest_upload: int = 500 * 1000 * 1000
    """Bytes of one upload."""

    @property
    def database_url(self) -> str:
        """The URL in force."""
        return self.database or f"sqlite+aiosqlite:///{self.data / 'station.db'}"

    @property
    def mqtt_port(self) -> int:
        """The embedded broker's port in force."""
        return self.broker_port or self.port + 1

    @property
    def udp_port(self) -> int:
        """The time service's port in force."""
        return self.time_port or self.port + 2

    @property
    def local_url(self) -> str:
        """Where the server is for whoever is on this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def load(data: Path | None = None) -> Settings:
    """Settings for a data folder: its `station.env`, overruled by the environment."""
    folder = data or Settings().data
    settings = Settings(_env_file=folder / "station.env")
    return settings.model_copy(update={"data": folder})
