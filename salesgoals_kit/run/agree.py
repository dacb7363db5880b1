"""`salesgoals goals agree`: what humans agreed is checked and frozen."""

from __future__ import annotations

from pathlib import Path

