"""The shapes an order event comes in, unwrapped to one: the envelope's ids and PetPooja's properties.

What belongs here: where in an event what stands. What does not: reading the fields (events.py).

Four shapes are known. The stream's envelope: stream_id, event_id, aggregate_type, occurred_at, and PetPooja's own
words in raw_event.raw_payload.properties. That raw_payload alone, as PetPooja's webhook sends it: event and
properties. The properties alone, and what PetPooja's orders API lists as order_json, which is the same: Restaurant,
Customer, Order, OrderItem, Tax, Discount.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ops_platform.restaurant.fields import FieldError, kind_of

_ENVELOPE_KEYS: Final = ("raw_event", "stream_id", "aggregate_type")
_WAY_IN: Final = ("raw_event", "raw_payload", "properties")


class Unwrapped(NamedTuple):
    """An event: the ids around it (an empty dict without an envelope) and PetPooja's properties."""

    envelope: dict[str, Any]
    properties: dict[str, Any]


def is_enveloped(event: Any) -> bool:
    """Whether the event is the stream's envelope."""
    return isinstance(event, dict) and any(key in event for key in _ENVELOPE_KEYS)


def is_something_else(event: Any) -> bool:
    """Whether the event is a whole envelope of something that is no order: the stream carries other things too."""
    kind = event.get("aggregate_type") if is_enveloped(event) else None
    return isinstance(kind, str) and kind.strip().casefold() not in ("", "order")


def unwrap(event: Any) -> Unwrapped:
    """Return the event's parts. Errors: FieldError with the path of what is missing or no object."""
    if not isinstance(event, dict):
        raise FieldError("not_an_object", None, kind_of(event))
    enveloped = is_enveloped(event)
    if not enveloped and "properties" not in event:
        return Unwrapped({}, event)
    inner: Any = event
    path: list[str] = []
    for key in _WAY_IN if enveloped else _WAY_IN[-1:]:
        path.append(key)
        inner = inner.get(key)
        if inner is None or inner == "":
            raise FieldError("missing", ".".join(path))
        if not isinstance(inner, dict):
            raise FieldError("not_an_object", ".".join(path), kind_of(inner))
    return Unwrapped(event if enveloped else {}, inner)


def customer_object(event: Any) -> Any:
    """Return the Customer of an event of any shape as it came, None where there is none to be found."""
    try:
        return unwrap(event).properties.get("Customer")
    except FieldError:
        return None


def child(properties: dict[str, Any], key: str) -> dict[str, Any]:
    """Return an object that must be there. Errors: FieldError."""
    value = properties.get(key)
    if value is None or value == "":
        raise FieldError("missing", key)
    if not isinstance(value, dict):
        raise FieldError("not_an_object", key, kind_of(value))
    return value


def children(owner: dict[str, Any], key: str, path: str) -> list[Any]:
    """Return a list that may be missing, null, "" or {} when it is empty. Errors: FieldError when it is no list."""
    value = owner.get(key)
    if value is None or value in ("", {}):  # PHP's empty array may be written as either bracket
        return []
    if not isinstance(value, list):
        raise FieldError("not_a_list", path, kind_of(value))
    return value
