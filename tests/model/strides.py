"""The model's walk in strides, over seconds in which nothing can happen: for stretches of weeks."""

from tests.model.things import SECONDS_OF_A_DAY
from tests.model.walk import Walk


class Strides(Walk):
    """Lives all seconds up to the next one at which something may be due. Compared with the walk itself."""

    def stride(self, moment: int) -> int:
        ends = [moment, (self.now // SECONDS_OF_A_DAY + 1) * SECONDS_OF_A_DAY]
        if self.rate:
            ends.append(self.now + max(1, self.left // self.rate))
        if not self.active and self.last_call_at is not None and self.ends_at() > self.now:
            ends.append(self.ends_at())
        return min(ends) - self.now
