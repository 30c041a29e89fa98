from pytestqt.qtbot import QtBot

from photodedup.gui.elided_label import ElidedLabel

LONG = "because: " + "larger, original camera file, " * 10


def test_gives_way_and_keeps_the_whole_text(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText(LONG)
    label.resize(120, 20)
    label.show()
    assert label.width() == 120
    assert label.minimumSizeHint().width() == 0
    assert label.toolTip() == label.text() == LONG
    narrow = label.grab().toImage()
    label.setText("because: larger")
    assert label.grab().toImage() != narrow
