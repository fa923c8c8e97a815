"""The questions of every kind that are kept in a root of runs."""

from pathlib import Path
from typing import Any

from core.questions.catalogue import Catalogue
from core.questions.comparison import Comparison
from core.questions.densities import DensitiesOfData
from core.questions.evaluation import Evaluation
from core.questions.own_calibration import OwnCalibration
from core.questions.question import Question
from core.questions.recalibration import Recalibration
from core.questions.training_time import TrainingTime
from core.stored import is_there

KINDS: tuple[type[Question[Any]], ...] = (
    Evaluation,
    DensitiesOfData,
    Comparison,
    Catalogue,
    Recalibration,
    OwnCalibration,
    TrainingTime,
)


def list_questions(root: Path) -> list[Question[Any]]:
    """Return the questions in a root of runs, answered or not, kind by kind."""
    found = [
        kind(path)
        for kind in KINDS
        for path in sorted((Path(root).resolve() / kind.place).glob(f"{kind.what}-*"))
    ]
    return [question for question in found if is_there(question.config_path)]
