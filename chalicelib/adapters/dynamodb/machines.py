"""A MachineStore on the table `machines`.

machine_id       what
self_<id>        a self-hosted server, and what its daemon said last; expires some time after it was deleted
rent_<id>        what the daemon of a rented server said last; expires some time after that
name#<name>      which living self-hosted server has the name; its presence is the claim on it
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.faults import reading
from chalicelib.adapters.dynamodb.rosters import RosterRecord, entered
from chalicelib.adapters.dynamodb.tables import bind, is_present
from chalicelib.adapters.dynamodb.transaction import Delete, Put, TableWrite, Update, commit, put_new
from chalicelib.clock import DAY
from chalicelib.errors import NotFound
from chalicelib.instances.machine_store import SelfHostedPage
from chalicelib.instances.machines import Heard, SelfHosted
from chalicelib.instances.report import CpuType, Gpu, GpuType, Report

NAME = "name#"
KEPT_SECONDS = 90 * DAY
"""How long a deleted server stays listed, and how long what a rented one said outlives it."""


class MachineRecord(Model):
    """One item of the table."""

    account_id = UnicodeAttribute(hash_key=True)
    machine_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute(null=True)
    created_at = NumberAttribute(null=True)
    token_id = UnicodeAttribute(null=True)
    deleted_at = NumberAttribute(null=True)
    version = NumberAttribute(null=True)
    heard_at = NumberAttribute(null=True)
    heard_token_id = UnicodeAttribute(null=True)
    report = UnicodeAttribute(null=True)
    target = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class DynamoMachines:
    """Self-hosted servers, and the heartbeats of all machines."""

    def __init__(self, connection: Connection, table_name: str, identity_table: str) -> None:
        self._connection = connection
        self._machines = bind(MachineRecord, table_name, connection)
        self._rosters = bind(RosterRecord, identity_table, connection)

    def self_hosted(self, account_id: str, machine_id: str) -> SelfHosted:
        """One consistent GetItem."""
        record = self._get(account_id, machine_id)
        if record is None:
            raise NotFound("You have no self-hosted server with this id.")
        return _server(record)

    def page(self, account_id: str, before: str | None, limit: int) -> SelfHostedPage:
        """One consistent Query backwards: ids sort by creation."""
        model = self._machines
        within = model.machine_id.between("self_", before or "self_~")
        most = limit + 1 + (before is not None)
        with reading():
            rows = model.query(
                account_id, within, consistent_read=True, scan_index_forward=False, limit=most, page_size=most
            )
            servers = tuple(_server(row) for row in rows if row.machine_id != before)
        more = len(servers) > limit
        return SelfHostedPage(servers[:limit], servers[limit - 1].machine_id if more else None)

    def registering(self, server: SelfHosted) -> Sequence[TableWrite]:
        """The server, and the claim on its name. Refused where the account is closed."""
        record = self._machines(
            server.account_id,
            server.machine_id,
            name=server.name,
            created_at=server.created_at,
            token_id=server.token_id,
            version=server.version,
        )
        entry = entered(self._rosters, f"account#{server.account_id}", server.machine_id)
        return [put_new(record), put_new(self._claim(server, target=server.machine_id)), entry]

    def removing(self, server: SelfHosted) -> Sequence[TableWrite]:
        """The server, and the claim on its name where it has it."""
        gone = Delete(self._machines(server.account_id, server.machine_id), None)
        claim = Delete(self._claim(server), self._machines.target == server.machine_id)
        return [gone, claim] if server.living else [gone]

    def replacing(self, before: SelfHosted, after: SelfHosted) -> Sequence[TableWrite]:
        """What its owner changes. Heartbeats write other attributes and do not count the version up."""
        model = self._machines
        actions = [model.token_id.set(after.token_id), model.version.set(after.version)]
        released: list[TableWrite] = []
        if before.living and after.deleted_at is not None:
            actions += [model.deleted_at.set(after.deleted_at), model.expires_at.set(after.deleted_at + KEPT_SECONDS)]
            claim = self._claim(before)
            released.append(Delete(claim, model.target == before.machine_id))
        record = model(before.account_id, before.machine_id)
        return [Update(record, actions, is_present(model) & (model.version == before.version)), *released]

    def hear_self_hosted(self, server: SelfHosted, heard: Heard) -> None:
        """On condition that the token still counts: whoever was given a new one meanwhile hears this one no more."""
        model = self._machines
        actions = [getattr(model, name).set(value) for name, value in _heard_fields(heard).items()]
        counts = is_present(model) & (model.token_id == heard.token_id) & model.deleted_at.does_not_exist()
        commit(self._connection, [Update(model(server.account_id, server.machine_id), actions, counts)])

    def heard(self, account_id: str, rental_id: str) -> Heard | None:
        """One consistent GetItem."""
        record = self._get(account_id, rental_id)
        return None if record is None else _heard(record)

    def heard_between(self, account_id: str, first_id: str, last_id: str) -> Mapping[str, Heard]:
        """One consistent Query, and one more for each further megabyte."""
        within = self._machines.machine_id.between(first_id, last_id)
        with reading():
            found = {
                row.machine_id: _heard(row) for row in self._machines.query(account_id, within, consistent_read=True)
            }
        return {machine_id: heard for machine_id, heard in found.items() if heard is not None}

    def hear_rented(self, account_id: str, rental_id: str, heard: Heard) -> None:
        """The whole item: nobody else writes it."""
        expires_at = heard.at + KEPT_SECONDS
        record = self._machines(account_id, rental_id, expires_at=expires_at, **_heard_fields(heard))
        commit(self._connection, [Put(record)])

    def _get(self, account_id: str, machine_id: str) -> MachineRecord | None:
        with reading():
            try:
                return self._machines.get(account_id, machine_id, consistent_read=True)
            except self._machines.DoesNotExist:
                return None

    def _claim(self, server: SelfHosted, target: str | None = None) -> MachineRecord:
        return self._machines(server.account_id, NAME + server.name, target=target)


def _heard_fields(heard: Heard) -> dict[str, Any]:
    gpus = [gpu._asdict() for gpu in heard.report.gpus]
    text = json.dumps({**heard.report._asdict(), "gpus": gpus}, separators=(",", ":"))
    return {"heard_at": heard.at, "heard_token_id": heard.token_id, "report": text}


def _heard(record: MachineRecord) -> Heard | None:
    if record.heard_at is None or record.report is None:
        return None
    return Heard(int(record.heard_at), str(record.heard_token_id), _report(json.loads(record.report)))


def _report(fields: dict[str, Any]) -> Report:
    gpus = tuple(Gpu(**{**gpu, "gpu_type": GpuType(gpu["gpu_type"])}) for gpu in fields["gpus"])
    applied = tuple(fields["applied_key_ids"])
    return Report(**{**fields, "cpu_type": CpuType(fields["cpu_type"]), "gpus": gpus, "applied_key_ids": applied})


def _server(record: MachineRecord) -> SelfHosted:
    return SelfHosted(
        machine_id=record.machine_id,
        account_id=record.account_id,
        name=str(record.name),
        created_at=int(record.created_at or 0),
        token_id=str(record.token_id),
        deleted_at=None if record.deleted_at is None else int(record.deleted_at),
        heard=_heard(record),
        version=int(record.version or 0),
    )
