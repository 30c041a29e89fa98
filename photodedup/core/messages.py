"""Codes and figures of the core in plain English, for the command line, reports and the log."""

from photodedup.core.job import Stage
from photodedup.core.records import Edit, Member, Relation

RELATIONS = {
    Relation.IDENTICAL_FILE: "identical file",
    Relation.IDENTICAL_IMAGE: "identical image, other metadata or container",
    Relation.RESAVED: "saved again",
    Relation.EDITED: "edited",
    Relation.SIMILAR_SHOT: "similar shot",
}

STAGES = {
    Stage.START: "Starting",
    Stage.WALK: "Looking for photos",
    Stage.GLANCE: "Glancing at photos",
    Stage.EMBED: "Reading photos",
    Stage.INDEX: "Finding candidates",
    Stage.VERIFY: "Verifying",
    Stage.GROUP: "Grouping",
    Stage.APPLY: "Clearing",
    Stage.UNDO: "Taking back",
}

SAME_SCALE = 0.02  # sizes this near are called equal


def describe_member(member: Member) -> str:
    """What a photo is to its keeper: "cropped to 82 %, black and white", "identical file"."""
    if member.relation is None:
        return "stays" if member.is_keeper else "not found alike the keeper chosen by hand"
    parts = [] if member.edit is None else describe_edit(member.edit)
    words = RELATIONS[member.relation]
    if member.relation is Relation.EDITED and parts:
        words = ", ".join(parts)
    elif member.relation is Relation.RESAVED and parts:
        words = f"{words} {', '.join(parts)}"
    if member.differs:
        places = len(member.differs)
        words += f", differs in {places} place{'s' if places > 1 else ''}"
    return words


def describe_edit(edit: Edit) -> list[str]:
    """The parts of an edit that are known and not nothing, in words."""
    parts = []
    if edit.kept_area is not None and edit.kept_area < 1 - SAME_SCALE:
        parts.append(f"cropped to {edit.kept_area:.0%}".replace("%", " %"))
    if edit.rotation_degrees is not None and abs(edit.rotation_degrees) >= 0.5:
        parts.append(f"rotated by {abs(edit.rotation_degrees):.0f}°")
    if edit.mirrored:
        parts.append("mirrored")
    if edit.tone is not None:
        parts.append("black and white" if edit.tone == "gray" else edit.tone)
    if edit.border:
        parts.append("with a border")
    if edit.scale is not None and abs(edit.scale - 1) > SAME_SCALE:
        parts.append(f"at {edit.scale:.0%} size".replace("%", " %"))
    return parts


def format_bytes(size_bytes: int) -> str:
    """A size as people read it: "3.4 MB" (powers of 1000, as file managers count)."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def format_seconds(seconds: float) -> str:
    """A duration as people read it: "42 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
