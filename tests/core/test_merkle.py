"""The tree against published vectors, the RFC's own recursive definitions, and every small lie."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.merkle import (
    EMPTY_ROOT,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# The inputs and roots of the Certificate Transparency reference implementation.
REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SMALL = 40


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(2)) for number in range(count)]


def flipped(value: bytes, position: int) -> bytes:
    changed = bytearray(value)
    changed[position // 8 % len(value)] ^= 1 << position % 8
    return bytes(changed)


# RFC 6962 §2.1, word for word, on lists of leaf hashes.


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def defined_root(hashes: list[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return node_hash(defined_root(hashes[:k]), defined_root(hashes[k:]))


def defined_path(m: int, hashes: list[bytes]) -> list[bytes]:
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*defined_path(m, hashes[:k]), defined_root(hashes[k:])]
    return [*defined_path(m - k, hashes[k:]), defined_root(hashes[:k])]


def defined_subproof(m: int, hashes: list[bytes], whole: bool) -> list[bytes]:
    if m == len(hashes):
        return [] if whole else [defined_root(hashes)]
    k = split(len(hashes))
    if m <= k:
        return [*defined_subproof(m, hashes[:k], whole), defined_root(hashes[k:])]
    return [*defined_subproof(m - k, hashes[k:], False), defined_root(hashes[:k])]


sizes = st.integers(1, 200)


@st.composite
def places(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(sizes)
    return draw(st.integers(1, new)), new


GROWN = Tree(leaves(200))


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_implementation(size: int) -> None:
    """A root equals the published one for the same leaves."""
    tree = Tree(map(leaf_hash, REFERENCE_LEAVES))
    assert tree.root(size).hex() == REFERENCE_ROOTS[size]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    """A tree without leaves has RFC 6962's empty root and size 0."""
    assert (Tree().size, Tree().root()) == (0, EMPTY_ROOT)


@given(growths())
def test_every_earlier_root_stays_known(growth: tuple[int, int]) -> None:
    """A grown tree still answers with the root of each size it had."""
    old, new = growth
    assert Tree(leaves(new)).root(old) == defined_root(leaves(old))


@given(places())
def test_inclusion_proofs_are_the_defined_paths(place: tuple[int, int]) -> None:
    """An inclusion proof is RFC 6962's PATH, and verifies."""
    index, size = place
    proof = GROWN.inclusion(index, size)
    assert proof == defined_path(index, leaves(size))
    assert verify_inclusion(leaves(size)[index], index, size, proof, GROWN.root(size))


@given(growths())
def test_consistency_proofs_are_the_defined_subproofs(growth: tuple[int, int]) -> None:
    """A consistency proof is RFC 6962's PROOF, and verifies."""
    old, new = growth
    proof = GROWN.consistency(old, new)
    assert proof == defined_subproof(old, leaves(new), True)
    assert verify_consistency(old, new, proof, GROWN.root(old), GROWN.root(new))


@given(growths(), st.integers(0, 60))
def test_truncation_forgets_and_nothing_else(growth: tuple[int, int], more: int) -> None:
    """A truncated tree equals one that never had the later leaves, also after growing again."""
    keep, size = growth
    tree = Tree(leaves(size))
    tree.truncate(keep)
    other = [leaf_hash(b"again" + number.to_bytes(2)) for number in range(more)]
    for each in other:
        tree.append(each)
    whole = leaves(keep) + other
    assert (tree.size, tree.root()) == (len(whole), defined_root(whole))
    assert tree.inclusion(0, tree.size) == defined_path(0, whole)


def test_truncation_to_nothing() -> None:
    """A tree can lose all its leaves and is then empty."""
    tree = Tree(leaves(5))
    tree.truncate(0)
    assert (tree.size, tree.root(), tree.append(leaves(1)[0])) == (0, EMPTY_ROOT, 0)


@given(places(), st.integers(0, 10**6), st.data())
def test_no_flipped_bit_in_an_inclusion_proof_holds(place: tuple[int, int], bit: int, data: st.DataObject) -> None:
    """Changing one bit of the leaf, the root or any hash of the proof makes it fail."""
    index, size = place
    parts = [leaves(size)[index], GROWN.root(size), *GROWN.inclusion(index, size)]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], bit % 256)
    assert not verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(growths(), st.integers(0, 10**6), st.data())
