"""The catalogue of KPIs and their measures: frames in, frames out, of what was known at a day."""
