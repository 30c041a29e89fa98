"""Pixels for the verifier: descriptions from kept previews, larger pixels from the files."""

import functools
import threading
from collections import OrderedDict

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.decode import Limits, decode_photo
from photodedup.core.evidence import Description, gray_of, half_of
from photodedup.core.prepare import PreparedPhoto
from photodedup.core.preview_jpeg import gray_of_jpeg, pixels_of_jpeg
from photodedup.core.records import Photo
from photodedup.core.store import CacheStore

Pixels = npt.NDArray[np.uint8]

PREVIEW_PX = 400  # long side
cv2.setNumThreads(1)  # pairs are verified in parallel; threads within one would only contend
KEPT_DESCRIPTIONS = 600  # a few hundred KB each
KEPT_GLANCES = 20_000  # 20 KB each; finding one takes as long as comparing ten


def describe_jpeg(preview_jpeg: bytes) -> Description:
    """The description of a preview that prepare_photo made."""
    return Description(
        lambda: gray_of_jpeg(preview_jpeg), lambda: half_of(pixels_of_jpeg(preview_jpeg))
    )


class PreviewSource:
    """Gives what verification needs of a photo; any thread may ask."""

    def __init__(self, store: CacheStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._descriptions: OrderedDict[bytes, Description] = OrderedDict()
        self._whole: OrderedDict[bytes, Description] = OrderedDict()  # that were not shrunk

    def describe(self, photo: Photo) -> Description:
        """The description of a photo's preview; most candidates need only a glance of it."""
        with self._lock:
            made = self._descriptions.get(photo.digest)
            if made is None:
                made = self._describe(photo)
                self._remember(photo, made)
            for kept in (self._descriptions, self._whole):
                if photo.digest in kept:
                    kept.move_to_end(photo.digest)
            return made

    def keep_glance(self, prepared: PreparedPhoto) -> None:
        """Keep what its reader saw at a glance: by another process, while others are read."""
        made = self._describe(prepared.photo)
        made.keep_glance(prepared.glance, prepared.preview_size)
        with self._lock:
            self._remember(prepared.photo, made)

    def _remember(self, photo: Photo, made: Description) -> None:
        self._descriptions[photo.digest] = made
        if len(self._descriptions) > KEPT_GLANCES:
            self._descriptions.popitem(last=False)

    def _describe(self, photo: Photo) -> Description:
        return Description(
            functools.partial(self._load_gray, photo), functools.partial(self._load_colour, photo)
        )

    def _load_gray(self, photo: Photo) -> Pixels:
        self._keep_whole(photo)
        try:
            return gray_of_jpeg(self._store.preview(photo.digest) or b"")
        except (ValueError, cv2.error):  # evicted, or damaged on the disk: decoded again
            return gray_of(self.load_pixels(photo, PREVIEW_PX))

    def _load_colour(self, photo: Photo) -> Pixels:
        self._keep_whole(photo)
        try:
            return half_of(pixels_of_jpeg(self._store.preview(photo.digest) or b""))
        except (ValueError, cv2.error):
            return half_of(self.load_pixels(photo, PREVIEW_PX))

    def _keep_whole(self, photo: Photo) -> None:
        """Count a photo among those whose pixels are kept, and let go of others' if need be."""
        with self._lock:
            if (loading := self._descriptions.get(photo.digest)) is not None:
                self._whole[photo.digest] = loading
            if len(self._whole) > KEPT_DESCRIPTIONS:
                self._whole.popitem(last=False)[1].shrink()

    def load_pixels(self, photo: Photo, longest_px: int | None) -> Pixels:
        """(H, W, 3) uint8 sRGB from the file, long side about longest_px (None: full size).

        Raises PhotoError if the file cannot be read any more.
        """
        limits = Limits.enough_for(photo.width * photo.height, photo.file.size_bytes)
        rgb = decode_photo(photo.path, longest_px, limits).rgb
        longest = max(rgb.shape[:2])
        if longest_px is None or longest <= longest_px:
            return rgb
        height, width = rgb.shape[:2]
        size = (max(1, width * longest_px // longest), max(1, height * longest_px // longest))
        return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