def test_no_flipped_bit_in_a_consistency_proof_holds(growth: tuple[int, int], bit: int, data: st.DataObject) -> None:
    """Changing one bit of either root or any hash of the proof makes it fail."""
    old, new = growth
    parts = [GROWN.root(old), GROWN.root(new), *GROWN.consistency(old, new)]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], bit % 256)
    assert not verify_consistency(old, new, parts[2:], parts[0], parts[1])


def test_an_inclusion_proof_holds_for_its_own_place_only() -> None:
    """No other index, and no proof that is a hash longer or shorter, verifies."""
    for size in range(1, SMALL):
        root = GROWN.root(size)
        for index, leaf in enumerate(leaves(size)):
            proof = GROWN.inclusion(index, size)
            assert not any(
                verify_inclusion(leaf, other, size, proof, root) for other in range(-1, size + 2) if other != index
            )
            assert not verify_inclusion(leaf, index, size, [*proof, root], root)
            assert not proof or not verify_inclusion(leaf, index, size, proof[:-1], root)


def test_a_consistency_proof_has_exactly_its_length() -> None:
    """A proof that is a hash longer or shorter does not verify."""
    for new in range(1, SMALL):
        for old in range(1, new + 1):
            proof, roots = GROWN.consistency(old, new), (GROWN.root(old), GROWN.root(new))
            assert not verify_consistency(old, new, [*proof, roots[1]], *roots)
            assert not verify_consistency(old, new, [*proof, *proof[-1:]], *roots) or not proof
            assert not proof or not verify_consistency(old, new, proof[:-1], *roots)
            assert old == new or not verify_consistency(old, new, [], *roots)


def test_another_history_is_never_consistent() -> None:
    """A tree that differs in one early leaf is not a continuation."""
    forked = Tree([leaf_hash(b"other"), *leaves(SMALL)[1:]])
    for old in range(1, SMALL):
        proof = forked.consistency(old, SMALL)
        assert not verify_consistency(old, SMALL, proof, GROWN.root(old), forked.root())


def test_every_tree_continues_the_empty_one() -> None:
    """From size 0 nothing needs a proof, but the old root must be the empty one."""
    assert GROWN.consistency(0, 9) == []
    assert verify_consistency(0, 9, [], EMPTY_ROOT, GROWN.root(9))
    assert verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    assert not verify_consistency(0, 9, [], GROWN.root(1), GROWN.root(9))
    assert not verify_consistency(0, 9, [EMPTY_ROOT], EMPTY_ROOT, GROWN.root(9))
    assert not verify_consistency(0, 0, [], GROWN.root(1), GROWN.root(1))


def test_values_of_another_length_are_refused() -> None:
    """A verifier says no to hashes that are not 32 bytes, whatever they spell."""
    root, leaf = GROWN.root(2), leaves(2)[0]
    proof = GROWN.inclusion(0, 2)
    assert not verify_inclusion(leaf, 0, 2, [proof[0][:-1]], root)
    assert not verify_inclusion(leaf + b"\0", 0, 2, proof, root)
    assert not verify_consistency(1, 2, [proof[0] + b"\0"], leaf, root)
    assert not verify_consistency(3, 2, [], leaf, root)


@pytest.mark.parametrize(
    "ask",
    [
        lambda tree: tree.append(b"short"),
        lambda tree: tree.truncate(6),
        lambda tree: tree.truncate(-1),
        lambda tree: tree.root(6),
        lambda tree: tree.inclusion(5, 5),
        lambda tree: tree.inclusion(0, 6),
        lambda tree: tree.inclusion(-1, 5),
        lambda tree: tree.consistency(4, 3),
        lambda tree: tree.consistency(1, 6),
    ],
)
def test_a_tree_answers_only_for_what_it_has(ask: Callable[[Tree], object]) -> None:
    """Sizes, indexes and hashes that the tree does not have raise ValueError and change nothing."""
    tree = Tree(leaves(5))
    with pytest.raises(ValueError, match=r"leaf|leaves|tree"):
        ask(tree)
    assert (tree.size, tree.root()) == (5, defined_root(leaves(5)))
