from pathlib import Path

import pytest

from photodedup.core.execute import ApplyOptions
from photodedup.core.obstacles import Obstacle
from photodedup.core.plan import Plan
from photodedup.core.records import Metadata, Relation
from photodedup.core.sidecar_xmp import WorthKeeping, build_xmp, collect, read_packet, read_xmp
from tests.core.clearing_desk import Desk, obstacles
from tests.core.clearing_made import changes, group_of, photo_of, tree_of

EVERYTHING = WorthKeeping(
    rating=5,
    keywords=("beach & sea", "été", "<b>"),
    latitude=-33.8568,
    longitude=151.2153,
    captured_at="2020-05-06T07:08:09.123",
)


@pytest.mark.parametrize(
    "worth",
    [
        EVERYTHING,
        WorthKeeping(rating=1),
        WorthKeeping(keywords=("one",)),
        WorthKeeping(latitude=0.0, longitude=-0.000001),
    ],
)
def test_what_is_written_is_read_back(worth: WorthKeeping) -> None:
    found = read_xmp(build_xmp(worth))
    assert (found.rating, found.keywords, found.captured_at) == (
        worth.rating,
        worth.keywords,
        worth.captured_at,
    )
    if worth.latitude is None or worth.longitude is None:
        assert found.latitude is found.longitude is None
    else:
        assert found.latitude == pytest.approx(worth.latitude, abs=1e-8)
        assert found.longitude == pytest.approx(worth.longitude, abs=1e-8)


def test_properties_as_elements_and_as_attributes() -> None:
    """Lightroom writes attributes, digiKam elements; both are XMP."""
    packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
    <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
     xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" exif:GPSLatitude="51,30,30N"
     exif:GPSLongitude="0,7.5W"><xmp:Rating>3</xmp:Rating><dc:subject><rdf:Bag>
     <rdf:li>a</rdf:li><rdf:li> b </rdf:li><rdf:li/></rdf:Bag></dc:subject>
     </rdf:Description></rdf:RDF></x:xmpmeta>"""
    found = read_xmp(packet)
    assert found.rating == 3
    assert found.keywords == ("a", "b")
    assert found.latitude == pytest.approx(51 + 30.5 / 60)
    assert found.longitude == pytest.approx(-0.125)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"<x:xmpmeta",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b'<a xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="inf"/>',
        b'<a xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="-1"/>',
        b'<a xmlns:e="http://ns.adobe.com/exif/1.0/" e:GPSLatitude="99,0N" e:GPSLongitude="1,0E"/>',
        b'<a xmlns:e="http://ns.adobe.com/exif/1.0/" e:GPSLatitude="9,0N"/>',
        b'<a xmlns:e="http://ns.adobe.com/exif/1.0/" e:DateTimeOriginal="yesterday"/>',
    ],
)
def test_a_damaged_or_hostile_packet_says_nothing(packet: bytes) -> None:
    assert not read_xmp(packet)


def test_the_packet_is_found_inside_a_photo(tmp_path: Path) -> None:
    packet = build_xmp(EVERYTHING).split(b"\n", 1)[1].strip()
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"\xff\xd8 exif \xff\xe1" + packet + b"\xff\xd9")
    assert read_packet(photo) == packet
    photo.write_bytes(b"\xff\xd8 no packet \xff\xd9")
    assert read_packet(photo) is None
    assert read_packet(tmp_path / "gone.jpg") is None


def test_only_what_the_keeper_lacks_is_worth_keeping() -> None:
    keeper = WorthKeeping(rating=2, keywords=("beach & sea",), latitude=1.0, longitude=1.0)
    lacking = EVERYTHING.lacking_in(keeper)
    assert lacking == WorthKeeping(keywords=("été", "<b>"), captured_at=EVERYTHING.captured_at)
    assert not keeper.lacking_in(EVERYTHING).keywords
    assert not EVERYTHING.lacking_in(EVERYTHING)


def test_metadata_and_packets_are_joined() -> None:
    own = Metadata(rating=0, latitude=1.0, longitude=2.0)
    packets = [
        build_xmp(WorthKeeping(rating=2)),
        build_xmp(WorthKeeping(rating=4, keywords=("k",))),
    ]
    found = collect(own, packets)
    assert found == WorthKeeping(rating=4, keywords=("k",), latitude=1.0, longitude=2.0)
    assert found.describe() == "rating 4, GPS position, keywords k"


def plan_with_rating(desk: Desk) -> Plan:
    keeper, copy = desk.photo("a/keeper.jpg"), desk.photo("b/copy.jpg")
    rated = photo_of(copy, metadata=Metadata(rating=5))
    return desk.plan(group_of(photo_of(keeper), [(rated, Relation.IDENTICAL_FILE)]))


def test_a_sidecar_is_written_on_request_and_taken_back(desk: Desk) -> None:
    plan = plan_with_rating(desk)
    before = tree_of(desk.root)
    report = desk.apply(plan, ApplyOptions(write_sidecars=True))
    sidecar = desk.root / "a/keeper.jpg.xmp"
    assert report.left == ()
    assert read_xmp(sidecar.read_bytes()) == WorthKeeping(rating=5)
    assert desk.undo().left == ()
    assert not changes(before, tree_of(desk.root))


def test_no_sidecar_without_request(desk: Desk) -> None:
    desk.apply(plan_with_rating(desk))
    assert not (desk.root / "a/keeper.jpg.xmp").exists()


@pytest.mark.parametrize("name", ["keeper.jpg.xmp", "keeper.xmp"])
def test_a_sidecar_of_the_users_is_not_changed(desk: Desk, name: str) -> None:
    plan = plan_with_rating(desk)
    (desk.root / "a" / name).write_text("mine")
    report = desk.apply(plan, ApplyOptions(write_sidecars=True))
    assert obstacles(report) == {"keeper.jpg.xmp": Obstacle.HAS_SIDECAR}
    assert (desk.root / "a" / name).read_text() == "mine"


def test_no_sidecar_in_a_protected_folder(desk: Desk) -> None:
    options = ApplyOptions(write_sidecars=True, protected=(desk.root / "a",))
    report = desk.apply(plan_with_rating(desk), options)
    assert obstacles(report) == {"keeper.jpg.xmp": Obstacle.PROTECTED}
    assert len(report.done) == 1


def test_a_sidecar_that_was_edited_since_stays(desk: Desk) -> None:
    desk.apply(plan_with_rating(desk), ApplyOptions(write_sidecars=True))
    sidecar = desk.root / "a/keeper.jpg.xmp"
    sidecar.write_text("edited")
    assert obstacles(desk.undo()) == {"keeper.jpg.xmp": Obstacle.CHANGED}
    assert sidecar.read_text() == "edited"
    assert (desk.root / "b/copy.jpg").exists()
