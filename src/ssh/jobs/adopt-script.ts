import { processFunctions } from '../runs/host-processes.ts';
import { markName } from '../runs/run-mark.ts';
import { finishFunction, guardFunction } from './guard.ts';
import { limitFunctions, pruneFunction } from './host-space.ts';

/**
 * Takes over a run that is under way: `adopt MARKER SECONDS DAYS KILOBYTES BYTES SUDO`. Answers `held`, or `no` and why not.
 *
 * The outputs of a run are pipes that sshd reads. Who opens them through /proc is a second reader of the same pipe: the run
 * gets no SIGPIPE when sshd lets go. The processes are stopped for the moment of the change, so that nothing is written
 * while nobody knows who reads. The marker is the last thing that sshd reads: once both outputs have brought it, we have
 * all that sshd took. What is told to nobody within ten seconds is taken over all the same: we may be gone.
 *
 * While a shell writes an error message of its own, its standard output is that of errors: it is looked at until the two
 * differ. A pipe that a process of the run itself reads is not one of sshd's. Without the trap in the login shell nobody would
 * know how the run ended.
 */
export const adoptScript = [
  `n=${markName}; m=$v; marker=$1; seconds=$2; days=$3; kilobytes=$4; bytes=$5; sudo=$6`,
  processFunctions,
  guardFunction,
  finishFunction,
  pruneFunction,
  limitFunctions,
  'no() { say no $1; exit; }',
  '[ -r /proc/self/environ ] || no proc; look; [ "$live" = " " ] && no gone',
  'login() { echo "$n=$v; trap" | grep -qf - "/proc/$1/cmdline"; }',
  'shell=; for one in $all; do split "$one"; case "$live" in *" $pid "*) ;; *) continue;; esac; case "$live" in *" $parent "*) continue;; esac; login "$pid" || continue; [ "$leader" = "$pid" ] && shell=$pid && break; shell=${shell:-$pid}; done; [ -n "$shell" ] || no trap',
  'i=0; while :; do o=$(readlink "/proc/$shell/fd/1"); e=$(readlink "/proc/$shell/fd/2"); case "$o $e" in "pipe:"*" pipe:"*) [ "$o" != "$e" ] && break;; esac; i=$((i+1)); [ $i -gt 50 ] && no pipe; nap 1; done',
  'for p in $live; do ls -l "/proc/$p/fd" 2>/dev/null; done | grep -F -e "$o" -e "$e" | grep -q "^lr" && no pipe',
  'umask 077; mkdir -p "$b" 2>/dev/null; mkdir "$d" 2>/dev/null || no directory',
  'pid=$shell; begun=$(ticks $pid); echo "$pid ${begun:--} ${boot:--}" >"$d/info"; exec 5>"$d/out" 6>"$d/err"',
  'wake() { for p in $live; do kill -CONT $p; done; }',
  'halt() { i=0; while [ $i -lt 5 ]; do for p in $live; do kill -STOP $p; done; was=$live; look; [ "$live" = "$was" ] && break; i=$((i+1)); done; }',
  'alive() { [ "$(ticks $pid)" = "$begun" ]; }',
  // A process that waits for another may notice late that this was stopped, and stop too: hence woken again.
  'run_on() { cat <&3 >&5 & c=$!; cat <&4 >&6 & k=$!; exec 3<&- 4<&- 5>&- 6>&-; wake; : >"$d/on"; sleep 1; wake',
  'guard $seconds "$sudo" & g=$!; limit $bytes & l=$!; prune $days $kilobytes; while alive; do sleep 1; done; kill -0 $c $k && sleep 1; if [ -s "$d/code" ]; then finish "$(cat "$d/code")"; else finish "lost no_exit_record"; fi; attend; }',
  'seek() { for f in /proc/$pid/fd/*; do [ "$(readlink "$f")" = "$1" ] && return 0; done; return 1; }',
  'let_go() { wake; sleep 1; wake; rm -rf "$d"; }',
  'reach() { pid=$shell; seek "$o" && exec 3<"$f" && seek "$e" && exec 4<"$f"; }',
  'decide() { now; until=$((at+1000)); while [ ! -e "$d/go" ] && [ ! -e "$d/undo" ] && now && [ $at -lt $until ]; do nap 3; done; [ -z "$w" ] || kill $w',
  'if [ ! -e "$d/undo" ] && { [ -e "$d/go" ] || { mkdir "$d/turn" && : >"$d/go"; }; }; then run_on; else let_go; fi; }',
  'take() { trap "" HUP; halt; reach || { let_go; exit; }; : >"$d/held"; ( printf %s "$marker" >/proc/self/fd/3; printf %s "$marker" >/proc/self/fd/4 ) & w=$!',
  'decide; }',
  // Whoever took it over may be ended before the run goes on: this one sees to it, as the only reader
  // beside sshd, and goes on in the files where the other one was.
  'sole() { ls -l /proc/[0-9]*/fd/0 2>/dev/null | grep -F -e "$o" -e "$e" | while read -r line; do line=${line#*/proc/}; kill ${line%%/*}; done; }',
  'replace() { [ ! -e "$d/on" ] || return; halt; nap 9; sole; if reach; then decide; else let_go; fi; }',
  'stand_by() { trap "" HUP; w=; while [ -d "$d" ] && [ ! -e "$d/on" ]; do [ -n "$(ticks $t)" ] || { replace; exit; }; nap 9; done; }',
  '( exec </dev/null >/dev/null 2>&1; take ) & t=$!',
  '( exec </dev/null >/dev/null 2>&1; stand_by ) & now; until=$((at+300))',
  'while [ ! -e "$d/held" ] && now && [ $at -lt $until ]; do nap 3; [ -d "$d" ] || no pipe; done; say held',
].join('; ');

/**
 * `turn go` or `turn undo`: says `done`, or `late` where it goes on by itself already. What has not begun when it is undone does
 * not begin.
 */
export const turnScript =
  'umask 077; [ $1 = go ] || mkdir -p "$d"; if mkdir "$d/turn" 2>/dev/null; then : >"$d/$1"; say done; else say late; fi';
