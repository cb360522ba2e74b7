"""How hard the properties try: the same examples each time, or HYPOTHESIS_PROFILE=deep for many more, and new ones."""

import os

from hypothesis import HealthCheck, Phase, settings

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
DEEPER = 40


def examples(count: int, *, shrink: bool = True) -> settings:
    """Settings of a property with so many examples. Those that take long are better left as they were found."""
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])]
    return settings(
        max_examples=count * (DEEPER if DEEP else 1),
        derandomize=not DEEP,
        phases=phases,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
