"""Frames in, frames out: the catalogue and the measures behind the eight goals."""
