"""Folders that share photos, and what of one folder is already in the others."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QModelIndex, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.folder_overlap import (
    Coverage,
    FolderPair,
    coverage,
    coverage_csv,
    folder_pairs,
)
from photodedup.core.records import Group, Member, Photo
from photodedup.gui import messages
from photodedup.gui.counting import count_photos
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.photo_model import printable
from photodedup.gui.rows_model import Column, RowsModel
from photodedup.gui.tables import make_table


class PairsDialog(QDialog):
    """Lists every two folders that share photos; chosen(folders) asks for their groups."""

    chosen = Signal(object)  # tuple[Path, Path]

    def __init__(
        self, groups: Sequence[Group], photos: Sequence[Photo], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Folders that share photos"))
        self.model = RowsModel(
            (
                Column(self.tr("Of the photos in"), lambda p: printable(p.first)),
                Column(self.tr("are"), self._share, is_figure=True),
                Column(self.tr("also in"), lambda p: printable(p.second)),
                Column(self.tr("Size"), lambda p: messages.size_text(p.bytes), is_figure=True),
            ),
            self,
        )
        self.table = make_table(self.model, (0, 2), self.windowTitle())
        self.table.activated.connect(self._choose)
        self.table.selectionModel().currentChanged.connect(self._enable)
        self._text = QLabel(self.tr("Counting …"))
        self.show_button = QPushButton(self.tr("Show their groups"))
        self.show_button.setEnabled(False)
        self.show_button.clicked.connect(self._choose_current)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        close.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self._text, 1)
        buttons.addWidget(self.show_button)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        self.resize(820, 440)
        self._runner = JobRunner(self)
        self._runner.succeeded.connect(self._show)
        self._runner.start(lambda _control: folder_pairs(groups, photos))

    def done(self, result: int) -> None:
        """Stop what runs before the dialog closes."""
        self._runner.shut_down()
        super().done(result)

    def _share(self, pair: FolderPair) -> str:
        locale = QLocale()
        counts = locale.toString(pair.shared), locale.toString(pair.of)
        text = self.tr("{shared} of {all}")
        return text.format(shared=counts[0], all=counts[1])

    @Slot(object)
    def _show(self, pairs: list[FolderPair]) -> None:
        self.model.show(pairs)
        self._text.setText("" if pairs else self.tr("No two folders share photos."))
        if pairs:
            self.table.selectRow(0)
            self.table.setFocus()

    @Slot()
    def _enable(self) -> None:
        self.show_button.setEnabled(self.table.currentIndex().isValid())

    @Slot()
    def _choose_current(self) -> None:
        self._choose(self.table.currentIndex())

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        pair: FolderPair = self.model.row(index.row())
        self.chosen.emit((pair.first, pair.second))
        self.accept()


class CoverageDialog(QDialog):
    """Says which photos of a folder, such as a camera's card, are elsewhere already."""

    mark_requested = Signal(object)  # list[Member]

    def __init__(
        self,
        folders: Sequence[Path],
        groups: Sequence[Group],
        photos: Sequence[Photo],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._groups, self._photos = groups, photos
        self._rows: list[Coverage] = []
        self.setWindowTitle(self.tr("Already in the library?"))
        self.folder = QComboBox()
        for folder in folders:
            self.folder.addItem(printable(folder), folder)
        self.folder.currentIndexChanged.connect(self._start)
        label = QLabel(self.tr("Photos &of the folder"))
        label.setBuddy(self.folder)
        self.only_missing = QCheckBox(self.tr("Only those that are &nowhere else"))
        self.only_missing.toggled.connect(self._show_rows)
        self.model = RowsModel(
            (
                Column(self.tr("Photo"), lambda row: printable(row.photo.path)),
                Column(self.tr("In the library"), self._relation),
                Column(self.tr("There"), self._copy),
            ),
            self,
        )
        self.table = make_table(self.model, (0, 2), self.windowTitle())
        self._text = QLabel()
        self.mark_button = QPushButton()
        self.mark_button.clicked.connect(self._mark)
        self.export_button = QPushButton(self.tr("Save the list …"))
        self.export_button.clicked.connect(self._export)
        self._lay_out(label)
        self.resize(860, 500)
        self._runner = JobRunner(self)
        self._runner.succeeded.connect(self._show)
        self._start()

    @property
    def text(self) -> str:
        """The line that counts."""
        return self._text.text()

    def done(self, result: int) -> None:
        """Stop what runs before the dialog closes."""
        self._runner.shut_down()
        super().done(result)

    def show_folder(self, folder: Path) -> None:
        """Compare another folder, also one inside of those that were scanned."""
        row = self.folder.findData(folder)
        if row < 0:
            row = self.folder.count()
            self.folder.addItem(printable(folder), folder)
        self.folder.setCurrentIndex(row)

    def save_to(self, target: Path) -> None:
        """Write the list as a CSV table."""
        try:
            target.write_text(coverage_csv(self._rows), encoding="utf-8")
        except OSError as error:
            self._text.setText(f"{printable(target)}: {error.strerror or error}")
            return
        self._text.setText(self.tr("The list was saved: {path}").format(path=printable(target)))

    def _lay_out(self, label: QLabel) -> None:
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        close.setAutoDefault(False)
        choose = QPushButton(self.tr("Choose …"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        above = QHBoxLayout()
        above.addWidget(label)
        above.addWidget(self.folder, 1)
        above.addWidget(choose)
        above.addWidget(self.only_missing)
        buttons = QHBoxLayout()
        buttons.addWidget(self.mark_button)
        buttons.addWidget(self.export_button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.addLayout(above)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._text)
        layout.addLayout(buttons)

    def _relation(self, row: Coverage) -> str:
        if row.relation is None:
            return self.tr("no")
        return messages.relation_name(row.relation)

    def _copy(self, row: Coverage) -> str:
        return "" if row.copy is None else printable(row.copy.path)

    @Slot()
    def _start(self) -> None:
        """Compare another folder, once the comparison that runs has ended."""
        self._text.setText(self.tr("Counting …"))
        for button in (self.mark_button, self.export_button):
            button.setEnabled(False)
        if not self._runner.is_running:
            groups, photos, folder = self._groups, self._photos, self.folder.currentData()
            self._runner.start(lambda _control: (folder, coverage(groups, photos, folder)))

    @Slot(object)
    def _show(self, answer: tuple[Path, list[Coverage]]) -> None:
        folder, rows = answer
        if folder != self.folder.currentData():
            self._start()
            return
        self._rows = rows
        covered = sum(row.copy is not None for row in rows)
        text = self.tr("{covered} of {photos} are in other folders too; {missing} are only here.")
        locale = QLocale()
        self._text.setText(
            text.format(
                covered=locale.toString(covered),
                photos=count_photos(len(rows)),
                missing=locale.toString(len(rows) - covered),
            )
        )
        markable = len(self._members())
        self.mark_button.setText(
            self.tr("Mark {photos} for clearing").format(photos=count_photos(markable))
        )
        self.mark_button.setEnabled(markable > 0)
        self.export_button.setEnabled(bool(rows))
        self._show_rows()

    @Slot()
    def _show_rows(self) -> None:
        only_missing = self.only_missing.isChecked()
        self.model.show([row for row in self._rows if not only_missing or row.copy is None])

    def _members(self) -> list[Member]:
        """What can be marked: copies that lack nothing of what is elsewhere."""
        members = (row.member for row in self._rows)
        return [member for member in members if member is not None and member.preselected]

    @Slot()
    def _choose(self) -> None:
        title, start = self.tr("Choose a folder"), printable(self.folder.currentData())
        chosen = QFileDialog.getExistingDirectory(self, title, start)
        if chosen:
            self.show_folder(Path(chosen))

    @Slot()
    def _mark(self) -> None:
        self.mark_requested.emit(self._members())
        self.accept()

    @Slot()
    def _export(self) -> None:
        title, kinds = self.tr("Save the list"), self.tr("Tables (*.csv)")
        chosen, _ = QFileDialog.getSaveFileName(self, title, "photodedup.csv", kinds)
        if chosen:
            self.save_to(Path(chosen))
