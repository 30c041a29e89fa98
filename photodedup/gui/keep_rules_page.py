"""Arranges the rules by which a photo stays; shows at once what they would change."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.job import JobControl
from photodedup.core.keep_rules import (
    BY_HAND,
    Criterion,
    KeepRules,
    best_of_each,
    keep_criteria,
    keep_order,
)
from photodedup.core.records import Group
from photodedup.gui.counting import count_changed_keepers
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.keep_choice import KeepChoice, with_first
from photodedup.gui.keep_words import KeepWords
from photodedup.gui.photo_model import figures_text, printable

ROLE = Qt.ItemDataRole.UserRole
COUNT_DELAY_MS = 250
LISTED_PHOTOS = 8


class _OrderedList(QListWidget):
    """Alt with an arrow key moves the current row, as dragging it does."""

    shifted = Signal(int)  # rows downwards

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rows = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if rows is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.shifted.emit(rows)
        else:
            super().keyPressEvent(event)


class KeepRulesPage(QWidget):
    """The list is arranged by dragging, or with Alt and the arrow keys."""

    changed = Signal()

    def __init__(
        self,
        choice: KeepChoice,
        protected: Sequence[Path],
        groups: Sequence[Group],
        current: Group | None,
        parent: QWidget | None = None,
    ) -> None:
        """groups: those whose keepers are counted; current: the one that is looked at."""
        super().__init__(parent)
        self._words = KeepWords(self)
        self._protected = tuple(protected)
        self._groups = groups
        self._current = current
        self._counter = JobRunner(self)
        self._counter.succeeded.connect(self._show_count)
        self._count_soon = QTimer(self, singleShot=True, interval=COUNT_DELAY_MS)
        self._count_soon.timeout.connect(self._count)
        self._make_lists()
        self._effect, self._total = QLabel(), QLabel()
        for label in (self._effect, self._total):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lay_out()
        self.show_choice(choice)

    @property
    def choice(self) -> KeepChoice:
        """What is arranged now."""
        rows = (self.list.item(row) for row in range(self.list.count()))
        checked = Qt.CheckState.Checked
        criteria = tuple((item.data(ROLE), item.checkState() is checked) for item in rows)
        folders = (self.folders.item(row) for row in range(self.folders.count()))
        return KeepChoice(criteria, tuple(item.data(ROLE) for item in folders))

    @property
    def effect(self) -> str:
        """What the rules do to the group that is looked at."""
        return self._effect.text()

    @property
    def total(self) -> str:
        """How many keepers would change."""
        return self._total.text()

    def show_choice(self, choice: KeepChoice) -> None:
        """Arrange the lists so."""
        self.list.blockSignals(True)
        self.list.clear()
        for criterion, counts in choice.criteria:
            item = QListWidgetItem(self._words.name(criterion))
            item.setData(ROLE, criterion)
            item.setToolTip(self._words.explanation(criterion))
            item.setCheckState(Qt.CheckState.Checked if counts else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.folders.clear()
        for folder in choice.preferred:
            self.add_folder(folder)
        self.list.setCurrentRow(0)
        self._show_effect()

    def add_folder(self, folder: Path) -> None:
        """Prefer one more folder, after the others."""
        item = QListWidgetItem(printable(folder))
        item.setData(ROLE, folder)
        item.setToolTip(printable(folder))
        self.folders.addItem(item)
        self._show_effect()

    @Slot(int)
    def shift(self, rows: int) -> None:
        """Move the current criterion down, or up."""
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + rows < self.list.count():
            item = self.list.takeItem(row)
            self.list.insertItem(row + rows, item)
            self.list.setCurrentRow(row + rows)
            self._show_effect()

    def shut_down(self) -> None:
        """Stop counting."""
        self._count_soon.stop()
        self._counter.shut_down()

    def _make_lists(self) -> None:
        self.list = _OrderedList()
        self.list.setAccessibleName(self.tr("What decides, the most important first"))
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setSpacing(1)
        self.folders = QListWidget()
        self.folders.setAccessibleName(self.tr("Preferred folders, the best first"))
        self.folders.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.folders.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.folders.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.folders.setMaximumHeight(4 * self.fontMetrics().lineSpacing() + 12)
        for listing in (self.list, self.folders):
            listing.itemChanged.connect(self._show_effect)
            listing.model().rowsMoved.connect(self._show_effect)
        self.list.currentRowChanged.connect(self._explain)
        self.list.shifted.connect(self.shift)

    def _lay_out(self) -> None:
        self.presets = QComboBox()
        self.presets.setAccessibleName(self.tr("Ready-made orders"))
        for name, preset in (
            (self.tr("Choose an order …"), None),
            (self.tr("As usual: camera originals first"), KeepChoice()),
            (self.tr("The largest first"), with_first(Criterion.PIXELS, Criterion.COMPRESSION)),
            (self.tr("Preferred folders first"), with_first(Criterion.PREFERRED_FOLDER)),
            (self.tr("The oldest first"), with_first(Criterion.OLDER)),
            (self.tr("The newest first"), with_first(Criterion.NEWER)),
        ):
            self.presets.addItem(name, preset)
        self.presets.activated.connect(self._take_preset)
        up, down = QPushButton(self.tr("Up")), QPushButton(self.tr("Down"))
        up.setToolTip("Alt+↑")
        down.setToolTip("Alt+↓")
        up.clicked.connect(lambda: self.shift(-1))
        down.clicked.connect(lambda: self.shift(1))
        add, remove = QPushButton(self.tr("Add …")), QPushButton(self.tr("Remove"))
        add.clicked.connect(self._choose_folder)
        remove.clicked.connect(self._remove_folder)
        self._explanation = QLabel()
        self._explanation.setWordWrap(True)
        self._explanation.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._explanation.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        order = QHBoxLayout()
        for widget in (self.presets, up, down):
            order.addWidget(widget, 1 if widget is self.presets else 0)
        label = QLabel(self.tr("&Preferred folders"))
        label.setBuddy(self.folders)
        buttons = QHBoxLayout()
        buttons.addWidget(label, 1)
        buttons.addWidget(add)
        buttons.addWidget(remove)
        left = QVBoxLayout()
        left.addLayout(order)
        left.addWidget(self.list, 1)
        left.addWidget(self._explanation)
        left.addLayout(buttons)
        left.addWidget(self.folders)
        title = QLabel(self.tr("In the group you look at"))
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        right = QVBoxLayout()
        right.addWidget(title)
        right.addWidget(self._effect, 1)
        right.addWidget(self._total)
        layout = QGridLayout(self)
        layout.addLayout(left, 0, 0)
        layout.addLayout(right, 0, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        layout.setHorizontalSpacing(24)

    def sizeHint(self) -> QSize:
        """Room for every criterion."""
        return QSize(760, 560)

    @Slot(int)
    def _explain(self, row: int) -> None:
        item = self.list.item(row)
        self._explanation.setText(item.toolTip() if item is not None else "")

    @Slot(int)
    def _take_preset(self, index: int) -> None:
        preset = self.presets.itemData(index)
        if preset is not None:
            self.show_choice(KeepChoice(preset.criteria, self.choice.preferred))
        self.presets.setCurrentIndex(0)

    @Slot()
    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Prefer a folder"))
        if chosen:
            self.add_folder(Path(chosen))

    @Slot()
    def _remove_folder(self) -> None:
        self.folders.takeItem(self.folders.currentRow())
        self._show_effect()

    @Slot()
    def _show_effect(self) -> None:
        rules = self.choice.rules(self._protected)
        self._effect.setText(self._effect_on(self._current, rules))
        self._count_soon.start()
        self.changed.emit()

    def _effect_on(self, group: Group | None, rules: KeepRules) -> str:
        """The photos of a group in their order, the first with what puts it there."""
        if group is None:
            return self.tr("No group is chosen")
        keeper, *others = keep_order((member.photo for member in group.members), rules)
        deciding = keep_criteria(keeper, others, rules)
        reason = ", ".join(self._words.name(criterion) for criterion in deciding)
        lines = [f"★ {printable(keeper.path.name)}", f"     {figures_text(keeper)}"]
        lines.append(f"     {reason or self.tr('equal in every way')}")
        if keeper != group.keeper:
            lines.append(
                "     "
                + self.tr("until now: {name}").format(name=printable(group.keeper.path.name))
            )
        for photo in others[:LISTED_PHOTOS]:
            lines += [printable(photo.path.name), f"     {figures_text(photo)}"]
        if len(others) > LISTED_PHOTOS:
            lines.append("…")
        return "\n".join(lines)

    @Slot()
    def _count(self) -> None:
        if self._counter.is_running:
            self._counter.control.cancel()
            self._count_soon.start()
            return
        groups, rules = self._groups, self.choice.rules(self._protected)
        self._total.setText(self.tr("Counting the keepers that change …"))

        def count(control: JobControl) -> int:
            photos = ([member.photo for member in group.members] for group in groups)
            changed = 0
            for group, best in zip(groups, best_of_each(photos, rules), strict=True):
                control.checkpoint()
                changed += best != group.keeper and group.reason != BY_HAND
            return changed

        self._counter.start(count)

    @Slot(object)
    def _show_count(self, changed: int) -> None:
        self._total.setText(count_changed_keepers(changed, len(self._groups)))
