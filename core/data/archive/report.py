"""What a fetch brought and what it did not, in numbers and as a list of ids."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from core.atomic import replacing, write_json
from core.clock import utc_now
from core.data.account import Account
from core.data.archive.question import Question
from core.data.archive.state import FetchState

REPORT = "report.json"
WITHOUT = "without_spectra.csv"

NO_SPECTRUM = "no spectrum came for it"
UNKNOWN = "no such source in this release"
AGAIN = "asked for before in the list"


@dataclass(frozen=True)
class FetchReport:
    """Numbers of a finished fetch."""

    n_asked: int  # sources that the question named or found
    n_spectra: int  # those that came with a spectrum
    n_without: int  # those that exist and came without
    n_unknown: int  # ids asked for that the release does not have
    n_files: int
    n_repeated: int = 0  # rows of a list of ids whose id came before

    def account(self, release: str) -> Account:
        """Return what became of the sources, whose ids are of this release."""
        rows = self.n_asked + self.n_repeated
        left_out = {NO_SPECTRUM: self.n_without, UNKNOWN: self.n_unknown, AGAIN: self.n_repeated}
        return Account(
            "sources",
            rows=rows,
            ids=rows,
            unique_ids=self.n_asked,
            without_spectrum=self.n_without + self.n_unknown,
            used=self.n_spectra,
            left_out=Counter(left_out),
            release=release,
        )


def write_report(
    folder: Path, question: Question, state: FetchState, unknown: pd.Series
) -> FetchReport:
    """Write report.json and without_spectra.csv (source_id, reason); return the numbers.

    `unknown` are ids (int64) asked for that the release does not have.
    """
    absent = set(unknown)
    without = [source for chunk in state.chunks for source in chunk.without]
    reasons = [UNKNOWN if source in absent else NO_SPECTRUM for source in without]
    n_spectra = sum(chunk.n_spectra for chunk in state.chunks)
    report = FetchReport(
        n_asked=n_spectra + len(without),
        n_spectra=n_spectra,
        n_without=reasons.count(NO_SPECTRUM),
        n_unknown=reasons.count(UNKNOWN),
        n_files=sum(len(chunk.files) for chunk in state.chunks),
        n_repeated=question.n_repeated,
    )
    listed = pd.DataFrame({"source_id": pd.Series(without, dtype="int64"), "reason": reasons})
    with replacing(folder / WITHOUT) as temporary:
        listed.to_csv(temporary, index=False)
    about = {"question": question.to_dict(), "sent": state.sent, "server": state.server}
    write_json(folder / REPORT, {**asdict(report), **about, "finished": utc_now()})
    return report
