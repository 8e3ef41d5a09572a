"""What every command shares: which server, how to print, how to say no."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from broadcast_server.commands.remote import Remote, connect
from broadcast_server.commands.showing import language
from broadcast_server.problem import Problem, Unfit
from broadcast_server.settings import Settings, load

_SHARED: dict[str, tuple[Any, Any]] = {
    "server": (
        Annotated[str | None, typer.Option(help="Địa chỉ máy chủ / address of the server [TIENGLANG_SERVER].")],
        None,
    ),
    "token": (Annotated[str | None, typer.Option(help="Khóa truy cập / access token [TIENGLANG_TOKEN].")], None),
    "data": (Annotated[Path | None, typer.Option(help="Thư mục dữ liệu / data folder [TIENGLANG_DATA].")], None),
    "json": (Annotated[bool, typer.Option("--json", help="In JSON / print JSON.")], False),
}


class Here:
    """Where a command runs: the options that all commands share."""

    def __init__(self, server: str | None, token: str | None, data: Path | None, as_json: bool) -> None:
        self._server, self._token, self._data, self.as_json = server, token, data, as_json

    @functools.cached_property
    def remote(self) -> Remote:
        """The running server."""
        return connect(self._server, self._token, self._data)

    @functools.cached_property
    def zone(self) -> ZoneInfo:
        """The station's own time zone."""
        return ZoneInfo(self.remote.call("GET", "/station")["zone"])

    def close(self) -> None:
        """Hang up, if there was a call."""
        if "remote" in self.__dict__:
            self.remote.close()

    @property
    def folder(self) -> Path:
        """The data folder."""
        return load(self._data).data

    @property
    def settings(self) -> Settings:
        """The settings of the data folder."""
        return load(self._data)

    def say(self, text: str) -> None:
        """A line for people; nothing with --json."""
        if not self.as_json:
            print(text)

    def show(self, value: Any, text: str | None = None) -> None:
        """The result: the value as JSON, or the line for people."""
        print(json.dumps(value, ensure_ascii=False, indent=2) if self.as_json or text is None else text)

    def table(
        self, answer: dict[str, Any], heads: Mapping[str, str], row: Callable[[dict[str, Any]], Iterable[Any]]
    ) -> None:
        """A list: the whole answer as JSON, or a table of its items. `heads`: each column's, Vietnamese to English."""
        if self.as_json:
            self.show(answer)
            return
        from rich import box
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        named = heads.values() if language(os.environ) == "en" else heads
        table = Table(*named, box=box.SIMPLE_HEAD, pad_edge=False)
        for item in answer["items"]:
            table.add_row(*(escape("" if cell is None else str(cell)) for cell in row(item)))
        Console(width=None if sys.stdout.isatty() else 160).print(table)


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command whose first argument is a Here; its shared options are added, its problems are told."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

        @functools.wraps(function)
        def run(**options: Any) -> None:
            shared = [options.pop(key) for key in _SHARED]
            here = Here(*shared)
            try:
                function(here, **options)
            except BrokenPipeError:
                raise  # whoever read our output has gone: the command line ends in silence
            except (Problem, Unfit, OSError) as error:
                tell(_problem(error), here.as_json)
                raise typer.Exit(1) from error
            finally:
                here.close()

        added = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for key, (kind, default) in _SHARED.items()
        ]
        vars(run)["__signature__"] = inspect.Signature([*own, *added])
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *added)}
        app.command(name)(run)
        return function

    return register


def _problem(error: Problem | Unfit | OSError) -> Problem:
    """What went wrong, in words; anything else is a fault of ours and shows where it is."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Unfit):
        vi, _, en = str(error).partition(" / ")
        return Problem(409, "station_unfit", vi, en)
    what = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
    vi, en = f"Máy không cho làm việc này: {what}", f"The machine does not let this be done: {what}"
    return Problem(500, "machine_refused", vi, en)


def tell(problem: Problem, as_json: bool) -> None:
    """The Vietnamese sentence, then the English one; as one JSON object with --json."""
    if as_json:
        body = {"code": problem.code, "status": problem.status, "vi": problem.vi, "en": problem.en} | problem.more
        print(json.dumps(body, ensure_ascii=False), file=sys.stderr)
    else:
        print(f"{problem.vi}\n{problem.en}", file=sys.stderr)
