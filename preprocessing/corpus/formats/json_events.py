"""The events of a JSON file (RFC 8259), as ijson parses it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader

MAX_DEPTH = 200


def json_events(file: BoundedReader, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the events and the values of `ijson.basic_parse`.

    Args:
        file: The JSON.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If the file is not JSON, or nested more than 200 levels deep.
    """
    import ijson

    depth = 0
    try:
        for event, value in ijson.basic_parse(file, multiple_values=True):
            if event in ("start_map", "start_array"):
                depth += 1
                if depth > MAX_DEPTH:
                    raise UserError(
                        _(
                            "{name} is nested more than {limit} levels deep. Save its sentence "
                            "pairs in a simpler form."
                        ).format(name=name, limit=MAX_DEPTH)
                    )
            elif event in ("end_map", "end_array"):
                depth -= 1
            yield event, value
            file.release()
    except UserError:
        raise
    except Exception as error:  # ijson's C code does not only raise its own exceptions
        message = error.args[0] if error.args else type(error).__name__
        text = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
        reason = text.split("\n")[0][:200].strip()
        raise UserError(
            _("{name} is not valid JSON: {reason}. Correct it, or get the file again.").format(
                name=name, reason=reason.rstrip(".")
            )
        ) from error


def text_of(value: Any) -> str:
    """Return a value as text; null, true, false and NaN are empty."""
    if isinstance(value, str):
        return value
    is_number = not isinstance(value, float) or math.isfinite(value)
    is_missing = value is None or isinstance(value, bool) or not is_number
    return "" if is_missing else str(value)
