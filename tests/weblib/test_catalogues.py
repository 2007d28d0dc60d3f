"""How catalogues come into memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec, module_from_spec
from types import ModuleType


def fresh() -> ModuleType:
    """The module as it is at a box's start."""
    spec = find_spec("appliance.weblib.catalogues")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_phones_that_come_together_read_once() -> None:
    """However many ask for a language in the same moment, it is read once: on a small Pi that takes half a second."""
    catalogues = fresh()
    with ThreadPoolExecutor(8) as phones:
        found = set(phones.map(catalogues.catalogue, ["ja"] * 8))
    assert len(found) == 1
    assert found == {catalogues.catalogue("ja")}
