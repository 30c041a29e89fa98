"""Metadata a discarded copy has and its keeper lacks: found, and written beside the keeper as XMP.

Field names are those of Adobe's XMP specification (parts 1 and 2) and CIPA's Exif 2.3 for XMP.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from photodedup.core.records import Metadata

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
PACKET = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta\s*>", re.DOTALL)
RDF_ALONE = re.compile(rb"<rdf:RDF.*?</rdf:RDF\s*>", re.DOTALL)
DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
SEARCHED_BYTES = 4 << 20
MAX_PACKET_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WorthKeeping:
    """What a person would miss of a photo's metadata; None or empty where there is none.

    rating: 1 to 5. latitude, longitude: degrees, north and east positive. captured_at: local
    camera time, as in records.Metadata.
    """

    rating: int | None = None
    keywords: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    captured_at: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) not in (None, ()) for field in fields(self))

    def lacking_in(self, keeper: "WorthKeeping") -> "WorthKeeping":
        """The part of this that keeper has not."""
        no_position = keeper.latitude is None
        return WorthKeeping(
            rating=self.rating if keeper.rating is None else None,
            keywords=tuple(word for word in self.keywords if word not in keeper.keywords),
            latitude=self.latitude if no_position else None,
            longitude=self.longitude if no_position else None,
            captured_at=self.captured_at if keeper.captured_at is None else None,
        )

    def joined_with(self, other: "WorthKeeping") -> "WorthKeeping":
        """Both; where both say something, the higher rating and otherwise this one."""
        ratings = [rating for rating in (self.rating, other.rating) if rating is not None]
        position = self if self.latitude is not None else other
        return WorthKeeping(
            rating=max(ratings, default=None),
            keywords=tuple(dict.fromkeys((*self.keywords, *other.keywords))),
            latitude=position.latitude,
            longitude=position.longitude,
            captured_at=self.captured_at or other.captured_at,
        )

    def describe(self) -> str:
        """What it holds, in plain English: "rating 5, GPS position, keywords a, b"."""
        parts = []
        if self.rating is not None:
            parts.append(f"rating {self.rating}")
        if self.latitude is not None:
            parts.append("GPS position")
        if self.keywords:
            parts.append(f"keywords {', '.join(self.keywords)}")
        if self.captured_at is not None:
            parts.append(f"capture date {self.captured_at}")
        return ", ".join(parts)


def collect(metadata: Metadata, packets: Iterable[bytes]) -> WorthKeeping:
    """What a photo's own metadata and its XMP (embedded, or in sidecars) say together."""
    has_position = metadata.latitude is not None and metadata.longitude is not None
    own = WorthKeeping(
        rating=metadata.rating or None,
        latitude=metadata.latitude if has_position else None,
        longitude=metadata.longitude if has_position else None,
        captured_at=metadata.captured_at,
    )
    for packet in packets:
        own = own.joined_with(read_xmp(packet))
    return own


def read_packet(path: Path) -> bytes | None:
    """Find the XMP packet in a photo's or sidecar's first bytes; None: not there, or no access."""
    try:
        with path.open("rb") as file:
            data = file.read(SEARCHED_BYTES)
    except OSError:
        return None
    found = PACKET.search(data) or RDF_ALONE.search(data)
    return found[0] if found and len(found[0]) <= MAX_PACKET_BYTES else None


def read_xmp(packet: bytes) -> WorthKeeping:
    """Read a packet; a damaged one, or one with entities of its own, says nothing."""
    if DOCTYPE.search(packet):
        return WorthKeeping()
    try:
        tree = ElementTree.fromstring(packet)
    except (ElementTree.ParseError, ValueError):
        return WorthKeeping()
    latitude = _degrees(_value(tree, f"{EXIF}GPSLatitude"), "NS", 90)
    longitude = _degrees(_value(tree, f"{EXIF}GPSLongitude"), "EW", 180)
    has_position = latitude is not None and longitude is not None
    words = (item.text for item in tree.iterfind(f".//{DC}subject//{RDF}li"))
    date = _value(tree, f"{EXIF}DateTimeOriginal") or _value(tree, f"{PHOTOSHOP}DateCreated")
    return WorthKeeping(
        rating=_rating(_value(tree, f"{XMP}Rating")),
        keywords=tuple(word.strip() for word in words if word and word.strip()),
        latitude=latitude if has_position else None,
        longitude=longitude if has_position else None,
        captured_at=_local_time(date),
    )


def sidecar_names(photo: Path) -> tuple[Path, Path]:
    """Both names an XMP sidecar of a photo may have: IMG.jpg.xmp, which we write, and IMG.xmp."""
    return photo.with_name(f"{photo.name}.xmp"), photo.with_suffix(".xmp")


def build_xmp(worth: WorthKeeping) -> bytes:
    """Spell it as an XMP sidecar, UTF-8; the same input gives the same bytes."""
    attributes = []
    if worth.rating is not None:
        attributes.append(f"xmp:Rating={quoteattr(str(worth.rating))}")
    if worth.latitude is not None and worth.longitude is not None:
        attributes.append(f"exif:GPSLatitude={quoteattr(_spell_degrees(worth.latitude, 'NS'))}")
        attributes.append(f"exif:GPSLongitude={quoteattr(_spell_degrees(worth.longitude, 'EW'))}")
    if worth.captured_at is not None:
        attributes.append(f"exif:DateTimeOriginal={quoteattr(worth.captured_at)}")
    words = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in worth.keywords)
    subject = f"<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>" if words else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="photodedup">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:exif="http://ns.adobe.com/exif/1.0/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/" {" ".join(attributes)}>{subject}'
        "</rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
    ).encode()


def _value(tree: ElementTree.Element, name: str) -> str | None:
    """A simple property, which XMP allows as an attribute or as an element."""
    for element in tree.iter():
        if name in element.attrib:
            return element.attrib[name]
        if element.tag == name:
            return element.text
    return None


def _rating(text: str | None) -> int | None:
    try:
        rating = int(float(text or ""))
    except (ValueError, OverflowError):
        return None
    return rating if 1 <= rating <= 5 else None


def _local_time(text: str | None) -> str | None:
    found = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?", text or "")
    return found[0] if found else None


def _degrees(text: str | None, letters: str, limit: int) -> float | None:
    """Read "51,30.5N" or "51,30,30N" as signed degrees."""
    found = re.fullmatch(
        rf"(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([{letters}])", (text or "").strip()
    )
    if not found:
        return None
    degrees, minutes, seconds = (float(part or 0) for part in found.groups()[:3])
    value = degrees + minutes / 60 + seconds / 3600
    if value > limit:
        return None
    return -value if found[4] == letters[1] else value


def _spell_degrees(value: float, letters: str) -> str:
    fraction, whole = math.modf(abs(value))
    return f"{int(whole)},{fraction * 60:.8f}{letters[value < 0]}"
