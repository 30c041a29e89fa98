"""The keep rules in the user's words."""

from PySide6.QtCore import QObject

from photodedup.core.keep_rules import Criterion


class KeepWords(QObject):
    """An object for its tr()."""

    def name(self, criterion: Criterion) -> str:
        """Name a criterion as a wish: "larger"."""
        return {
            Criterion.UNDAMAGED: self.tr("Undamaged"),
            Criterion.PROTECTED: self.tr("In a protected folder"),
            Criterion.PREFERRED_FOLDER: self.tr("In a preferred folder"),
            Criterion.CAMERA_ORIGINAL: self.tr("Original camera file"),
            Criterion.PIXELS: self.tr("Larger"),
            Criterion.COMPRESSION: self.tr("Less compressed"),
            Criterion.METADATA: self.tr("Richer metadata"),
            Criterion.SHARPNESS: self.tr("Sharper"),
            Criterion.OLDER: self.tr("Older"),
            Criterion.NEWER: self.tr("Newer"),
            Criterion.NAME: self.tr("Not named as a copy"),
            Criterion.SHORTER_PATH: self.tr("Shorter path"),
        }[criterion]

    def explanation(self, criterion: Criterion) -> str:
        """Say in a sentence what a criterion looks at."""
        return {
            Criterion.UNDAMAGED: self.tr(
                "A photo that could be read to its end stays rather than one that breaks off."
            ),
            Criterion.PROTECTED: self.tr(
                "Photos in a folder with a lock stay. Nothing in it is ever cleared, whatever the "
                "order here."
            ),
            Criterion.PREFERRED_FOLDER: self.tr(
                "Photos in the folders listed below stay, those of the first folder first."
            ),
            Criterion.CAMERA_ORIGINAL: self.tr(
                "A camera's raw file stays first, then a file as the camera wrote it, then what "
                "other programs saved."
            ),
            Criterion.PIXELS: self.tr(
                "The photo with more pixels of picture stays; borders and bars do not count, nor "
                "do differences below 2 %."
            ),
            Criterion.COMPRESSION: self.tr(
                "The photo that lost less when it was saved stays: lossless formats, then the "
                "higher JPEG quality."
            ),
            Criterion.METADATA: self.tr(
                "The photo with more to lose stays: position and rating count most, then date, "
                "camera and lens."
            ),
            Criterion.SHARPNESS: self.tr("The photo with the finer detail stays."),
            Criterion.OLDER: self.tr(
                "The photo that was taken earlier stays, or whose file is older."
            ),
            Criterion.NEWER: self.tr(
                "The photo that was taken later stays, or whose file is newer."
            ),
            Criterion.NAME: self.tr(
                "A file whose name looks like a copy, such as “(1)” or “copy”, goes first."
            ),
            Criterion.SHORTER_PATH: self.tr(
                "The photo that lies less deep, under a shorter name, stays."
            ),
        }[criterion]
