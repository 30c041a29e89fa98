"""A scan's result as JSON, CSV and HTML. Names of files are hostile input in all three."""

import base64
import csv
import dataclasses
import html
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from photodedup.core.errors import UserError
from photodedup.core.messages import describe_member, format_bytes
from photodedup.core.records import Edit, Group, Member, Photo, QueryResult, ScanResult

FORMAT = 1
STDOUT = "-"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CSV_COLUMNS = (
    "group",
    "kind",
    "path",
    "relation",
    "description",
    "similarity",
    "probability",
    "preselected",
    "size_bytes",
    "width",
    "height",
    "reason",
)
EDIT_FIELDS = tuple(field.name for field in dataclasses.fields(Edit))
UNKNOWN_EDIT = dict.fromkeys(EDIT_FIELDS)

PreviewOf = Callable[[Photo], bytes | None]
"""The JPEG preview of a photo, None if there is none."""


def scan_json(result: ScanResult) -> dict[str, Any]:
    """The document that `scan --json` writes (format 1)."""
    return {
        "format": FORMAT,
        "complete": result.complete,
        "groups": [_group_json(group) for group in result.groups],
        "similar": [_group_json(group) for group in result.similar],
        "problems": [
            {**path_json(p.path), "code": p.code.value, "reason": p.reason} for p in result.problems
        ],
        "counts": dataclasses.asdict(result.counts),
        "seconds": {stage: round(s, 3) for stage, s in result.seconds.items()},
        "device": result.device,
        "model": result.model,
    }


def _relation_text(member: Member) -> str:
    if member.relation is None:
        return "keeper" if member.is_keeper else ""
    return member.relation.value


def path_json(path: Path) -> dict[str, str]:
    """A path for a JSON document; one that is not UTF-8 also in base64, for certainty."""
    fields = {"path": str(path)}
    if fields["path"].isascii():
        return fields
    try:
        fields["path"].encode()
    except UnicodeEncodeError:
        fields["path_base64"] = base64.b64encode(os.fsencode(path)).decode()
    return fields


def write_json(document: dict[str, Any], target: str) -> None:
    """Write a document to a file, atomically, or to stdout ("-"). Raises UserError.

    A line for each entry of its lists: written with an indent it would take ten times as long.
    """
    fields = []
    for name, value in document.items():
        if isinstance(value, list) and value:
            text = "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
        else:
            text = json.dumps(value)  # ASCII: surrogates as \udcXX
        fields.append(f"{json.dumps(name)}: {text}")
    write_text("{\n" + ",\n".join(fields) + "\n}\n", target)


