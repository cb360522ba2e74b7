"""Attribute values by name: what changes between two sets of them, and how moments are read."""

from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.models import Model

Fields = dict[str, Any]
"""Attribute values by name; None stands for an attribute that is not there."""


def differences(model: type[Model], before: Fields, after: Fields) -> list[Action]:
    """Set what has changed or was not told before, remove what is no longer there, and name nothing else."""
    actions: list[Action] = []
    for name, value in after.items():
        if name in before and value == before[name]:
            continue
        attribute = getattr(model, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    return actions


def moment_or_none(value: float | None) -> int | None:
    """A stored moment, if it is there."""
    return None if value is None else int(value)
