"""What a person does with the installed window; runs in the clean root that try_deb.py made.

Uses the system's Python with GTK and AT-SPI, and xdotool for the hands. Arguments: a folder.
Writes welcome.png, groups.png and figures.json into the home folder.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import gi

gi.require_version("Atspi", "2.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Atspi, Gdk, GLib, Gtk  # noqa: E402

HOME = Path.home()
ENTRY = "/usr/share/applications/photodedup.desktop"
START_LIMIT_S = 60
SCAN_LIMIT_S = 600
SETTLED_S = 20
CLOSE_LIMIT_S = 60
FOUND = re.compile(r"\((\d+)\)$")  # "Duplicates (17)", in any language


def xdotool(*words):
    """Run xdotool; what it prints."""
    ran = subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True, check=True)
    return ran.stdout.split()


def start_from_entry():
    """Start the program as a double-click does; the window's id and the seconds until it shows."""
    began = time.monotonic()
    subprocess.run(["gio", "launch", ENTRY], check=True)
    while time.monotonic() - began < START_LIMIT_S:
        shown = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--class", "photodedup"],
            capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        if shown:
            return shown[-1], time.monotonic() - began
        time.sleep(0.05)
    raise SystemExit("the window did not appear")


def process_of(window):
    """The program's process."""
    return int(xdotool("getwindowpid", window)[0])


def processor_s(pid):
    """Seconds of processor time that a process has taken, however busy the machine is."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return round((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), 2)


def memory_mb(pid):
    """Megabytes of a process, then of its children: what no other shares, and a share of the rest.

    Only of those that have not ended.
    """
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout
    found = []
    for each in (str(pid), *children.split()):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            found.append(int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1000)
        except (OSError, TypeError):
            continue  # it has ended, or is ending and has no memory any more
    return found


def drop_folder(folder, window):
    """Drag the folder from a window of its own, as from a file manager, onto the program's."""
    source = Gtk.Window(title="source")
    source.set_default_size(160, 120)
    box = Gtk.EventBox()
    box.add(Gtk.Label(label=Path(folder).name))
    source.add(box)
    targets = [Gtk.TargetEntry.new("text/uri-list", 0, 0)]
    box.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, targets, Gdk.DragAction.COPY)
    uri = GLib.filename_to_uri(folder, None)
    box.connect("drag-data-get", lambda _w, _c, data, _i, _t: data.set_uris([uri]))
    box.connect("drag-end", lambda *_: GLib.timeout_add(500, Gtk.main_quit))
    source.show_all()
    source.move(0, 0)
    GLib.timeout_add(1500, lambda: subprocess.Popen(hand(window)) and False)
    GLib.timeout_add_seconds(30, Gtk.main_quit)
    Gtk.main()
    source.destroy()
    while Gtk.events_pending():
        Gtk.main_iteration()


def hand(window):
    """One xdotool call that presses on the source, moves to the window's middle and lets go."""
    at = dict(
        word.split("=") for word in xdotool("getwindowgeometry", "--shell", window) if "=" in word
    )
    x = int(at["X"]) + int(at["WIDTH"]) // 2
    y = int(at["Y"]) + int(at["HEIGHT"]) // 2
    words = ["xdotool", "mousemove", "80", "80", "sleep", "0.3", "mousedown", "1"]
    for step in range(1, 11):
        words += ["mousemove", str(80 + (x - 80) * step // 10), str(80 + (y - 80) * step // 10)]
        words += ["sleep", "0.1"]
    return [*words, "sleep", "0.5", "mouseup", "1"]


def tab_names():
    """The names of the program's tabs, as a screen reader is told them."""
    found = []
    desktop = Atspi.get_desktop(0)
    waiting = [desktop.get_child_at_index(n) for n in range(desktop.get_child_count())]
    while waiting:
        here = waiting.pop()
        if here is None:
            continue
        try:
            if here.get_role() == Atspi.Role.PAGE_TAB:
                found.append(here.get_name())
            if here.get_role() != Atspi.Role.TABLE:
                waiting += [here.get_child_at_index(n) for n in range(here.get_child_count())]
        except GLib.Error:
            continue  # it went while we looked
    return found


def wait_for_groups(pid):
    """Wait until the counts on the tabs stay as they are: groups appear while the scan goes on.

    The counts, the most memory seen meanwhile (of all processes, of one child), and the seconds
    until the last change.
    """
    began, before, changed_s = time.monotonic(), [], 0.0
    most = most_child = 0.0
    while (now_s := time.monotonic() - began) < SCAN_LIMIT_S:
        memory = memory_mb(pid)
        most = max(most, sum(memory))
        most_child = max(most_child, *memory[1:], 0.0)
        counts = [int(found[1]) for name in tab_names() if (found := FOUND.search(name))]
        if counts != before:
            before, changed_s = counts, now_s
        elif counts and now_s - changed_s > SETTLED_S:
            return counts, most, most_child, changed_s
        time.sleep(0.5)
    raise SystemExit(f"no groups appeared; the tabs are {tab_names()}")


def is_running(pid):
    """Whether a process is there and has not ended; nobody here waits for those that have."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def close(window, pid):
    """Close the window as its keyboard does, and wait for the program's end."""
    xdotool("windowactivate", "--sync", window, "key", "ctrl+q")
    deadline = time.monotonic() + CLOSE_LIMIT_S
    while is_running(pid):
        if time.monotonic() > deadline:
            raise SystemExit("the program did not end")
        time.sleep(0.1)


def picture(name):
    """A picture of the whole screen."""
    subprocess.run(["scrot", "--overwrite", str(HOME / name)], check=True)


def main():
    """Start, look, drop, wait, look, close."""
    os.makedirs(os.environ["XDG_RUNTIME_DIR"], mode=0o700, exist_ok=True)
    os.environ["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
    manager = subprocess.Popen(["openbox"])
    window, cold_s = start_from_entry()
    pid = process_of(window)
    processor = processor_s(pid)
    time.sleep(3)
    idle = sum(memory_mb(pid))
    picture("welcome.png")
    drop_folder(sys.argv[1], window)
    counts, most, most_child, scan_s = wait_for_groups(pid)
    time.sleep(3)
    after = sum(memory_mb(pid))
    picture("groups.png")
    close(window, pid)
    window, warm_s = start_from_entry()
    time.sleep(3)
    close(window, process_of(window))
    manager.terminate()
    figures = {
        "seconds to the window, first start": round(cold_s, 2),
        "seconds to the window, second start": round(warm_s, 2),
        "processor seconds to the window, first start": processor,
        "MB idle": round(idle),
        "MB most while scanning": round(most),
        "MB most of one worker": round(most_child),
        "MB after the scan": round(after),
        "seconds from drop to groups": round(scan_s, 1),
        "counts on the tabs": counts,
    }
    (HOME / "figures.json").write_text(json.dumps(figures, indent=1))


main()
