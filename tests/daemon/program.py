"""The daemon's own functions, from its file: as a package nobody imports it."""

import importlib.util
from types import ModuleType

from tests.daemon.host import PROGRAM


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("thestage_daemon", PROGRAM)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


daemon = _loaded()
