"""A property that is built once per object, even when threads ask for it at the same moment."""

from collections.abc import Callable
from functools import cached_property
from threading import RLock
from typing import Any, TypeVar

_Value = TypeVar("_Value")


class once(cached_property[_Value]):  # noqa: N801 - used as a decorator, like the one it extends
    """functools.cached_property with the lock that Python 3.12 took out of it: two pools would be one too many."""

    def __init__(self, build: Callable[[Any], _Value]) -> None:
        super().__init__(build)
        self._lock = RLock()

    def __get__(self, instance: object, owner: type[Any] | None = None) -> Any:  # noqa: ANN401 - as the base types it
        # The value lands in the object's own dictionary, so the lock is only met until it is there.
        with self._lock:
            return super().__get__(instance, owner)
