#!/bin/sh
# Makes a disk image with the application and a link to the Applications folder beside it.
#
#     packaging/macos/make_dmg.sh dist/photodedup.app dist/photodedup-0.1.0-macos-arm64.dmg
#
# With SIGNING_IDENTITY ("Developer ID Application: ...") the application is signed for other
# people's machines, and with NOTARY_PROFILE (made with "xcrun notarytool store-credentials") the
# image is notarised. Without them it is signed for this machine only: others then have to open it
# the first time through System Settings, Privacy and Security.
set -eu
app=$1
image=$2
here=$(cd "$(dirname "$0")" && pwd)
identity=${SIGNING_IDENTITY:--}

if [ "$identity" = - ]; then
    codesign --force --deep --sign - "$app"
else
    codesign --force --deep --options runtime --timestamp \
        --entitlements "$here/entitlements.plist" --sign "$identity" "$app"
fi
codesign --verify --deep --strict "$app"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
ditto "$app" "$stage/photodedup.app"
ln -s /Applications "$stage/Applications"
rm -f "$image"
hdiutil create -quiet -volname photodedup -srcfolder "$stage" -format UDZO -fs HFS+ "$image"
if [ -n "${NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$image" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$image"
fi
