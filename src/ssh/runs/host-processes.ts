/**
 * Functions for `sh` on a host that find and end the processes of runs. They hold no single quote, backslash, exclamation
 * mark or newline, so that every login shell can hand them to sh.
 *
 * `$m` holds the values of the marks, `$n` the name of the variable. `look` leaves in `$live` the processes that belong to
 * those runs: those that carry a mark in their environment or command line, those in a process session (setsid(2)) whose
 * leader carried it, those that one of these started, and those that belonged at the look before. The latter three find
 * what sudo started, whose environment is closed to us. A process is known by its start time too, for its number may be
 * given to another.
 *
 * The grep of busybox sees nothing beyond the first NUL, as it is built for Alpine, or with -F. Its shell passes over NULs as it
 * reads; that is slower, so it is done only there.
 *
 * `$groups` are the process groups in such sessions: a signal to a group reaches also what forks at this moment.
 */
const look = [
  'leaders=" "; known=" "; groups=" "; slow=; rounds="1 2 3 4 5 6 7 8"',
  'grep -q ladder "/proc/$$/cmdline" 2>/dev/null || { slow=1; rounds=1; }',
  'bears() { while read -r text || [ -n "$text" ]; do for mark in $m; do case "$text" in *"$n=$mark"*) return 0;; esac; done; done 2>/dev/null <"$1"; return 1; }',
  'read_all() { for file in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do bears "$file" && echo "$file"; done; }',
  'grep_all() { for mark in $m; do echo "$n=$mark"; done | grep -lf - /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; }',
  'marked() { if [ -n "$slow" ]; then read_all; else grep_all; fi; }',
  'list() { all=; for file in /proc/[0-9]*/stat; do read -r line 2>/dev/null <"$file" || continue; pid=${line%% *}; set -- ${line##*) }',
  '[ "$1" = Z ] && continue; [ "$pid" = "$$" ] && continue; all="$all $pid:$2:$3:$4:${20}"',
  'case "$found" in *" $pid "*) live="$live$pid "; [ "$4" = "$pid" ] && case "$leaders" in *" $pid "*) ;; *) leaders="$leaders$pid ";; esac;; esac; done; }',
  'split() { IFS=:; set -f; set -- $1; set +f; unset IFS; pid=$1; parent=$2; group=$3; leader=$4; name=$1:$5; }',
  'belongs() { case "$known" in *" $name "*) return 0;; esac; case "$leaders" in *" $leader "*) return 0;; esac; case "$live" in *" $parent "*) return 0;; esac; return 1; }',
  'grow() { more=1; while [ "$more" = 1 ]; do more=0; for one in $all; do split "$one"; case "$live" in *" $pid "*) continue;; esac; belongs && live="$live$pid " && more=1; done; done; }',
  'keep() { known=" "; groups=" "; for one in $all; do split "$one"; case "$live" in *" $pid "*) ;; *) continue;; esac; known="$known$name "; case "$leaders" in *" $leader "*) ;; *) continue;; esac; case "$groups" in *" $group "*) ;; *) groups="$groups$group ";; esac; done; }',
  'look() { found=" "; live=" "; for path in $(marked); do path=${path#/proc/}; found="$found${path%%/*} "; done; list; [ "$live$leaders$known" = "   " ] || { grow; keep; }; }',
].join('; ');

/**
 * `ladder`: TERM, up to 2 s, KILL, up to 1 s. True once nothing is left: three looks in a row have found nothing, for
 * what starts itself anew all the time may slip through one, and through a KILL: `hunt` is as fast as can be. Where
 * `$sudo` is set, what may not be signalled is ended by `sudo -n`.
 */
const ladder = [
  'now() { read -r up rest </proc/uptime; at=${up%.*}${up#*.}; }',
  'send() { for pid in $live; do kill -"$1" "$pid" 2>/dev/null || { [ -d "/proc/$pid" ] && stuck="$stuck $pid"; }; done; }',
  'sudo_send() { [ -n "$sudo" ] && [ -n "$stuck" ] && sudo -n kill -"$1" $stuck; }',
  'hunt() { for round in $rounds; do for path in $(marked); do path=${path#/proc/}; kill -KILL "${path%%/*}"; done; done; }',
  'strike() { stuck=; [ "$1" = KILL ] && { for group in $groups; do kill -KILL "-$group"; done; hunt; }; send "$1"; sudo_send "$1"; }',
  'gone() { for round in 1 2 3; do look; [ "$live$found" = "  " ] || return 1; done; }',
  'pause() { sleep 0.1 || sleep 1; }',
  'ladder() { gone && return 0; strike TERM; now; until=$((at+200))',
  'while now; [ "$at" -lt "$until" ]; do pause; gone && return 0; done; until=$((at+100))',
  'while now; [ "$at" -lt "$until" ]; do strike KILL; pause; gone && return 0; done; return 1; }',
].join('; ');

export const processFunctions = `${look}; ${ladder}`;
