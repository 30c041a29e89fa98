#!/bin/sh
# Puts this folder's program into the desktop's menu, for this user alone; --remove takes it off.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/photodedup.desktop
icon=$data/icons/hicolor/256x256/apps/photodedup.png

refresh() {
    if command -v update-desktop-database >/dev/null; then
        update-desktop-database -q "$data/applications" || true
    fi
}

if [ "${1:-}" = --remove ]; then
    rm -f "$entry" "$icon"
    refresh
    echo "photodedup is off the menu; delete $here to be rid of it."
    exit
fi
mkdir -p "$(dirname "$entry")" "$(dirname "$icon")"
cp "$here/photodedup.png" "$icon"
# In a quoted word of an Exec line a backslash stands before each quote, dollar, backquote and
# backslash, and a percent is doubled; in any value of the file, backslashes are doubled again.
quoted=$(printf %s "$here" | sed -e 's/[\\"$`]/\\&/g' -e 's/%/%%/g' -e 's/\\/\\\\/g')
escaped=$(printf %s "$quoted" | sed -e 's/[\\&|]/\\&/g')
sed -e "s|^Exec=photodedup-window|Exec=\"$escaped/photodedup-window\"|" -e '/^TryExec=/d' \
    "$here/photodedup.desktop" >"$entry"
refresh
echo "photodedup is in the menu now."
