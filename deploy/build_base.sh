#!/usr/bin/env bash
# Make a base for deploy/Containerfile from Debian's packages alone, and load it as localhost/yihui-base.
# Needs mmdebstrap and buildah (Debian: apt-get install mmdebstrap buildah); runs as root or in a user namespace.
set -euo pipefail
suite=${1:-bookworm}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mmdebstrap --variant=minbase --quiet \
  --include=python3,python3-venv,ca-certificates,media-types,tzdata,binutils \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/*' \
  "$suite" "$folder/base.tar"
container=$(buildah from scratch)
buildah add --quiet "$container" "$folder/base.tar" / >/dev/null
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd /bin/bash "$container"
buildah commit --quiet --rm "$container" localhost/yihui-base >/dev/null
echo "localhost/yihui-base"
