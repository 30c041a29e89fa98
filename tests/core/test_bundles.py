import os
from pathlib import Path

import pytest

from photodedup.core.bundles import (
    Bundle,
    find_bundles,
    is_unique_content,
    read_content_identifier,
    same_bundle,
)

IDENTIFIER = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"


def bundles(*names: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    found = find_bundles(Path("/p") / name for name in names)
    return [
        (tuple(p.name for p in bundle.photos), tuple(p.name for p in bundle.companions))
        for bundle in found
    ]


@pytest.mark.parametrize("mate", ["IMG_1.JPG", "IMG_1.jpeg", "img_1.heic"])
def test_a_raw_and_its_own_jpeg_are_one_shot(mate: str) -> None:
    raw = Path("/p/IMG_1.NEF")
    assert same_bundle(raw, Path("/p") / mate)
    assert same_bundle(Path("/p") / mate, raw)
    assert bundles("IMG_1.NEF", mate) == [(("IMG_1.NEF", mate), ())]


@pytest.mark.parametrize("other", ["IMG_2.JPG", "IMG_1.PNG", "IMG_1.DNG", "IMG_1-edited.jpg"])
def test_other_photos_are_not_the_raws_own(other: str) -> None:
    assert not same_bundle(Path("/p/IMG_1.NEF"), Path("/p") / other)


def test_a_jpeg_in_another_folder_is_another_shot() -> None:
    assert not same_bundle(Path("/p/IMG_1.NEF"), Path("/q/IMG_1.JPG"))
    found = find_bundles([Path("/p/IMG_1.NEF"), Path("/q/IMG_1.JPG")])
    assert found == [
        Bundle((Path("/p/IMG_1.NEF"),), ()),
        Bundle((Path("/q/IMG_1.JPG"),), ()),
    ]


def test_two_exports_of_one_name_are_no_bundle() -> None:
    assert not same_bundle(Path("/p/IMG_1.HEIC"), Path("/p/IMG_1.JPG"))
    assert bundles("IMG_1.HEIC", "IMG_1.JPG") == [(("IMG_1.HEIC",), ()), (("IMG_1.JPG",), ())]


@pytest.mark.parametrize(
    "sidecar",
    [
        "IMG_1.xmp",
        "IMG_1.XMP",
        "IMG_1.JPG.xmp",
        "IMG_1.AAE",
        "IMG_O1.AAE",
        "IMG_1.THM",
        "IMG_1.JPG.pp3",
        "IMG_1.MOV",
        "img_1.mp4",
        "IMG_1.JPG.json",
        "IMG_1.JPG.supplemental-metadata.json",
        "IMG_1.JPG.supplemental-meta.json",
        "IMG_1.JPG.s.json",
    ],
)
def test_companions_by_name(sidecar: str) -> None:
    assert bundles("IMG_1.JPG", sidecar, "IMG_2.JPG") == [
        (("IMG_1.JPG",), (sidecar,)),
        (("IMG_2.JPG",), ()),
    ]


@pytest.mark.parametrize(
    "stranger",
    ["IMG_2.xmp", "IMG_1.txt", "IMG_1.json", "IMG_10.AAE", "IMG_1.JPG.other.json", "notes.json"],
)
def test_strangers_belong_to_nobody(stranger: str) -> None:
    assert bundles("IMG_1.JPG", stranger) == [(("IMG_1.JPG",), ())]


@pytest.mark.parametrize(
    "json", ["IMG.jpg(1).json", "IMG.jpg.supplemental-metadata(1).json", "IMG(1).jpg.json"]
)
def test_the_takeouts_numbers(json: str) -> None:
    assert bundles("IMG.jpg", "IMG(1).jpg", json) == [
        (("IMG(1).jpg",), (json,)),
        (("IMG.jpg",), ()),
    ]


def test_a_takeout_name_cut_in_the_photos_own_name() -> None:
    photo = "a-very-long-name-of-a-photo-that-was-shared-by-somebody.jpg"
    json = photo[:46] + ".json"
    assert bundles(photo, json) == [((photo,), (json,))]


def test_a_takeout_name_cut_in_the_suffix() -> None:
    photo = "Screenshot_20190101-123456.png"
    json = (photo + ".supplemental-metadata")[:46] + ".json"
    assert json == "Screenshot_20190101-123456.png.supplemental-me.json"
    assert bundles(photo, json) == [((photo,), (json,))]


def test_a_companion_that_two_shots_claim_stays() -> None:
    names = ("IMG_1.HEIC", "IMG_1.JPG", "IMG_1.MOV", "IMG_1.AAE")
    assert bundles(*names) == [(("IMG_1.HEIC",), ()), (("IMG_1.JPG",), ())]


def test_the_edits_of_a_raw_are_not_those_of_a_png_of_its_name() -> None:
    assert bundles("IMG_1.NEF", "IMG_1.PNG", "IMG_1.xmp") == [
        (("IMG_1.NEF",), ("IMG_1.xmp",)),
        (("IMG_1.PNG",), ()),
    ]


def test_everything_of_one_shot_is_one_bundle() -> None:
    names = ("IMG_1.AAE", "IMG_1.CR3", "IMG_1.CR3.xmp", "IMG_1.JPG", "IMG_1.MOV")
    assert bundles(*names) == [(("IMG_1.CR3", "IMG_1.JPG"), (names[0], names[2], names[4]))]


def test_names_that_are_not_utf8() -> None:
    photo, sidecar = os.fsdecode(b"\xff\xfe.jpg"), os.fsdecode(b"\xff\xfe.jpg.xmp")
    assert bundles(photo, sidecar) == [((photo,), (sidecar,))]


def write_live_photo(folder: Path, still: str, video: str) -> tuple[Path, Path]:
    still_path, video_path = folder / still, folder / video
    still_path.write_bytes(b"\xff\xd8 exif Apple iOS\0\0\1MM ... " + IDENTIFIER.encode() + b"\0..")
    video_path.write_bytes(
        b"ftypqt  " + bytes(3 << 20) + b"com.apple.quicktime.content.identifier\0data"
        b"\0\0\0\1\0\0\0\0" + IDENTIFIER.encode()
    )
    return still_path, video_path


def test_a_live_photo_is_told_by_its_identifier(tmp_path: Path) -> None:
    still, video = write_live_photo(tmp_path, "IMG_1.JPG", "renamed.mov")
    (tmp_path / "IMG_2.JPG").write_bytes(b"another")
    (tmp_path / "holiday.mov").write_bytes(b"another")
    found = find_bundles(tmp_path.iterdir(), read_content_identifier)
    assert found[0] == Bundle((still,), (video,))
    assert found[1].companions == ()


def test_two_stills_of_one_identifier_leave_the_video(tmp_path: Path) -> None:
    still, _ = write_live_photo(tmp_path, "IMG_1.JPG", "renamed.mov")
    (tmp_path / "IMG_2.JPG").write_bytes(still.read_bytes())
    found = find_bundles(tmp_path.iterdir(), read_content_identifier)
    assert [bundle.companions for bundle in found] == [(), ()]


def test_identifiers_are_not_read_where_names_suffice() -> None:
    def refuse(path: Path) -> str | None:
        raise AssertionError(path)

    files = [Path("/p/IMG_1.JPG"), Path("/p/IMG_1.MOV"), Path("/p/IMG_1.xmp")]
    assert find_bundles(files, refuse) == [Bundle((files[0],), (files[1], files[2]))]


def test_a_file_without_identifier_has_none(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(IDENTIFIER.encode())
    assert read_content_identifier(tmp_path / "a.jpg") is None
    assert read_content_identifier(tmp_path / "gone.mov") is None


def test_what_is_worth_something_alone() -> None:
    assert is_unique_content(Path("IMG_1.MOV"))
    assert is_unique_content(Path("IMG_1.NEF"))
    assert not is_unique_content(Path("IMG_1.xmp"))
