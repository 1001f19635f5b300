# shellcheck shell=sh
# Which Node runs Vagus: the one in .tools/ where there is one, else the machine's, if it is new enough.
# Sourced by bin/vagus and tools/bootstrap, so that both mean the same.

# shellcheck disable=SC2034  # used by those who source this
LOCAL_NODE=.tools/node_modules/node/bin/node
NODE_FLOOR=24.7

# Succeeds where the program $1 is a Node of at least NODE_FLOOR.
is_new_enough() {
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  [ "$major" -gt "${NODE_FLOOR%.*}" ] || { [ "$major" -eq "${NODE_FLOOR%.*}" ] && [ "$minor" -ge "${NODE_FLOOR#*.}" ]; }
}
