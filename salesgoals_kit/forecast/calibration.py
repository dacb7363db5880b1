"""The seam where past scores will correct an outlook's chances. Nothing is corrected yet, and the outlook says so."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.words import say


def calibrate(outlook: Outlook, scores: pd.DataFrame | None = None) -> Outlook:
    """Return the outlook with its draws as they are and the note that they are not yet calibrated.

    ``scores`` are those of earlier outlooks of final periods, handed in by whoever reads the ledger; not used yet.
    """
    note = say("forecast.not_calibrated")
    return outlook if note in outlook.notes else replace(outlook, notes=(*outlook.notes, note))
