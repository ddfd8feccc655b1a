# Sourced by boot.sh, with a box that has one booking: provisioned again, updated, updated to
# something bad, and cut off from power in the middle of an update.

# remake VERSION [SCRIPT]: this build's packages as another version, with another kioskd.
remake() {
    local version="$1" package part
    rm -rf "$work/remade"
    mkdir "$work/remade"
    for package in "$target"/package/*.deb; do
        part="$work/unpacked"
        rm -rf "$part"
        dpkg-deb --raw-extract "$package" "$part"
        sed -i "s/^Version: .*/Version: $version/; s/minohealth-kiosk (= [^)]*)/minohealth-kiosk (= $version)/" "$part/DEBIAN/control"
        if [ -f "$part/usr/lib/minohealth-kiosk/VERSION" ]; then
            echo "$version" >"$part/usr/lib/minohealth-kiosk/VERSION"
            if [ $# -gt 1 ]; then
                printf '#!/bin/sh\n%s\n' "$2" >"$part/usr/lib/minohealth-kiosk/kioskd"
            fi
        fi
        dpkg-deb --root-owner-group -Znone --build "$part" \
            "$work/remade/$(basename "$package" | sed "s/_[^_]*_/_${version}_/")" >/dev/null
    done
    rm -f "$work/$version.tar"
    "$target/debug/kioskctl" bundle --without-models --packages "$work/remade" \
        --sign-with "$work/release.key" --out "$work/$version.tar" >/dev/null
    inside sh -c "cat >/var/lib/$version.tar" <"$work/$version.tar"
}

runs() { [ "$(inside cat /opt/minohealth-kiosk/current/VERSION)" = "$1" ]; }
is_ready() { inside systemctl is-active --quiet kioskd; }

inside sh -c 'mkdir -p /root/stick && cp /usr/share/doc/minohealth-kiosk/sample-clinic.toml /root/stick/clinic.toml'
inside sh -c 'sed "s/^# roster = /roster = /" /usr/share/doc/minohealth-kiosk/profile.toml >/root/stick/profile.toml'
as_written 'kioskctl provision profile.toml --dry-run' || true
if inside test -e /var/lib/kiosk/provisioned.toml; then fail "a dry run provisions"; fi
# What it ends with is doctor's word, and there is no sound here.
as_written 'kioskctl provision profile.toml' || true
grep -q 'changed$' "$work/written" || { cat "$work/written" >&2; fail "the box can't be provisioned"; }
inside sh -c 'kioskctl provision' >"$work/provisioned" 2>&1 || true
grep -q 'nothing to change' "$work/provisioned" || { cat "$work/provisioned" >&2; fail "a second time changes something"; }
until_true 60 "provisioned, once" is_ready

# --- who this box is: by hand, with an authority of this run's own
stick="$work/root/root/stick"
as_written 'kioskctl enroll --request box.csr' || { cat "$work/written" >&2; fail "no request is made"; }
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 400 -subj "/CN=an authority" \
    -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
echo "extendedKeyUsage = clientAuth" >"$work/extensions"
openssl x509 -req -in "$stick/box.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -days 90 \
    -extfile "$work/extensions" -out "$stick/box.pem" 2>/dev/null
as_written 'kioskctl enroll --certificate box.pem' || { cat "$work/written" >&2; fail "the certificate is not taken"; }
until_true 10 "enrolled: doctor tells until when" inside sh -c 'kioskctl doctor | grep -q "identity.*good until"'

# --- updates, the first one as the documents say it
as_written 'openssl genpkey -algorithm ed25519 -out release.key'
as_written 'openssl pkey -in release.key -pubout -out release.pem'
inside cp /root/stick/release.pem /etc/kiosk/update-keys.d/
cp "$stick/release.key" "$work/release.key"
remake 0.2.0
inside mkdir -p /root/stick/target/package
cp "$work/remade"/*.deb "$stick/target/package/"
as_written 'kioskctl bundle --out 0.2.0.tar --packages target/package --without-models --sign-with release.key' ||
    { cat "$work/written" >&2; fail "no bundle is made"; }
as_written 'kioskctl update 0.2.0.tar' || { cat "$work/written" >&2; fail "the update fails"; }
runs 0.2.0 || fail "the new version does not run"
until_true 60 "updated: the new version is READY" is_ready
until_true 60 "and nothing is lost" booked 1
inside sh -c 'systemctl cat kioskd | grep -q ExecStart' || fail "the unit is lost"

remake 99.1.0 'printf ruined >/var/lib/kiosk/kiosk.db; exit 1'
if inside kioskctl update /var/lib/99.1.0.tar >"$work/updated" 2>&1; then fail "a bad version is taken"; fi
runs 0.2.0 || fail "a bad version runs"
until_true 60 "a bad update is taken back: READY" is_ready
until_true 60 "and nothing is lost" booked 1

remake 99.2.0 'printf ruined >/var/lib/kiosk/kiosk.db; exec sleep 600'
inside kioskctl update /var/lib/99.2.0.tar >"$work/updated" 2>&1 &
cut_off=$!
until_true 60 "the power fails in the middle of an update" runs 99.2.0
kill -KILL "$leader"
wait "$container" 2>/dev/null || true
wait "$cut_off" 2>/dev/null || true
boot
until_true 90 "the box comes up READY" is_ready
runs 0.2.0 || fail "the interrupted version runs"
until_true 60 "with the version before, and nothing is lost" booked 1
