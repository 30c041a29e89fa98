"""Pixels for the verifier: descriptions from kept previews, larger pixels from the files."""

import threading
from collections import OrderedDict

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.decode import decode_photo
from photodedup.core.records import Photo
from photodedup.core.store import CacheStore
from photodedup.core.verify import Description, describe

PREVIEW_PX = 400  # long side
cv2.setNumThreads(1)  # pairs are verified in parallel; threads within one would only contend
KEPT_DESCRIPTIONS = 600  # a few hundred KB each


def description_of_jpeg(preview_jpeg: bytes) -> Description:
    """The description of a preview that workers.prepare_photo made. Raises ValueError if not."""
    bgr = cv2.imdecode(np.frombuffer(preview_jpeg, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError("not a preview")
    return describe(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8))


class PreviewSource:
    """Gives what verification needs of a photo; any thread may ask."""

    def __init__(self, store: CacheStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._descriptions: OrderedDict[bytes, Description] = OrderedDict()

    def describe(self, photo: Photo) -> Description:
        """The description of a photo's preview. Raises PhotoError if neither can be read."""
        with self._lock:
            known = self._descriptions.get(photo.digest)
            if known is not None:
                self._descriptions.move_to_end(photo.digest)
                return known
        try:
            made = description_of_jpeg(self._store.preview(photo.digest) or b"")
        except (ValueError, cv2.error):  # evicted, or damaged on the disk: decoded again
            made = describe(self.load_pixels(photo, PREVIEW_PX))
        with self._lock:
            self._descriptions[photo.digest] = made
            if len(self._descriptions) > KEPT_DESCRIPTIONS:
                self._descriptions.popitem(last=False)
        return made

    def load_pixels(self, photo: Photo, longest_px: int | None) -> npt.NDArray[np.uint8]:
        """(H, W, 3) uint8 sRGB from the file, long side about longest_px (None: full size).

        Raises PhotoError if the file cannot be read any more.
        """
        rgb = decode_photo(photo.path, longest_px).rgb
        longest = max(rgb.shape[:2])
        if longest_px is None or longest <= longest_px:
            return rgb
        height, width = rgb.shape[:2]
        size = (max(1, width * longest_px // longest), max(1, height * longest_px // longest))
        return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
