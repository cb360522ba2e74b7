"""The model's walk in strides, over seconds in which nothing can happen: for stretches of weeks."""

from tests.model.things import PARTS, SECONDS_OF_A_DAY
from tests.model.walk import Walk


class Strides(Walk):
    """Lives all seconds up to the next one at which something may be due. Compared with the walk itself."""

    def stride(self, moment: int) -> int:
        ends = [moment, (self.now // SECONDS_OF_A_DAY + 1) * SECONDS_OF_A_DAY]
        if self.rate:
            ends.append(self.now + max(1, self.left // self.rate))
        if not self.active and self.last_call_at is not None and self.ends_at() > self.now:
            ends.append(self.ends_at())
        ends += [thing.lease for thing in self.things.values() if thing.lease is not None and thing.lease > self.now]
        ends += [self.now + seconds for seconds in self._until_parts_are_used()]
        return min(ends) - self.now

    def _until_parts_are_used(self) -> list[int]:
        if self.cap is None or self.rate == 0:
            return []
        hundredths = [self.cap * PARTS * part - 100 * self.used_in_month for part in self.periods.parts]
        return [-(-missing // (100 * self.rate)) for missing in hundredths if missing > 0]