def scan_csv(result: ScanResult) -> str:
    """One line a photo; formulas are neutralised (spreadsheets run them)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for number, (kind, group) in enumerate(_all_groups(result), start=1):
        for member in group.members:
            photo = member.photo
            row = (
                number,
                kind,
                printable(str(photo.path)),
                _relation_text(member),
                describe_member(member),
                f"{member.similarity:.4f}",
                f"{member.probability:.4f}",
                "yes" if member.preselected else "no",
                photo.file.size_bytes,
                photo.width,
                photo.height,
                group.reason if member.is_keeper else "",
            )
            writer.writerow([_without_formula(str(value)) for value in row])
    return text.getvalue()


def scan_html(result: ScanResult, preview_of: PreviewOf) -> str:
    """One self-contained page: every group with previews, relations and reasons."""
    parts = [
        _HTML_HEAD,
        f"<h1>photodedup</h1><p>{len(result.groups)} groups of duplicates, "
        f"{len(result.similar)} of similar shots, among {result.counts.found} photos.</p>",
    ]
    if result.counts.glanced:
        parts.append(f"<p>{result.counts.glanced} photos were only glanced at.</p>")
    if not result.complete:
        parts.append("<p><b>The scan was interrupted: this is not the whole result.</b></p>")
    for title, groups in (("Duplicates", result.groups), ("Similar shots", result.similar)):
        if groups:
            parts.append(f"<h2>{title}</h2>")
            parts += (_group_html(group, preview_of) for group in groups)
    if result.problems:
        parts.append("<h2>Problems</h2><ul>")
        parts += (
            f"<li><code>{_escaped(p.path)}</code>: {html.escape(printable(p.reason))}</li>"
            for p in result.problems
        )
        parts.append("</ul>")
    parts.append("</body></html>\n")
    return "\n".join(parts)


def search_json(results: Sequence[QueryResult]) -> dict[str, Any]:
    """The document that `search --json` writes (format 1)."""
    return {
        "format": FORMAT,
        "queries": [
            {
                "query": str(result.query),
                "matches": [
                    {
                        **path_json(match.photo.path),
                        "similarity": round(match.similarity, 6),
                        "relation": None if match.relation is None else match.relation.value,
                    }
                    for match in result.matches
                ],
            }
            for result in results
        ],
    }


def check_writable(target: str | Path | None) -> None:
    """Raise UserError if a report could not be written there; None and stdout always can."""
    if target is None or str(target) == STDOUT:
        return
    folder = Path(target).absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UserError(f"{target}: its folder does not exist or cannot be written to")


def write_text(text: str, target: str) -> None:
    """Write UTF-8 text to a file, wholly or not at all, or to stdout ("-"). Raises UserError."""
    if target == STDOUT:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    write_bytes(text.encode(), Path(target))


def write_bytes(data: bytes, target: Path) -> None:
    """Write a file wholly or not at all. Raises UserError."""
    part = target.absolute().with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(
            f"{target}: cannot be written ({error.strerror}). Name another file."
        ) from error


def _all_groups(result: ScanResult) -> Iterator[tuple[str, Group]]:
    for group in result.groups:
        yield "duplicates", group
    for group in result.similar:
        yield "similar", group


def _group_json(group: Group) -> dict[str, Any]:
    return {
        "keeper": str(group.keeper.path),
        "reason": group.reason,
        "photos": [_member_json(member) for member in group.members],
    }


def _member_json(member: Member) -> dict[str, Any]:
    edit = member.edit
    return {
        **path_json(member.photo.path),
        "relation": None if member.relation is None else member.relation.value,
        "similarity": round(member.similarity, 6),
        "probability": round(member.probability, 6),
        "edit": {name: getattr(edit, name) for name in EDIT_FIELDS} if edit else UNKNOWN_EDIT,
        "differs": [list(box) for box in member.differs],
        "preselected": member.preselected,
        "size_bytes": member.photo.file.size_bytes,
        "width": member.photo.width,
        "height": member.photo.height,
    }


def printable(text: str) -> str:
    """Text that any encoder takes: bytes of a name that are not UTF-8 as \\xNN."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _without_formula(cell: str) -> str:
    return "'" + cell if cell.startswith(FORMULA_STARTS) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _escaped(path: Path) -> str:
    return html.escape(printable(str(path)))


def _group_html(group: Group, preview_of: PreviewOf) -> str:
    figures = "".join(_member_html(member, preview_of) for member in group.members)
    return (
        f"<section><p>{format_bytes(group.bytes_to_gain)} to gain. "
        f"Stays: <code>{_escaped(group.keeper.path)}</code> "
        f"({html.escape(group.reason)})</p><div>{figures}</div></section>"
    )


def _member_html(member: Member, preview_of: PreviewOf) -> str:
    photo = member.photo
    jpeg = preview_of(photo)
    picture = (
        f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">'
        if jpeg
        else "<i>no preview</i>"
    )
    kind = "keeper" if member.is_keeper else "preselected" if member.preselected else "other"
    likeness = "" if member.is_keeper else f", cosine {member.similarity:.3f}"
    return (
        f'<figure class="{kind}">{picture}<figcaption>'
        f"<b>{html.escape(describe_member(member))}</b>{likeness}<br>"
        f"{photo.width} × {photo.height}, {format_bytes(photo.file.size_bytes)}<br>"
        f"<code>{_escaped(photo.path)}</code></figcaption></figure>"
    )


_HTML_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>photodedup</title><style>
body { font: 14px system-ui, sans-serif; margin: 2em; color: #222; background: #fafafa; }
section { background: #fff; border: 1px solid #ddd; border-radius: 8px; padding: 0 1em 1em;
 margin: 1em 0; }
section div { display: flex; flex-wrap: wrap; gap: 12px; }
figure { margin: 0; width: 220px; } figcaption { overflow-wrap: anywhere; }
img { max-width: 220px; max-height: 180px; border: 3px solid transparent; border-radius: 4px; }
.keeper img { border-color: #2a8a3e; } .preselected img { border-color: #c0392b; opacity: .8; }
code { font-size: 12px; color: #555; }
@media (prefers-color-scheme: dark) { body { background: #1e1e1e; color: #ddd; }
 section { background: #2a2a2a; border-color: #444; } code { color: #aaa; } }
</style></head><body>"""
