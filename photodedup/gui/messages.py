"""Codes and figures of the core in the user's words; every text here is translated."""

from PySide6.QtCore import QCoreApplication, QLocale

from photodedup.core.errors import DeviceError, FolderMissing, ModelError, StoreError, UserError
from photodedup.core.job import Progress, Stage
from photodedup.core.obstacles import Obstacle
from photodedup.core.records import Edit, Group, Member, Photo, ProblemCode, Relation
from photodedup.core.watch import Way, way_out
from photodedup.gui.counting import count_places

SAME_SCALE = 0.02  # sizes and areas this near are called equal, as on the command line
LEVEL_DEGREES = 0.5


def relation_name(relation: Relation) -> str:
    """Name a relation in one or two words."""
    translate = QCoreApplication.translate
    return {
        Relation.IDENTICAL_FILE: translate("messages", "Identical file"),
        Relation.IDENTICAL_IMAGE: translate("messages", "Identical image"),
        Relation.RESAVED: translate("messages", "Saved again"),
        Relation.EDITED: translate("messages", "Edited"),
        Relation.SIMILAR_SHOT: translate("messages", "Similar shot"),
    }[relation]


def keeper_name() -> str:
    """Name the photo of a group that stays."""
    return QCoreApplication.translate("messages", "Keeper")


def failed_text() -> str:
    """Say of a photo that it was not found alike the keeper that the user chose."""
    return QCoreApplication.translate("messages", "not found alike this keeper")


def failed_name() -> str:
    """Name a photo that was not found alike the keeper that the user chose."""
    return QCoreApplication.translate("messages", "Not verified")


def marked_name() -> str:
    """Name a photo that is marked for clearing."""
    return QCoreApplication.translate("messages", "Clear")


def describe_relation(member: Member, keeper: Photo) -> str:
    """Say in words what a photo is to its group's keeper: "cropped to 82 %, mirrored"."""
    translate = QCoreApplication.translate
    photo = member.photo
    if member.relation is None:
        return keeper_name() if member.is_keeper else failed_text()
    if member.relation is Relation.IDENTICAL_FILE:
        return translate("messages", "identical file")
    if member.relation is Relation.SIMILAR_SHOT:
        return translate("messages", "another shot of the scene")
    if member.relation is Relation.IDENTICAL_IMAGE:
        return translate("messages", "identical image, the file differs")
    if member.relation is Relation.RESAVED:
        return _describe_resaved(photo, keeper)
    phrases = _describe_edit(member.edit or Edit())
    if member.differs:
        phrases.append(count_places(len(member.differs)))
    return ", ".join(phrases) if phrases else translate("messages", "edited")


def _describe_resaved(photo: Photo, keeper: Photo) -> str:
    translate = QCoreApplication.translate
    if photo.format != keeper.format:
        text = translate("messages", "saved as {format}").format(format=photo.format)
    else:
        text = translate("messages", "saved again")
    scale = photo.width / keeper.width if keeper.width else 1.0
    if abs(scale - 1) > SAME_SCALE:
        size = translate("messages", "at {percent} % size").format(percent=percent(scale))
        text = f"{text} {size}"
    return text


def _describe_edit(edit: Edit) -> list[str]:
    """Phrase each known part of an edit."""
    translate = QCoreApplication.translate
    phrases = []
    if edit.kept_area is not None and edit.kept_area < 1 - SAME_SCALE:
        text = translate("messages", "cropped to {percent} %")
        phrases.append(text.format(percent=percent(edit.kept_area)))
    degrees = edit.rotation_degrees
    if degrees is not None and abs(degrees) >= LEVEL_DEGREES:
        text = translate("messages", "rotated by {degrees}°")
        phrases.append(text.format(degrees=f"{abs(degrees):.0f}"))
    if edit.mirrored:
        phrases.append(translate("messages", "mirrored"))
    if edit.tone:
        phrases.append(_tone_name(edit.tone))
    if edit.border:
        phrases.append(translate("messages", "with a border"))
    if edit.scale is not None and abs(edit.scale - 1) > SAME_SCALE:
        text = translate("messages", "at {percent} % size")
        phrases.append(text.format(percent=percent(edit.scale)))
    return phrases


def _tone_name(tone: str) -> str:
    translate = QCoreApplication.translate
    known = {
        "gray": translate("messages", "black and white"),
        "sepia": translate("messages", "sepia"),
        "brighter": translate("messages", "brighter"),
        "darker": translate("messages", "darker"),
        "contrast": translate("messages", "other contrast"),
        "colour": translate("messages", "other colours"),
        "blurred": translate("messages", "blurred"),
        "sharpened": translate("messages", "sharpened"),
        "equalised": translate("messages", "contrast equalised"),
        "inverted": translate("messages", "negative"),
    }
    return known.get(tone, tone)


