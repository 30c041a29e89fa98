"""What two photos' files say, side by side, with what differs in bold."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from photodedup.core.records import Photo
from photodedup.gui import messages
from photodedup.gui.photo_model import printable


class MetadataTable(QTableWidget):
    """One row a property; a property that neither photo has is left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self.name_first(self.tr("Keeper"))
        self.setAccessibleName(self.tr("Properties of the two photos"))
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().lineSpacing() + 6)

    def name_first(self, name: str) -> None:
        """Head the first photo's column."""
        self.setHorizontalHeaderLabels(["", name, self.tr("The other photo")])

    def show_photos(self, first: Photo, second: Photo) -> None:
        """Show two photos' properties."""
        pairs = zip(self._properties(first), self._properties(second), strict=True)
        rows = [(name, a, b) for (name, a), (_, b) in pairs if a or b]
        self.setRowCount(len(rows))
        for row, (name, a, b) in enumerate(rows):
            for column, text in enumerate((name, a or "–", b or "–")):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if column > 0 and a != b:
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)
                self.setItem(row, column, item)

    def _properties(self, photo: Photo) -> list[tuple[str, str]]:
        metadata = photo.metadata
        position = ""
        if metadata.latitude is not None and metadata.longitude is not None:
            position = f"{metadata.latitude:.5f}, {metadata.longitude:.5f}"
        return [
            (self.tr("Name"), printable(photo.path.name)),
            (self.tr("Folder"), printable(photo.path.parent)),
            (self.tr("Dimensions"), messages.dimensions_text(photo)),
            (self.tr("Size"), messages.size_text(photo.file.size_bytes)),
            (self.tr("Format"), photo.format),
            (self.tr("Taken"), (metadata.captured_at or "").replace("T", " ")),
            (self.tr("Camera"), metadata.camera or ""),
            (self.tr("Lens"), metadata.lens or ""),
            (self.tr("Position"), position),
            (self.tr("Rating"), "" if metadata.rating is None else "★" * metadata.rating or "0"),
            (self.tr("Software"), metadata.software or ""),
            (self.tr("JPEG quality"), str(metadata.jpeg_quality or "")),
            (self.tr("Damaged"), self.tr("yes") if photo.damaged else ""),
        ]
