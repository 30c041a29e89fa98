"""The photos of one group, or the matches of one search, as a list model."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
    Slot,
)

from photodedup.core.records import Group, Member, Photo, QueryResult, Relation
from photodedup.gui import messages
from photodedup.gui.marks import Marks
from photodedup.gui.thumbnails import ThumbnailCache

Index = QModelIndex | QPersistentModelIndex
CARD_ROLE = Qt.ItemDataRole.UserRole + 1
MARKED_ROLE = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True, slots=True)
class PhotoCard:
    """One photo as the grid shows it.

    title: what it is to the group's keeper in words, or its name among the matches.
    place: where it lies; the whole path where the title is not its name.
    similarity: cosine to the keeper or the query; None for the keeper itself.
    """

    photo: Photo
    title: str
    place: str
    similarity: float | None
    relation: Relation | None
    member: Member | None = None  # of a group; None for a match of a search

    @property
    def is_keeper(self) -> bool:
        """Whether it is the photo of its group that stays."""
        return self.member is not None and self.member.is_keeper

    @property
    def has_failed(self) -> bool:
        """Whether it is in a group whose keeper, chosen by hand, it was not found alike."""
        return self.member is not None and self.member.has_failed


def cards_of_group(group: Group) -> list[PhotoCard]:
    """The keeper first, then the others as the core ordered them."""
    return [
        PhotoCard(
            photo=member.photo,
            title=messages.describe_relation(member, group.keeper),
            place=printable(member.photo.path),
            similarity=None if member.is_keeper else member.similarity,
            relation=member.relation,
            member=member,
        )
        for member in group.members
    ]


def cards_of_matches(result: QueryResult) -> list[PhotoCard]:
    """The matches of one query, the most similar first."""
    return [
        PhotoCard(
            photo=match.photo,
            title=printable(match.photo.path.name),
            place=printable(match.photo.path.parent),
            similarity=match.similarity,
            relation=match.relation,
        )
        for match in result.matches
    ]


class PhotoModel(QAbstractListModel):
    """Rows of PhotoCard; thumbnails are asked for when a view first paints them."""

    def __init__(
        self,
        thumbnails: ThumbnailCache,
        marks: Marks | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._marks = marks
        if marks is not None:
            marks.changed.connect(self._marks_changed)
        self._cards: list[PhotoCard] = []
        self._rows: dict[bytes, list[int]] = {}
        thumbnails.ready.connect(self._thumbnail_ready)

    def show(self, cards: Iterable[PhotoCard]) -> None:
        """Show these photos instead."""
        self.beginResetModel()
        self._cards = list(cards)
        self._rows = {}
        for row, card in enumerate(self._cards):
            self._rows.setdefault(card.photo.digest, []).append(row)
        self.endResetModel()

    def update(self, cards: Sequence[PhotoCard]) -> None:
        """Show more of the same photos, as many in the same order: selection and position stay."""
        changed = [row for row, card in enumerate(cards) if card != self._cards[row]]
        self._cards = list(cards)
        for row in changed:
            self.dataChanged.emit(self.index(row), self.index(row))

    def card(self, row: int) -> PhotoCard:
        """The photo in a row."""
        return self._cards[row]

    @property
    def cards(self) -> Sequence[PhotoCard]:
        """All photos, in order."""
        return self._cards

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One row a photo."""
        return 0 if parent.isValid() else len(self._cards)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """File name, thumbnail, tool tip, spoken text, or the card itself."""
        if not index.isValid() or index.row() >= len(self._cards):
            return None
        card = self._cards[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return printable(card.photo.path.name)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnails.pixmap(card.photo.digest)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(card)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken_text(card, self._is_marked(card))
        if role == MARKED_ROLE:
            return self._is_marked(card)
        if role == CARD_ROLE:
            return card
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be selected and dragged to other programs."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def mimeTypes(self) -> list[str]:
        """Photos leave as file addresses."""
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The addresses of these rows' files."""
        data = QMimeData()
        data.setUrls([url_of(self._cards[index.row()].photo.path) for index in indexes])
        return data

    def _is_marked(self, card: PhotoCard) -> bool:
        if self._marks is None or card.member is None:
            return False
        return self._marks.is_marked(card.photo.path)

    @Slot()
    def _marks_changed(self) -> None:
        if self._cards:
            first, last = self.index(0), self.index(len(self._cards) - 1)
            self.dataChanged.emit(first, last, [MARKED_ROLE])

    @Slot(object)
    def _thumbnail_ready(self, digest: bytes) -> None:
        for row in self._rows.get(digest, ()):
            index = self.index(row)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])


def url_of(path: Path) -> QUrl:
    """The address of a file for other programs."""
    return QUrl.fromLocalFile(os.fspath(path))


def printable(path: Path | str) -> str:
    """A name as it can be painted: line breaks and bytes that are not UTF-8 become visible."""
    text = os.fspath(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def figures_text(photo: Photo) -> str:
    """Size in pixels and bytes, and the format: "4000 × 3000 · 3.2 MB · JPEG"."""
    size = messages.size_text(photo.file.size_bytes)
    return f"{messages.dimensions_text(photo)} · {size} · {photo.format}"


def tool_tip(card: PhotoCard) -> str:
    """Everything about a photo that its card may have cut off."""
    name = printable(card.photo.path.name)
    lines = [printable(card.photo.path), figures_text(card.photo)]
    if card.relation is not None:
        lines.insert(0, card.title if card.title != name else messages.relation_name(card.relation))
    metadata = card.photo.metadata
    if metadata.captured_at:
        lines.append(metadata.captured_at.replace("T", " "))
    if metadata.camera:
        lines.append(metadata.camera)
    return "\n".join(lines)


def spoken_text(card: PhotoCard, marked: bool = False) -> str:
    """What a screen reader says: "IMG_1.jpg, 4000 × 3000, cropped to 82 %, marked"."""
    dimensions = messages.dimensions_text(card.photo)
    name = printable(card.photo.path.name)
    parts = [name, dimensions]
    if card.title != name:
        parts.append(card.title)
    elif card.relation is not None:
        parts.append(messages.relation_name(card.relation))
    if card.similarity is not None:
        parts.append(messages.likeness_text(card.similarity))
    if marked:
        parts.append(messages.marked_name())
    return ", ".join(parts)
