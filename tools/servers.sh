#!/usr/bin/env bash
# Installs the real servers and the browser that tests use, where that is possible (Debian, root).
# Where it is not, the tests that need them are reported as not run, by name.
set -euo pipefail
wanted=()
[ -x /usr/lib/postgresql/15/bin/initdb ] || wanted+=(postgresql-15)
[ -e /usr/share/postgresql/15/extension/postgis.control ] || wanted+=(postgresql-15-postgis-3)
[ -x /usr/bin/redis-server ] || wanted+=(redis-server)
[ -x /usr/bin/chromium-headless-shell ] || wanted+=(chromium-headless-shell fonts-noto-cjk)
[ -e /usr/lib/x86_64-linux-gnu/libpangoft2-1.0.so.0 ] || [ -e /usr/lib/aarch64-linux-gnu/libpangoft2-1.0.so.0 ] || wanted+=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
command -v tilemaker >/dev/null || wanted+=(tilemaker)
[ -x /usr/sbin/nginx ] || wanted+=(nginx-light)
command -v curl >/dev/null || wanted+=(curl)
command -v caddy >/dev/null || wanted+=(caddy)
[ -e /usr/lib/x86_64-linux-gnu/faketime ] || [ -e /usr/lib/aarch64-linux-gnu/faketime ] || wanted+=(libfaketime)
command -v openssl >/dev/null || wanted+=(openssl)
command -v java >/dev/null || wanted+=(default-jre-headless)
command -v mvn >/dev/null || wanted+=(maven)

# Kafka's jars and Keycloak's archive, each by its pom, which pins them; Maven checks the sums that it is told, and
# sha256.txt beside a pom the sums that we know.
fetch() {
  local name=$1 pom=tools/$1/pom.xml folder=build/$1
  [ -e "$folder/done" ] && [ "$folder/done" -nt "$pom" ] && return
  command -v mvn >/dev/null || { echo "not installed (needs Maven): $name" >&2; return; }
  echo "… fetching $name" >&2
  mkdir -p "$folder"
  if mvn -q -B -C -f "$pom" dependency:copy-dependencies -DoutputDirectory="$PWD/$folder/libs" >"$folder/log" 2>&1 \
    && { [ ! -e "tools/$name/sha256.txt" ] || sha256sum --check "tools/$name/sha256.txt" >>"$folder/log" 2>&1; }; then
    touch "$folder/done"
  else
    tail -20 "$folder/log" >&2
    echo "could not fetch $name; the tests that need it are not run" >&2
  fi
}

fetch_servers() {
  fetch kafka
  fetch keycloak
}

if [ ${#wanted[@]} -eq 0 ]; then
  fetch_servers
  exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed (needs Debian and root): ${wanted[*]}" >&2
  fetch_servers
  exit 0
fi
echo "… installing ${wanted[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${wanted[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "could not install ${wanted[*]}; the tests that need them are not run" >&2
fi
rm -f "$log"
fetch_servers
