"""The settings, one page for each kind; nothing changes before it is confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.reading_limits import (
    LEAST_TIMEOUT_S,
    MOST_MEGAPIXELS,
    MOST_TIMEOUT_S,
    ReadingLimits,
)
from photodedup.core.records import Group
from photodedup.gui.keep_rules_page import KeepRulesPage
from photodedup.gui.photo_model import printable
from photodedup.gui.scan_options import MOST_PREVIEWS_BYTES, MOST_WORKERS, ScanOptions
from photodedup.gui.theme import Theme
from photodedup.gui.window_actions import LANGUAGES

GIB = 2**30
SIZE = (880, 600)
GENERAL, SCANNING, KEEPERS = range(3)
QUICK_SCAN_FIGURES = {"gain": "1.7", "most": "2.8", "pairs": "536", "missed": "0"}
"""Of docs/performance.md; pairs and what was missed, of both its libraries."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that the dialog shows and may change."""

    language: str
    theme: Theme
    options: ScanOptions


class SettingsDialog(QDialog):
    """Emits confirmed(Choices) when the user applies them."""

    confirmed = Signal(object)

    def __init__(
        self,
        choices: Choices,
        protected: Sequence[Path],
        groups: Sequence[Group],
        current: Group | None,
        device_text: str,
        parent: QWidget | None = None,
    ) -> None:
        """device_text: what the last scan ran on, and why."""
        super().__init__(parent)
        self._choices = choices
        self._model = choices.options.model
        self.setWindowTitle(self.tr("Settings"))
        self.keep_rules = KeepRulesPage(choices.options.keep, protected, groups, current)
        self._names = QListWidget()
        self._names.setAccessibleName(self.tr("Pages"))
        self._pages = QStackedWidget()
        for name, page in (
            (self.tr("General"), self._general_page()),
            (self.tr("Scanning"), self._scanning_page(device_text)),
            (self.tr("Keep rules"), self.keep_rules),
        ):
            self._names.addItem(name)
            self._pages.addWidget(page)
        self._names.setFixedWidth(self._names.sizeHintForColumn(0) + 36)
        self._names.currentRowChanged.connect(self._pages.setCurrentIndex)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.Apply
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        apply = buttons.button(QDialogButtonBox.StandardButton.Apply)
        apply.clicked.connect(self._confirm)
        body = QHBoxLayout()
        body.addWidget(self._names)
        body.addWidget(self._pages, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(body, 1)
        layout.addWidget(buttons)
        self.resize(*SIZE)
        self.show_page(GENERAL)

    def show_page(self, number: int) -> None:
        """Go to a page: GENERAL, SCANNING or KEEPERS."""
        self._names.setCurrentRow(number)

    @property
    def choices(self) -> Choices:
        """What is set now."""
        patterns = (text.strip() for text in self.excluded.text().split(","))
        options = replace(
            self._choices.options,
            device=self.device.currentData(),
            model=self._model,
            workers=self.workers.value() or None,
            excluded=tuple(dict.fromkeys(filter(None, patterns))),
            keep=self.keep_rules.choice,
            previews_bytes=self.previews.value() * GIB,
            limits=ReadingLimits(self.megapixels.value(), self.timeout.value()),
            watch=self.watch.isChecked(),
            quick=self.quick.isChecked(),
        )
        return Choices(self.language.currentData(), self.theme.currentData(), options)

    def accept(self) -> None:
        """Apply and close."""
        self._confirm()
        super().accept()

    def done(self, result: int) -> None:
        """Stop what runs before the dialog closes."""
        self.keep_rules.shut_down()
        super().done(result)

    def choose_model(self, model: Path | None) -> None:
        """Take another network; None is the built-in one."""
        self._model = model
        self._model_name.setText(
            self.tr("the built-in network") if model is None else printable(model)
        )
        self._built_in.setEnabled(model is not None)

    def _general_page(self) -> QWidget:
        self.language, self.theme = QComboBox(), QComboBox()
        for code, name in LANGUAGES.items():
            self.language.addItem(name or self.tr("As the system"), code)
        for theme, name in (
            (Theme.SYSTEM, self.tr("As the system")),
            (Theme.LIGHT, self.tr("Light")),
            (Theme.DARK, self.tr("Dark")),
        ):
            self.theme.addItem(name, theme)
        self.language.setCurrentIndex(self.language.findData(self._choices.language))
        self.theme.setCurrentIndex(self.theme.findData(self._choices.theme))
        self.previews = QSpinBox()
        self.previews.setRange(1, MOST_PREVIEWS_BYTES // GIB)
        self.previews.setSuffix(" GiB")
        self.previews.setValue(max(1, self._choices.options.previews_bytes // GIB))
        page, form = _form()
        form.addRow(self.tr("&Language"), self.language)
        form.addRow(self.tr("&Theme"), self.theme)
        form.addRow(self.tr("&Previews on disk, at most"), self.previews)
        form.addRow(_note(self.tr("The oldest previews go first; at need they are made again.")))
        return page

    def _scanning_page(self, device_text: str) -> QWidget:
        options = self._choices.options
        self.device = QComboBox()
        for device, name in (
            ("auto", self.tr("The graphics card where that works")),
            ("cpu", self.tr("The processor")),
            ("cuda", self.tr("The graphics card (CUDA) only")),
        ):
            self.device.addItem(name, device)
        self.device.setCurrentIndex(self.device.findData(options.device))
        self.workers = QSpinBox()
        self.workers.setRange(0, MOST_WORKERS)
        self.workers.setSpecialValueText(self.tr("one for each core"))
        self.workers.setValue(options.workers or 0)
        self.megapixels = QSpinBox()
        self.megapixels.setRange(1, MOST_MEGAPIXELS)
        self.megapixels.setSuffix(self.tr(" megapixels"))
        self.megapixels.setValue(options.limits.megapixels)
        self.timeout = QSpinBox()
        self.timeout.setRange(LEAST_TIMEOUT_S, MOST_TIMEOUT_S)
        self.timeout.setSuffix(self.tr(" seconds"))
        self.timeout.setValue(options.limits.timeout_s)
        self.excluded = QLineEdit(", ".join(options.excluded))
        self.excluded.setPlaceholderText("*.png, cache/*")
        self.watch = QCheckBox(self.tr("&Watch the folders and read new photos as they come"))
        self.watch.setChecked(options.watch)
        self._model_name = QLabel()
        self._model_name.setTextFormat(Qt.TextFormat.PlainText)
        self._model_name.setWordWrap(True)
        choose = QPushButton(self.tr("Choose …"))
        choose.clicked.connect(self._choose_model)
        self._built_in = QPushButton(self.tr("Built-in"))
        self._built_in.clicked.connect(self._take_built_in)
        model = QHBoxLayout()
        model.addWidget(self._model_name, 1)
        model.addWidget(choose)
        model.addWidget(self._built_in)
        self.choose_model(options.model)
        page, form = _form()
        form.addRow(self.tr("The network runs &on"), self.device)
        if device_text:
            form.addRow(_note(device_text))
        form.addRow(self.tr("Processes that &read photos"), self.workers)
        form.addRow(self.tr("Names to leave &out"), self.excluded)
        form.addRow(
            _note(
                self.tr("Names, or paths below a folder, that are not scanned; commas between them")
            )
        )
        self._add_quick(form)
        form.addRow(self.watch)
        form.addRow(
            _note(self.tr("In the background, after everything else; the next scan is quick then."))
        )
        form.addRow(self.tr("&Largest photo"), self.megapixels)
        form.addRow(self.tr("One photo may &take"), self.timeout)
        form.addRow(
            _note(
                self.tr(
                    "Larger and slower photos are listed as problems; what a higher limit allows "
                    "is read by the next scan. Large ones take memory: four bytes a pixel."
                )
            )
        )
        form.addRow(self.tr("Network"), model)
        form.addRow(_note(self.tr("With another network every photo is read again.")))
        return page

    def _add_quick(self, form: QFormLayout) -> None:
        """The switch of the quick scan, and beside it what it gains and what it costs."""
        self.quick = QCheckBox(self.tr("&Quick scan: read only photos that may have a copy"))
        self.quick.setChecked(self._choices.options.quick)
        form.addRow(self.quick)
        measured = self.tr(
            "Looks at the small pictures in camera files first. Measured with photos of 12 "
            "megapixels: {gain} times as fast where one in ten was a copy, {most} times where none "
            "was. Of {pairs} pairs that a full scan found, it missed {missed}."
        )
        form.addRow(_note(measured.format(**QUICK_SCAN_FIGURES)))
        form.addRow(
            _note(
                self.tr(
                    "What was only glanced at is not found by search, and damage in it goes "
                    "unnoticed, until a scan without this switch reads it."
                )
            )
        )

    @Slot()
    def _choose_model(self) -> None:
        title, kinds = self.tr("Choose a network"), self.tr("Networks (*.onnx)")
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if chosen:
            self.choose_model(Path(chosen))

    @Slot()
    def _take_built_in(self) -> None:
        self.choose_model(None)

    @Slot()
    def _confirm(self) -> None:
        chosen = self.choices
        if chosen != self._choices:
            self._choices = chosen
            self.confirmed.emit(chosen)


def _form() -> tuple[QWidget, QFormLayout]:
    page = QWidget()
    form = QFormLayout(page)
    form.setContentsMargins(16, 8, 8, 8)
    form.setVerticalSpacing(10)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return page, form


def _note(text: str) -> QLabel:
    note = QLabel(text)
    note.setTextFormat(Qt.TextFormat.PlainText)
    note.setWordWrap(True)
    note.setEnabled(False)
    return note