def keeper_reason(group: Group) -> str:
    """Say why the keeper stays, in the user's language as far as the phrases are known."""
    known = known_reasons()
    if group.reason in known:
        return known[group.reason]
    return ", ".join(known.get(phrase, phrase) for phrase in group.reason.split(", "))


def known_reasons() -> dict[str, str]:
    """The phrases of core/keep_rules.py, each translated."""
    translate = QCoreApplication.translate
    return {
        "undamaged": translate("messages", "undamaged"),
        "in a protected folder": translate("messages", "in a protected folder"),
        "in a preferred folder": translate("messages", "in a preferred folder"),
        "original camera file": translate("messages", "original camera file"),
        "camera raw file": translate("messages", "camera raw file"),
        "larger": translate("messages", "larger"),
        "less compressed": translate("messages", "less compressed"),
        "richer metadata": translate("messages", "richer metadata"),
        "sharper": translate("messages", "sharper"),
        "older": translate("messages", "older"),
        "newer": translate("messages", "newer"),
        "not named as a copy": translate("messages", "not named as a copy"),
        "shorter path": translate("messages", "shorter path"),
        "chosen by hand": translate("messages", "chosen by hand"),
        "equal in every way, first by name": translate(
            "messages", "equal in every way, first by name"
        ),
    }


def problem_name(code: ProblemCode) -> str:
    """Name the kind of a problem."""
    translate = QCoreApplication.translate
    return {
        ProblemCode.FOLDER_MISSING: translate("messages", "Folder is missing"),
        ProblemCode.FOLDER_UNREADABLE: translate("messages", "Folder cannot be read"),
        ProblemCode.FILE_UNREADABLE: translate("messages", "File cannot be read"),
        ProblemCode.EMPTY: translate("messages", "Empty file"),
        ProblemCode.NOT_A_PHOTO: translate("messages", "Not a photo"),
        ProblemCode.DAMAGED: translate("messages", "Damaged photo"),
        ProblemCode.UNDECODABLE: translate("messages", "Photo cannot be decoded"),
        ProblemCode.TOO_LARGE: translate("messages", "Photo is too large"),
        ProblemCode.TIMED_OUT: translate("messages", "Took too long"),
        ProblemCode.DECODER_CRASHED: translate("messages", "Crashed the decoder"),
        ProblemCode.UNSUPPORTED: translate("messages", "Format is not supported"),
    }[code]


def way_name(way: Way) -> str:
    """Say how a folder is watched, and what helps where the system limits it."""
    translate = QCoreApplication.translate
    return {
        Way.EVENTS: translate("messages", "watched"),
        Way.NETWORK: translate("messages", "looked at now and then: a network drive"),
        Way.NO_WATCHES: translate(
            "messages", "looked at now and then: the system allows no more watches ({way_out})"
        ).format(way_out=way_out()),
        Way.NO_EVENTS: translate(
            "messages", "looked at now and then: the system tells nothing of it"
        ),
        Way.MISSING: translate("messages", "not there"),
    }[way]


def obstacle_name(obstacle: Obstacle) -> str:
    """Say why a file was left where it is."""
    translate = QCoreApplication.translate
    return {
        Obstacle.CANCELLED: translate("messages", "stopped before it"),
        Obstacle.MISSING: translate("messages", "it is gone"),
        Obstacle.NOT_A_FILE: translate("messages", "it is no file"),
        Obstacle.CHANGED: translate("messages", "it changed since the scan"),
        Obstacle.UNREADABLE: translate("messages", "it cannot be read"),
        Obstacle.KEEPER_MISSING: translate("messages", "the photo to keep is gone"),
        Obstacle.KEEPER_CHANGED: translate("messages", "the photo to keep changed"),
        Obstacle.KEEPER_UNREADABLE: translate("messages", "the photo to keep cannot be read"),
        Obstacle.KEEPER_DAMAGED: translate("messages", "the photo to keep is damaged"),
        Obstacle.SAME_FILE: translate("messages", "it is the photo to keep by another name"),
        Obstacle.PROTECTED: translate("messages", "it lies in a protected folder"),
        Obstacle.IN_HOLDING: translate("messages", "it is in a holding folder already"),
        Obstacle.REJECTED: translate("messages", "you said that it is no duplicate"),
        Obstacle.STAYS_ELSEWHERE: translate("messages", "it is kept for other photos"),
        Obstacle.BUNDLE: translate("messages", "it belongs to a file that stays"),
        Obstacle.DIFFERS: translate("messages", "it differs from the photo to keep"),
        Obstacle.NOT_ALLOWED: translate("messages", "that is not allowed here"),
        Obstacle.OTHER_VOLUME: translate("messages", "it lies on another volume"),
        Obstacle.NOT_IDENTICAL: translate("messages", "it is not identical"),
        Obstacle.OCCUPIED: translate("messages", "another file has its name"),
        Obstacle.DISK: translate("messages", "the disk reported an error"),
        Obstacle.NOT_IN_HOLDING: translate("messages", "it is not in the holding folder"),
        Obstacle.HOLDING_MISSING: translate("messages", "the holding folder is missing"),
        Obstacle.HAS_SIDECAR: translate("messages", "it has a sidecar already"),
    }[obstacle]


