"""What goes into the package and what stays out; photodedup.spec asks this."""

import re
from pathlib import Path

LANGUAGES = ("en", "ko")

# Python packages that hooks or optional imports of libraries would bring along.
EXCLUDED = [
    "IPython", "jinja2", "matplotlib", "onnx", "onnxruntime.quantization", "onnxruntime.tools",
    "onnxruntime.transformers", "pandas", "pip", "pytest", "readline", "scipy", "setuptools",
    "sympy", "tkinter", "torch", "unittest",
    "PIL.ImageTk", "PIL.ImageQt",
    "PySide6.QtOpenGL", "PySide6.QtQml", "PySide6.QtQuick",
]  # fmt: skip

# Files that come with what is needed, and are not needed themselves. Paths inside the package,
# with forward slashes.
UNUSED = re.compile(
    r"""
      /plugins/(?:
          egldeviceintegrations | generic | networkinformation | qmltooling | sqldrivers | tls
        | wayland-graphics-integration-(?:client|server) | xcbglintegrations | printsupport
      )/
    | /plugins/platforms/[^/]*(?:eglfs|linuxfb|minimal|vkkhrdisplay|vnc|direct2d)
    | /plugins/platforminputcontexts/[^/]*virtualkeyboard
    | /plugins/imageformats/[^/]*(?:pdf|icns|tga|wbmp)
    | Qt6?(?:OpenGL|OpenGLWidgets|Pdf|Qml\w*|Quick\w*|VirtualKeyboard\w*|EglF[Ss]\w*)
        (?:\.so|\.dll|\.framework|\.abi3|\.pyd|\.dylib|/)
    | /PySide6/.*translations/(?!qtbase_(?:LANGUAGES)\.qm$)[^/]*\.qm$
    | opencv_videoio_ffmpeg | /cv2/(?:data|samples)/ | haarcascade
    | /onnxruntime/capi/libonnxruntime\.(?:so|[\d.]*dylib)  # for C
    | onnxruntime_providers_tensorrt
    | opengl32sw\.dll | d3dcompiler_\d+\.dll
    | (?:^|/)numpy/.*/tests/ | (?:^|/)numpy/(?:f2py|testing)/
    """.replace("LANGUAGES", "|".join(LANGUAGES)),
    re.VERBOSE,
)

# Of the building machine's own libraries, the only ones that go in: those of Python's modules, and
# small ones of Qt's window plugin that not every desktop has installed. All others (fonts, D-Bus,
# OpenGL, GTK, libstdc++) have to be those of the machine it runs on: they read its configuration or
# talk to its drivers.
FROM_BUILDER = re.compile(
    r"^lib(?:python[\d.]+|ffi|sqlite3|crypto|ssl|lzma|bz2|xkbcommon|xkbcommon-x11"
    r"|xcb-(?:cursor|icccm|image|keysyms|randr|render|render-util|shape|shm|sync|util|xfixes|xkb)"
    r")\.so"
)


SYSTEM_LIBRARY = re.compile(r"^(?:/usr)?/lib(?:64)?/(?:[\w-]+-linux-gnu/)?lib[^/]+$")


def is_wanted(entry: tuple[str, str, str]) -> bool:
    """Whether an entry (path inside, path outside, kind) of the analysis goes into the package."""
    inside, source, _kind = entry
    inside = inside.replace("\\", "/")
    if UNUSED.search(f"/{inside}"):
        return False
    return not SYSTEM_LIBRARY.match(source) or bool(FROM_BUILDER.match(Path(inside).name))
