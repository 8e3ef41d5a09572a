"""Programmes and their rules."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Response

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.clash_json import ClashesJson, clashes_json
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.programme_view import ProgrammeJson, RuleJson, read_programme, read_programmes
from broadcast_server.programmes.drafts import NewProgramme, ProgrammeChange, RuleChange, RuleDraft
from broadcast_server.scheduling import Saved
from broadcast_server.station import Station
from speaker_client.protocol.ids import ProgrammeId, RuleId

router = Router(prefix="/api/v1/programmes", tags=["programmes"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Officer = Annotated[User, Depends(allow(Right.SCHEDULE))]


class SavedProgrammeJson(ProgrammeJson, ClashesJson):
    """A programme as it is saved, and what it clashes with now."""


class SavedRuleJson(RuleJson, ClashesJson):
    """A rule as it is saved, and what it clashes with now."""


class DeletedJson(ClashesJson):
    """What was taken away, and what clashes for want of it."""

    id: str
    deleted: Literal[True]


@router.get("")
async def list_programmes(_user: Viewer, station: StationDep) -> ItemsJson[ProgrammeJson]:
    """All programmes by title, each with its items and rules."""
    async with station.database.reading() as session:
        return {"items": await read_programmes(session, station.station_id, station.zone, station.clock.now_us())}


@router.post("", status_code=201)
async def make_programme(
    new: NewProgramme, user: Officer, station: StationDep, response: Response
) -> SavedProgrammeJson:
    """A new programme, with its first rules if there are any; `conflicts` are the clashes it brings."""
    saved = await station.scheduling.make_programme(new, user.name)
    response.headers["Location"] = f"{router.prefix}/{saved.programme}"
    return await _saved_programme(station, saved)


@router.get("/{programme}")
async def show_programme(programme: ProgrammeId, _user: Viewer, station: StationDep) -> ProgrammeJson:
    """One programme."""
    return await _shown(station, programme)


@router.patch("/{programme}")
async def edit_programme(
    programme: ProgrammeId, change: ProgrammeChange, user: Officer, station: StationDep
) -> SavedProgrammeJson:
    """Change what is named; what is on air, or due within a minute, finishes as it was."""
    return await _saved_programme(station, await station.scheduling.edit_programme(programme, change, user.name))


@router.delete("/{programme}")
async def delete_programme(programme: ProgrammeId, user: Officer, station: StationDep) -> DeletedJson:
    """Take it off the air for good."""
    saved = await station.scheduling.delete_programme(programme, user.name)
    return {"id": saved.programme, "deleted": True, **clashes_json(saved.clashes, station.zone)}


@router.get("/{programme}/rules")
async def list_rules(programme: ProgrammeId, _user: Viewer, station: StationDep) -> ItemsJson[RuleJson]:
    """When the programme plays."""
    return {"items": (await _shown(station, programme))["rules"]}


@router.post("/{programme}/rules", status_code=201)
async def make_rule(
    programme: ProgrammeId, draft: RuleDraft, user: Officer, station: StationDep, response: Response
) -> SavedRuleJson:
    """A new rule; `conflicts` are the clashes it brings."""
    saved = await station.scheduling.make_rule(programme, draft, user.name)
    response.headers["Location"] = f"{router.prefix}/{programme}/rules/{saved.rule}"
    return await _saved_rule(station, saved)


@router.patch("/{programme}/rules/{rule}")
async def edit_rule(
    programme: ProgrammeId, rule: RuleId, change: RuleChange, user: Officer, station: StationDep
) -> SavedRuleJson:
    """Change what is named; a null `last_day` means for ever."""
    return await _saved_rule(station, await station.scheduling.edit_rule(programme, rule, change, user.name))


@router.delete("/{programme}/rules/{rule}")
async def delete_rule(programme: ProgrammeId, rule: RuleId, user: Officer, station: StationDep) -> DeletedJson:
    """Take a rule away."""
    saved = await station.scheduling.delete_rule(programme, rule, user.name)
    return {"id": rule, "deleted": True, **clashes_json(saved.clashes, station.zone)}


async def _shown(station: Station, programme: ProgrammeId) -> ProgrammeJson:
    async with station.database.reading() as session:
        row = await station.scheduling.find_programme(session, programme)
        return await read_programme(session, row, station.zone, station.clock.now_us())


async def _saved_programme(station: Station, saved: Saved) -> SavedProgrammeJson:
    return {**await _shown(station, saved.programme), **clashes_json(saved.clashes, station.zone)}


async def _saved_rule(station: Station, saved: Saved) -> SavedRuleJson:
    shown = await _shown(station, saved.programme)
    rule = next(rule for rule in shown["rules"] if rule["id"] == saved.rule)
    return {**rule, **clashes_json(saved.clashes, station.zone)}
