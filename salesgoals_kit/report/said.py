"""Messages and typed values as the fields of a record that is read back from JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, PlainValidator

from salesgoals_kit.report.codec import decode_message, decode_value
from salesgoals_kit.words import Message, Value

Said = Annotated[Message, PlainValidator(decode_message)]
Shown = Annotated[Value, PlainValidator(decode_value)]
STRICT = ConfigDict(extra="forbid", strict=True)
