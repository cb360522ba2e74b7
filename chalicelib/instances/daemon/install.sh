#!/bin/sh
# Installs the daemon of a server, as root:
#
#   curl -fsSL @API_URL@/daemon-api/v1/install.sh | sudo sh -s -- TOKEN
#
# TOKEN is what registering the server has shown; "-" reads it from standard input, and without one the token that is
# there already is kept. Options: --user NAME (whose authorized_keys the daemon keeps: root), --address IP (at which the
# server is reached, where that is not where its calls come from), --uninstall (removes the daemon and its keys).
set -eu

# A shell runs what has arrived so far: nothing is done before the last line is there.
main() {

API_URL='@API_URL@'
SHA256='@SHA256@'
ROOT="${THESTAGE_DAEMON_ROOT:-}"
USER_NAME=root
ADDRESS=
TOKEN=
UNINSTALL=

fail() {
  echo "$1" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case "$1" in
    --user) [ $# -gt 1 ] || fail "--user needs a name"; USER_NAME="$2"; shift 2 ;;
    --address) [ $# -gt 1 ] || fail "--address needs an IP address"; ADDRESS="$2"; shift 2 ;;
    --uninstall) UNINSTALL=1; shift ;;
    -) IFS= read -r TOKEN || true; [ -n "$TOKEN" ] || fail "there is no token on standard input"; shift ;;
    -*) fail "unknown option $1" ;;
    *) TOKEN="$1"; shift ;;
  esac
done

case "$TOKEN" in *[!A-Za-z0-9._-]*) fail "this is no daemon token" ;; esac
case "$USER_NAME" in '' | *[!a-z0-9_-]* | [!a-z_]*) fail "this is no name of a user" ;; esac
case "$ADDRESS" in *[!0-9A-Fa-f:.]*) fail "this is no IP address" ;; esac
[ -n "$ROOT" ] || [ "$(id -u)" = 0 ] || fail "run this as root: sudo sh"

TOKEN_FILE="$ROOT/etc/thestage-daemon-token"
SETTINGS="$ROOT/etc/thestage-daemon.conf"
PROGRAM="$ROOT/usr/local/lib/thestage-daemon/thestage_daemon.py"
UNIT="$ROOT/etc/systemd/system/thestage-daemon.service"

controlled() {
  if command -v systemctl > /dev/null 2>&1 && { [ -n "$ROOT" ] || [ -d /run/systemd/system ]; }; then
    systemctl "$@"
  else
    echo "systemd does not run here: not done: systemctl $*"
  fi
}

if [ -n "$UNINSTALL" ]; then
  controlled disable --now thestage-daemon.service || true
  if [ -f "$PROGRAM" ] && [ -f "$SETTINGS" ]; then
    env $(cat "$SETTINGS") THESTAGE_DAEMON_ROOT="$ROOT/" python3 "$PROGRAM" --remove-keys
  fi
  rm -f "$UNIT" "$SETTINGS" "$TOKEN_FILE" "$PROGRAM"
  echo "The daemon is removed."
  exit 0
fi

command -v python3 > /dev/null 2>&1 || fail "python3 (3.8 or later) is needed"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' || fail "Python 3.8 or later is needed"
[ -n "$TOKEN" ] || [ -s "$TOKEN_FILE" ] || fail "give the token that registering this server has shown"
umask 077
mkdir -p "$ROOT/etc/systemd/system" "$(dirname "$PROGRAM")"

NEW="$PROGRAM.new"
curl -fsSL --retry 3 "$API_URL/daemon-api/v1/daemon.py" -o "$NEW"
FOUND=$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$NEW")
[ "$FOUND" = "$SHA256" ] || { rm -f "$NEW"; fail "the daemon did not arrive whole: try again"; }
mv "$NEW" "$PROGRAM"

if [ -n "$TOKEN" ]; then
  printf '%s\n' "$TOKEN" > "$TOKEN_FILE.new"
  mv "$TOKEN_FILE.new" "$TOKEN_FILE"
fi
chmod 600 "$TOKEN_FILE"

{
  echo "THESTAGE_DAEMON_URL=$API_URL"
  echo "THESTAGE_DAEMON_USER=$USER_NAME"
  if [ -n "$ADDRESS" ]; then echo "THESTAGE_DAEMON_ADDRESS=$ADDRESS"; fi
} > "$SETTINGS"

cat > "$UNIT" << END
[Unit]
Description=TheStage daemon: says how this server is, and lets in the keys of its owner
Wants=network-online.target
After=network-online.target

[Service]
EnvironmentFile=/etc/thestage-daemon.conf
ExecStart=/usr/bin/env python3 /usr/local/lib/thestage-daemon/thestage_daemon.py
Restart=always
RestartSec=30
NoNewPrivileges=yes
PrivateTmp=yes
ProtectControlGroups=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictSUIDSGID=yes

[Install]
WantedBy=multi-user.target
END
chmod 644 "$UNIT"

controlled daemon-reload
controlled enable thestage-daemon.service
controlled restart thestage-daemon.service
echo "The daemon is installed. Its server is shown as running within a minute."

}

main "$@"
