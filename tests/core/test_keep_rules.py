import itertools
import os
import random
from pathlib import Path

import pytest
from msgspec.structs import replace

from photodedup.core.keep_rules import (
    Criterion,
    KeepRules,
    Ranker,
    is_protected,
    keep_criteria,
    keep_order,
    keep_reason,
)
from photodedup.core.records import Metadata, Photo, PhotoFile
from tests.records_made import make_photo


def photo(
    path: str = "/p/a.jpg",
    *,
    size: tuple[int, int] = (4000, 3000),
    size_bytes: int = 3_000_000,
    mtime_s: int = 1_600_000_000,
    damaged: bool = False,
    sharpness: float = 100.0,
    kind: str = "JPEG",
    metadata: Metadata | None = None,
) -> Photo:
    return Photo(
        file=PhotoFile(Path(path), size_bytes, mtime_s * 1_000_000_000, 1, 1),
        digest=path.encode("utf-8", "surrogateescape"),
        pixel_digest=b"",
        format=kind,
        width=size[0],
        height=size[1],
        damaged=damaged,
        sharpness=sharpness,
        metadata=metadata or Metadata(jpeg_quality=90),
    )


PLAIN = photo()
BETTER = {
    Criterion.UNDAMAGED: (PLAIN, photo("/p/b.jpg", damaged=True)),
    Criterion.PROTECTED: (photo("/safe/a.jpg"), PLAIN),
    Criterion.PREFERRED_FOLDER: (photo("/best/a.jpg"), PLAIN),
    Criterion.CAMERA_ORIGINAL: (photo("/p/b.jpg", metadata=Metadata(camera="Nikon D90")), PLAIN),
    Criterion.PIXELS: (photo("/p/b.jpg", size=(4200, 3150)), PLAIN),
    Criterion.COMPRESSION: (photo("/p/b.jpg", metadata=Metadata(jpeg_quality=97)), PLAIN),
    Criterion.METADATA: (
        photo("/p/b.jpg", metadata=Metadata(jpeg_quality=90, latitude=1.0, longitude=2.0)),
        PLAIN,
    ),
    Criterion.SHARPNESS: (photo("/p/b.jpg", sharpness=150.0), PLAIN),
    Criterion.OLDER: (photo("/p/b.jpg", mtime_s=1_500_000_000), PLAIN),
    Criterion.NEWER: (photo("/p/b.jpg", mtime_s=1_700_000_000), PLAIN),
    Criterion.NAME: (PLAIN, photo("/p/a (1).jpg")),
    Criterion.SHORTER_PATH: (PLAIN, photo("/p/longer/a.jpg")),
}
FOLDERS = KeepRules(protected=(Path("/safe"),), preferred=(Path("/best"),))


@pytest.mark.parametrize("criterion", list(Criterion))
def test_each_criterion_alone_prefers_the_better(criterion: Criterion) -> None:
    better, worse = BETTER[criterion]
    rules = KeepRules((criterion,), FOLDERS.protected, FOLDERS.preferred)
    assert keep_order([worse, better], rules) == [better, worse]
    assert keep_criteria(better, [worse], rules) == (criterion,)
    assert keep_criteria(worse, [better], rules) == ()


def random_photos(number: int, seed: int) -> list[Photo]:
    rng = random.Random(seed)
    return [
        photo(
            f"/{rng.choice(['p', 'safe', 'best'])}/{n}{rng.choice(['', ' copy', ' (2)'])}.jpg",
            size=rng.choice([(4000, 3000), (4010, 3000), (4020, 3010), (2000, 1500)]),
            mtime_s=1_600_000_000 + rng.randrange(4),
            damaged=rng.random() < 0.1,
            sharpness=rng.choice([0.0, 100.0, 101.0, 103.0]),
            metadata=Metadata(
                captured_at=rng.choice([None, "2020-09-13T12:26:40", "2020-09-13T12:26:40.5"]),
                camera=rng.choice([None, "Canon"]),
                rating=rng.choice([None, 0, 5]),
                jpeg_quality=rng.choice([None, 70, 90, 91]),
                is_raw=rng.random() < 0.1,
            ),
        )
        for n in range(number)
    ]