def only_it_has(what: str) -> str:
    """Warn of metadata that goes with a photo."""
    return QCoreApplication.translate("messages", "only it has: {what}").format(what=what)


def goes_along() -> str:
    """Name a file that goes with a photo that it belongs to."""
    return QCoreApplication.translate("messages", "goes along")


def stage_name(stage: Stage) -> str:
    """Name what a job is doing."""
    translate = QCoreApplication.translate
    return {
        Stage.START: translate("messages", "Starting"),
        Stage.WALK: translate("messages", "Looking for photos"),
        Stage.GLANCE: translate("messages", "Glancing at photos"),
        Stage.EMBED: translate("messages", "Reading photos"),
        Stage.INDEX: translate("messages", "Looking for photos alike"),
        Stage.VERIFY: translate("messages", "Comparing photos"),
        Stage.GROUP: translate("messages", "Forming groups"),
        Stage.APPLY: translate("messages", "Moving photos"),
        Stage.UNDO: translate("messages", "Putting photos back"),
    }[stage]


def progress_text(progress: Progress) -> str:
    """Say where a job is: "Reading photos: 120 of 3,400, 85 photos/s, about 40 s left"."""
    translate, locale = QCoreApplication.translate, QLocale()
    if progress.stage is None:
        return translate("messages", "Starting …")
    if progress.total is None:
        counted = locale.toString(progress.done) if progress.done else ""
    else:
        counted = translate("messages", "{done} of {total}").format(
            done=locale.toString(progress.done), total=locale.toString(progress.total)
        )
    parts = [": ".join(filter(None, (stage_name(progress.stage), counted)))]
    if progress.stage in (Stage.EMBED, Stage.GLANCE) and progress.rate is not None:
        rate = locale.toString(progress.rate, "f", 0 if progress.rate >= 10 else 1)
        parts.append(translate("messages", "{rate} photos/s").format(rate=rate))
    if progress.seconds_left is not None and progress.elapsed_s >= 2:
        left = duration_text(progress.seconds_left)
        parts.append(translate("messages", "about {duration} left").format(duration=left))
    return ", ".join(parts)


def duration_text(seconds: float) -> str:
    """Write a duration with the one or two units that matter."""
    translate = QCoreApplication.translate
    whole = max(1, round(seconds))
    if whole < 60:
        return translate("messages", "{seconds} s").format(seconds=whole)
    minutes = round(whole / 60)
    if minutes < 60:
        return translate("messages", "{minutes} min").format(minutes=minutes)
    return translate("messages", "{hours} h {minutes} min").format(
        hours=minutes // 60, minutes=minutes % 60
    )


def size_text(size_bytes: int) -> str:
    """Write a file size in powers of 1000, as the command line does."""
    return QLocale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def dimensions_text(photo: Photo) -> str:
    """Write a photo's size in pixels."""
    return f"{photo.width} × {photo.height}"


def likeness_text(similarity: float) -> str:
    """Write a cosine similarity; equal photos are 1.000."""
    return QLocale().toString(similarity, "f", 3)


def percent(share: float) -> str:
    """Write a share as whole percent, one decimal below 10 %."""
    return QLocale().toString(100 * share, "f", 0 if share >= 0.0995 else 1)


def error_text(error: Exception) -> str:
    """Say what went wrong and what to do next."""
    translate = QCoreApplication.translate
    if isinstance(error, FolderMissing):
        text = translate("messages", "The folder {path} is not there. Is its drive plugged in?")
        return text.format(path=error.path)
    if isinstance(error, ModelError):
        text = translate("messages", "The network {path} cannot be used: {reason}.")
        return text.format(path=error.path, reason=error.reason)
    if isinstance(error, DeviceError):
        text = translate("messages", "The device {device} cannot be used: {reason}.")
        return text.format(device=error.device, reason=error.reason)
    if isinstance(error, StoreError):
        text = translate("messages", "The database {path} cannot be used: {reason}.")
        return text.format(path=error.path, reason=error.reason)
    if isinstance(error, UserError):
        return str(error)
    text = translate("messages", "Something went wrong that is our mistake: {error}")
    return text.format(error=f"{type(error).__name__}: {error}")
