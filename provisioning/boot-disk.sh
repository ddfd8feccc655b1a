# Sourced by boot.sh, with a box that has one booking: its records on a small disk of their own,
# which is full, and then can't be written at all. The models stay where they are.

kiosk=/var/lib/kiosk
small=/var/lib/small
# Doctor's own exit status tells that something is wrong, and something is.
doctor_says() { inside sh -c "kioskctl doctor 2>/dev/null | grep -q '$1'"; }
copies() { inside systemctl start kiosk-backup; }
sees_disk() { inside nsenter --target "$(pid_of kioskd)" --mount -- findmnt "$kiosk"; }

inside systemctl stop kioskd
inside sh -c "mkdir -p $small /var/lib/models-aside && mount --bind $kiosk/models /var/lib/models-aside"
inside sh -c "mount -t tmpfs -o size=64m tmpfs $small && chmod --reference=$kiosk $small && chown --reference=$kiosk $small"
inside sh -c "tar -C $kiosk --exclude=./models --exclude=./said.wav --exclude=./prompts -cf - . | tar -C $small -xf - && mkdir $small/models"
inside sh -c "mount --bind $small $kiosk && mount --bind /var/lib/models-aside $kiosk/models"
inside systemctl start kioskd
until_true 60 "its records lie on a small disk" sees_disk
until_true 60 "and nothing is lost" booked 1

inside sh -c "cat /dev/zero >$kiosk/filler 2>/dev/null || true"
until_true 30 "doctor tells that the disk is full" doctor_says "make room"
if copies 2>/dev/null; then fail "a copy was made where there is no room"; fi
inside systemctl restart kioskd
until_true 60 "with a full disk it starts, and tells what is booked" booked 1
inside rm "$kiosk/filler"
until_true 60 "with room again copies are made, without a restart" copies

# What a running one does then is `full_disk.rs`; here it starts on such a disk, and gives up.
gave_up() { inside systemctl is-failed --quiet kioskd; }
inside systemctl stop kioskd
inside mount -o remount,ro "$small"
inside systemctl start kioskd || true
until_true 240 "with a disk that can't be written it gives up for a while" gave_up
inside mount -o remount,rw "$small"
until_true 120 "the disk can be written again: READY, and nobody had to come" inside systemctl is-active --quiet kioskd
until_true 60 "and nothing is lost" booked 1

inside systemctl stop kioskd
inside umount "$kiosk/models" "$kiosk"
inside sh -c "tar -C $small --exclude=./models -cf - . | tar -C $kiosk -xf -"
inside sh -c "umount $small /var/lib/models-aside && rmdir $small /var/lib/models-aside"
inside systemctl start kioskd
until_true 60 "back on the large disk" booked 1
