"""Titles that state a finding, as long as the verdicts prove it."""

from collections.abc import Sequence

from pydantic import BaseModel

from judging.verdicts import Verdict
from workflow.settings import STRICT


class Title(BaseModel):
    """What a figure is about, with what it shows behind a colon; what stands there in its place
    once it is proved, the finding; and the claims that prove it, by the verdict of all."""

    model_config = STRICT
    plain: str
    finding: str = ""
    proof: dict[str, list[str]] = {}

    def text(self, verdicts: Sequence[Verdict]) -> str:
        """The title, given the verdicts on all claims."""
        given = {claim.id: claim.verdict for claim in verdicts}
        proof = [(claim, word) for word, claims in self.proof.items() for claim in claims]
        if proof and all(given.get(claim) == word for claim, word in proof):
            return f"{self.plain.partition(':')[0]}: {self.finding}"
        return self.plain
