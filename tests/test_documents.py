"""The documents: what they link to and name is there."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    [
        *CHECKOUT.glob("*.md"),
        *(CHECKOUT / "docs").rglob("*.md"),
        CHECKOUT / "packaging" / "README.md",
        CHECKOUT / "training" / "README.md",
    ]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED = re.compile(
    r"`((?:core|gui|tests|training|docs|packaging|resources|photodedup)/[\w./-]+\.\w+)`"
)


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(CHECKOUT)) for path in paths]


def anchor(heading: str) -> str:
    """What a heading is linked by: lower case, hyphens for spaces, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", names(DOCUMENTS))
def test_links_lead_somewhere(name: str) -> None:
    document = CHECKOUT / name
    broken = []
    for link in LINK.findall(document.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, place = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists():
            broken.append(link)
        elif place:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            if place not in map(anchor, headings):
                broken.append(link)
    assert broken == []


@pytest.mark.parametrize("name", names(DOCUMENTS))
def test_files_that_are_named_exist(name: str) -> None:
    text = (CHECKOUT / name).read_text("utf-8")
    missing = [
        found
        for found in NAMED.findall(text)
        if "XX" not in found
        and not any((root / found).exists() for root in (CHECKOUT, CHECKOUT / "photodedup"))
    ]
    assert missing == []


def test_both_guides_have_the_same_parts_and_pictures() -> None:
    english, korean = (
        (CHECKOUT / "docs" / name).read_text("utf-8") for name in ("guide.md", "guide.ko.md")
    )
    assert english.count("\n## ") == korean.count("\n## ")
    pictures = re.findall(r"\(pictures/([\w-]+)\.webp\)", english)
    assert pictures
    assert [f"{name}-ko" for name in pictures] == re.findall(r"\(pictures/([\w-]+)\.webp\)", korean)
