"""Keeps the local EC2 over a restart: the emulator's records and our world in one file, written whole."""

import pickle
from pathlib import Path

from moto import __version__ as emulator_version

from local import ec2_emulator
from local.ec2_world import World

FORMAT = ("1", emulator_version)


class StateFile:
    """One file, replaced as a whole at each save. Without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def load(self) -> World:
        """Puts the emulator's records back and answers the world; both new where nothing usable was kept."""
        if self._path is None or not self._path.exists():
            return World()
        found_format, body = pickle.loads(self._path.read_bytes())
        if found_format != FORMAT:
            return World()
        world, records = pickle.loads(body)
        ec2_emulator.restore(records)
        kept: World = world
        return kept

    def save(self, world: World) -> None:
        """Written beside and moved into place, so that a crash leaves the state before."""
        if self._path is None:
            return
        body = pickle.dumps((world, ec2_emulator.records()), pickle.HIGHEST_PROTOCOL)
        beside = self._path.with_suffix(".new")
        beside.write_bytes(pickle.dumps((FORMAT, body)))
        beside.replace(self._path)