@pytest.mark.parametrize("criteria", [KeepRules().criteria, tuple(Criterion)])
def test_the_order_does_not_depend_on_the_order_of_the_files(
    criteria: tuple[Criterion, ...],
) -> None:
    rules = KeepRules(criteria, FOLDERS.protected, FOLDERS.preferred)
    photos = random_photos(60, seed=1)
    expected = keep_order(photos, rules)
    for seed in range(20):
        shuffled = photos[:]
        random.Random(seed).shuffle(shuffled)
        assert keep_order(shuffled, rules) == expected


@pytest.mark.parametrize("seed", range(8))
def test_the_order_is_that_of_all_ranks_in_a_row(seed: int) -> None:
    criteria = list(Criterion)
    random.Random(seed).shuffle(criteria)
    rules = KeepRules(tuple(criteria[: 2 + seed]), FOLDERS.protected, FOLDERS.preferred)
    photos = random_photos(200, seed)
    assert keep_order(photos, rules) == sorted(photos, key=Ranker(rules).key)


def test_part_of_the_photos_keeps_the_order_of_the_whole() -> None:
    """Transitive: the winner of any pair is the one that comes first among all."""
    photos = keep_order(random_photos(40, seed=2), FOLDERS)
    for first, second in itertools.combinations(photos, 2):
        assert keep_order([second, first], FOLDERS) == [first, second]


def test_equal_photos_are_ordered_by_the_bytes_of_their_paths() -> None:
    names = ["/p/b.jpg", "/p/a.jpg", os.fsdecode(b"/p/\xff.jpg"), "/p/é.jpg"]
    ordered = keep_order([photo(name) for name in names], KeepRules(criteria=()))
    assert [os.fsencode(p.path) for p in ordered] == sorted(os.fsencode(name) for name in names)


def test_a_few_pixels_more_do_not_outweigh_a_better_compression() -> None:
    cropped_by_a_line = photo("/p/b.jpg", size=(4000, 2999), metadata=Metadata(jpeg_quality=98))
    assert keep_order([PLAIN, cropped_by_a_line], KeepRules())[0] is cropped_by_a_line
    assert keep_order([PLAIN, cropped_by_a_line], KeepRules(near_tie=0))[0] is PLAIN


def test_a_whole_copy_stays_before_a_damaged_protected_one() -> None:
    damaged = photo("/safe/a.jpg", damaged=True)
    assert keep_order([damaged, PLAIN], FOLDERS)[0] is PLAIN


def test_raw_before_camera_file_before_edited_camera_file() -> None:
    raw = photo("/p/c.nef", kind="NEF", metadata=Metadata(is_raw=True), size=(100, 100))
    camera = photo("/p/b.jpg", metadata=Metadata(camera="Canon", software="Firmware 1.02"))
    edited = photo("/p/a.jpg", metadata=Metadata(camera="Canon", software="Adobe Photoshop 25"))
    assert keep_order([edited, camera, raw], KeepRules()) == [raw, camera, edited]
    assert keep_reason(raw, [edited], KeepRules()) == "camera raw file"


def test_a_png_with_the_cameras_name_is_a_resave() -> None:
    png = photo("/p/a.png", kind="PNG", metadata=Metadata(camera="Canon"))
    jpeg = photo("/p/b.jpg", metadata=Metadata(camera="Canon", jpeg_quality=90))
    assert keep_order([png, jpeg], KeepRules())[0] is jpeg


@pytest.mark.parametrize(("small", "large"), [("JPEG", "JPEG"), ("WEBP", "WEBP"), ("HEIF", "HEIF")])
def test_without_quantisation_tables_more_bytes_are_less_compressed(small: str, large: str) -> None:
    thin = photo("/p/a.x", kind=small, size_bytes=500_000, metadata=Metadata())
    thick = photo("/p/b.x", kind=large, size_bytes=5_000_000, metadata=Metadata())
    assert keep_order([thin, thick], KeepRules((Criterion.COMPRESSION,)))[0] is thick


