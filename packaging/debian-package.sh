#!/bin/sh
# Makes a Debian package of what "npm run build" has built: packaging/debian-package.sh [FOLDER]. Prints the path of the package.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.}
version=$(node -p 'require("./package.json").version')
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
umask 022

lib=$root/usr/lib/tapfilter
doc=$root/usr/share/doc/tapfilter
mkdir -p "$lib/dist" "$doc" "$root/DEBIAN" "$root/usr/bin" "$root/etc/tapfilter" "$root/usr/share/man/man1" \
  "$root/usr/lib/systemd/system" "$root/usr/lib/sysusers.d" "$root/usr/share/bash-completion/completions" \
  "$root/usr/share/zsh/vendor-completions" "$root/usr/share/fish/vendor_completions.d"

cp -r dist/tapfilter.js dist/filter-worker.js dist/chunks "$lib/dist/"
cp -r rules package.json "$lib/"
ln -s ../lib/tapfilter/dist/tapfilter.js "$root/usr/bin/tapfilter"
gzip -9nc dist/share/tapfilter.1 >"$root/usr/share/man/man1/tapfilter.1.gz"
cp dist/share/tapfilter.bash "$root/usr/share/bash-completion/completions/tapfilter"
cp dist/share/_tapfilter "$root/usr/share/zsh/vendor-completions/"
cp dist/share/tapfilter.fish "$root/usr/share/fish/vendor_completions.d/"
cp contrib/systemd/tapfilter@.service contrib/systemd/tapfilter@.socket "$root/usr/lib/systemd/system/"
cp contrib/systemd/tapfilter.sysusers.conf "$root/usr/lib/sysusers.d/tapfilter.conf"
cp -r docs README.md contrib/prometheus contrib/grafana "$doc/"
gzip -9nc CHANGELOG.md >"$doc/CHANGELOG.md.gz"
cp dist/share/third-party-licenses.txt "$doc/"
cat >"$doc/copyright" <<'END'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tapfilter

Files: *
Copyright: the authors of tapfilter
License: Apache-2.0
 On Debian systems the text of this license is in /usr/share/common-licenses/Apache-2.0.
Comment:
 What others have written and is part of the command has its licenses in third-party-licenses.txt beside this file.
END

cat >"$root/DEBIAN/control" <<END
Package: tapfilter
Version: $version
Architecture: all
Maintainer: the authors of tapfilter <tapfilter@localhost>
Installed-Size: $(du -ks "$root" | cut -f1)
Depends: nodejs (>= 20.19)
Recommends: systemd
Section: net
Priority: optional
Description: privacy filter and anonymizing relay for dnstap
 Applies rules to what name servers log by dnstap, in captures or between a
 name server and a capture daemon, so that a capture can be shared: clients
 get pseudonyms or go, and DNS messages are cleaned.
END
cat >"$root/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
  if command -v systemd-sysusers >/dev/null; then systemd-sysusers tapfilter.conf
  elif ! getent passwd tapfilter >/dev/null; then
    useradd --system --user-group --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin tapfilter
  fi
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
fi
END
cat >"$root/DEBIAN/prerm" <<'END'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl stop 'tapfilter@*.socket' 'tapfilter@*.service'; fi
END
chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm"

package=$folder/tapfilter_${version}_all.deb
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
