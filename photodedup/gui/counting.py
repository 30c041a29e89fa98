"""Numbers with their noun, in the plural the language asks for."""

from PySide6.QtCore import QLocale, QObject


class _Counts(QObject):
    """An object because the collector of translatable texts knows plurals only in tr()."""

    def groups(self, n: int) -> str:
        return self.tr("%n group(s)", "", n)

    def photos(self, n: int) -> str:
        return self.tr("%n photo(s)", "", n)

    def files(self, n: int) -> str:
        return self.tr("%n file(s)", "", n)

    def marked(self, n: int) -> str:
        return self.tr("%n marked", "", n)

    def folders(self, n: int) -> str:
        return self.tr("%n folder(s)", "", n)

    def new_photos(self, n: int) -> str:
        return self.tr("%n new photo(s)", "", n)

    def changed_keepers(self, n: int, of: str) -> str:
        return self.tr("%n keeper(s) of {total} would change", "", n).format(total=of)

    def places(self, n: int) -> str:
        return self.tr("differs in %n place(s)", "", n)


def count_groups(n: int) -> str:
    """Count groups: "1 group"."""
    return _Counts().groups(n)


def count_photos(n: int) -> str:
    """Count photos: "3 photos"."""
    return _Counts().photos(n)


def count_places(n: int) -> str:
    """Say in how many places a photo differs: "differs in 2 places"."""
    return _Counts().places(n)


def count_changed_keepers(n: int, total: int) -> str:
    """Say how many groups would get another keeper: "3 keepers of 120 would change"."""
    return _Counts().changed_keepers(n, QLocale().toString(total))


def count_files(n: int) -> str:
    """Count files: "3 files"."""
    return _Counts().files(n)


def count_marked(n: int) -> str:
    """Count marked photos: "3 marked"."""
    return _Counts().marked(n)


def count_folders(n: int) -> str:
    """Count folders: "2 folders"."""
    return _Counts().folders(n)


def count_new_photos(n: int) -> str:
    """Count new photos: "3 new photos"."""
    return _Counts().new_photos(n)
