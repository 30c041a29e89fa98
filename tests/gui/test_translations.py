"""Every text of the window is translated, and the compiled files are those of the sources."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import photodedup.gui
from photodedup.core.resources import resource_folder

TRANSLATIONS = resource_folder() / "translations"
SCRIPTS = Path(sys.executable).parent
SOURCES = sorted(Path(photodedup.gui.__file__).parent.glob("*.py"))
PLACEHOLDER = re.compile(r"\{\w+\}|%n")


def messages(file: Path) -> list[ElementTree.Element]:
    return list(ElementTree.parse(file).iter("message"))


def texts(message: ElementTree.Element) -> list[str]:
    translation = message.find("translation")
    assert translation is not None
    forms = [form.text or "" for form in translation.findall("numerusform")]
    return forms or [translation.text or ""]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    for message in messages(TRANSLATIONS / f"photodedup_{language}.ts"):
        source = message.findtext("source") or ""
        for text in texts(message):
            assert text, source
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(source)), source


@pytest.mark.parametrize(
    ("language", "options"), [("ko", []), ("en", ["-pluralonly"])], ids=["ko", "en"]
)
def test_no_text_of_the_code_is_left_out(tmp_path: Path, language: str, options: list[str]) -> None:
    fresh = tmp_path / "fresh.ts"
    subprocess.run(
        [SCRIPTS / "pyside6-lupdate", *options, *SOURCES, "-ts", fresh],
        check=True,
        capture_output=True,
    )
    wanted = {message.findtext("source") for message in messages(fresh)}
    kept = messages(TRANSLATIONS / f"photodedup_{language}.ts")
    assert wanted == {message.findtext("source") for message in kept}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_compiled_files_are_up_to_date(tmp_path: Path, language: str) -> None:
    source = TRANSLATIONS / f"photodedup_{language}.ts"
    made = tmp_path / "made.qm"
    subprocess.run([SCRIPTS / "pyside6-lrelease", "-silent", source, "-qm", made], check=True)
    assert made.read_bytes() == source.with_suffix(".qm").read_bytes()
