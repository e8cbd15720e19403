#!/usr/bin/env bash
# Makes a Debian package of a built midwatch, with what Debian has anyway: dpkg-deb, gzip, md5sum.
#   packaging/deb.sh [BINARY] [FOLDER]        left out: target/release/midwatch and target
# The same binary gives the same package, byte for byte.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
binary=${1:-target/release/midwatch}
folder=${2:-target}

[ -x "$binary" ] || { echo "deb.sh: no program at $binary: cargo build --release makes one" >&2; exit 1; }
version=$("$binary" --version | cut -d' ' -f2)
architecture=$(dpkg --print-architecture)
# the newest function of the C library that it calls
libc=$(grep -ao 'GLIBC_2\.[0-9]*' "$binary" | sort -uV | tail -n 1 | cut -d_ -f2)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml)}
export SOURCE_DATE_EPOCH

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
doc=$root/usr/share/doc/midwatch

install -D -m 755 "$binary" "$root/usr/bin/midwatch"
packaging/pages.sh "$root/usr/share" "$root/usr/bin/midwatch"
mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
gzip -9n "$root/usr/share/man/man1/midwatch.1"
install -D -m 644 packaging/midwatch-wall.service "$root/usr/lib/systemd/user/midwatch-wall.service"
install -D -m 644 README.md "$doc/README.md"
install -D -m 644 CHANGELOG.md "$doc/changelog"
gzip -9n "$doc/changelog"
install -D -m 644 packaging/copyright "$doc/copyright"
sed 's/^$/./; s/^/ /' LICENSE >>"$doc/copyright"
# to read and to start from: the program has its own within it
for kind in themes systems; do
  (cd "$kind" && find . -type f \( -name '*.toml' -o -name '*.md' \) -exec install -D -m 644 {} "$doc/$kind/{}" \;)
done

mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: midwatch
Version: $version
Section: admin
Priority: optional
Architecture: $architecture
Depends: libc6 (>= ${libc:-2.34}), libgcc-s1
Recommends: ca-certificates, tmux
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)
Maintainer: The midwatch authors <midwatch@localhost>
Description: terminal dashboard for whoever is on call
 Polls a production system, says in one line what is wrong, since when and
 which runbook that is, and runs the recovery step by step, each proved by
 its effect. A wall for a screen across the room, one-shot checks for scripts.
END
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$folder"
package=$folder/midwatch_${version}_$architecture.deb
dpkg-deb --root-owner-group -Z"${DEB_COMPRESSION:-xz}" --build "$root" "$package" >/dev/null
echo "$package"