def test_dates_of_the_same_second_tie_and_pass_on() -> None:
    exact = photo("/p/b (1).jpg", metadata=Metadata(captured_at="2020-01-01T10:00:00.10"))
    rounded = photo("/p/a.jpg", metadata=Metadata(captured_at="2020-01-01T10:00:00"))
    assert keep_order([exact, rounded], KeepRules((Criterion.OLDER, Criterion.NAME)))[0] is rounded


def test_an_impossible_capture_date_counts_as_none() -> None:
    broken = photo("/p/b.jpg", mtime_s=1_500_000_000, metadata=Metadata(captured_at="0000-00-00"))
    assert keep_order([PLAIN, broken], KeepRules((Criterion.OLDER,)))[0] is broken


@pytest.mark.parametrize(
    "name", ["a copy.jpg", "a (1).jpg", "a_copy.jpg", "A - Kopie.jpg", "a-edited.jpg", "a~2.jpg"]
)
def test_names_of_copies(name: str) -> None:
    rules = KeepRules((Criterion.NAME,))
    copy, plain = photo(f"/p/{name}"), photo("/p/z.jpg")
    assert keep_order([copy, plain], rules)[0] is plain


@pytest.mark.parametrize("name", ["IMG_0001.jpg", "photocopy.jpg", "2020-01-02 (3rd).jpg"])
def test_ordinary_names(name: str) -> None:
    rules = KeepRules((Criterion.NAME,))
    assert keep_criteria(photo("/p/z.jpg"), [photo(f"/p/{name}")], rules) == ()


def test_preferred_folders_count_in_their_order() -> None:
    rules = KeepRules(preferred=(Path("/first"), Path("/second")))
    photos = [PLAIN, photo("/second/a.jpg"), photo("/first/a.jpg")]
    assert [p.path.parts[1] for p in keep_order(photos, rules)] == ["first", "second", "p"]


def test_the_reason_names_what_decided_against_each_other() -> None:
    keeper = photo("/p/k.jpg", metadata=Metadata(camera="Canon", jpeg_quality=90))
    smaller = photo("/p/s.jpg", size=(800, 600), metadata=Metadata(camera="Canon", jpeg_quality=50))
    assert keep_reason(keeper, [smaller, PLAIN], KeepRules()) == "original camera file, larger"


def test_the_reason_is_honest_when_nothing_decided_or_the_user_did() -> None:
    twin = photo("/p/b.jpg")
    assert keep_reason(PLAIN, [twin], KeepRules()) == "equal in every way, first by name"
    assert keep_reason(twin, [PLAIN], KeepRules()) == "chosen by hand"


def test_every_criterion_has_words() -> None:
    for criterion, (better, worse) in BETTER.items():
        rules = KeepRules((criterion,), FOLDERS.protected, FOLDERS.preferred)
        assert keep_reason(better, [worse], rules) not in {"", "chosen by hand"}


def test_protection_follows_links(tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "safe")
    assert is_protected(tmp_path / "link" / "a.jpg", [tmp_path / "safe"])
    assert not is_protected(tmp_path / "a.jpg", [tmp_path / "safe"])
    assert not is_protected(tmp_path / "a.jpg", [])


def test_bars_add_no_pixels() -> None:
    """The letterboxed copy has more pixels, the photo more picture."""
    photo = make_photo("z.jpg", width=4000, height=3000)
    letterboxed = replace(make_photo("a.jpg", width=4000, height=4000), border_share=0.25)
    assert keep_order([letterboxed, photo], KeepRules())[0] == photo
    larger = replace(make_photo("b.jpg", width=8000, height=8000), border_share=0.25)
    assert keep_order([letterboxed, photo, larger], KeepRules())[0] == larger
