# What must be installed: the packages of packages.txt. Sourced by run.sh, which defines what it uses.
# shellcheck shell=bash

missing_packages() {
  local package
  while read -r package _; do
    case $package in '' | '#'*) continue ;; esac
    [[ $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) == 'install ok installed' ]] ||
      printf '%s\n' "$package"
  done <packages.txt
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "This is no Debian: packages.txt names what must be installed; going on without a look."
    return
  fi
  local -a missing as_root=()
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} > 0)) || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "$EX_UNAVAILABLE" "not root and no sudo; as root: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -q ||
    fail "$EX_UNAVAILABLE" "apt-get update failed (above); mend the package sources or the network"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" ||
    fail "$EX_UNAVAILABLE" "apt-get could not install what is missing (above): ${missing[*]}"
}
