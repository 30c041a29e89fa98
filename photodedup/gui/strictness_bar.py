"""The slider that says how sure the program must be: broad, balanced, strict."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from photodedup.gui.session import Session

STEPS = 20  # so that the middle, balanced, is a step
WIDTH = 150


class StrictnessBar(QWidget):
    """Moves the session's strictness; the groups follow at once."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 2)
        self.slider.setTickInterval(STEPS // 2)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setFixedWidth(WIDTH)
        self.slider.setValue(round(STEPS * session.strictness))
        self.slider.setToolTip(
            self.tr("How sure a pair must be: broad finds more, strict is wrong less often")
        )
        label = QLabel(self.tr("&Strictness:"))
        label.setBuddy(self.slider)
        self._name = QLabel()
        names = (self._name_of(step) for step in range(STEPS + 1))
        self._name.setMinimumWidth(max(map(self.fontMetrics().horizontalAdvance, names)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        for widget in (label, self.slider, self._name):
            layout.addWidget(widget)
        self.slider.valueChanged.connect(self._moved)
        self._show_name()

    @Slot(int)
    def _moved(self, step: int) -> None:
        self._session.set_strictness(step / STEPS)
        self._show_name()

    def _show_name(self) -> None:
        self._name.setText(self._name_of(self.slider.value()))

    def _name_of(self, step: int) -> str:
        if step == 0:
            return self.tr("Broad")
        if step == STEPS // 2:
            return self.tr("Balanced")
        if step == STEPS:
            return self.tr("Strict")
        return self.tr("Rather broad") if step < STEPS // 2 else self.tr("Rather strict")
