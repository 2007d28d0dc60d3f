"""The Merkle tree of a ledger (RFC 6962 §2.1): hashes, roots, proofs and their verification (RFC 9162 §2.1).

It knows leaf hashes only: not what a leaf says, who signed a root, or where either is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 ‖ leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows by single leaves and answers for every size it ever had, in O(log n).

    It keeps the hash of every complete subtree: about 64 bytes per leaf. All methods raise `ValueError` for
    sizes, indexes and hashes that this tree does not have.
    """

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for each in leaf_hashes:
            self.append(each)

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: bytes) -> int:
        """Add one leaf hash at the right edge; its index."""
        if len(leaf) != HASH_BYTES:
            raise ValueError(f"a leaf hash has {HASH_BYTES} bytes, this one {len(leaf)}")
        index = self.size
        self._levels[0] += leaf
        self._complete_subtrees(index + 1)
        return index

    def truncate(self, size: int) -> None:
        """Forget every leaf from `size` on, as after a transaction that was rolled back."""
        self._check_size(size)
        for height, level in enumerate(self._levels):
            del level[(size >> height) * HASH_BYTES :]

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves; over all without a size."""
        size = self.size if size is None else size
        self._check_size(size)
        return self._range_hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """PATH(index, D[size]): the hashes from the leaf's sibling up to the root's child."""
        self._check_size(size)
        if not 0 <= index < size:
            raise ValueError(f"there is no leaf {index} in a tree of {size}")
        proof: list[bytes] = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._range_hash(middle, end))
                end = middle
            else:
                proof.append(self._range_hash(start, middle))
                start = middle
        return proof[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """PROOF(old, D[new]); empty when `old` is 0 or equal to `new`, where nothing needs a proof."""
        self._check_size(new)
        if not 0 <= old <= new:
            raise ValueError(f"a tree of {new} was never preceded by one of {old}")
        if old in (0, new):
            return []
        proof: list[bytes] = []
        start, end = 0, new
        while end != old:
            middle = start + _split(end - start)
            if old <= middle:
                proof.append(self._range_hash(middle, end))
                end = middle
            else:
                proof.append(self._range_hash(start, middle))
                start = middle
        if start:
            proof.append(self._range_hash(start, end))
        return proof[::-1]

    def _complete_subtrees(self, size: int) -> None:
        height = 0
        while size % 2 == 0:
            pair = bytes(self._levels[height][-2 * HASH_BYTES :])
            height += 1
            if height == len(self._levels):
                self._levels.append(bytearray())
            self._levels[height] += node_hash(pair[:HASH_BYTES], pair[HASH_BYTES:])
            size //= 2

    def _range_hash(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]) of a subtree of this tree, so that a complete one is kept."""
        width = end - start
        if width.bit_count() == 1:
            height = width.bit_length() - 1
            at = (start >> height) * HASH_BYTES
            return bytes(self._levels[height][at : at + HASH_BYTES])
        middle = start + _split(width)
        return node_hash(self._range_hash(start, middle), self._range_hash(middle, end))

    def _check_size(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise ValueError(f"this tree has {self.size} leaves and never had {size}")


class Edge:
    """The right edge of a tree: the hashes of the complete subtrees that make it up, the largest first.

    Enough to append leaves and to know the root, in O(log n) memory. ValueError where `nodes` are not as many as a tree
    of `size` leaves has.
    """

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if len(nodes) != size.bit_count() or not _are_hashes(*nodes):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(nodes)}")
        self.size = size
        self._nodes = list(nodes)

    @property
    def nodes(self) -> tuple[bytes, ...]:
        return tuple(self._nodes)

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash."""
        self._nodes.append(leaf)
        self.size += 1
        for _ in range((self.size & -self.size).bit_length() - 1):
            right = self._nodes.pop()
            self._nodes.append(node_hash(self._nodes.pop(), right))

    def root(self) -> bytes:
        if not self._nodes:
            return EMPTY_ROOT
        *left, root = self._nodes
        for node in reversed(left):
            root = node_hash(node, root)
        return root


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash stands at `index` under the root of `size` leaves (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node % 2 == 1 or node == last:
            found = node_hash(sibling, found)
            node, last = _up_from_right(node, last)
        else:
            found = node_hash(found, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the tree of `new` leaves begins with the tree of `old` (RFC 9162 §2.1.4.2).

    Every tree begins with the empty one: for `old` 0 the proof is empty and `old_root` is `EMPTY_ROOT`.
    """
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old == new:
        return not proof and old_root == new_root and (old > 0 or old_root == EMPTY_ROOT)
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    return bool(path) and _joins(path, *_skip_ones(old - 1, new - 1), old_root, new_root)


def extended_root(old: int, old_root: bytes, proof: Sequence[bytes], leaves: Sequence[bytes]) -> bytes | None:
    """The root after `leaves` were appended to the tree of `old` leaves that a consistency proof speaks of.

    `proof` is PROOF(old, D[old + len(leaves)]) and has been verified: its left nodes are the complete subtrees of
    the old tree. None where it has not as many hashes as such a proof.
    """
    nodes = _edge_of_proof(old, old + len(leaves), old_root, proof)
    if nodes is None:
        return None
    edge = Edge(old, nodes)
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def _edge_of_proof(old: int, new: int, old_root: bytes, proof: Sequence[bytes]) -> list[bytes] | None:
    """The hashes of the complete subtrees that make up the old tree, the largest first."""
    is_left: list[bool] = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        is_left.append(old > middle)
        start, end = (middle, end) if old > middle else (start, middle)
    if start == 0:
        return [old_root] if len(proof) == len(is_left) else None
    is_left.append(True)
    if len(proof) != len(is_left):
        return None
    return [node for node, left in zip(reversed(proof), is_left, strict=True) if left]


def _joins(path: list[bytes], node: int, last: int, old_root: bytes, new_root: bytes) -> bool:
    """Steps 4 to 7 of RFC 9162 §2.1.4.2: fold the path into both roots at once."""
    found_old = found_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node % 2 == 1 or node == last:
            found_old = node_hash(sibling, found_old)
            found_new = node_hash(sibling, found_new)
            node, last = _up_from_right(node, last)
        else:
            found_new = node_hash(found_new, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and found_old == old_root and found_new == new_root


def _up_from_right(node: int, last: int) -> tuple[int, int]:
    """Climb past the levels at which a node on the right edge has no sibling."""
    while node % 2 == 0 and node != 0:
        node >>= 1
        last >>= 1
    return node, last


def _skip_ones(node: int, last: int) -> tuple[int, int]:
    """Climb to the root of the complete subtree that `node` ends."""
    while node % 2 == 1:
        node >>= 1
        last >>= 1
    return node, last


def _split(width: int) -> int:
    """The largest power of two below `width`, which is at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
